# SPDX-License-Identifier: BSD-3-Clause
"""`timeout=` of each call: beside RCVTIMEO, SNDTIMEO and flags, alone and among threads."""

import math
import threading
import time

import pytest

import zmq

RECEIVE = {
    "recv": lambda s, **o: s.recv(**o),
    "frame": lambda s, **o: s.recv(copy=False, **o),
    "recv_multipart": lambda s, **o: s.recv_multipart(**o),
    "frames": lambda s, **o: s.recv_multipart(copy=False, **o),
    "recv_string": lambda s, **o: s.recv_string(**o),
    "recv_string latin-1": lambda s, **o: s.recv_string(encoding="latin-1", **o),
    "recv_unicode": lambda s, **o: s.recv_unicode(**o),
    "recv_json": lambda s, **o: s.recv_json(**o),
    "recv_json options": lambda s, **o: s.recv_json(parse_int=int, **o),
    "recv_pyobj": lambda s, **o: s.recv_pyobj(**o),
    "recv_serialized": lambda s, **o: s.recv_serialized(list, **o),
    "recv_into": lambda s, **o: s.recv_into(bytearray(9), **o),
    "recv_many": lambda s, **o: s.recv_many(9, **o),
    "recv_many_multipart": lambda s, **o: s.recv_many_multipart(9, **o),
}

SEND = {
    "send": lambda s, **o: s.send(b"1", **o),
    "send zero-copy": lambda s, **o: s.send(b"1", copy=False, **o),
    "send large": lambda s, **o: s.send(bytes(200_000), **o),
    "send frame": lambda s, **o: s.send(zmq.Frame(b"1"), **o),
    "send buffer": lambda s, **o: s.send(bytearray(b"1"), **o),
    "send_multipart": lambda s, **o: s.send_multipart([b"1", b"2"], **o),
    "send frames": lambda s, **o: s.send_multipart([zmq.Frame(b"1"), b"2"], **o),
    "send_string": lambda s, **o: s.send_string("1", **o),
    "send_string latin-1": lambda s, **o: s.send_string("1", encoding="latin-1", **o),
    "send_unicode": lambda s, **o: s.send_unicode("1", **o),
    "send_json": lambda s, **o: s.send_json(1, **o),
    "send_json options": lambda s, **o: s.send_json(1, sort_keys=True, **o),
    "send_pyobj": lambda s, **o: s.send_pyobj(1, **o),
    "send_serialized": lambda s, **o: s.send_serialized(1, lambda n: [b"%d" % n], **o),
    "send_many": lambda s, **o: s.send_many([b"1", [b"2", b"3"]], **o),
}

CALLS = {**RECEIVE, **SEND}

LATE = 0.05  # seconds after which a message comes that a call is to wait for


