# SPDX-License-Identifier: BSD-3-Clause
"""Observed sockets: the user's monitor, what nobody reads, and that nothing stays behind."""

import errno
import gc
import os
import threading
import weakref
from unittest import mock

import pytest

import zmq
from zmq.utils.monitor import recv_monitor_message


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


def until(monitor, event):
    """The events of a monitor up to and with the given one."""
    monitor.rcvtimeo = 5000
    seen = []
    while not seen or seen[-1] != event:
        seen.append(recv_monitor_message(monitor)["event"])
    return seen


def test_the_user_s_monitor_gets_the_events_too(observed, socket, bind):
    s = observed(zmq.PULL)
    monitor = s.get_monitor_socket()
    address = bind(s, "tcp")
    client = socket(zmq.PUSH)
    client.connect(address)
    assert s.wait_connected(timeout=5000) == 1
    assert until(monitor, zmq.Event.HANDSHAKE_SUCCEEDED) == [
        *(zmq.Event.LISTENING, zmq.Event.ACCEPTED, zmq.Event.HANDSHAKE_SUCCEEDED)
    ]
    client.close()
    until(monitor, zmq.Event.DISCONNECTED)
    assert s.peers == {}  # who reads of an event finds it counted
    assert s.stats()["disconnects"] == 1
    monitor.close()


def test_the_user_s_monitor_gets_what_comes_later(observed, socket, bind):
    s = observed(zmq.PULL)
    address = bind(s, "tcp")
    first, second = socket(zmq.PUSH), socket(zmq.PUSH)
    first.connect(address)
    s.wait_connected(timeout=5000)
    with s.get_monitor_socket() as monitor:
        assert s.peers == {address: 1}
        second.connect(address)
        assert until(monitor, zmq.Event.HANDSHAKE_SUCCEEDED)[0] == zmq.Event.ACCEPTED
        assert s.peers == {address: 2}
        s.disable_monitor()
        assert until(monitor, zmq.Event.MONITOR_STOPPED) == [zmq.Event.MONITOR_STOPPED]
    second.close()
    first.connect(bind(socket(zmq.PULL), "tcp"))
    while s.peers != {address: 1}:
        pass


def test_monitors_one_after_another(observed, socket, bind, wait_for):
    s = observed(zmq.PULL)
    address = bind(s, "tcp")
    for count in range(1, 6):
        with s.get_monitor_socket() as monitor:
            socket(zmq.PUSH).connect(address)
            until(monitor, zmq.Event.HANDSHAKE_SUCCEEDED)
            s.disable_monitor()
            until(monitor, zmq.Event.MONITOR_STOPPED)
        assert s.peers == {address: count}
    assert s.stats()["connects"] == 5


def test_a_second_monitor_is_refused(observed):
    s = observed(zmq.PULL)
    monitor = s.get_monitor_socket()
    assert s.get_monitor_socket() is monitor
    with pytest.raises(zmq.ZMQError, match=r"PULL.*disable_monitor\(\)") as caught:
        s.monitor("inproc://second")
    assert caught.value.errno == errno.EBUSY
    s.bind("tcp://127.0.0.1:0")  # the first one goes on
    assert until(monitor, zmq.Event.LISTENING)
    monitor.close()


def test_a_monitor_that_was_closed_makes_room(observed):
    s = observed(zmq.PULL)
    s.get_monitor_socket().close()
    with s.get_monitor_socket() as monitor:
        s.bind("tcp://127.0.0.1:0")
        assert until(monitor, zmq.Event.LISTENING)


def test_only_the_events_asked_for(observed, socket, bind):
    s = observed(zmq.PULL)
    with s.get_monitor_socket(zmq.Event.HANDSHAKE_SUCCEEDED) as monitor:
        socket(zmq.PUSH).connect(bind(s, "tcp"))
        assert until(monitor, zmq.Event.HANDSHAKE_SUCCEEDED) == [zmq.Event.HANDSHAKE_SUCCEEDED]


