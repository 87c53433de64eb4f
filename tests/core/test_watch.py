# SPDX-License-Identifier: BSD-3-Clause
"""`watch_events`: what it tells, how it ends, whoever is closed first, and who else may watch."""

import errno
import gc
import os
import struct
import threading

import pytest

import zmq
from zmq.utils.monitor import SocketEvent, parse_event

#: Milliseconds after which a test that waits for an event in vain fails.
PATIENCE = 5000


@pytest.fixture(params=[False, True], ids=["plain", "observed"])
def watched(request, context):
    """`watched(type)`: a socket to be watched, whether it is observed anyway or not."""
    made = []

    def watched(kind=zmq.PULL):
        s = context.socket(kind, observe=request.param)
        made.append(s)
        s.linger = 0
        return s

    yield watched
    for s in made:
        s.close()


def until(events, kind):
    """The events up to and with one of this kind."""
    seen = []
    while not seen or seen[-1].kind != kind:
        event = events.recv(timeout=PATIENCE)
        assert event is not None, f"ended after {seen}"
        seen.append(event)
    return seen


# -- what it tells -------------------------------------------------------------------------------


def test_life_of_a_server(watched, socket):
    server, client = watched(), socket(zmq.PUSH)
    with server.watch_events() as events:
        server.bind("tcp://127.0.0.1:0")
        client.connect(server.last_endpoint)
        seen = until(events, zmq.Event.HANDSHAKE_SUCCEEDED)
        assert [e.kind for e in seen] == [
            zmq.Event.LISTENING,
            zmq.Event.ACCEPTED,
            zmq.Event.HANDSHAKE_SUCCEEDED,
        ]
        assert {e.endpoint for e in seen} == {server.last_endpoint.decode()}
        assert seen[0].value > 0
        client.close()
        assert until(events, zmq.Event.DISCONNECTED)[-1].name == "DISCONNECTED"


def test_events_are_typed_and_frozen(watched):
    s = watched()
    with s.watch_events(zmq.Event.LISTENING) as events:
        s.bind("tcp://127.0.0.1:0")
        event = events.recv(PATIENCE)
    assert type(event) is SocketEvent
    assert event.kind is zmq.Event.LISTENING
    assert type(event.endpoint) is str
    assert type(event.value) is int
    assert (event.error, event.protocol_error) == (None, None)
    assert str(event) == f"LISTENING {event.endpoint}"
    with pytest.raises(AttributeError):
        event.kind = 5
    with pytest.raises(AttributeError):
        event.other = 5


def test_only_what_the_mask_has(watched, socket):
    server, client = watched(), socket(zmq.PUSH)
    with server.watch_events(zmq.Event.LISTENING | zmq.Event.HANDSHAKE_SUCCEEDED) as events:
        server.bind("tcp://127.0.0.1:0")
        client.connect(server.last_endpoint)
        assert [events.recv(PATIENCE).kind for _ in range(2)] == [
            zmq.Event.LISTENING,
            zmq.Event.HANDSHAKE_SUCCEEDED,
        ]


def test_errno_is_told_in_words(watched, socket):
    holder, s = socket(zmq.PULL), watched()
    taken = holder.bind("tcp://127.0.0.1:0").endpoint
    with s.watch_events(zmq.Event.BIND_FAILED) as events:
        with pytest.raises(zmq.ZMQError):
            s.bind(taken)
        event = events.recv(PATIENCE)
    assert (event.kind, event.value) == (zmq.Event.BIND_FAILED, zmq.EADDRINUSE)
    assert event.error == os.strerror(event.value)
    assert str(event).endswith(event.error)


def test_protocol_error_is_named(watched, socket):
    server, client = watched(), socket(zmq.PUSH)
    _, secret = zmq.curve_keypair()
    server.curve_server, server.curve_secretkey = 1, secret
    with server.watch_events() as events:
        server.bind("tcp://127.0.0.1:0")
        client.connect(server.last_endpoint)
        event = until(events, zmq.Event.HANDSHAKE_FAILED_PROTOCOL)[-1]
    assert event.protocol_error == "ZMTP_MECHANISM_MISMATCH"
    assert event.value is zmq.Event.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
    assert event.error is None


@pytest.mark.parametrize("number", [0, 0x8000, 3, 0xFFFE])
def test_unknown_events_are_numbers(number):
    zmq.Event(number)  # which the enum remembers
    event = parse_event([struct.pack("=Hi", number, -7), b"tcp://\xff"])
    assert (type(event.kind), event.kind, event.value) == (int, number, -7)
    assert event.name == hex(number)
    assert event.name in str(event)
    assert event.endpoint == "tcp://\udcff"


