# SPDX-License-Identifier: BSD-3-Clause
"""zmq.select and zmq.zmq_poll, the two functions below the Poller."""

import os
import threading
import time

import pytest

import zmq


@pytest.fixture
def pipe():
    """The two ends of a pipe, closed after the test."""
    ends = os.pipe()
    yield ends
    for fd in ends:
        os.close(fd)


def test_select_like_the_one_of_python(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    assert a.poll(5000, zmq.POLLOUT)
    assert zmq.select([a, b], [a, b], [a, b], 0) == ([], [a], [])
    a.send(b"x")
    assert b.poll(5000)
    assert zmq.select([b], [a], [], 0) == ([b], [a], [])
    assert zmq.select([b], [], [b], timeout=5) == ([b], [], [])


def test_select_of_the_same_socket_both_ways(pair):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    b.send(b"x")
    assert a.poll(5000)
    assert zmq.select([a], [a], [a], 0) == ([a], [a], [])


def test_select_waits_in_seconds(pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    start = time.monotonic()
    assert zmq.select([b], [], [], 0.03) == ([], [], [])
    assert 0.025 <= time.monotonic() - start < 20


@pytest.mark.parametrize("forever", [(), (None,), (-1,)])
def test_select_without_end(pair, forever):
    a, b = pair(zmq.PUSH, zmq.PULL)
    helper = threading.Timer(0.02, a.send, [b"x"])
    helper.start()
    assert zmq.select([b], [], [], *forever) == ([b], [], [])
    helper.join()


def test_select_by_keyword(pair):
    a, _ = pair(zmq.PUSH, zmq.PULL)
    assert zmq.select(rlist=[], wlist=[a], xlist=[], timeout=5) == ([], [a], [])


def test_select_with_descriptors(pair, pipe):
    out, into = pipe
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert zmq.select([b, out], [into], [], 0) == ([], [into], [])
    os.write(into, b"x")
    a.send(b"x")
    assert b.poll(5000)
    ready, _, _ = zmq.select([b, out], [], [], 5)
    assert set(ready) == {b, out}


def test_select_of_nothing():
    assert zmq.select([], [], [], 0) == ([], [], [])


# -- zmq_poll ------------------------------------------------------------------------------------


def test_zmq_poll(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    assert zmq.zmq_poll([(b, zmq.POLLIN)], 0) == []
    a.send(b"x")
    assert zmq.zmq_poll([(b, zmq.POLLIN)], 5000) == [(b, zmq.POLLIN)]
    assert zmq.zmq_poll([(b, zmq.POLLIN)], timeout=5000) == [(b, zmq.POLLIN)]
    assert zmq.zmq_poll(sockets=[(b, zmq.POLLIN)]) == [(b, zmq.POLLIN)]


@pytest.mark.parametrize("timeout", [0, 10, 10.5])
def test_zmq_poll_of_nothing(timeout):
    assert zmq.zmq_poll([], timeout) == []


def test_zmq_poll_without_end(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    helper = threading.Timer(0.02, a.send, [b"x"])
    helper.start()
    assert zmq.zmq_poll([(b, zmq.POLLIN)], -1) == [(b, zmq.POLLIN)]
    helper.join()


def test_zmq_poll_takes_backend_sockets_and_descriptors(context, pipe):
    out, into = pipe
    s = zmq.backend.Socket(context, zmq.PUSH)
    try:
        assert zmq.zmq_poll([(s, zmq.POLLOUT), (out, zmq.POLLIN)], 0) == []
        os.write(into, b"x")
        assert zmq.zmq_poll([(s, zmq.POLLOUT), (out, zmq.POLLIN)], 5000) == [(out, zmq.POLLIN)]
    finally:
        s.close()


def test_zmq_poll_of_more_than_a_page_of_items(socket):
    sockets = [socket(zmq.PUB) for _ in range(300)]
    ready = zmq.zmq_poll([(s, zmq.POLLOUT) for s in sockets], 0)
    assert ready == [(s, zmq.POLLOUT) for s in sockets]


@pytest.mark.parametrize("wrong", [[1], [("x", zmq.POLLIN)], [(None, 1)], [(1.5, 1)], 5, None])
def test_zmq_poll_of_something_else(wrong):
    with pytest.raises((TypeError, ValueError)):
        zmq.zmq_poll(wrong, 0)


def test_zmq_poll_of_a_closed_socket(context):
    s = context.socket(zmq.PULL)
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        zmq.zmq_poll([(s, zmq.POLLIN)], 0)
    assert caught.value.errno == zmq.ENOTSOCK


def test_context_ends_while_polling():
    context = zmq.Context()
    s = context.socket(zmq.PULL)
    s.linger = 0
    errors = []

    def end():
        context.term()

    ender = threading.Timer(0.02, end)
    ender.start()
    try:
        zmq.zmq_poll([(s, zmq.POLLIN)], 5000)
    except zmq.ContextTerminated as exc:
        errors.append(exc)
    s.close()
    ender.join()
    assert len(errors) == 1
    assert context.closed