def test_a_pair_socket_that_connects_late(observed, socket, wait_for):
    # the events wait for it, and libzmq does not wait for anything
    s = observed(zmq.PULL)
    s.monitor("inproc://late", zmq.Event.LISTENING | zmq.Event.MONITOR_STOPPED)
    s.bind("tcp://127.0.0.1:0")
    pair = socket(zmq.PAIR)
    pair.connect("inproc://late")
    assert until(pair, zmq.Event.LISTENING) == [zmq.Event.LISTENING]
    s.monitor(None)
    assert until(pair, zmq.Event.MONITOR_STOPPED) == [zmq.Event.MONITOR_STOPPED]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:5", b"tcp://127.0.0.1:5"])
def test_another_transport_is_refused(observed, address):
    s = observed(zmq.PULL)
    with pytest.raises(zmq.ZMQError, match="tcp://127") as caught:
        s.monitor(address)
    assert caught.value.errno == zmq.EPROTONOSUPPORT
    assert s.peers == {}


def test_an_address_in_use_is_refused(observed, socket, bind):
    s = observed(zmq.PULL)
    taken = bind(socket(zmq.PAIR))
    with pytest.raises(zmq.ZMQError) as caught:
        s.monitor(taken)
    assert caught.value.errno == zmq.EADDRINUSE
    with s.get_monitor_socket() as monitor:
        s.bind("tcp://127.0.0.1:0")
        assert until(monitor, zmq.Event.LISTENING)


def test_the_end_of_the_socket_is_told(observed):
    s = observed(zmq.PULL)
    with s.get_monitor_socket() as monitor:
        s.close()
        assert until(monitor, zmq.Event.MONITOR_STOPPED)[-1] == zmq.Event.MONITOR_STOPPED


def test_no_thread_for_observing_alone(observed, socket, bind):
    before = threading.active_count(), len(os.listdir("/proc/self/task"))
    s = observed(zmq.PULL)
    socket(zmq.PUSH).connect(bind(s, "tcp"))
    s.wait_connected(timeout=5000)
    assert threading.active_count() == before[0]
    assert len(os.listdir("/proc/self/task")) <= before[1] + 2  # those of the context


def test_it_does_not_show(context):
    with context.socket(zmq.PULL, observe=True) as s:
        assert context._sockets == {s}
        assert "1 socket)" in repr(context)


def test_a_dropped_socket_is_freed_at_once(context, gone):
    gc.disable()
    try:
        s = context.socket(zmq.PULL, observe=True)
        s.bind("tcp://127.0.0.1:0")
        s.close()
        watch = weakref.ref(s)
        del s
        gone(watch)
    finally:
        gc.enable()


# ---- what nobody reads ----


def test_events_that_nobody_reads_stop_nothing(observed, socket, bind, folder):
    # far more than the 2000 at which a monitor with the usual marks stops the I/O thread
    s = observed(zmq.DEALER, reconnect_ivl=1)
    for number in range(50):
        s.connect(f"ipc://{folder}/nobody-{number}")
    server = observed(zmq.ROUTER)
    other = socket(zmq.DEALER)
    other.connect(bind(server, "tcp"))
    for _ in range(3000):
        other.send(b"x")
        server.recv_multipart()
    while s.stats()["retries"] < 3000:
        other.send(b"still alive")
        assert server.recv_multipart()[1] == b"still alive"
    s.close()


@pytest.mark.parametrize(
    "wait",
    [
        lambda s: s.recv(timeout=1500),
        lambda s: s.recv_multipart(timeout=1500),
        lambda s: s.poll(1500),
        lambda s: zmq.zmq_poll([(s, zmq.POLLIN)], 1500),
    ],
    ids=["recv", "recv_multipart", "poll", "zmq_poll"],
)
def test_events_are_read_while_the_socket_waits(observed, folder, wait):
    s = observed(zmq.DEALER, reconnect_ivl=1)
    s.connect(f"ipc://{folder}/nobody")
    try:
        assert not wait(s)
    except zmq.TimeoutExpired:
        pass
    assert s._observer.connections.retries > 100  # without being asked


def test_events_are_read_while_the_socket_waits_to_send(observed, folder):
    s = observed(zmq.PUSH, reconnect_ivl=1, immediate=1, sndtimeo=1500)
    s.connect(f"ipc://{folder}/nobody")
    with pytest.raises(zmq.Again) as caught:
        s.send(b"x")
    assert not isinstance(caught.value, zmq.TimeoutExpired)
    assert s._observer.connections.retries > 100