@pytest.mark.parametrize("number", [0, -1, 0x7FFFFFFF, 0x10000099])
def test_unknown_protocol_errors_are_numbers(number):
    kind = zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    event = parse_event([struct.pack("=Hi", kind, number), b"tcp://x"])
    assert (type(event.value), event.value) == (int, number)
    assert event.protocol_error == hex(number)


def test_errno_that_is_none():
    event = parse_event([struct.pack("=Hi", zmq.Event.HANDSHAKE_FAILED_NO_DETAIL, 0), b"tcp://x"])
    assert event.error is None


def test_time_out(watched):
    with watched().watch_events() as events:
        with pytest.raises(zmq.TimeoutExpired):
            events.recv(timeout=0)
        with pytest.raises(zmq.TimeoutExpired):
            events.recv(timeout=1)


# -- how it ends ---------------------------------------------------------------------------------


def test_what_came_before_the_socket_was_closed_can_be_read(watched):
    s = watched()
    events = s.watch_events(zmq.Event.LISTENING)
    s.bind("tcp://127.0.0.1:0")
    s.bind("tcp://127.0.0.1:0")
    s.close()
    assert [e.kind for e in events] == [zmq.Event.LISTENING] * 2
    assert list(events) == []
    assert events.recv() is None
    assert events.closed


def test_a_closed_socket_s_watch_does_not_hold_the_context(watched, context):
    s = watched()
    events = s.watch_events()
    s.bind("tcp://127.0.0.1:0")
    s.close()
    context.term(timeout=PATIENCE)
    assert next(events).kind == zmq.Event.LISTENING
    events.close()
    assert list(events) == []


def test_disabling_ends_it(watched):
    s = watched()
    with s.watch_events(zmq.Event.LISTENING) as events:
        s.bind("tcp://127.0.0.1:0")
        s.disable_monitor()
        s.bind("tcp://127.0.0.1:0")
        assert len(list(events)) == 1
    with s.watch_events() as again:
        s.bind("tcp://127.0.0.1:0")
        assert next(again).kind == zmq.Event.LISTENING


def test_closing_it_twice_and_last(watched):
    s = watched()
    with s.watch_events() as events:
        s.close()
    events.close()
    assert list(events) == []
    assert "ended" in repr(events)


def wait_in_a_thread(events, run_all, wait_for):
    results = run_all(lambda: list(events))
    wait_for(lambda: events._inlet._in_use)
    return results


