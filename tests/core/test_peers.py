# SPDX-License-Identifier: BSD-3-Clause
"""Who is connected: `peers` and `wait_connected` of sockets made with observe=True."""

import socket as system
import threading

import pytest

import zmq

REPORTED = ("ipc", "tcp")

#: A process that connects, says so, and stays until it is told to go on, or killed.
CLIENT = """
    import sys, zmq
    with zmq.Context() as ctx:
        sockets = [ctx.socket(zmq.PUSH, observe=True) for _ in range(int(sys.argv[2]))]
        for s in sockets:
            s.linger = 0
            s.connect(sys.argv[1])
            s.wait_connected(timeout=10000)
        print("connected")
        sys.stdin.readline()
        for s in sockets:
            s.close()
"""

#: A process that binds where it is told to, and stays.
SERVER = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.PULL) as s:
        s.bind(sys.argv[1])
        print(s.last_endpoint.decode())
        sys.stdin.readline()
"""


@pytest.fixture
def observed(context):
    """`observed(type)`: an observed socket, closed after the test."""
    made = []

    def observed(kind, **options):
        s = context.socket(kind, observe=True)
        made.append(s)
        s.linger = 0
        for name, value in options.items():
            setattr(s, name, value)
        return s

    yield observed
    for s in made:
        s.close()


@pytest.mark.parametrize("transport", REPORTED)
def test_both_sides_see_the_connection(observed, bind, transport):
    server, client = observed(zmq.PULL), observed(zmq.PUSH)
    assert server.peers == client.peers == {}
    address = bind(server, transport)
    client.connect(address)
    assert client.wait_connected(timeout=5000) == 1
    assert server.wait_connected(1, 5000) == 1
    assert client.peers == {address: 1}
    assert server.peers == {server.last_endpoint.decode(): 1}


@pytest.mark.parametrize("transport", REPORTED)
def test_peers_come_and_go(observed, socket, bind, transport, wait_for):
    server = observed(zmq.ROUTER)
    address = bind(server, transport)
    clients = [socket(zmq.DEALER) for _ in range(5)]
    for client in clients:
        client.connect(address)
    assert server.wait_connected(5, timeout=5000) == 5
    assert server.peers == {address: 5}
    for left in (4, 3, 2, 1, 0):
        clients.pop().close()
        wait_for(lambda left=left: sum(server.peers.values()) == left)
    assert server.peers == {}


def test_endpoints_are_told_apart(observed, socket, bind):
    server = observed(zmq.ROUTER)
    first, second, third = bind(server, "tcp"), bind(server, "ipc"), bind(server, "tcp")
    for address in (first, second, second):
        socket(zmq.DEALER).connect(address)
    server.wait_connected(3, timeout=5000)
    assert server.peers == {first: 1, second: 2}
    assert third not in server.peers


def test_one_socket_that_binds_and_connects(observed, socket, bind):
    s, other = observed(zmq.DEALER), socket(zmq.DEALER)
    there, here = bind(other, "tcp"), bind(s, "tcp")
    s.connect(there)
    socket(zmq.DEALER).connect(here)
    s.wait_connected(2, timeout=5000)
    assert s.peers == {there: 1, here: 1}


def test_bound_to_all_addresses(observed, socket):
    server = observed(zmq.PULL)
    server.bind("tcp://*:0")
    endpoint = server.last_endpoint.decode()
    assert "0.0.0.0" in endpoint
    socket(zmq.PUSH).connect(endpoint.replace("0.0.0.0", "127.0.0.1"))
    server.wait_connected(timeout=5000)
    assert server.peers == {endpoint: 1}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:0;localhost"])
def test_a_name_stays_the_name(observed, start, host, wait_for):
    # libzmq reports a connection that is made again under the address of the host
    server = start(SERVER, "tcp://127.0.0.1:0")
    address = server.line()
    name = address.replace("127.0.0.1", host)
    client = observed(zmq.PUSH, reconnect_ivl=10)
    client.connect(name)
    for _ in range(3):
        assert client.wait_connected(timeout=10000) == 1
        assert client.peers == {name: 1}
        server.kill()
        wait_for(lambda: client.peers == {})
        server = start(SERVER, address)
        server.line()
    client.wait_connected(timeout=10000)
    client.disconnect(name)
    assert client.peers == {}


@pytest.mark.parametrize("transport", REPORTED)
def test_killed_processes(observed, bind, start, transport, wait_for):
    server = observed(zmq.PULL)
    address = bind(server, transport)
    doomed, other = start(CLIENT, address, 3), start(CLIENT, address, 2)
    assert (doomed.line(), other.line()) == ("connected", "connected")
    assert server.wait_connected(5, timeout=5000) == 5
    doomed.kill()
    wait_for(lambda: server.peers == {address: 2})
    other.say("go on")
    other.done()
    wait_for(lambda: server.peers == {})
    stats = server.stats()
    assert (stats["connects"], stats["disconnects"], stats["handshake_failures"]) == (5, 5, 0)


def test_only_after_the_handshake(observed, socket, bind, wait_for):
    server = observed(zmq.PULL)
    address = bind(server, "tcp")
    host, port = address.rpartition("//")[2].split(":")
    with system.create_connection((host, int(port))) as stranger:
        socket(zmq.PUSH).connect(address)
        server.wait_connected(timeout=5000)
        stranger.sendall(b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NONE" + bytes(60))  # no such mechanism
        wait_for(lambda: server.stats()["handshake_failures"] == 1)
        assert server.peers == {address: 1}
    with system.create_connection((host, int(port))):
        pass
    wait_for(lambda: server.stats()["handshake_failures"] == 2)
    assert server.peers == {address: 1}
    assert server.stats()["disconnects"] == 0


def test_a_type_that_does_not_fit(observed, socket, bind, wait_for):
    # libzmq ends such a connection without an event that says so
    server, wrong = observed(zmq.PULL), observed(zmq.REP)
    address = bind(server, "tcp")
    socket(zmq.PUSH).connect(address)
    server.wait_connected(timeout=5000)
    wrong.connect(address)
    wait_for(lambda: server.stats()["handshake_failures"] >= 1)
    wait_for(lambda: wrong.stats()["handshake_failures"] >= 1)
    assert server.peers == {address: 1}
    assert wrong.peers == {}


def test_wrong_keys(observed, socket, bind, wait_for):
    server, friend, foe = observed(zmq.PULL), socket(zmq.PUSH), observed(zmq.PUSH)
    public, server.curve_secretkey = zmq.curve_keypair()
    server.curve_server = 1
    address = bind(server, "tcp")
    for client, key in ((friend, public), (foe, zmq.curve_keypair()[0])):
        client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
        client.curve_serverkey = key
        client.connect(address)
    server.wait_connected(timeout=5000)
    wait_for(lambda: server.stats()["handshake_failures"] >= 3)
    assert server.peers == {address: 1}
    assert foe.peers == {}
    with pytest.raises(zmq.TimeoutExpired):
        foe.wait_connected(timeout=50)


def test_stream_connections_need_no_handshake(observed, bind, wait_for):
    server = observed(zmq.STREAM)
    address = bind(server, "tcp")
    host, port = address.rpartition("//")[2].split(":")
    with system.create_connection((host, int(port))):
        assert server.wait_connected(timeout=5000) == 1
        assert server.peers == {address: 1}
    wait_for(lambda: server.peers == {})
    assert server.stats()["handshake_failures"] == 0


@pytest.mark.parametrize("transport", REPORTED)
def test_endpoints_that_are_left(observed, bind, transport, wait_for):
    server, client = observed(zmq.ROUTER), observed(zmq.DEALER)
    first, second = bind(server, transport), bind(server, transport)
    client.connect(first)
    client.connect(second)
    client.wait_connected(2, timeout=5000)
    server.wait_connected(2, timeout=5000)
    client.disconnect(first)
    assert client.peers == {second: 1}
    server.unbind(second.encode())
    assert second not in server.peers
    # libzmq ends the connection when the socket is used the next time
    wait_for(lambda: client.poll(0) == 0 and server.peers == {})
    client.connect(first)
    wait_for(lambda: client.peers.get(first) == 1)
    assert server.wait_connected(timeout=5000) == 1


@pytest.mark.parametrize("io_threads", [1, 4])
def test_many_peers(io_threads, bind, wait_for):
    with zmq.Context(io_threads) as ctx, ctx.socket(zmq.ROUTER, observe=True) as server:
        address = bind(server, "tcp")
        for _ in range(5):
            clients = [ctx.socket(zmq.DEALER) for _ in range(40)]
            for client in clients:
                client.linger = 0
                client.connect(address)
            server.wait_connected(40, timeout=10000)
            for client in clients[:20]:
                client.close()
            wait_for(lambda: server.peers == {address: 20})
            for client in clients[20:]:
                client.close()
            wait_for(lambda: server.peers == {})
        stats = server.stats()
        assert (stats["connects"], stats["disconnects"]) == (200, 200)


def test_time_over(observed, bind):
    s = observed(zmq.PULL)
    address = bind(s, "tcp")
    with pytest.raises(zmq.TimeoutExpired) as caught:
        s.wait_connected(2, timeout=20)
    assert isinstance(caught.value, (zmq.Again, TimeoutError))
    assert caught.value.errno == zmq.EAGAIN
    assert "2 connections" in str(caught.value)
    assert s.peers == {}
    assert address


@pytest.mark.parametrize("n, timeout, named", [("2", 0, "n is"), (1, "soon", "milliseconds")])
def test_what_cannot_be_waited_for(observed, bind, n, timeout, named):
    s = observed(zmq.PULL)
    bind(s, "tcp")
    with pytest.raises(TypeError, match=named):
        s.wait_connected(n, timeout)


def test_zero_timeout_looks_once(observed, bind, socket):
    s = observed(zmq.PULL)
    assert s.wait_connected(0, timeout=0) == 0
    socket(zmq.PUSH).connect(bind(s, "tcp"))
    s.wait_connected()
    assert s.wait_connected(timeout=0) == 1


def test_not_observed(socket):
    s = socket(zmq.PULL)
    for ask in (lambda: s.peers, s.wait_connected):
        with pytest.raises(zmq.ZMQError, match=r"ctx\.socket\(zmq\.PULL, observe=True\)") as caught:
            ask()
        assert caught.value.errno == zmq.ENOTSUP


def test_inproc_is_not_reported(observed, bind, socket):
    server, client = observed(zmq.PULL), observed(zmq.PUSH)
    client.connect(bind(server, "inproc"))
    for s in (server, client):
        with pytest.raises(zmq.ZMQError, match="inproc") as caught:
            s.wait_connected(timeout=1000)
        assert caught.value.errno == zmq.ENOTSUP
        with pytest.raises(zmq.ZMQError, match="inproc"):
            s.peers  # noqa: B018
    address = bind(server, "tcp")  # now there is something to report
    socket(zmq.PUSH).connect(address)
    assert server.wait_connected(timeout=5000) == 1
    assert server.peers == {address: 1}


def test_nothing_to_wait_for(observed):
    with pytest.raises(zmq.ZMQError, match="bind or connect") as caught:
        observed(zmq.PULL).wait_connected()
    assert caught.value.errno == zmq.EINVAL
    with pytest.raises(zmq.TimeoutExpired):
        observed(zmq.PULL).wait_connected(timeout=10)


def test_closed(observed):
    s = observed(zmq.PULL)
    s.close()
    for ask in (lambda: s.peers, lambda: s.wait_connected(timeout=1000)):
        with pytest.raises(zmq.ZMQError) as caught:
            ask()
        assert caught.value.errno == zmq.ENOTSOCK


def _wait_in_thread(s, **options):
    found = []

    def work():
        try:
            found.append(s.wait_connected(**options))
        except zmq.ZMQError as exc:
            found.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, found


def test_other_threads_may_ask(observed, socket, bind):
    server = observed(zmq.PULL)
    address = bind(server, "tcp")
    waiting = [_wait_in_thread(server, n=2, timeout=10000) for _ in range(4)]
    for _ in range(2):
        socket(zmq.PUSH).connect(address)
    assert server.wait_connected(2, timeout=5000) == 2
    for thread, found in waiting:
        thread.join()
        assert found == [2]


def test_closing_wakes_who_waits(observed, bind):
    server = observed(zmq.PULL)
    bind(server, "tcp")
    thread, found = _wait_in_thread(server)
    server.close()
    thread.join()
    assert isinstance(found[0], zmq.SocketClosed)


@pytest.mark.parametrize("watched", [False, True])
def test_the_end_of_the_context_wakes_who_waits(bind, watched):
    context = zmq.Context()
    server = context.socket(zmq.PULL, observe=True)
    monitor = server.get_monitor_socket() if watched else None
    bind(server, "tcp")
    thread, found = _wait_in_thread(server)
    ending = threading.Thread(target=context.term)
    ending.start()
    thread.join()
    assert isinstance(found[0], zmq.ContextTerminated)
    server.close()
    if watched:
        monitor.close()
    ending.join()
