# SPDX-License-Identifier: BSD-3-Clause
"""What each method sends and receives, at once and after waiting."""

import inspect

import anyio
import numpy
import pytest

import zmq
from zmq.utils.monitor import recv_monitor_message

KEY = b"k" * 32

#: How to send something, how to receive it, and what that gives.
ROUND_TRIPS = {
    "bytes": (lambda s: s.send(b"x"), lambda s: s.recv(), b"x"),
    "multipart": (
        lambda s: s.send_multipart([b"a", b"", b"c"]),
        lambda s: s.recv_multipart(),
        [b"a", b"", b"c"],
    ),
    "generator": (
        lambda s: s.send_multipart(b"%d" % i for i in range(3)),
        lambda s: s.recv_multipart(),
        [b"0", b"1", b"2"],
    ),
    "string": (lambda s: s.send_string("ä"), lambda s: s.recv_string(), "ä"),
    "unicode": (lambda s: s.send_unicode("ä"), lambda s: s.recv_unicode(), "ä"),
    "json": (lambda s: s.send_json({"a": 1}), lambda s: s.recv_json(), {"a": 1}),
    "pyobj": (lambda s: s.send_pyobj({1, 2}), lambda s: s.recv_pyobj(), {1, 2}),
    "signed": (lambda s: s.send_signed([1], KEY), lambda s: s.recv_signed(KEY), [1]),
    "serialized": (
        lambda s: s.send_serialized("ab", lambda text: [c.encode() for c in text]),
        lambda s: s.recv_serialized(lambda parts: b"".join(parts)),
        b"ab",
    ),
    "many": (
        lambda s: s.send_many([b"1", b"2", b"3"]),
        lambda s: s.recv_many(3),
        [b"1", b"2", b"3"],
    ),
    "many multipart": (
        lambda s: s.send_many([[b"1", b"2"], [b"3"]]),
        lambda s: s.recv_many_multipart(2),
        [[b"1", b"2"], [b"3"]],
    ),
}


@pytest.fixture(params=sorted(ROUND_TRIPS))
def trip(request):
    return ROUND_TRIPS[request.param]


async def test_a_message_that_is_there(trip, pair):
    send, receive, expected = trip
    a, b = pair(zmq.PUSH, zmq.PULL)
    await send(a)
    assert await receive(b) == expected


async def test_a_message_that_is_waited_for(trip, pair, beside):
    send, receive, expected = trip
    a, b = pair(zmq.PUSH, zmq.PULL)
    found = []

    async def wait():
        found.append(await receive(b))

    async with beside(wait):
        assert not found
        await send(a)
        with anyio.fail_after(10):
            while not found:
                await anyio.sleep(0.001)
    assert found == [expected]


async def test_a_send_that_has_to_wait(trip, socket, bind, blocked):
    """There is nobody to send to at first."""
    send, receive, expected = trip
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    address = bind(a)
    async with anyio.create_task_group() as group:
        group.start_soon(send, a)
        await blocked()
        b.connect(address)
        assert await receive(b) == expected


