# SPDX-License-Identifier: BSD-3-Clause
"""Every method, with its options: what is sent arrives, and what is received has the right form."""

import asyncio
import inspect

import pytest

import zmq
from zmq.utils.monitor import recv_monitor_message

#: Calls that send `PAYLOAD` and their counterparts, which must give it back.
ROUND_TRIPS = {
    "send": (lambda s, **o: s.send(b"12", **o), lambda s: s.recv(), b"12"),
    "send by name": (lambda s, **o: s.send(data=b"12", **o), lambda s: s.recv(), b"12"),
    "send empty": (lambda s, **o: s.send(b"", **o), lambda s: s.recv(), b""),
    "send bytearray": (lambda s, **o: s.send(bytearray(b"12"), **o), lambda s: s.recv(), b"12"),
    "send memoryview": (lambda s, **o: s.send(memoryview(b"12"), **o), lambda s: s.recv(), b"12"),
    "send frame": (lambda s, **o: s.send(zmq.Frame(b"12"), **o), lambda s: s.recv(), b"12"),
    "send large": (lambda s, **o: s.send(bytes(300_000), **o), lambda s: s.recv(), bytes(300_000)),
    "send_multipart": (
        lambda s, **o: s.send_multipart([b"1", b"", b"2"], **o),
        lambda s: s.recv_multipart(),
        [b"1", b"", b"2"],
    ),
    "send_multipart generator": (
        lambda s, **o: s.send_multipart((b"%d" % n for n in range(3)), **o),
        lambda s: s.recv_multipart(),
        [b"0", b"1", b"2"],
    ),
    "send_multipart mixed": (
        lambda s, **o: s.send_multipart([zmq.Frame(b"1"), bytearray(b"2"), b"3"], **o),
        lambda s: s.recv_multipart(),
        [b"1", b"2", b"3"],
    ),
    "send_serialized": (
        lambda s, **o: s.send_serialized(5, lambda n: [b"x"] * n, **o),
        lambda s: s.recv_serialized(len),
        5,
    ),
    "send_string": (lambda s, **o: s.send_string("ä", **o), lambda s: s.recv_string(), "ä"),
    "send_string latin-1": (
        lambda s, **o: s.send_string("ä", encoding="latin-1", **o),
        lambda s: s.recv_string(encoding="latin-1"),
        "ä",
    ),
    "send_unicode": (lambda s, **o: s.send_unicode("ä", **o), lambda s: s.recv_unicode(), "ä"),
}
PLAIN = {
    "send_json": (lambda s, **o: s.send_json({"ä": 1}, **o), lambda s: s.recv_json(), {"ä": 1}),
    "send_json options": (
        lambda s, **o: s.send_json({"b": 1, "a": 2}, sort_keys=True, **o),
        lambda s: s.recv_json(parse_int=str),
        {"a": "2", "b": "1"},
    ),
    "send_pyobj": (lambda s, **o: s.send_pyobj({1: 2}, **o), lambda s: s.recv_pyobj(), {1: 2}),
    "send_pyobj protocol": (
        lambda s, **o: s.send_pyobj({1: 2}, protocol=2, **o),
        lambda s: s.recv_pyobj(),
        {1: 2},
    ),
    "send_many": (lambda s, **o: s.send_many([b"1"], **o), lambda s: s.recv_many(5), [b"1"]),
}
#: Text takes no `track`, and a frame is tracked from the start or not at all.
WITH_TRACK = [
    name for name in ROUND_TRIPS if not name.endswith(("string", "latin-1", "code", "frame", "xed"))
]
ALL = {**ROUND_TRIPS, **PLAIN}


@pytest.fixture(params=["there", "awaited"])
def exchange(request):
    """`await exchange(a, b, send, receive)`: with the message there first, or the receive."""

    async def exchange(a, b, send, receive):
        if request.param == "there":
            await send(a)
            return await asyncio.wait_for(receive(b), 5)
        pending = receive(b)
        await send(a)
        return await asyncio.wait_for(pending, 5)

    return exchange


@pytest.mark.every_loop
@pytest.mark.parametrize("method", ALL)
async def test_round_trip(pair, transport, exchange, method):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    send, receive, payload = ALL[method]
    assert await exchange(a, b, send, receive) == payload


