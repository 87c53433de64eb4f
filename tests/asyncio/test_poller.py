# SPDX-License-Identifier: BSD-3-Clause
"""The asynchronous Poller: all kinds of things together, and no registration that stays."""

import asyncio
import gc
import os
import socket as system
import time

import pytest

import zmq
import zmq.asyncio


@pytest.fixture
def poller():
    return zmq.asyncio.Poller()


@pytest.fixture
def pipe():
    """The two ends of a pipe, closed after the test."""
    ends = os.pipe()
    yield ends
    for fd in ends:
        os.close(fd)


@pytest.fixture
def stream():
    """Two connected sockets of the system, closed after the test."""
    ends = system.socketpair()
    yield ends
    for end in ends:
        end.close()


class HasFileno:
    def __init__(self, fd):
        self.fd = fd

    def fileno(self):
        return self.fd


# -- one thing -----------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_asynchronous_socket(mixed_pair, poller, transport):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, transport)
    poller.register(b, zmq.POLLIN)
    assert await poller.poll(0) == []
    assert await poller.poll(10) == []
    waiting = poller.poll(5000)
    assert not waiting.done()
    a.send(b"1")
    assert await waiting == [(b, zmq.POLLIN)]
    assert await poller.poll() == [(b, zmq.POLLIN)]
    assert await b.recv() == b"1"
    assert await poller.poll(0) == []


@pytest.mark.every_loop
async def test_synchronous_socket(blocking, bind, poller, transport):
    a, b = blocking(zmq.PUSH), blocking(zmq.PULL)
    b.connect(bind(a, transport))
    poller.register(b, zmq.POLLIN)
    assert await poller.poll(10) == []
    for n in range(5):
        waiting = poller.poll(5000)
        a.send(b"%d" % n)
        assert await waiting == [(b, zmq.POLLIN)]
        assert b.recv() == b"%d" % n
    assert not b.closed


@pytest.mark.every_loop
@pytest.mark.parametrize("form", ["int", "object"])
async def test_descriptor(poller, pipe, form):
    reader, writer = pipe
    poller.register(reader if form == "int" else HasFileno(reader), zmq.POLLIN)
    assert await poller.poll(10) == []
    waiting = poller.poll(5000)
    await asyncio.sleep(0)
    os.write(writer, b"1")
    assert await waiting == [(reader, zmq.POLLIN)]
    assert await poller.poll(0) == [(reader, zmq.POLLIN)]
    os.read(reader, 9)
    assert await poller.poll(0) == []


@pytest.mark.every_loop
async def test_system_socket(poller, stream):
    a, b = stream
    poller.register(b, zmq.POLLIN | zmq.POLLOUT)
    assert await poller.poll(1000) == [(b.fileno(), zmq.POLLOUT)]
    a.send(b"1")
    assert await poller.poll(1000) == [(b.fileno(), zmq.POLLIN | zmq.POLLOUT)]
    poller.modify(b, zmq.POLLIN)
    assert await poller.poll(1000) == [(b.fileno(), zmq.POLLIN)]
    b.recv(9)
    waiting = poller.poll(5000)
    await asyncio.sleep(0)
    a.send(b"2")
    assert await waiting == [(b.fileno(), zmq.POLLIN)]


async def test_room_in_a_pipe(poller, pipe):
    reader, writer = pipe
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(65536))
    except BlockingIOError:
        pass
    poller.register(writer, zmq.POLLOUT)
    assert await poller.poll(0) == []
    waiting = poller.poll(5000)
    await asyncio.sleep(0)
    os.read(reader, 1 << 20)
    assert await waiting == [(writer, zmq.POLLOUT)]


async def test_several_events(mixed_pair, poller):
    a, b = mixed_pair(zmq.DEALER, zmq.DEALER)
    poller.register(b, zmq.POLLIN | zmq.POLLOUT)
    assert await poller.poll(1000) == [(b, zmq.POLLOUT)]
    a.send(b"1")
    assert await poller.poll(1000) == [(b, zmq.POLLIN | zmq.POLLOUT)]
    poller.register(b, zmq.POLLIN)
    assert await poller.poll(1000) == [(b, zmq.POLLIN)]


