# SPDX-License-Identifier: BSD-3-Clause
"""Waiting for several sockets and descriptors at once."""

import os
import socket as net

import gevent
import pytest

import zmq
import zmq.green as green
from zmq.error import SocketClosed

WAITS = {
    "poller": lambda things, timeout=None: _poller(things).poll(timeout),
    "zmq_poll": lambda things, timeout=None: green.zmq_poll(things, timeout),
}


def _poller(things):
    poller = green.Poller()
    for thing, flags in things:
        poller.register(thing, flags)
    return poller


@pytest.fixture(params=WAITS)
def wait(request):
    return WAITS[request.param]


@pytest.fixture
def ends():
    """Two connected sockets of the system."""
    left, right = net.socketpair()
    with left, right:
        yield left, right


def test_poller_class(socket):
    assert isinstance(green.Poller(), zmq.Poller)
    poller = green.Poller()
    s = socket(zmq.PULL)
    poller.register(s)
    poller.modify(s, zmq.POLLIN)
    assert s in poller
    poller.unregister(s)
    assert poller.poll(10) == []


def test_ready_at_once(pair, wait):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert wait([(a, zmq.POLLOUT), (b, zmq.POLLIN)]) == [(a, zmq.POLLOUT)]
    a.send(b"1")
    assert dict(wait([(a, zmq.POLLOUT), (b, zmq.POLLIN)])) == {a: zmq.POLLOUT, b: zmq.POLLIN}


@pytest.mark.parametrize("timeout", [0, 10, 10.5])
def test_nothing_in_time(pair, ends, wait, timeout):
    _, b = pair(zmq.PUSH, zmq.PULL)
    assert wait([(b, zmq.POLLIN), (ends[0], zmq.POLLIN)], timeout) == []
    assert wait([], timeout) == []


@pytest.mark.parametrize("timeout", [None, -1, 30_000])
def test_waits_for_one_of_many(pair, spawn, wait, transport, timeout):
    pairs = [pair(zmq.PUSH, zmq.PULL, transport) for _ in range(20)]
    waiting = spawn(wait, [(b, zmq.POLLIN) for _, b in pairs], timeout)
    pairs[13][0].send(b"1")
    assert waiting.get() == [(pairs[13][1], zmq.POLLIN)]


def test_descriptors(pair, ends, spawn, wait):
    """Objects with fileno, and numbers; the answer has numbers."""
    _, b = pair(zmq.PUSH, zmq.PULL)
    left, right = ends
    for thing in (left, left.fileno()):
        waiting = spawn(wait, [(b, zmq.POLLIN), (thing, zmq.POLLIN)])
        assert not waiting.done
        right.send(b"1")
        assert waiting.get() == [(left.fileno(), zmq.POLLIN)]
        left.recv(1)
    assert wait([(left, zmq.POLLIN | zmq.POLLOUT)]) == [(left.fileno(), zmq.POLLOUT)]


def test_descriptor_until_writable(ends, spawn, wait):
    left, right = ends
    left.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            left.send(bytes(65536))
    waiting = spawn(wait, [(left, zmq.POLLOUT)])
    assert not waiting.done
    right.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            right.recv(1 << 20)
    assert waiting.get() == [(left.fileno(), zmq.POLLOUT)]


def test_pipe_whose_other_end_is_closed(wait, spawn):
    ours, theirs = os.pipe()
    waiting = spawn(wait, [(ours, zmq.POLLIN)])
    os.close(theirs)
    ((descriptor, flags),) = waiting.get()
    assert (descriptor, bool(flags)) == (ours, True)
    os.close(ours)


def test_errors_only(wait, spawn):
    """Event loops do not wait for errors: they are looked for now and then."""
    ours, theirs = os.pipe()
    os.write(theirs, b"1")
    waiting = spawn(wait, [(ours, zmq.POLLERR)])
    assert not waiting.done
    os.close(theirs)
    ((descriptor, flags),) = waiting.get()
    assert (descriptor, flags) == (ours, zmq.POLLERR)
    os.close(ours)