@pytest.fixture(params=["alone", "beside a thread"])
def company(request):
    """Whether other Python threads exist: calls take another way then."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    if request.param != "alone":
        other.start()
    yield
    done.set()
    if other.ident:
        other.join(5)


@pytest.fixture
def later():
    """`later(function)`: call it a little later, in another thread."""
    timers = []

    def later(function, *args):
        timers.append(threading.Timer(LATE, function, args))
        timers[-1].start()
        return timers[-1]

    yield later
    for timer in timers:
        timer.join(5)


def expires(call, socket, **options):
    """Make a call whose time must run out, by its own time-out and no sooner."""
    start = time.monotonic()
    with pytest.raises(zmq.Again) as caught:
        call(socket, **options)
    assert type(caught.value) is zmq.TimeoutExpired
    assert time.monotonic() - start >= options["timeout"] / 1000 - 0.002
    return caught.value


# -- every method, every transport ---------------------------------------------------------------


@pytest.mark.parametrize("method", RECEIVE)
def test_receiving_expires(pair, transport, company, method):
    _, b = pair(zmq.PUSH, zmq.PULL, transport)
    expires(RECEIVE[method], b, timeout=20)
    assert b.rcvtimeo == 5000


@pytest.mark.parametrize("method", SEND)
def test_sending_expires(socket, bind, transport, company, method):
    push, pull = socket(zmq.PUSH), socket(zmq.PULL)
    address = bind(push, transport)
    expires(SEND[method], push, timeout=20)
    # what was not sent in time is not sent later either
    pull.connect(address)
    push.send_multipart([b"later", b"complete"], timeout=5000)
    assert pull.recv_multipart() == [b"later", b"complete"]
    assert push.sndtimeo == 5000


@pytest.mark.parametrize("timeout", [0, 0.0, 5000, 1.5, -1, math.inf])
@pytest.mark.parametrize("method", RECEIVE)
def test_what_is_there_is_received(pair, company, method, timeout):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_pyobj(1) if method == "recv_pyobj" else a.send(b"1")
    assert RECEIVE[method](b, timeout=timeout) is not None
    assert b.try_recv() is None


@pytest.mark.parametrize("timeout", [0, 0.0, 5000, 1.5, -1, math.inf])
@pytest.mark.parametrize("method", SEND)
def test_what_can_be_sent_is_sent(pair, company, method, timeout):
    a, b = pair(zmq.PUSH, zmq.PULL)
    SEND[method](a, timeout=timeout)
    assert b.recv_multipart()


@pytest.mark.parametrize("method", RECEIVE)
def test_receiving_waits_for_what_comes_in_time(pair, transport, later, method):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    later(a.send_pyobj if method == "recv_pyobj" else a.send_json, 1)
    assert RECEIVE[method](b, timeout=5000) is not None


@pytest.mark.parametrize("method", SEND)
def test_sending_waits_for_a_peer_that_comes_in_time(socket, bind, transport, later, method):
    push, pull = socket(zmq.PUSH), socket(zmq.PULL)
    connecting = later(pull.connect, bind(push, transport))
    SEND[method](push, timeout=5000)
    connecting.join(5)
    assert pull.recv_multipart()


# -- which values --------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [0, 0.0, 0.3, 1, 20, 20.5, True])
def test_numbers_of_milliseconds(pair, company, timeout):
    a, b = pair(zmq.PUSH, zmq.PULL)
    expires(RECEIVE["recv"], b, timeout=timeout)


@pytest.mark.parametrize("timeout", [-1, -1.0, -5, -math.inf, math.inf, 10**12, 10**30])
def test_for_ever(pair, later, timeout):
    a, b = pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = 1
    later(a.send, b"x")
    assert b.recv(timeout=timeout) == b"x"


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(
    ("timeout", "error"),
    [("5", TypeError), (b"5", TypeError), ([], TypeError), (1j, TypeError), (math.nan, ValueError)],
    ids=repr,
)
def test_bad_values_are_refused_and_nothing_happens(pair, method, timeout, error):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    a.send(b"stays")
    with pytest.raises(error, match="milliseconds|NaN"):
        CALLS[method](b, timeout=timeout)
    assert b.recv() == b"stays"
    assert a.try_recv() is None


def test_none_is_not_given(pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = 1
    with pytest.raises(zmq.Again) as caught:
        b.recv(timeout=None)
    assert type(caught.value) is zmq.Again


def test_only_by_name(pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        b.recv(0, True, False, 10)


# -- beside the options and the flags ------------------------------------------------------------


@pytest.mark.parametrize("option", [0, 1, -1])
def test_timeout_beats_rcvtimeo(pair, company, later, option):
    a, b = pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = option
    expires(RECEIVE["recv"], b, timeout=10)
    assert b.rcvtimeo == option
    later(a.send, b"x")
    assert b.recv(timeout=5000) == b"x"


@pytest.mark.parametrize("option", [0, 1, -1])
def test_timeout_beats_sndtimeo(socket, company, option):
    s = socket(zmq.PUSH, sndtimeo=option)
    expires(SEND["send"], s, timeout=10)
    assert s.sndtimeo == option


@pytest.mark.parametrize("method", CALLS)
def test_no_limit_is_left_behind(socket, company, method):
    s = socket(zmq.DEALER, rcvtimeo=1, sndtimeo=1)
    expires(CALLS[method], s, timeout=0)
    for call in (s.recv, lambda: s.send(b"x")):
        with pytest.raises(zmq.Again) as caught:
            call()
        assert type(caught.value) is zmq.Again


@pytest.mark.parametrize("method", CALLS)
def test_dontwait_wins(socket, company, method):
    if method == "send_many":
        assert SEND[method](socket(zmq.PUSH), timeout=5000, flags=zmq.DONTWAIT) == 0
        return
    s = socket(zmq.DEALER)
    with pytest.raises(zmq.Again) as caught:
        CALLS[method](s, timeout=5000, flags=zmq.DONTWAIT)
    assert type(caught.value) is zmq.Again  # it has not waited


@pytest.mark.parametrize(
    "base",
    [
        zmq.TimeoutExpired,
        zmq.Again,
        zmq.ZMQError,
        zmq.ZMQBaseError,
        TimeoutError,
        OSError,
        Exception,
    ],
)
def test_what_expiry_can_be_caught_as(socket, base):
    with pytest.raises(base) as caught:
        socket(zmq.PULL).recv(timeout=0)
    assert caught.value.errno == zmq.EAGAIN
    assert "time" in str(caught.value)


@pytest.mark.parametrize(
    "other",
    [zmq.ContextTerminated, zmq.TermTimeout, zmq.NotDone, InterruptedError, ConnectionError],
)
def test_what_expiry_is_not(other):
    assert not issubclass(zmq.TimeoutExpired, other)
    assert not issubclass(zmq.Again, TimeoutError)


# -- many messages -------------------------------------------------------------------------------


def test_one_time_for_all_of_send_many(pair, company):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=3, rcvhwm=3)
    error = expires(lambda s, **o: s.send_many([b"%d" % n for n in range(100)], **o), a, timeout=30)
    assert 0 < error.sent < 100
    assert b.recv_many(100) == [b"%d" % n for n in range(error.sent)]


def test_a_batch_in_time_is_complete(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=3, rcvhwm=3)
    got = []
    reader = threading.Thread(target=lambda: got.extend(b.recv() for _ in range(1000)))
    reader.start()
    assert a.send_many((b"%d" % n for n in range(1000)), timeout=20_000) == 1000
    reader.join(20)
    assert got == [b"%d" % n for n in range(1000)]


def test_no_half_messages_after_expiry(pair, company):
    a, b = pair(zmq.PUSH, zmq.PULL, "tcp", sndhwm=2, rcvhwm=2, sndbuf=4096, rcvbuf=4096)
    sent = 0
    while True:
        try:
            a.send_multipart([b"%d" % sent, bytes(50_000), b"end"], timeout=50)
        except zmq.TimeoutExpired:
            break
        sent += 1
    got = [b.recv_multipart() for _ in range(sent)]
    assert got == [[b"%d" % n, bytes(50_000), b"end"] for n in range(sent)]
    expires(RECEIVE["recv"], b, timeout=20)