async def test_waits_for_room(no_room, poller):
    a, make_room = no_room()
    poller.register(a, zmq.POLLOUT)
    waiting = poller.poll(5000)
    assert not waiting.done()
    make_room()
    assert await waiting == [(a, zmq.POLLOUT)]


# -- several things ------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_all_together(mixed_pair, blocking, bind, poller, pipe, stream):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    c, d = blocking(zmq.PUSH), blocking(zmq.PULL)
    d.connect(bind(c))
    reader, writer = pipe
    for thing in (b, d, reader, stream[1]):
        poller.register(thing, zmq.POLLIN)
    send = {
        b: lambda: a.send(b"1"),
        d: lambda: c.send(b"1"),
        reader: lambda: os.write(writer, b"1"),
        stream[1].fileno(): lambda: stream[0].send(b"1"),
    }
    take = {
        b: lambda: b.try_recv(),
        d: lambda: d.recv(),
        reader: lambda: os.read(reader, 1),
        stream[1].fileno(): lambda: stream[1].recv(1),
    }
    for _ in range(3):
        for thing in send:
            waiting = poller.poll(5000)
            await asyncio.sleep(0)
            send[thing]()
            assert await waiting == [(thing, zmq.POLLIN)]
            take[thing]()
            assert await poller.poll(0) == []
    for act in send.values():
        act()
    assert dict(await poller.poll(1000)) == dict.fromkeys(send, zmq.POLLIN)


async def test_several_polls_at_once(mixed_pair, poller):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    other = zmq.asyncio.Poller()
    for each in (poller, other):
        each.register(b, zmq.POLLIN)
    waiting = [poller.poll(5000), poller.poll(), other.poll(5000), b.poll(5000)]
    a.send(b"1")
    assert await asyncio.wait_for(asyncio.gather(*waiting), 5) == [
        *[[(b, zmq.POLLIN)]] * 3,
        zmq.POLLIN,
    ]


async def test_poll_beside_the_readers_of_others(poller, pipe):
    """A descriptor that the program itself watches in the loop stays watched."""
    reader, writer = pipe
    calls = []
    loop = asyncio.get_running_loop()
    loop.add_reader(reader, lambda: calls.append(os.read(reader, 9)))
    poller.register(reader, zmq.POLLIN)
    waiting = poller.poll(20)
    await asyncio.sleep(0)
    await waiting
    os.write(writer, b"1")
    while not calls:
        await asyncio.sleep(0.001)
    loop.remove_reader(reader)


async def test_changed_between_polls(mixed_pair, poller):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    a.send(b"1")
    poller.register(b, zmq.POLLOUT)
    assert await poller.poll(0) == []
    poller.modify(b, zmq.POLLIN)
    assert b in poller
    assert await poller.poll(1000) == [(b, zmq.POLLIN)]
    poller.unregister(b)
    assert b not in poller
    assert await poller.poll(0) == []
    with pytest.raises(KeyError):
        poller.unregister(b)


async def test_nothing_registered(poller):
    assert await poller.poll(0) == []
    begun = time.monotonic()
    assert await poller.poll(20) == []
    assert time.monotonic() - begun >= 0.015
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(poller.poll(), 0.01)


@pytest.mark.parametrize("timeout", [0, 0.5, 20, 20.5])
async def test_timeouts(mixed_pair, poller, timeout):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    begun = time.monotonic()
    assert await poller.poll(timeout) == []
    assert time.monotonic() - begun >= timeout / 1000 - 0.005