async def test_recv_into(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    memory = bytearray(3)
    async with anyio.create_task_group() as group:
        group.start_soon(a.send, b"abc")
        assert await b.recv_into(memory) == 3
    assert memory == b"abc"


async def test_array(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    await a.send_array(numpy.arange(6).reshape(2, 3))
    assert (await b.recv_array()).tolist() == [[0, 1, 2], [3, 4, 5]]


async def test_frames_and_trackers(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    tracker = await a.send(b"x" * 100, copy=False, track=True)
    assert isinstance(tracker, zmq.MessageTracker)
    frame = await b.recv(copy=False)
    assert isinstance(frame, zmq.Frame)
    assert frame.bytes == b"x" * 100
    tracker = await a.send_multipart([b"1", b"2"], copy=False, track=True)
    assert isinstance(tracker, zmq.MessageTracker)
    assert [bytes(f) for f in await b.recv_multipart(copy=False)] == [b"1", b"2"]


@pytest.mark.parametrize(
    "name",
    ["send", "recv", "send_multipart", "recv_multipart", "send_string", "recv_string"]
    + ["recv_into", "send_many", "recv_many", "recv_many_multipart", "poll"]
    + ["wait_connected", "wait_subscribers", "aclose"],
)
def test_methods_that_may_wait_are_coroutine_functions(name):
    assert inspect.iscoroutinefunction(getattr(zmq.anyio.Socket, name))


async def test_a_call_starts_when_it_is_awaited(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    call = a.send(b"x")
    assert await b.poll(50) == 0
    await call
    assert await b.recv() == b"x"


async def test_try_recv_does_not_wait(pair, wait_for):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert b.try_recv() is None
    assert b.try_recv_multipart() is None
    await a.send(b"x")
    assert wait_for(b.try_recv) == b"x"
    await a.send_multipart([b"x", b"y"])
    assert wait_for(b.try_recv_multipart) == [b"x", b"y"]


async def test_iterating_takes_async_for(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError, match="async for"):
        iter(b)
    with pytest.raises(TypeError, match="async for"):
        next(b)
    await a.send_many([b"%d" % i for i in range(5)])
    found = []
    async for message in b:
        found.append(message)
        if len(found) == 5:
            break
    assert found == [b"0", b"1", b"2", b"3", b"4"]


async def test_text_is_refused(pair):
    a, _ = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        await a.send("text")
    with pytest.raises(TypeError, match="str"):
        await a.send_string(b"bytes")
    with pytest.raises(TypeError, match="part 1"):
        await a.send_multipart([b"ok", 3])
    with pytest.raises(TypeError, match="iterable"):
        await a.send_many(b"bytes")
    await a.send_multipart([b"first", b"last"])  # nothing of the refused ones was sent


# -- many ----------------------------------------------------------------------------------------


async def test_many_take_turns_with_the_receiver(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=10, rcvhwm=10)
    messages = [b"%d" % i for i in range(2000)]
    found = []

    async def send(source):
        assert await a.send_many(source) == 2000

    for source in (messages, iter(messages)):
        found.clear()
        async with anyio.create_task_group() as group:
            group.start_soon(send, source)
            while len(found) < 2000:
                found += await b.recv_many(100)
        assert found == messages


async def test_many_to_nobody(socket, bind):
    a = socket(zmq.PUSH)
    bind(a)
    source = iter([b"1", b"2"])
    assert await a.send_many(source, zmq.DONTWAIT) == 0
    with pytest.raises(zmq.TimeoutExpired) as caught:
        await a.send_many(source, timeout=20)
    assert caught.value.sent == 0
    with anyio.move_on_after(0.02):
        await a.send_many(source)
    assert list(source) == [b"1", b"2"]  # nothing was taken that was not sent


async def test_many_tell_how_many_before_an_error(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError) as caught:
        await a.send_many([b"1", b"2", 3])
    assert caught.value.sent == 2
    assert await b.recv_many_multipart(10) == [[b"1"], [b"2"]]


async def test_many_keep_a_message_that_was_refused(socket, bind, beside):
    """A mandatory ROUTER says that it has room, and has none for this peer."""
    a = socket(zmq.ROUTER, router_mandatory=1, sndhwm=5)
    b = socket(zmq.DEALER, routing_id=b"b", rcvhwm=5)
    address = bind(a)
    b.connect(address)
    await b.send(b"here")
    await a.recv_multipart()
    messages = [[b"b", b"%d" % i] for i in range(200)]
    async with beside(a.send_many, iter(messages)):
        assert [await b.recv() for _ in range(200)] == [parts[1] for parts in messages]


# -- time-outs -----------------------------------------------------------------------------------


async def test_dontwait(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    for receive in (b.recv, b.recv_multipart, b.recv_string, b.recv_json):
        with pytest.raises(zmq.Again) as caught:
            await receive(zmq.DONTWAIT)
        assert not isinstance(caught.value, zmq.TimeoutExpired)
    with pytest.raises(zmq.Again):
        await b.recv(zmq.DONTWAIT, timeout=1000)


@pytest.mark.parametrize("timeout", [0, 20, 20.5])
async def test_timeout_of_a_call(pair, timeout):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.TimeoutExpired, match=f"PULL socket within {timeout} ms"):
        await b.recv(timeout=timeout)
    with pytest.raises(zmq.TimeoutExpired):
        await b.recv_json(timeout=timeout)
    with pytest.raises(zmq.TimeoutExpired):
        await b.recv_many(3, timeout=timeout)
    await a.send(b"x")
    assert await b.recv(timeout=5000) == b"x"


async def test_timeout_options(socket, bind):
    a, b = socket(zmq.PUSH, sndtimeo=20), socket(zmq.PULL, rcvtimeo=20)
    address = bind(a)
    b.connect(bind(socket(zmq.PUSH)))
    for call in (a.send(b"x"), a.send_multipart([b"x"]), b.recv(), b.recv_multipart()):
        with pytest.raises(zmq.Again) as caught:
            await call
        assert not isinstance(caught.value, zmq.TimeoutExpired)
    b.rcvtimeo = 0
    with pytest.raises(zmq.Again):
        await b.recv()
    b.connect(address)
    await a.send(b"x", timeout=-1)
    assert await b.recv(timeout=-1) == b"x"


async def test_impossible_timeout(pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(ValueError, match="NaN"):
        await b.recv(timeout=float("nan"))


async def test_poll(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert await b.poll(0) == 0
    assert await b.poll(10) == 0
    assert await a.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    async with anyio.create_task_group() as group:
        group.start_soon(a.send, b"x")
        assert await b.poll() == zmq.POLLIN
    assert await b.poll(0) == zmq.POLLIN
    assert await b.poll(1000, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLIN


# -- who is there --------------------------------------------------------------------------------


async def test_counted_subscribers(context, bind, blocked):
    async with context.socket(zmq.PUB, count_subscribers=True) as pub:
        address = bind(pub)
        assert await pub.wait_subscribers(b"news", 0) == 0
        with pytest.raises(zmq.TimeoutExpired, match="within|waited"):
            await pub.wait_subscribers(b"news", timeout=20)
        async with context.socket(zmq.SUB) as sub:
            async with anyio.create_task_group() as group:
                group.start_soon(pub.wait_subscribers, b"news")
                await blocked()
                sub.subscribe(b"news")
                sub.connect(address)
            assert pub.subscribers == {b"news": 1}
            await pub.send_multipart([b"news", b"text"])
            await pub.send_many([[b"news", b"1"], b"news 2"])
            assert await sub.recv_multipart() == [b"news", b"text"]
            assert await sub.recv_many_multipart(2) == [[b"news", b"1"], [b"news 2"]]


async def test_notifications_of_an_xpub_that_counts(context, bind):
    async with context.socket(zmq.XPUB, count_subscribers=True) as xpub:
        address = bind(xpub)
        async with context.socket(zmq.SUB) as sub:
            sub.connect(address)
            sub.subscribe(b"a")
            await xpub.wait_subscribers(b"a")
            assert await xpub.poll(1000) == zmq.POLLIN
            assert await xpub.recv_multipart() == [b"\1a"]


async def test_wait_connected(context):
    async with context.socket(zmq.ROUTER, observe=True) as router:
        with pytest.raises(zmq.ZMQError, match="for ever"):
            await router.wait_connected()
        router.bind("tcp://127.0.0.1:0")
        with pytest.raises(zmq.TimeoutExpired, match="30 ms"):
            await router.wait_connected(timeout=30)
        async with context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            dealer.connect(router.last_endpoint)
            assert await router.wait_connected() == 1
            await dealer.send(b"x")
            assert (await router.recv_multipart())[1] == b"x"
            assert router.stats()["messages_in"] == 1


async def test_what_cannot_be_waited_for_is_refused(socket):
    with pytest.raises(zmq.ZMQError, match="observe=True"):
        await socket(zmq.DEALER).wait_connected()
    with pytest.raises(zmq.ZMQError, match="count_subscribers"):
        await socket(zmq.PUB).wait_subscribers(b"")


async def test_monitor(socket, bind):
    a = socket(zmq.ROUTER)
    monitor = a.get_monitor_socket(zmq.Event.LISTENING)
    a.bind("tcp://127.0.0.1:0")
    assert (await recv_monitor_message(monitor))["event"] == zmq.Event.LISTENING
    a.disable_monitor()
    monitor.close()
