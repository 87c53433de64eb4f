# SPDX-License-Identifier: BSD-3-Clause
"""Who is there, monitors and requests: what waits for them lets other greenlets run."""

import gevent
import pytest

import zmq.green as zmq
from zmq.error import TimeoutExpired
from zmq.utils.monitor import recv_monitor_message


@pytest.fixture
def observed(context):
    s = context.socket(zmq.PUSH, observe=True)
    s.linger = 0
    yield s
    s.close()


def test_wait_connected(observed, socket, spawn):
    endpoint = observed.bind("tcp://127.0.0.1:0").endpoint
    waiting = spawn(observed.wait_connected, 2)
    peers = [socket(zmq.PULL) for _ in range(2)]
    peers[0].connect(endpoint)
    gevent.sleep(0.05)
    assert not waiting.done
    peers[1].connect(endpoint)
    assert waiting.get() == 2
    assert observed.wait_connected(1, timeout=0) == 2


@pytest.mark.parametrize("timeout", [0, 30])
def test_wait_connected_in_vain(observed, timeout):
    observed.bind("tcp://127.0.0.1:0")
    with pytest.raises(TimeoutExpired, match=f"1 connections were waited for {timeout} ms"):
        observed.wait_connected(timeout=timeout)


def test_wait_connected_beside_a_monitor(observed, socket, spawn):
    """A thread reads the reports then."""
    endpoint = observed.bind("tcp://127.0.0.1:0").endpoint
    monitor = observed.get_monitor_socket(zmq.EVENT_ACCEPTED)
    waiting = spawn(observed.wait_connected)
    reading = spawn(recv_monitor_message, monitor)
    socket(zmq.PULL).connect(endpoint)
    assert waiting.get() == 1
    assert reading.get()["event"] == zmq.EVENT_ACCEPTED
    observed.disable_monitor()
    monitor.close()


def test_wait_connected_of_a_closed_socket(observed, spawn):
    observed.bind("tcp://127.0.0.1:0")
    waiting = spawn(observed.wait_connected)
    observed.close()
    with pytest.raises(zmq.ZMQError) as caught:
        waiting.get()
    assert caught.value.errno == zmq.ENOTSOCK


def test_wait_connected_that_cannot_be(observed, socket):
    with pytest.raises(zmq.ZMQError, match="for ever"):
        observed.wait_connected()
    with pytest.raises(zmq.ZMQError, match="observe=True"):
        socket(zmq.PUSH).wait_connected(timeout=1)


def test_reports_do_not_pile_up(observed, socket, spawn, until):
    """While a greenlet waits they are read, and nothing spins."""
    endpoint = observed.bind("tcp://127.0.0.1:0").endpoint
    other = socket(zmq.PULL)
    other.connect(endpoint)
    until(lambda: observed.poll(0, zmq.POLLOUT))
    waiting = spawn(observed.poll, None, zmq.POLLERR)
    inlet = observed._observer.inlet
    for _ in range(5):
        with zmq.Context() as visitors, visitors.socket(zmq.PULL) as visitor:
            visitor.connect(endpoint)
            visitor.poll(20)
    until(lambda: not inlet.poll(0))
    assert observed._observer.connections.connects >= 1
    waiting.kill()


@pytest.mark.parametrize("kind", [zmq.PUB, zmq.XPUB])
def test_wait_subscribers(context, bind, socket, spawn, kind):
    with context.socket(kind, count_subscribers=True) as pub:
        pub.linger = 0
        address = bind(pub, "tcp")
        waiting = spawn(pub.wait_subscribers, b"a", 2)
        subs = [socket(zmq.SUB) for _ in range(2)]
        for s in subs:
            s.subscribe(b"a")
            s.connect(address)
        assert waiting.get() == 2
        pub.send(b"a1")
        assert [s.recv() for s in subs] == [b"a1", b"a1"]
        with pytest.raises(TimeoutExpired, match="3 subscribers"):
            pub.wait_subscribers(b"a", 3, timeout=30)
        if kind == zmq.XPUB:
            assert pub.recv() == b"\x01a"


def test_wait_subscribers_while_notifications_are_held(context, bind, socket, spawn):
    """To EVENTS the socket is readable then, and who waits must not spin."""
    import time

    with context.socket(zmq.XPUB, count_subscribers=True) as pub:
        address = bind(pub, "tcp")
        sub = socket(zmq.SUB)
        sub.subscribe(b"a")
        sub.connect(address)
        assert pub.wait_subscribers(b"a", timeout=10_000) == 1
        waiting = spawn(pub.wait_subscribers, b"b")
        gevent.sleep(0.05)
        used = time.process_time()
        gevent.sleep(0.25)
        assert time.process_time() - used < 0.1
        sub.subscribe(b"b")
        assert waiting.get() == 1


def test_watch_events(socket, spawn):
    s = socket(zmq.PULL)
    with s.watch_events(zmq.EVENT_LISTENING | zmq.EVENT_ACCEPTED) as watch:
        waiting = spawn(watch.recv)
        endpoint = s.bind("tcp://127.0.0.1:0").endpoint
        assert waiting.get().kind == zmq.EVENT_LISTENING
        waiting = spawn(watch.recv)
        socket(zmq.PUSH).connect(endpoint)
        assert waiting.get().kind == zmq.EVENT_ACCEPTED
        with pytest.raises(TimeoutExpired):
            watch.recv(timeout=20)
        last = spawn(watch.recv)
    assert last.get() is None


def test_monitor_socket(socket, spawn):
    s = socket(zmq.PULL)
    monitor = s.get_monitor_socket()
    assert type(monitor) is zmq.Socket
    waiting = spawn(recv_monitor_message, monitor)
    s.bind("tcp://127.0.0.1:0")
    assert waiting.get()["event"] == zmq.EVENT_LISTENING
    s.disable_monitor()
    monitor.close()


# -- requests ------------------------------------------------------------------------------------


def serve(server):
    while True:
        server.send(server.recv().upper())


@pytest.mark.parametrize("way", ["endpoint", "socket", "plain context"])
def test_request(context, socket, bind, spawn, way):
    server = socket(zmq.REP)
    address = bind(server, "tcp")
    spawn(serve, server)
    if way == "socket":
        client = socket(zmq.REQ)
        client.connect(address)
        assert zmq.request(client, b"a", timeout=10_000) == b"A"
    elif way == "endpoint":
        assert zmq.request(address, [b"a"], timeout=10_000) == [b"A"]
        zmq.Context.instance().term()
    else:
        from zmq import Context

        with Context() as plain:
            assert zmq.request(address, b"a", timeout=10_000, context=plain) == b"A"


def test_request_in_vain(socket, bind, spawn):
    server = socket(zmq.REP)
    client = socket(zmq.REQ)
    client.connect(bind(server, "tcp"))
    ticks = []

    def tick():
        while True:
            ticks.append(1)
            gevent.sleep(0.005)

    spawn(tick)
    with pytest.raises(TimeoutExpired, match="2 attempts"):
        zmq.request(client, b"a", timeout=50, retries=1)
    assert len(ticks) > 5


def test_request_to_a_server_that_comes_later(endpoint, socket, spawn):
    address = endpoint("ipc")
    with zmq.Context() as context:
        asking = spawn(zmq.request, address, b"a", 100, 100, context=context)
        gevent.sleep(0.15)
        server = socket(zmq.REP)
        server.bind(address)
        spawn(serve, server)
        assert asking.get(30) == b"A"