async def test_is_a_future(poller, mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    waiting = poller.poll()
    assert isinstance(waiting, asyncio.Future)
    assert waiting.get_loop() is asyncio.get_running_loop()
    a.send(b"1")
    assert await asyncio.wait_for(asyncio.shield(waiting), 5) == [(b, zmq.POLLIN)]


@pytest.mark.every_loop
async def test_saturated(poller, mixed_pair):
    """A poll that is always ready lets others have their turn."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    a.send(b"1")
    ticked = []
    asyncio.get_running_loop().call_soon(ticked.append, True)
    end = time.monotonic() + 5
    while not ticked and time.monotonic() < end:
        assert await poller.poll() == [(b, zmq.POLLIN)]
    assert ticked


# -- the end -------------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_cancelled_and_expired_polls_leave_nothing(
    mixed_pair, blocking, bind, poller, pipe, stream, until, count_objects
):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    d = blocking(zmq.PULL)
    bind(d)
    for thing in (b, d, pipe[0], stream[1]):
        poller.register(thing, zmq.POLLIN)

    async def several(count):
        for n in range(count):
            waiting = poller.poll([5000, None, 1][n % 3])
            if n % 2:
                await asyncio.sleep(0)
            if n % 3 == 2:
                assert await waiting == []
            else:
                assert waiting.cancel()
        await asyncio.sleep(0.01)
        return count_objects(), len(os.listdir("/proc/self/fd"))

    before = await several(100)
    after = await several(500)
    assert after[0] <= before[0] + 20
    # A thread that watches closes them when it has the time.
    await until(lambda: len(os.listdir("/proc/self/fd")) <= before[1])
    waiting = poller.poll(5000)
    a.send(b"1")
    assert await waiting == [(b, zmq.POLLIN)]


async def test_dropped_poll_leaves_nothing(poller, pipe):
    poller.register(pipe[0], zmq.POLLIN)
    poller.poll(5000)
    gc.collect()
    await asyncio.sleep(0)
    os.write(pipe[1], b"1")
    assert await poller.poll(1000) == [(pipe[0], zmq.POLLIN)]


async def test_cancelled_when_ready(mixed_pair, poller, interrupt):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    waiting = poller.poll()

    async def wait():
        await waiting

    await interrupt(wait, waiting.done, lambda: a.send(b"1"))
    assert await poller.poll(1000) == [(b, zmq.POLLIN)]
    assert await b.recv() == b"1"


async def test_closed_socket(socket, poller):
    s = socket(zmq.PULL)
    poller.register(s, zmq.POLLIN)
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        await poller.poll(1000)
    assert caught.value.errno == zmq.ENOTSOCK


@pytest.mark.parametrize(
    ("timeout", "error"), [("5", TypeError), ([], TypeError), (float("nan"), ValueError)], ids=repr
)
@pytest.mark.parametrize("ready", [True, False])
async def test_bad_timeouts(poller, mixed_pair, timeout, error, ready):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    poller.register(b, zmq.POLLIN)
    if ready:
        a.send(b"1")
        assert await b.poll(5000)
    with pytest.raises(error, match="a time-out"):
        await asyncio.wait_for(poller.poll(timeout), 10)


@pytest.mark.every_loop
async def test_end_of_the_context_is_told_once(poller, context, socket, beside):
    """By the poll; nothing is left over that the loop would complain of."""
    sockets = [socket(zmq.PULL) for _ in range(3)]
    for s in sockets:
        poller.register(s, zmq.POLLIN)
    waiting = poller.poll(30_000)
    await asyncio.sleep(0.01)
    beside(context.term)
    with pytest.raises(zmq.ContextTerminated):
        await waiting
    for s in sockets:
        s.close()


async def test_bad_descriptor(poller):
    """As the synchronous poller has it."""
    other = zmq.Poller()
    for each in (poller, other):
        each.register(987_654, zmq.POLLIN)
    assert await asyncio.wait_for(poller.poll(1000), 5) == other.poll(0) != []


def test_poller_in_two_loops(drive, mixed_pair, poller):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)

    async def main(abandon):
        waiting = poller.poll(5000)
        await asyncio.sleep(0)
        if abandon:
            return None
        a.send(b"1")
        assert await waiting == [(b, zmq.POLLIN)]
        return await b.recv()

    assert drive(main, False) == b"1"
    drive(main, True)
    assert drive(main, False) == b"1"
