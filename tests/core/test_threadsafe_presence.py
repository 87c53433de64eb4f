# SPDX-License-Identifier: BSD-3-Clause
"""Threadsafe sockets that know who is there."""

import contextlib
import threading

import pytest

import zmq


@pytest.fixture(params=["PUB", "XPUB"])
def publisher(request, context):
    kind = getattr(zmq, request.param)
    with context.socket(kind, threadsafe=True, count_subscribers=True, observe=True) as s:
        s.linger = 0
        yield s


def test_others_send_while_one_waits_for_subscribers(
    publisher, bind, socket, run_all, wait_for_waiters, transport
):
    address = bind(publisher, transport)
    results = run_all(lambda: publisher.wait_subscribers("b", n=2, timeout=20000))
    wait_for_waiters(publisher)
    for name in (b"a", b"b", b""):
        publisher.send(name)
        subscriber = socket(zmq.SUB, subscribe=name)
        subscriber.connect(address)
        assert publisher.wait_subscribers(name, timeout=5000) >= 1
        publisher.send(name)
        assert subscriber.recv() == name
    assert results() == [2]
    assert publisher.subscribers == {b"a": 1, b"b": 1, b"": 1}


def test_closing_ends_the_wait_for_subscribers(publisher, bind, run_all, wait_for_waiters):
    bind(publisher)
    results = run_all(lambda: publisher.wait_subscribers("x"))
    wait_for_waiters(publisher)
    publisher.close()
    assert [type(each) for each in results()] == [zmq.SocketClosed]


def test_the_context_ends_the_wait_for_subscribers(context, publisher, run_all, wait_for_waiters):
    results = run_all(lambda: publisher.wait_subscribers("x"))
    wait_for_waiters(publisher)
    context.destroy()
    assert [type(each) for each in results()] == [zmq.ContextTerminated]


def test_receivers_see_what_was_counted(
    context, bind, socket, run_all, wait_for_waiters, transport
):
    with context.socket(zmq.XPUB, threadsafe=True, count_subscribers=True) as xpub:
        address = bind(xpub, transport)
        results = run_all(
            lambda: xpub.wait_subscribers("b", timeout=20000), lambda: xpub.recv(timeout=20000)
        )
        wait_for_waiters(xpub, 2)
        socket(zmq.SUB, subscribe=b"b").connect(address)
        assert results() == [1, b"\x01b"]


def test_many_ask_for_subscribers_while_they_come_and_go(publisher, bind, socket, run_all):
    address = bind(publisher, "ipc")
    done = threading.Event()

    def ask():
        while not done.is_set():
            assert publisher.subscribers.keys() <= {b"%d" % n for n in range(20)}
            publisher.send(b"x")
            with contextlib.suppress(zmq.TimeoutExpired):
                publisher.wait_subscribers("1", timeout=1)
        return "done"

    results = run_all(ask, ask, ask)
    for _ in range(10):
        for n in range(20):
            s = socket(zmq.SUB, subscribe=b"%d" % n)
            s.connect(address)
            if n % 3 == 0:
                publisher.wait_subscribers(b"%d" % n, timeout=5000)
            s.close()
    done.set()
    assert results() == ["done"] * 3


def test_a_waiting_call_reads_the_events_of_connections(context, folder, run_all, wait_for):
    with context.socket(zmq.DEALER, threadsafe=True, observe=True) as s:
        s.linger, s.reconnect_ivl = 0, 1
        s.connect(f"ipc://{folder}/nobody")
        results = run_all(lambda: s.recv(timeout=20000))
        wait_for(lambda: s._observer.connections.retries > 20)
        s.close()
        assert [type(each) for each in results()] == [zmq.SocketClosed]