@pytest.mark.parametrize("timeout", [0, 50])
def test_time_outs_of_options_are_kept(observed, timeout):
    s = observed(zmq.PULL, rcvtimeo=timeout)
    with pytest.raises(zmq.Again) as caught:
        s.recv()
    assert not isinstance(caught.value, zmq.TimeoutExpired)
    assert s.stats()["would_block"] >= 1


def test_messages_wake_who_waits(observed, socket, bind):
    server, client = observed(zmq.REP), socket(zmq.REQ)
    client.connect(bind(server, "tcp"))

    def serve():
        for _ in range(100):
            server.send(server.recv())

    thread = threading.Thread(target=serve)
    thread.start()
    for number in range(100):
        client.send(b"%d" % number)
        assert client.recv() == b"%d" % number
    thread.join()


# ---- the end ----

ORDERS = {
    "monitor first": lambda s, m: (m.close(), s.close()),
    "socket first": lambda s, m: (s.close(), m.close()),
    "disabled first": lambda s, m: (s.disable_monitor(), m.close(), s.close()),
}


def _cycle(context, turn):
    s = context.socket(zmq.PULL, observe=True)
    s.bind("tcp://127.0.0.1:0")
    with context.socket(zmq.PUSH) as client:
        client.linger = 0
        client.connect(s.last_endpoint)
        if turn % 4 == 0:
            s.wait_connected(timeout=5000)
        if turn % 5 == 0:
            list(ORDERS.values())[turn // 5 % 3](s, s.get_monitor_socket())
    s.close()


@pytest.mark.parametrize("times", [300, pytest.param(2000, marks=pytest.mark.long)])
def test_descriptors_stay_few(context, times, wait_for):
    with context.socket(zmq.PULL):
        before = len(os.listdir("/proc/self/fd"))
        for turn in range(times):
            _cycle(context, turn)
        wait_for(lambda: len(os.listdir("/proc/self/fd")) <= before)


def test_destroy_while_peers_come_and_go(bind):
    for _ in range(20):
        context = zmq.Context()
        servers = [context.socket(zmq.PULL, observe=True) for _ in range(3)]
        monitor = servers[0].get_monitor_socket()
        clients = []
        for server in servers:
            address = bind(server, "tcp")
            for _ in range(3):
                client = context.socket(zmq.PUSH, observe=True)
                client.reconnect_ivl = 1
                client.connect(address)
                clients.append(client)
        servers[1].wait_connected(timeout=5000)
        context.destroy(linger=0)
        assert all(s.closed for s in (*servers, *clients, monitor))


def test_what_is_not_closed_ends_with_the_process(run):
    end = run(
        """
        import zmq
        context = zmq.Context()
        a, b = context.socket(zmq.PULL, observe=True), context.socket(zmq.PUSH, observe=True)
        a.bind("tcp://127.0.0.1:0")
        b.connect(a.last_endpoint)
        b.wait_connected(timeout=5000)
        monitor = a.get_monitor_socket()
        print(a.peers == {a.last_endpoint.decode(): 1})
        """,
        options=(),
    )
    assert (end.returncode, end.stdout) == (0, "True\n")


@pytest.mark.parametrize("kind", [zmq.PULL, zmq.SUB, zmq.ROUTER])
def test_only_publishers_count_subscribers(context, kind):
    with pytest.raises(ValueError, match=f"PUB and XPUB.*{kind.name}"):
        context.socket(kind, count_subscribers=True)
    gc.collect()
    assert not context._sockets


def test_subclasses(context):
    class Mine(zmq.Socket):
        pass

    with context.socket(zmq.PULL, Mine, observe=True) as s:
        assert type(s) is Mine
        assert s.peers == {}
        with s.get_monitor_socket() as monitor:
            assert type(monitor) is not Mine or monitor.type == zmq.PAIR


@pytest.mark.filterwarnings("ignore:Socket.socket_type:DeprecationWarning")
def test_attributes_it_has_not_are_none_to_introspection(socket):
    # programs make mocks of sockets, and list their members
    for kind in (zmq.PUSH, zmq.PUB, zmq.SUB):
        s = socket(kind)
        assert not hasattr(s, "peers")
        assert not hasattr(s, "subscribers")
        assert mock.Mock(spec=s).peers
        with pytest.raises(zmq.ZMQError, match="observe=True"):
            s.peers  # noqa: B018
    s.close()
    assert not hasattr(s, "peers")
