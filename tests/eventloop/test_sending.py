# SPDX-License-Identifier: BSD-3-Clause
"""Messages that streams send: queued, in order, and what becomes of them."""

import asyncio
import json
import pickle
import re

import pytest

import zmq


@pytest.fixture
def sender(pair, stream):
    """`sender()`: a stream, a socket that receives from it, and the calls of its `on_send`."""

    def sender(left=zmq.PUSH, right=zmq.PULL, transport="inproc", **options):
        sent = []
        a, b = pair(left, right, transport, **options)
        sending = stream(a)
        sending.on_send(lambda message, status: sent.append((message, status)))
        return sending, b, sent

    return sender


async def test_it_is_sent_in_a_turn_of_the_loop(sender, until, transport):
    s, b, sent = sender(transport=transport)
    s.send(b"1")
    s.send_multipart([b"2", b"3"])
    assert s.sending() and sent == []
    await until(lambda: not s.sending())
    assert b.recv_multipart() == [b"1"] and b.recv_multipart() == [b"2", b"3"]
    assert sent == [([b"1"], None), ([b"2", b"3"], None)]


async def test_order_beyond_the_room_of_the_socket(sender, until, transport):
    s, b, sent = sender(transport=transport, sndhwm=10, rcvhwm=10)
    for n in range(3000):
        s.send(b"%d" % n)
    got = []
    while len(got) < 3000:
        await asyncio.sleep(0)
        while len(got) < 3000 and b.poll(0):
            got.append(int(b.recv()))
    assert got == list(range(3000))
    await until(lambda: not s.sending())
    assert [int(message[0]) for message, _ in sent] == list(range(3000))


METHODS = {
    "send": (lambda s, **o: s.send(b"x", **o), b"x"),
    "send buffer": (lambda s, **o: s.send(bytearray(b"x"), **o), b"x"),
    "send frame": (lambda s, **o: s.send(zmq.Frame(b"x"), **o), b"x"),
    "send_multipart": (lambda s, **o: s.send_multipart(iter([b"x"]), **o), b"x"),
    "send_string": (lambda s, **o: s.send_string("é", **o), "é".encode()),
    "send_string encoding": (
        lambda s, **o: s.send_string("é", encoding="latin-1", **o),
        "é".encode("latin-1"),
    ),
    "send_unicode": (lambda s, **o: s.send_unicode("é", **o), "é".encode()),
    "send_json": (lambda s, **o: s.send_json({"a": [1, None]}, **o), b'{"a": [1, null]}'),
    "send_json options": (lambda s, **o: s.send_json({"b": 1, "a": 2}, sort_keys=True, **o), None),
    "send_pyobj": (lambda s, **o: s.send_pyobj({1, 2}, **o), pickle.dumps({1, 2}, -1)),
    "send_pyobj protocol": (lambda s, **o: s.send_pyobj((), protocol=2, **o), pickle.dumps((), 2)),
}


@pytest.mark.parametrize("method", METHODS)
async def test_methods(sender, until, method):
    s, b, sent = sender()
    send, expected = METHODS[method]
    own = []
    send(s)
    send(s, callback=lambda message, status: own.append(status))
    await until(lambda: own)
    expected = expected or json.dumps({"a": 2, "b": 1}).encode()
    assert b.recv_multipart() == [expected] == b.recv_multipart()
    assert len(sent) == 1 and own == [None]


async def test_callback_of_a_message(sender, until):
    """It gets this message, and those that come after."""
    s, b, sent = sender()
    seen = []
    s.send(b"0")
    s.send(b"1", callback=lambda message, status: seen.append((1, message)))
    s.send(b"2", callback=lambda message, status: seen.append((2, message)))
    s.send(b"3")
    await until(lambda: len(seen) == 3)
    assert seen == [(1, [b"1"]), (2, [b"2"]), (2, [b"3"])]
    assert sent == [([b"0"], None)]
    s.send(b"4", callback=lambda message, status: seen.append("never"))
    s.stop_on_send()
    await until(lambda: not s.sending())
    assert len(seen) == 3 and len(sent) == 1