@pytest.mark.parametrize("track", [False, True])
@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("method", WITH_TRACK)
async def test_copy_and_track(pair, until, collected, method, copy, track):
    a, b = pair(zmq.PUSH, zmq.PULL)
    send, receive, payload = ROUND_TRIPS[method]
    options = {"copy": copy, "track": track}
    tracker = await send(a, **options)
    assert await receive(b) == payload
    if track and not copy:
        assert isinstance(tracker, zmq.MessageTracker)
        await until(lambda: collected() and tracker.done)
    elif not track:
        assert tracker is None


async def test_frames(pair, exchange):
    a, b = pair(zmq.PUSH, zmq.PULL)
    send = ROUND_TRIPS["send_multipart"][0]
    frames = await exchange(a, b, send, lambda s: s.recv_multipart(copy=False))
    assert [type(frame) for frame in frames] == [zmq.Frame] * 3
    assert [frame.bytes for frame in frames] == [b"1", b"", b"2"]
    frame = await exchange(a, b, send, lambda s: s.recv(copy=False))
    assert (frame.bytes, frame.more) == (b"1", True)
    assert await b.recv_multipart() == [b"", b"2"]


async def test_tracked_frames(pair, exchange):
    a, b = pair(zmq.PUSH, zmq.PULL)
    frame = await exchange(a, b, lambda s: s.send(b"1"), lambda s: s.recv(copy=False, track=True))
    assert isinstance(frame.tracker, zmq.MessageTracker)