def test_sockets_of_other_flavours(context, bind, spawn, wait):
    """A plain one, whose news somebody else may use up; a threadsafe one."""
    plain = zmq.Context(context)
    for options in ({}, {"threadsafe": True}):
        with plain.socket(zmq.PULL, **options) as b, context.socket(zmq.PUSH) as a:
            a.connect(bind(b))
            for _ in range(3):
                waiting = [spawn(wait, [(b, zmq.POLLIN)]) for _ in range(2)]
                a.send(b"1")
                b.get(zmq.EVENTS)
                for each in waiting:
                    assert each.get() == [(b, zmq.POLLIN)]
                assert b.recv() == b"1"


def test_plain_socket_that_is_closed(context, spawn, wait):
    plain = zmq.Context(context)
    s = plain.socket(zmq.PULL)
    waiting = spawn(wait, [(s, zmq.POLLIN)])
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        waiting.get()
    assert caught.value.errno == zmq.ENOTSOCK


def test_closed_socket(socket, spawn, wait):
    s, other = socket(zmq.PULL), socket(zmq.PULL)
    waiting = spawn(wait, [(other, zmq.POLLIN), (s, zmq.POLLIN)])
    s.close()
    with pytest.raises(SocketClosed):
        waiting.get()
    with pytest.raises(zmq.ZMQError) as caught:
        wait([(s, zmq.POLLIN)])
    assert caught.value.errno == zmq.ENOTSOCK


@pytest.mark.parametrize("wrong", [None, "socket", object()])
def test_what_cannot_be_polled(wait, wrong):
    with pytest.raises(TypeError):
        wait([(wrong, zmq.POLLIN)])


@pytest.mark.parametrize("timeout", ["soon", float("nan")])
def test_impossible_timeout(socket, wait, timeout):
    with pytest.raises((TypeError, ValueError)):
        wait([(socket(zmq.PULL), zmq.POLLIN)], timeout)


def test_select(pair, ends, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL)
    left, right = ends
    assert green.select([b], [a], [b]) == ([], [a], [])
    assert green.select([b, left], [], [], 0) == green.select([b, left], [], [], 0.01)
    assert green.select([b], [], [], 0.01) == ([], [], [])
    waiting = spawn(green.select, [b, left], [], [], 30)
    assert not waiting.done
    a.send(b"1")
    assert waiting.get() == ([b], [], [])
    b.recv()
    waiting = spawn(green.select, [b, left], [], [])
    right.send(b"1")
    assert waiting.get() == ([left], [], [])


def test_several_pollers_of_one_socket(pair, spawn, wait):
    a, b = pair(zmq.PUSH, zmq.PULL)
    waiting = [spawn(wait, [(b, zmq.POLLIN)]) for _ in range(5)] + [spawn(b.poll)]
    taking = spawn(b.recv)
    a.send_many([b"1", b"2"])
    assert taking.get() == b"1"
    for each in waiting[:5]:
        assert each.get() == [(b, zmq.POLLIN)]
    assert waiting[5].get() == zmq.POLLIN


def test_the_same_socket_twice(pair, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL)
    waiting = spawn(green.zmq_poll, [(b, zmq.POLLIN), (b, zmq.POLLIN)])
    a.send(b"1")
    assert waiting.get() == [(b, zmq.POLLIN)] * 2


def test_kill_leaves_no_watcher(pair, ends, spawn, wait):
    """The fixture looks for it."""
    _, b = pair(zmq.PUSH, zmq.PULL)
    for _ in range(10):
        spawn(wait, [(b, zmq.POLLIN), (ends[0], zmq.POLLIN)]).kill()
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.001):
            wait([(b, zmq.POLLIN), (ends[0], zmq.POLLIN)])