async def test_on_send_stream(sender, until):
    s, b, _ = sender()
    seen = []
    s.on_send_stream(lambda *args: seen.append(args))
    s.send(b"1")
    await until(lambda: seen)
    assert seen == [(s, [b"1"], None)]
    s.on_send_stream(None)
    s.send(b"2")
    await until(lambda: not s.sending())
    assert len(seen) == 1


async def test_on_send_registered_after_send(sender, until):
    s, b, sent = sender()
    s.send(b"1")
    seen = []
    s.on_send(lambda message, status: seen.append(message))
    await until(lambda: seen)
    assert sent == []


@pytest.mark.parametrize("track", [False, True])
async def test_tracker_of_what_is_not_copied(sender, until, track):
    s, b, sent = sender(transport="tcp")
    data = bytearray(b"x" * 200_000)
    s.send(data, copy=False, track=track)
    await until(lambda: sent)
    ((message, tracker),) = sent
    assert message == [data] and isinstance(tracker, zmq.MessageTracker)
    assert b.recv() == data
    await until(lambda: tracker.done)


@pytest.mark.parametrize("track", [False, True])
async def test_no_tracker_of_what_is_copied(sender, until, track):
    s, b, sent = sender()
    s.send(b"x", track=track)
    await until(lambda: sent)
    assert sent == [([b"x"], None)]


async def test_frames_without_copies(sender, until):
    """As proxies pass them on: not tracked, so that only the call is known to be over."""
    s, b, sent = sender()
    s.send_multipart([zmq.Frame(b"x", track=False), b"y"], copy=False)
    await until(lambda: sent)
    assert b.recv_multipart() == [b"x", b"y"]
    assert isinstance(sent[0][1], zmq.MessageTracker)


async def test_what_changes_after_send_is_not_sent(sender, until):
    s, b, sent = sender()
    parts, data = [b"1", b"2"], bytearray(b"before")
    s.send_multipart(parts)
    s.send(data)
    parts.append(b"3")
    data[:] = b"after!"
    await until(lambda: len(sent) == 2)
    assert b.recv_multipart() == [b"1", b"2"] and b.recv_multipart() == [b"before"]


@pytest.mark.parametrize(
    ("send", "error", "text"),
    [
        (lambda s: s.send_multipart(b"one"), TypeError, r"put it in \[ \]"),
        (lambda s: s.send_multipart([]), ValueError, "at least one part"),
        (lambda s: s.send_string(b"bytes"), TypeError, "use send for bytes"),
        (lambda s: s.send(b"", timeout=5), TypeError, "timeout"),
        (lambda s: s.send(b"", nonsense=5), TypeError, "nonsense"),
        (lambda s: s.send(b"", callback=5), TypeError, "callback"),
        (lambda s: s.send(b"", flags="x"), TypeError, "flags is a whole number"),
        (lambda s: s.send_json({1}), TypeError, "JSON"),
        (
            lambda s: s.send(zmq.Frame(b"", track=False), copy=False, track=True),
            ValueError,
            "track=True",
        ),
    ],
)
async def test_what_cannot_be_sent_is_refused_at_once(sender, send, error, text):
    s, b, sent = sender()
    with pytest.raises(error, match=text):
        send(s)
    assert not s.sending()


@pytest.mark.parametrize(
    ("parts", "error", "text"),
    [
        (["text"], TypeError, "send_string"),
        ([5], TypeError, "int"),
        ([{"a": "dict"}], TypeError, "dict"),
        ([b"fine", None], TypeError, "part 1: .*None"),
        ([memoryview(b"abcd")[::2]], BufferError, "contiguous"),
    ],
)
@pytest.mark.parametrize("copy", [True, False])
async def test_what_is_no_bytes_is_logged_and_told(sender, until, logged, parts, error, text, copy):
    """Programs rely on `send` not raising for that; messages around it are sent."""
    s, b, sent = sender()
    s.send(b"before")
    s.send_multipart(parts, copy=copy)
    s.send(b"after")
    await until(lambda: len(sent) == 3)
    assert [b.recv_multipart() for _ in range(2)] == [[b"before"], [b"after"]]
    (record,) = logged()
    kind, caught, _ = record.exc_info
    assert kind is error and re.search(text, str(caught))


