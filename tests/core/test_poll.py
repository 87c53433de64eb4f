# SPDX-License-Identifier: BSD-3-Clause
"""Poller and Socket.poll: events, registration, timeouts, and native descriptors among sockets."""

import os
import socket as system
import threading
import time

import pytest

import zmq

pytestmark = pytest.mark.every_flavour


@pytest.fixture
def poller():
    return zmq.Poller()


@pytest.fixture
def pipe():
    """The two ends of a pipe, closed after the test."""
    ends = os.pipe()
    yield ends
    for fd in ends:
        os.close(fd)


# -- one socket ----------------------------------------------------------------------------------


def test_socket_poll(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    assert b.poll(0) == 0
    a.send(b"x")
    assert b.poll(5000) == zmq.POLLIN
    assert b.poll(0, zmq.POLLIN) == zmq.POLLIN
    assert b.recv() == b"x"
    assert b.poll(0) == 0


def test_socket_poll_flags(pair):
    a, b = pair(zmq.DEALER, zmq.DEALER)
    assert a.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    assert a.poll(0, zmq.POLLIN) == 0
    assert a.poll(0, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLOUT
    b.send(b"x")
    assert a.poll(1000, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLIN | zmq.POLLOUT
    assert a.poll(timeout=0, flags=zmq.POLLIN) == zmq.POLLIN
    assert a.poll(0, 3) == 3


def test_socket_poll_is_false_or_true(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert not b.poll(0)
    a.send(b"x")
    assert b.poll(5000)


@pytest.mark.parametrize("timeout", [20, 20.5])
def test_socket_poll_waits_in_milliseconds(pair, timeout):
    _, b = pair(zmq.PUSH, zmq.PULL)
    start = time.monotonic()
    assert b.poll(timeout) == 0
    assert time.monotonic() - start >= 0.015


@pytest.mark.parametrize("forever", [(), (None,), (-1,)])
def test_socket_poll_without_end(pair, forever):
    a, b = pair(zmq.PUSH, zmq.PULL)
    helper = threading.Timer(0.02, a.send, [b"x"])
    helper.start()
    assert b.poll(*forever) == zmq.POLLIN
    helper.join()


def test_socket_poll_without_events_to_wait_for(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"x")
    assert b.poll(0, 0) == 0


# -- the poller ----------------------------------------------------------------------------------


def test_poll_gives_pairs(pair, poller, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    poller.register(a)
    poller.register(b, zmq.POLLIN)
    assert dict(poller.poll(5000)) == {a: zmq.POLLOUT}
    a.send(b"x")
    assert b.poll(5000)
    assert dict(poller.poll(0)) == {a: zmq.POLLOUT, b: zmq.POLLIN}
    b.recv()
    assert dict(poller.poll(0)) == {a: zmq.POLLOUT}


def test_result_is_a_list_of_tuples(pair, poller):
    a, _ = pair(zmq.PUSH, zmq.PULL)
    poller.register(a, zmq.POLLOUT)
    assert poller.poll(0) == [(a, zmq.POLLOUT)]


def test_nothing_ready_is_an_empty_list(pair, poller):
    _, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    assert poller.poll(0) == []
    assert poller.poll(10) == []


def test_default_flags_are_both_directions(pair, poller):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    poller.register(a)
    b.send(b"x")
    assert a.poll(5000)
    assert poller.poll(0) == [(a, zmq.POLLIN | zmq.POLLOUT)]


def test_registering_again_replaces_the_flags(pair, poller):
    a, _ = pair(zmq.PAIR, zmq.PAIR)
    poller.register(a, zmq.POLLOUT)
    poller.register(a, zmq.POLLIN)
    assert poller.poll(0) == []
    assert len(poller.sockets) == 1


def test_modify(pair, poller):
    a, _ = pair(zmq.PAIR, zmq.PAIR)
    poller.register(a, zmq.POLLIN)
    poller.modify(a, zmq.POLLOUT)
    assert poller.poll(0) == [(a, zmq.POLLOUT)]
    poller.modify(a)
    assert poller.poll(0) == [(a, zmq.POLLOUT)]


def test_unregister(pair, poller):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    poller.register(a)
    poller.register(b)
    poller.unregister(a)
    assert a not in poller
    assert b in poller
    assert poller.poll(0) == [(b, zmq.POLLOUT)]


def test_registering_for_nothing_unregisters(pair, poller):
    a, _ = pair(zmq.PAIR, zmq.PAIR)
    poller.register(a)
    poller.register(a, 0)
    assert a not in poller
    assert poller.sockets == []
    poller.register(a, 0)  # it was not there: fine as well
    assert a not in poller


def test_unregistering_what_is_not_there(pair, poller):
    a, _ = pair(zmq.PAIR, zmq.PAIR)
    with pytest.raises(KeyError):
        poller.unregister(a)


def test_unregistering_in_the_middle_keeps_the_others(socket, poller):
    sockets = [socket(zmq.PUSH) for _ in range(5)]
    for s in sockets:
        poller.register(s, zmq.POLLOUT)
    poller.unregister(sockets[2])
    poller.modify(sockets[4], zmq.POLLIN)
    poller.unregister(sockets[0])
    assert poller.sockets == [
        (sockets[1], zmq.POLLOUT),
        (sockets[3], zmq.POLLOUT),
        (sockets[4], zmq.POLLIN),
    ]


def test_closed_socket_can_be_unregistered(socket, poller):
    s = socket(zmq.PULL)
    poller.register(s)
    s.close()
    poller.unregister(s)
    assert poller.poll(0) == []


@pytest.mark.parametrize("wrong", ["text", 1.5, None, object(), b"x"])
def test_what_cannot_be_polled_is_refused(poller, wrong):
    with pytest.raises(TypeError):
        poller.register(wrong)
        poller.poll(0)


def test_wrong_flags_are_refused(pair, poller):
    a, _ = pair(zmq.PAIR, zmq.PAIR)
    with pytest.raises(TypeError):
        poller.register(a, "in")
        poller.poll(0)


def test_many_sockets(socket, poller, bind):
    pulls = [socket(zmq.PULL) for _ in range(100)]
    pushes = [socket(zmq.PUSH) for _ in pulls]
    for push, pull in zip(pushes, pulls):
        push.connect(bind(pull))
        poller.register(pull, zmq.POLLIN)
    for i in (3, 50, 99):
        pushes[i].send(b"x")
    ready = {}
    while len(ready) < 3:
        found = dict(poller.poll(5000))
        assert found
        ready.update(found)
    assert ready == {pulls[i]: zmq.POLLIN for i in (3, 50, 99)}


# -- timeouts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [0, 0.0, 0.4])
def test_poller_that_does_not_wait(pair, poller, timeout):
    _, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    assert poller.poll(timeout) == []


@pytest.mark.parametrize("timeout", [20, 20.7])
def test_poller_waits_in_milliseconds(pair, poller, timeout):
    _, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    start = time.monotonic()
    assert poller.poll(timeout) == []
    assert time.monotonic() - start >= 0.015


@pytest.mark.parametrize("forever", [(), (None,), (-1,), (-5,)])
def test_poller_without_end(pair, poller, forever):
    a, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    helper = threading.Timer(0.02, a.send, [b"x"])
    helper.start()
    assert poller.poll(*forever) == [(b, zmq.POLLIN)]
    helper.join()


@pytest.mark.parametrize("timeout", [0, 20, 20.5])
def test_empty_poller(poller, timeout):
    assert poller.poll(timeout) == []


@pytest.mark.parametrize("wrong", ["1", [1], object()])
def test_timeout_of_a_wrong_type(pair, poller, wrong):
    _, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b)
    with pytest.raises(TypeError):
        poller.poll(wrong)
    with pytest.raises(TypeError):
        b.poll(wrong)


# -- descriptors ---------------------------------------------------------------------------------


def test_descriptor_by_number(poller, pipe):
    out, into = pipe
    poller.register(out, zmq.POLLIN)
    poller.register(into, zmq.POLLOUT)
    assert dict(poller.poll(0)) == {into: zmq.POLLOUT}
    os.write(into, b"x")
    assert dict(poller.poll(5000)) == {out: zmq.POLLIN, into: zmq.POLLOUT}


def test_object_with_a_descriptor(poller):
    a, b = system.socketpair()
    with a, b:
        poller.register(a, zmq.POLLIN)
        assert poller.poll(0) == []
        b.send(b"x")
        ((ready, events),) = poller.poll(5000)
        assert ready in (a, a.fileno())
        assert events == zmq.POLLIN


def test_object_is_found_again_by_itself(poller):
    a, b = system.socketpair()
    with a, b:
        poller.register(a, zmq.POLLIN)
        assert a in poller
        poller.modify(a, zmq.POLLOUT)
        poller.unregister(a)
        assert poller.sockets == []


def test_sockets_and_descriptors_together(pair, poller, pipe):
    out, into = pipe
    a, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    poller.register(out, zmq.POLLIN)
    a.send(b"x")
    assert b.poll(5000)
    assert poller.poll(5000) == [(b, zmq.POLLIN)]
    os.write(into, b"x")
    assert dict(poller.poll(5000)) == {b: zmq.POLLIN, out: zmq.POLLIN}


def test_hang_up_is_an_error_event(poller):
    out, into = os.pipe()
    try:
        poller.register(into, zmq.POLLERR)
        assert poller.poll(0) == []
        os.close(out)
        assert poller.poll(5000) == [(into, zmq.POLLERR)]
    finally:
        os.close(into)


def test_priority_data(poller):
    with system.create_server(("127.0.0.1", 0)) as server:
        a = system.create_connection(server.getsockname())
        b, _ = server.accept()
        with a, b:
            poller.register(b.fileno(), zmq.POLLPRI)
            assert poller.poll(0) == []
            a.send(b"!", system.MSG_OOB)
            assert poller.poll(5000) == [(b.fileno(), zmq.POLLPRI)]


def test_closed_descriptor_is_reported(poller):
    out, into = os.pipe()
    os.close(out)
    os.close(into)
    poller.register(out, zmq.POLLIN)
    try:
        events = poller.poll(0)
    except (zmq.ZMQError, OSError, ValueError):
        return
    assert events == [(out, zmq.POLLERR)]


def test_other_threads_run_while_polling(pair, poller):
    a, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    seen = []
    thread = threading.Thread(target=lambda: (seen.append(1), a.send(b"x")))
    thread.start()
    assert poller.poll(5000) == [(b, zmq.POLLIN)]
    thread.join()
    assert seen == [1]