async def test_parts_one_by_one(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    pending = b.recv_multipart()
    await a.send(b"1", zmq.SNDMORE)
    await a.send(b"2", flags=zmq.SNDMORE)
    assert not pending.done()
    await a.send(b"3")
    assert await pending == [b"1", b"2", b"3"]
    await a.send_multipart([b"1", b"2"], flags=zmq.SNDMORE)
    await a.send_string("3")
    parts = [await b.recv()]
    while b.rcvmore:
        parts.append(await b.recv())
    assert parts == [b"1", b"2", b"3"]


async def test_recv_into(pair, exchange):
    a, b = pair(zmq.PUSH, zmq.PULL)
    buffer = bytearray(5)
    assert await exchange(a, b, lambda s: s.send(b"abc"), lambda s: s.recv_into(buffer)) == 3
    assert buffer == b"abc\0\0"
    size = await exchange(
        a, b, lambda s: s.send(b"xyz"), lambda s: s.recv_into(memoryview(buffer)[1:], nbytes=2)
    )
    assert (size, buffer) == (3, b"axy\0\0")


async def test_batches_and_multipart(pair, exchange):
    a, b = pair(zmq.PUSH, zmq.PULL)
    send = lambda s: s.send_many([b"1", [b"2", b"3"], b"4"])  # noqa: E731
    assert await exchange(a, b, send, lambda s: asyncio.sleep(0.0, s)) is b
    assert await b.recv_many_multipart(10) == [[b"1"], [b"2", b"3"], [b"4"]]


# -- errors --------------------------------------------------------------------------------------

BAD_CALLS = {
    "str": lambda s: s.send("text"),
    "number": lambda s: s.send(5),
    "multipart str": lambda s: s.send_multipart([b"1", "text"]),
    "multipart bytes": lambda s: s.send_multipart([b"1", 5]),
    "send_string bytes": lambda s: s.send_string(b"bytes"),
    "send_json": lambda s: s.send_json({1, 2}),
    "recv_into": lambda s: s.recv_into(5),
    "recv_many": lambda s: s.recv_many("5"),
    "bad flag type": lambda s: s.recv("flags"),
}


@pytest.mark.parametrize("call", BAD_CALLS)
async def test_bad_arguments_do_nothing(mixed_pair, call):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    a.send(b"stays")
    with pytest.raises(TypeError):
        await BAD_CALLS[call](b)
    assert await b.recv() == b"stays"
    assert a.try_recv() is None


async def test_read_only_buffer(mixed_pair):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    a.send(b"stays")
    with pytest.raises((BufferError, TypeError)):
        await b.recv_into(b"read-only")
    assert await b.recv() == b"stays"


@pytest.mark.parametrize("waits", [False, True])
async def test_content_that_cannot_be_loaded(mixed_pair, waits):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    def fail(parts):
        raise KeyError(*parts)

    for start, error in (
        (b.recv_json, ValueError),
        (b.recv_string, UnicodeDecodeError),
        (lambda: b.recv_serialized(fail), KeyError),
    ):
        if waits:
            pending = start()
            a.send(b"\xff")
        else:
            a.send(b"\xff")
            pending = start()
        with pytest.raises(error):
            await pending
        assert b.try_recv() is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_loads_may_end_the_program(drive, mixed_pair, error):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    def end(parts):
        raise error

    async def main():
        pending = b.recv_serialized(end)
        a.send(b"1")
        await pending

    loop = drive.make()
    with pytest.raises(error):
        loop.run_until_complete(main())
    drive.end(loop)
    drive.complaints.clear()  # asyncio may say, rightly, what ended it


@pytest.mark.parametrize("error", [StopIteration, asyncio.CancelledError, GeneratorExit])
async def test_odd_errors_of_what_loads_do_not_stop_the_socket(mixed_pair, error):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    def fail(parts):
        raise error

    async def wait():
        try:
            await b.recv_serialized(fail)
        except BaseException as exc:
            return exc

    failing, behind = asyncio.ensure_future(wait()), None
    await asyncio.sleep(0)
    behind = b.recv()
    a.send(b"1")
    a.send(b"2")
    assert await asyncio.wait_for(behind, 5) == b"2"
    assert isinstance(await asyncio.wait_for(failing, 5), (error, RuntimeError, TypeError))


async def test_state_errors(socket, bind):
    s = socket(zmq.REQ)
    bind(s)
    with pytest.raises(zmq.ZMQError) as caught:
        await s.recv(zmq.DONTWAIT)
    assert caught.value.errno == zmq.EFSM
    with pytest.raises(zmq.ZMQError) as caught:
        await socket(zmq.PUSH).recv(zmq.DONTWAIT)
    assert caught.value.errno == zmq.ENOTSUP


@pytest.mark.parametrize("method", ["recv", "recv_multipart", "recv_json", "send", "send_string"])
async def test_wrong_types_fail_at_once(socket, method):
    s = socket(zmq.PUSH if method.startswith("recv") else zmq.PULL)
    arguments = {"send": [b"1"], "send_string": ["1"]}.get(method, [])
    with pytest.raises(zmq.ZMQError) as caught:
        await asyncio.wait_for(getattr(s, method)(*arguments), 5)
    assert caught.value.errno == zmq.ENOTSUP


async def test_unreachable_peer(socket, bind):
    s = socket(zmq.ROUTER)
    s.router_mandatory = 1
    bind(s)
    with pytest.raises(zmq.ZMQError) as caught:
        await s.send_multipart([b"nobody", b"1"])
    assert caught.value.errno == zmq.EHOSTUNREACH


# -- what is synchronous -------------------------------------------------------------------------


async def test_options_and_names(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert a.type == zmq.PUSH
    b.rcvhwm = 7
    assert b.get(zmq.RCVHWM) == b.rcvhwm == 7
    assert isinstance(b.fileno(), int)
    assert type(b).__module__ in ("zmq.asyncio", "zmq.eventloop.future")
    assert "PULL" in repr(b)


async def test_monitor(socket, bind):
    s = socket(zmq.PUSH)
    monitor = s.get_monitor_socket()
    bind(s, "tcp")
    event = recv_monitor_message(monitor)
    assert inspect.isawaitable(event)
    assert (await asyncio.wait_for(event, 5))["event"] == zmq.EVENT_LISTENING
    s.disable_monitor()
    monitor.close()


async def test_subscriptions(pair, until):
    pub, sub = pair(zmq.XPUB, zmq.SUB, "tcp")
    sub.subscribe("news")
    assert await pub.recv() == b"\1news"
    await pub.send_multipart([b"news", b"1"])
    assert await sub.recv_multipart() == [b"news", b"1"]
    sub.unsubscribe("news")
    assert await pub.recv() == b"\0news"