async def test_an_error_of_libzmq_is_given_to_the_callback(socket, bind, stream, until, logged):
    s, seen = stream(socket(zmq.ROUTER, router_mandatory=True)), []
    bind(s.socket)
    s.on_send(lambda message, status: seen.append((message, status)))
    s.send_multipart([b"nobody", b"1"])
    s.send_multipart([b"nobody", b"2"])
    await until(lambda: len(seen) == 2)
    assert [message for message, _ in seen] == [[b"nobody", b"1"], [b"nobody", b"2"]]
    assert [status.errno for _, status in seen] == [zmq.EHOSTUNREACH] * 2
    records = logged()
    assert len(records) == 2 and all(record.exc_info for record in records)


async def test_a_mandatory_router_waits_for_its_peer(socket, bind, stream, until):
    """It says it is ready, because another peer is, and yet must wait."""
    s = stream(socket(zmq.ROUTER, router_mandatory=True, sndhwm=1))
    address = bind(s.socket, "inproc")
    slow, fast = socket(zmq.DEALER, routing_id=b"slow", rcvhwm=1), socket(zmq.DEALER)
    for dealer in (slow, fast):
        dealer.connect(address)
        dealer.send(b"here")
        assert s.socket.recv_multipart()[1] == b"here"
    for n in range(10):
        s.send_multipart([b"slow", b"%d" % n])
    got = []
    while len(got) < 10:
        await asyncio.sleep(0.001)
        if slow.poll(0):
            got.append(int(slow.recv()))
    assert got == list(range(10))
    await until(lambda: not s.sending())


async def test_flags(sender, until):
    s, b, sent = sender()
    s.send(b"1", zmq.SNDMORE)
    s.send(b"2", flags=zmq.SNDMORE)
    s.send(b"3", zmq.DONTWAIT)
    await until(lambda: len(sent) == 3)
    assert b.recv_multipart() == [b"1", b"2", b"3"]


async def test_sends_wait_for_a_peer(socket, endpoint, stream, until, turns):
    s, b = stream(socket(zmq.PUSH)), socket(zmq.PULL)
    address = endpoint("inproc")
    b.bind(address)
    s.send(b"waits")
    await turns(10)
    assert s.sending()
    s.connect(address)  # libzmq's descriptor does not tell of this
    await until(lambda: not s.sending())
    assert b.recv() == b"waits"


async def test_sends_wait_for_a_peer_of_the_socket_itself(socket, endpoint, stream, until, turns):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    s = stream(a)
    address = endpoint("inproc")
    b.bind(address)
    s.send(b"waits")
    await turns(10)
    a.connect(address)  # behind the back of the stream
    await until(lambda: not s.sending())
    assert b.recv() == b"waits"


async def test_sending_from_a_send_callback(sender, until):
    s, b, sent = sender()

    def go_on(message, status):
        n = int(message[0])
        if n < 20:
            s.send(b"%d" % (n + 1))

    s.on_send(go_on)
    s.send(b"0")
    got = []
    while len(got) < 21:
        await asyncio.sleep(0)
        while b.poll(0):
            got.append(int(b.recv()))
    assert got == list(range(21))


async def test_sending_from_another_thread(sender, until):
    """The queue is the only thing they share; the socket is used where the loop runs."""
    s, b, sent = sender()
    await asyncio.get_running_loop().run_in_executor(None, s.send, b"1")
    await until(lambda: sent)
    assert b.recv() == b"1"
    await asyncio.get_running_loop().shutdown_default_executor()
