# SPDX-License-Identifier: BSD-3-Clause
"""Socket monitors: which events come, how they are asked for, and that nothing stays behind."""

import pytest

import zmq
from zmq.utils.monitor import parse_monitor_message, recv_monitor_message


@pytest.fixture
def watch():
    """`watch(socket, …)`: its monitor socket with a bounded wait, closed after the test."""
    watched = []

    def watch(s, *args, **kwargs):
        monitor = s.get_monitor_socket(*args, **kwargs)
        watched.append((s, monitor))
        monitor.rcvtimeo = 5000
        return monitor

    yield watch
    for s, monitor in watched:
        if not s.closed:
            s.disable_monitor()
        monitor.close()


def until(monitor, event):
    """The events of a monitor up to and with the given one."""
    seen = []
    while not seen or seen[-1]["event"] != event:
        seen.append(recv_monitor_message(monitor))
    return seen


def events(messages):
    return [m["event"] for m in messages]


def test_monitor_is_a_connected_pair(socket, watch):
    s = socket(zmq.PULL)
    monitor = watch(s)
    assert monitor.type == zmq.PAIR
    assert type(monitor) is type(s)
    assert s.get_monitor_socket() is monitor


def test_life_of_a_server(socket, watch):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    monitor = watch(a)
    a.bind("tcp://127.0.0.1:0")
    address = a.last_endpoint
    b.connect(address)
    seen = until(monitor, zmq.Event.HANDSHAKE_SUCCEEDED)
    assert events(seen) == [zmq.EVENT_LISTENING, zmq.EVENT_ACCEPTED, zmq.EVENT_HANDSHAKE_SUCCEEDED]
    assert {m["endpoint"] for m in seen} == {address}
    assert seen[0]["value"] > 0
    b.close()
    assert until(monitor, zmq.EVENT_DISCONNECTED)[-1]["endpoint"] == address
    a.unbind(address)
    assert until(monitor, zmq.EVENT_CLOSED)[-1]["endpoint"] == address


