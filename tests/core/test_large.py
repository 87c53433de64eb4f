# SPDX-License-Identifier: BSD-3-Clause
"""Large messages: immutable bytes are lent to libzmq, and come back as the very object."""

import gc
import sys
import threading

import limits
import pytest

import zmq
from zmq.sugar.frame import as_buffer

LENT = 200_000  # bytes: surely above every threshold

SEND = {
    "send": lambda s, data: s.send(data),
    "send_multipart": lambda s, data: s.send_multipart([data]),
    "second part": lambda s, data: (s.send_multipart([b"head", data]), None)[1],
    "tuple": lambda s, data: s.send_multipart((data,)),
    "send_many": lambda s, data: s.send_many([data]),
    "send_many iterator": lambda s, data: s.send_many(iter([data])),
    "send_many parts": lambda s, data: s.send_many([[data]]),
    "send_serialized": lambda s, data: s.send_serialized(data, lambda content: [content]),
    "zero-copy": lambda s, data: s.send(data, copy=False),
    "tracked": lambda s, data: (s.send(data, copy=False, track=True), None)[1],
    "frame": lambda s, data: s.send(zmq.Frame(data)),
    "frames": lambda s, data: s.send_multipart([zmq.Frame(data)]),
    "timeout": lambda s, data: s.send(data, timeout=1000),
}

RECEIVE = {
    "recv": lambda s: s.recv(),
    "recv_multipart": lambda s: s.recv_multipart()[0],
    "recv_many": lambda s: s.recv_many(1)[0],
    "recv_many_multipart": lambda s: s.recv_many_multipart(1)[0][0],
    "try_recv": lambda s: s.try_recv(),
    "try_recv_multipart": lambda s: s.try_recv_multipart()[0],
    "iteration": lambda s: next(s),
    "recv_serialized": lambda s: s.recv_serialized(lambda parts: parts[0]),
    "frame": lambda s: s.recv(copy=False).bytes,
    "timeout": lambda s: s.recv(timeout=1000),
}


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


def make(size=LENT, fill=7):
    """A bytes object that nobody else has."""
    return bytes([fill]) * size


def references(data):
    """How many references there are besides the caller's one; 0 where nobody counts them."""
    return 0 if limits.PYPY else sys.getrefcount(data) - 3


# -- the same object back ------------------------------------------------------------------------


@pytest.mark.parametrize("method", SEND)
def test_sent_by_every_method(pair, company, method):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = make()
    SEND[method](a, data)
    assert b.recv_multipart()[-1] is data


@pytest.mark.parametrize("method", RECEIVE)
def test_received_by_every_method(pair, company, method):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = make()
    a.send(data)
    assert RECEIVE[method](b) is data


def test_by_every_subscriber(socket, bind):
    pub, subs = socket(zmq.XPUB), [socket(zmq.SUB) for _ in range(3)]
    address = bind(pub)
    for sub in subs:
        sub.subscribe(b"")
        sub.connect(address)
    assert pub.recv() == b"\x01"
    data = make()
    pub.send(data)
    assert all(sub.recv() is data for sub in subs)


def test_through_a_router(pair):
    router, dealer = pair(zmq.ROUTER, zmq.DEALER)
    data = make()
    dealer.send_multipart([b"", data])
    name, empty, body = router.recv_multipart()
    assert body is data
    router.send_multipart([name, empty, body])
    assert dealer.recv_multipart()[1] is data