ENDINGS = {
    "socket": lambda s, events: s.close(),
    "watch": lambda s, events: events.close(),
    "disabled": lambda s, events: s.disable_monitor(),
    "destroyed": lambda s, events: s.context.destroy(),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_who_waits_in_another_thread_is_told_of_the_end(watched, run_all, wait_for, ending):
    s = watched()
    events = s.watch_events()
    results = wait_in_a_thread(events, run_all, wait_for)
    ENDINGS[ending](s, events)
    assert results() == [[]]
    assert events.closed


def test_the_end_of_the_context_ends_it(watched, context, run_all, wait_for):
    s = watched()
    events = s.watch_events()
    results = wait_in_a_thread(events, run_all, wait_for)
    ended = run_all(lambda: context.term(timeout=PATIENCE))
    assert results() == [[]]
    s.close()
    assert ended() == [None]


def test_it_may_be_closed_while_the_socket_waits_in_another_thread(
    watched, socket, run_all, wait_for
):
    s, sender = watched(), socket(zmq.PUSH)
    bound = s.bind("tcp://127.0.0.1:0")
    events = s.watch_events()
    received = run_all(s.recv)
    wait_for(lambda: s._in_use)
    waited = wait_in_a_thread(events, run_all, wait_for)
    events.close()
    assert waited() == [[]]
    sender.connect(bound.endpoint)
    sender.send(b"x")
    assert received() == [b"x"]


def test_two_who_wait_are_one_too_many(watched, run_all, wait_for):
    with watched().watch_events() as events:
        results = wait_in_a_thread(events, run_all, wait_for)
        with pytest.raises(RuntimeError, match="already"):
            next(events)
        events.close()
        assert results() == [[]]


def test_one_that_is_dropped_makes_room(watched):
    s = watched()
    for _ in range(3):
        events = s.watch_events()
        s.bind("tcp://127.0.0.1:0")
        for event in events:
            assert event.kind == zmq.Event.LISTENING
            break
        del events
        gc.collect()
    with s.watch_events() as events:
        s.bind("tcp://127.0.0.1:0")
        assert next(events).kind == zmq.Event.LISTENING


def test_a_socket_that_is_dropped_ends_it(context, collected, wait_for):
    s = context.socket(zmq.PULL)
    events = s.watch_events()
    with pytest.warns(ResourceWarning) as caught:
        del s
        gc.collect()
        wait_for(lambda: collected() and len(caught))
    assert list(events) == []


def test_both_are_dropped_at_once(output):
    """The collector may close the one that reads the events before the one that has them."""
    script = """
        import gc, zmq
        def drop():
            s = context.socket(zmq.PULL)
            cycle = [s, s.watch_events()]
            s.bind("tcp://127.0.0.1:0")
            cycle.append(cycle)
        with zmq.Context() as context:
            for _ in range(20):
                drop()
                for _ in range(3):
                    gc.collect()
            print("end")
    """
    assert output(script, options=["-W", "ignore"]) == "end\n"


def test_a_closed_socket_cannot_be_watched(watched):
    s = watched()
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        s.watch_events()
    assert caught.value.errno == zmq.ENOTSOCK


# -- who else may watch --------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["watch_events", "get_monitor_socket", "monitor"])
def test_a_second_one_is_refused(watched, second):
    s = watched()
    with s.watch_events() as events:
        arguments = ["inproc://second"] if second == "monitor" else []
        with pytest.raises(zmq.ZMQError, match=r"disable_monitor\(\)") as caught:
            getattr(s, second)(*arguments)
        assert caught.value.errno == errno.EBUSY
        s.bind("tcp://127.0.0.1:0")
        assert next(events).kind == zmq.Event.LISTENING


def test_a_watch_beside_a_monitor_socket_is_refused(watched):
    s = watched()
    monitor = s.get_monitor_socket()
    with pytest.raises(zmq.ZMQError, match=r"disable_monitor\(\)"):
        s.watch_events()
    monitor.close()
    with s.watch_events() as events:
        s.bind("tcp://127.0.0.1:0")
        assert next(events).kind == zmq.Event.LISTENING


def test_observing_goes_on(context, socket):
    server, client = context.socket(zmq.PULL, observe=True), socket(zmq.PUSH)
    with server:
        server.bind("tcp://127.0.0.1:0")
        with server.watch_events(zmq.Event.HANDSHAKE_SUCCEEDED) as events:
            client.connect(server.last_endpoint)
            next(events)
            assert sum(server.peers.values()) == 1
        assert sum(server.peers.values()) == 1


def test_a_blocking_socket_is_for_plain_loops(watched):
    async def wait():
        async for _ in watched().watch_events():
            pass

    with pytest.raises(TypeError, match="use `for`"):
        wait().send(None)


def test_threadsafe_sockets(context):
    with context.socket(zmq.PULL, threadsafe=True) as s, s.watch_events() as events:
        s.bind("tcp://127.0.0.1:0")
        assert next(events).kind == zmq.Event.LISTENING


def test_importing_zmq_does_not_load_it(output):
    loaded = output("import sys, zmq\nprint(*[m for m in sys.modules if 'watch' in m])")
    assert loaded == "\n"


# -- nothing stays behind ------------------------------------------------------------------------

ORDERS = {
    "watch first": "events.close(), s.close()",
    "socket first": "s.close(), events.close()",
    "socket only": "s.close()",
    "dropped": "del events; s.close()",
    "read to the end": "s.close(); list(events)",
    "disabled": "s.disable_monitor(), s.close(), events.close()",
    "from a thread": """t = threading.Thread(target=s.close)
        t.start(); list(events); t.join()""",
}

CYCLES = """
import os, sys, threading, time, zmq
def descriptors():
    return len(os.listdir("/proc/self/fd"))
with zmq.Context() as context, context.socket(zmq.PULL):
    before = descriptors()
    for _ in range(int(sys.argv[1])):
        s = context.socket(zmq.PULL, observe=bool(int(sys.argv[2])))
        s.linger = 0
        events = s.watch_events()
        s.bind("tcp://127.0.0.1:0")
        {order}
    end = time.monotonic() + 5
    while descriptors() > before and time.monotonic() < end:
        time.sleep(0.001)
    print(descriptors() - before)
"""


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("observe", [0, 1])
@pytest.mark.parametrize("times", [100, pytest.param(5000, marks=pytest.mark.long)])
def test_any_order_of_closing(output, order, observe, times):
    code = CYCLES.replace("{order}", ORDERS[order])
    assert output(code, times, observe, deadline=100) == "0\n"


def test_opening_and_closing_in_many_threads(context, socket):
    """One thread closes sockets while another closes their watches."""
    for _ in range(200):
        s = context.socket(zmq.PULL)
        events = s.watch_events()
        threads = [threading.Thread(target=each.close) for each in (s, events)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert s.closed
        assert list(events) == []