def test_life_of_a_client(socket, watch):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    a.bind("tcp://127.0.0.1:0")
    monitor = watch(b)
    b.connect(a.last_endpoint)
    seen = until(monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert zmq.EVENT_CONNECTED in events(seen)
    a.close()
    until(monitor, zmq.EVENT_DISCONNECTED)
    until(monitor, zmq.EVENT_CONNECT_RETRIED)


def test_event_is_an_enum_member(socket, watch):
    s = socket(zmq.PULL)
    monitor = watch(s)
    s.bind("tcp://127.0.0.1:0")
    message = recv_monitor_message(monitor)
    assert message["event"] is zmq.Event.LISTENING
    assert isinstance(message["value"], int)
    assert isinstance(message["endpoint"], bytes)
    assert set(message) == {"event", "value", "endpoint"}


def test_only_the_events_asked_for(socket, watch):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    monitor = watch(a, zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_MONITOR_STOPPED)
    a.bind("tcp://127.0.0.1:0")
    b.connect(a.last_endpoint)
    assert recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED


def test_address_of_ones_own(socket, watch):
    s = socket(zmq.PULL)
    monitor = watch(s, addr="inproc://own-monitor")
    assert monitor.last_endpoint == b"inproc://own-monitor"


def test_monitor_method_with_a_socket_of_ones_own(socket):
    s, monitor = socket(zmq.PULL), socket(zmq.PAIR)
    s.monitor("inproc://by-hand", zmq.EVENT_LISTENING)
    monitor.connect("inproc://by-hand")
    s.bind("tcp://127.0.0.1:0")
    message = parse_monitor_message(monitor.recv_multipart())
    assert message["event"] == zmq.EVENT_LISTENING
    assert message["endpoint"] == s.last_endpoint
    s.monitor(None, 0)


def test_monitor_takes_bytes(socket):
    s, monitor = socket(zmq.PULL), socket(zmq.PAIR)
    s.monitor(b"inproc://bytes")
    monitor.connect("inproc://bytes")
    s.bind("tcp://127.0.0.1:0")
    assert recv_monitor_message(monitor)["event"] == zmq.EVENT_LISTENING
    s.monitor(None)


def test_monitor_over_another_transport_is_refused(socket):
    with pytest.raises(zmq.ZMQError) as caught:
        socket(zmq.PULL).monitor("tcp://127.0.0.1:5")
    assert caught.value.errno == zmq.EPROTONOSUPPORT
    assert "tcp://127.0.0.1:5" in str(caught.value)


def test_disabling_says_so_and_allows_a_new_one(socket, watch):
    s = socket(zmq.PULL)
    first = watch(s)
    s.disable_monitor()
    assert until(first, zmq.EVENT_MONITOR_STOPPED)
    second = watch(s)
    assert second is not first
    s.bind("tcp://127.0.0.1:0")
    assert recv_monitor_message(second)["event"] == zmq.EVENT_LISTENING


def test_disabling_without_a_monitor_is_fine(socket):
    s = socket(zmq.PULL)
    s.disable_monitor()
    s.disable_monitor()


def test_the_end_of_the_socket_is_told(context, watch):
    s = context.socket(zmq.PULL)
    monitor = watch(s)
    s.close()
    assert events(until(monitor, zmq.EVENT_MONITOR_STOPPED))[-1] == zmq.EVENT_MONITOR_STOPPED


def test_without_waiting(socket, watch):
    monitor = watch(socket(zmq.PULL))
    with pytest.raises(zmq.Again):
        recv_monitor_message(monitor, zmq.NOBLOCK)


@pytest.mark.parametrize("wrong", [[], [b"x"], [b"x", b"y"], [b"123456", b"y", b"z"]])
def test_what_is_no_event_is_refused(wrong):
    with pytest.raises(RuntimeError):
        parse_monitor_message(wrong)


def test_handshake_failure_is_told(socket, watch):
    # a client without keys is not let in by a server with keys
    server, client = socket(zmq.PULL), socket(zmq.PUSH)
    _, secret = zmq.curve_keypair()
    server.curve_server, server.curve_secretkey = 1, secret
    monitor = watch(server)
    server.bind("tcp://127.0.0.1:0")
    client.connect(server.last_endpoint)
    failures = zmq.Event.HANDSHAKE_FAILED_PROTOCOL | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    while not (message := recv_monitor_message(monitor))["event"] & failures:
        pass
    assert message["endpoint"] == server.last_endpoint


ORDERS = {
    "disabled first": "s.disable_monitor(), m.close(), s.close()",
    "monitor first": "m.close(), s.close()",
    "socket first": "s.close(), m.close()",
    "monitor, then disabled": "m.close(), s.disable_monitor(), s.close()",
    "disabled last": "s.close(), s.disable_monitor(), m.close()",
}

CYCLES = """
import os, sys, time, zmq
def descriptors():
    return len(os.listdir("/proc/self/fd"))
with zmq.Context() as context, context.socket(zmq.PULL):
    before = descriptors()
    for _ in range(int(sys.argv[1])):
        s = context.socket(zmq.PULL)
        s.linger = 0
        m = s.get_monitor_socket()
        s.bind("tcp://127.0.0.1:0")
        {order}
    end = time.monotonic() + 5
    while descriptors() > before and time.monotonic() < end:
        time.sleep(0.001)
    print(descriptors() - before)
"""


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("times", [100, pytest.param(5000, marks=pytest.mark.long)])
def test_any_order_of_closing(output, order, times):
    # in a process of its own: libzmq waits for ever to tell a monitor that has gone
    assert output(CYCLES.replace("{order}", ORDERS[order]), times, deadline=30) == "0\n"


BY_HAND = """
import zmq
with zmq.Context() as context:
    s, m = context.socket(zmq.PULL), context.socket(zmq.PAIR)
    s.monitor("inproc://by-hand")
    m.connect("inproc://by-hand")
    {middle}
    {end}
    print("done")
"""

HAPPENINGS = {
    "nothing": "",
    "more events than a queue takes": """
    for _ in range(1500):
        s.unbind(s.bind("tcp://127.0.0.1:0").endpoint)
""",
}


@pytest.mark.parametrize("order", [name for name in ORDERS if name != "monitor, then disabled"])
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_any_order_of_closing_what_was_connected_by_hand(output, order, happening):
    code = BY_HAND.replace("{middle}", HAPPENINGS[happening]).replace("{end}", ORDERS[order])
    assert output(code) == "done\n"


def test_using_a_socket_whose_reader_has_gone(output):
    # libzmq would wait for ever for a reader to take the events
    middle = "s.bind('tcp://127.0.0.1:0'); m.close()"
    code = BY_HAND.replace("{middle}", middle).replace(
        "{end}", f"{HAPPENINGS['more events than a queue takes'].strip()}\n    s.close()"
    )
    assert output(code) == "done\n"


def test_closing_an_earlier_monitor_leaves_the_later_one(socket, watch):
    s = socket(zmq.PULL)
    first = watch(s)
    s.disable_monitor()
    second = watch(s)
    first.close()
    s.bind("tcp://127.0.0.1:0")
    assert recv_monitor_message(second)["event"] == zmq.EVENT_LISTENING


def test_two_monitored_sockets_at_a_time(socket, watch):
    monitors = {}
    for _ in range(20):
        s = socket(zmq.PULL)
        monitors[s] = watch(s)
    assert len(set(monitors.values())) == 20
    for s, monitor in monitors.items():
        s.bind("tcp://127.0.0.1:0")
        assert recv_monitor_message(monitor)["endpoint"] == s.last_endpoint