def test_several_on_the_way(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    contents = [make(fill=n) for n in range(200)]
    for data in contents:
        a.send(data)
        a.send(data)
    got = b.recv_many(400)
    assert all(x is data and y is data for x, y, data in zip(got[::2], got[1::2], contents))


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
def test_an_equal_one_from_other_transports(pair, company, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    data = make()
    a.send(data)
    got = b.recv()
    assert got == data
    assert got is not data


# -- what must not come back ---------------------------------------------------------------------


class Bytes(bytes):
    pass


@pytest.mark.parametrize(
    "data",
    [Bytes(LENT), bytearray(LENT), memoryview(bytes(LENT)), memoryview(bytes(2 * LENT))[:LENT]],
    ids=["subclass", "bytearray", "view", "part"],
)
@pytest.mark.parametrize("copy", [True, False])
def test_bytes_for_everything_else(pair, company, data, copy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(data, copy=copy)
    got = b.recv()
    assert type(got) is bytes
    assert got is not data
    assert got == bytes(LENT)


def test_what_changes_afterwards_is_copied(pair, company):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = bytearray(LENT)
    a.send(data)
    data[:5] = b"later"
    assert b.recv() == bytes(LENT)


@pytest.mark.parametrize("size", [LENT - 1, LENT // 2, 65_536, 100, 40, 34, 1])
def test_a_beginning_of_lent_bytes_is_no_more_than_that(pair, company, size):
    """The same address, another length: whatever is exported first or last."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = bytes(range(256)) * (LENT // 256)
    beginning = memoryview(data)[:size]
    for sent in ([data, beginning], [beginning, data], [beginning, beginning, data, beginning]):
        for each in sent:
            a.send(each, copy=False)
        got = [b.recv() for _ in sent]
        assert [len(each) for each in got] == [len(each) for each in sent]
        assert got == [bytes(each) for each in sent]


def test_a_frame_of_a_frame(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = make()
    a.send(zmq.Frame(zmq.Frame(data)))
    assert b.recv() == data


def test_addresses_that_are_used_again(pair, company):
    a, b = pair(zmq.PUSH, zmq.PULL)
    for n in range(3000):
        a.send(make(70_000, n % 251))
        got = b.recv()
        assert got[0] == got[-1] == n % 251
        del got


def test_queued_messages_outlive_their_names(pair, company):
    a, b = pair(zmq.PUSH, zmq.PULL)
    for n in range(100):
        a.send(make(fill=n))
    gc.collect()
    junk = [make(fill=255) for _ in range(100)]
    assert [set(b.recv()) for _ in junk] == [{n} for n in range(100)]


# -- frames --------------------------------------------------------------------------------------


def test_a_frame_over_lent_bytes_is_read_only(pair, company):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = make()
    a.send(data)
    frame = b.recv(copy=False)
    view = memoryview(as_buffer(frame))
    assert view.readonly
    assert frame.buffer.readonly
    with pytest.raises(TypeError):
        view[0] = 1
    assert frame.bytes is data
    assert data == make()


def test_also_when_it_is_sent_on_and_copied(pair):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    data = make()
    a.send(data)
    first = b.recv(copy=False)
    b.send(first)
    b.send(data)
    for frame in (first, a.recv(copy=False), a.recv(copy=False)):
        assert memoryview(as_buffer(frame)).readonly
        assert frame.bytes is data


def test_a_frame_of_its_own_memory_can_be_written_to(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = make(1000)
    a.send(data)
    frame = b.recv(copy=False)
    memoryview(as_buffer(frame))[0] = 1
    assert frame.bytes != data == make(1000)


# -- who decides ---------------------------------------------------------------------------------


def is_shared(a, b, size):
    data = make(size)
    a.send(data)
    return b.recv() is data


def test_the_default_threshold(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    threshold = a.copy_threshold
    assert threshold == zmq.COPY_THRESHOLD
    assert is_shared(a, b, threshold)
    assert not is_shared(a, b, threshold - 1)


@pytest.mark.parametrize("threshold", [40_000, 100_000, 1_000_000])
def test_a_threshold_for_one_socket(pair, context, threshold):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = threshold
    assert is_shared(a, b, threshold)
    assert not is_shared(a, b, threshold - 1)
    with context.socket(zmq.PUSH, copy_threshold=threshold) as s:
        assert s.copy_threshold == threshold


@pytest.mark.parametrize("size", [2, 33, 34, 35, 1000])
def test_short_messages_are_always_copied(pair, size):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = 0
    assert not is_shared(a, b, size)


def test_the_threshold_of_sockets_to_come(monkeypatch, pair):
    monkeypatch.setattr(zmq, "COPY_THRESHOLD", 150_000)
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert a.copy_threshold == 150_000
    assert is_shared(a, b, 150_000)
    assert not is_shared(a, b, 149_999)


@pytest.mark.parametrize("method", SEND)
def test_the_switch(monkeypatch, pair, company, method):
    monkeypatch.setattr(zmq, "SHARE_BYTES", False)
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = make()
    SEND[method](a, data)
    got = b.recv_multipart()[-1]
    assert got == data
    asked_for = method in ("zero-copy", "tracked", "frame", "frames")
    assert (got is data) == asked_for


def test_the_switch_is_read_when_a_socket_is_made(monkeypatch, pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    monkeypatch.setattr(zmq, "SHARE_BYTES", False)
    assert is_shared(a, b, LENT)
    a, b = pair(zmq.PUSH, zmq.PULL)
    monkeypatch.setattr(zmq, "SHARE_BYTES", True)
    assert not is_shared(a, b, LENT)


def test_a_switch_for_one_socket(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert a.share_bytes is True
    a.share_bytes = False
    assert not is_shared(a, b, LENT)
    a.share_bytes = True
    assert is_shared(a, b, LENT)


# -- how long ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", SEND)
def test_kept_until_libzmq_lets_go(pair, company, wait_for, method):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = make()
    before = references(data)
    SEND[method](a, data)
    assert references(data) > before
    assert b.recv_multipart()[-1] == data
    wait_for(lambda: b.try_recv() is None and references(data) == before)


def test_kept_until_it_is_sent(pair, transport, wait_for):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    data = make()
    before = references(data)
    for _ in range(50):
        a.send(data)
    assert [b.recv() == data for _ in range(50)] == [True] * 50
    wait_for(lambda: b.try_recv() is None and references(data) == before)


@pytest.mark.parametrize("options", [{"flags": zmq.DONTWAIT}, {"timeout": 5}], ids=repr)
def test_let_go_when_it_cannot_be_sent(socket, company, wait_for, options):
    s, data = socket(zmq.PUSH), make()
    before = references(data)
    for call in (lambda: s.send(data, **options), lambda: s.send_multipart([data], **options)):
        with pytest.raises(zmq.Again):
            call()
    wait_for(lambda: s.poll(0) == 0 and references(data) == before)


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_let_go_when_it_is_dropped(wait_for, transport):
    data = make()
    before = references(data)
    with zmq.Context() as context, context.socket(zmq.PUSH) as s:
        s.linger = 0
        s.connect("tcp://127.0.0.1:9" if transport == "tcp" else "inproc://nobody")
        s.send(data)
        assert references(data) > before
    wait_for(lambda: zmq.Frame() is not None and references(data) == before)


def test_threads(pair, transport):
    """Many contents through many hands: each arrives as it was, and nothing is kept."""
    count, contents = 300, [make(100_000, fill) for fill in range(20)]
    before = [references(data) for data in contents]
    ends, wrong = [pair(zmq.PUSH, zmq.PULL, transport) for _ in range(3)], []

    def send(s):
        for n in range(count):
            s.send(contents[n % 20])

    def receive(s):
        for n in range(count):
            if s.recv() != contents[n % 20]:
                wrong.append(n)

    threads = [threading.Thread(target=send, args=(a,)) for a, _ in ends]
    threads += [threading.Thread(target=receive, args=(b,)) for _, b in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    for a, b in ends:
        a.close(), b.close()
    assert sum(references(data) for data in contents) - sum(before) < 20 * count
