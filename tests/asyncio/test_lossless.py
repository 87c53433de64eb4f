# SPDX-License-Identifier: BSD-3-Clause
"""Numbered messages under time-outs of a millisecond: none lost, none doubled, all in order."""

import asyncio
import random

import pytest

import zmq

LIMIT = 0.001  # seconds


async def by_wait_for(start):
    return await asyncio.wait_for(start(), LIMIT)


async def by_timeout(start):
    async with asyncio.timeout(LIMIT):
        return await start()


async def by_cancel(start):
    """A task that is cancelled after a few turns of the loop, not after a time."""

    async def wait():
        return await start()

    task = asyncio.ensure_future(wait())
    for _ in range(random.randrange(4)):
        await asyncio.sleep(0)
    task.cancel()
    try:
        return await task
    except asyncio.CancelledError:
        raise asyncio.TimeoutError from None


LIMITS = [by_wait_for, by_timeout, by_cancel]
if not hasattr(asyncio, "timeout"):
    LIMITS.remove(by_timeout)


@pytest.fixture(params=LIMITS, ids=lambda function: function.__name__)
def limited(request):
    """`await limited(start)`: await what it returns, for a very short time."""
    return request.param


@pytest.fixture
def count(pytestconfig):
    """How many messages a test of one method uses."""
    return 10_000 if pytestconfig.getoption("--long") else 250


async def pause(chance):
    """Now and then, a pause of about the length of the time-outs."""
    if random.random() < chance:
        await asyncio.sleep(random.random() * 2 * LIMIT)
    elif random.random() < chance:
        await asyncio.sleep(0)


async def send_numbers(socket, write, count, missed):
    for n in range(count):
        socket.send(write(n))
        # Where receiving is slow, hardly a time-out is missed without more pauses.
        await pause(0.15 if len(missed) > n / 50 else 0.5)


async def receive_numbers(socket, receiving, limited, count, seen, missed):
    """Receive until all receivers together have that many; returns its own, in order."""
    mine = []
    buffer = bytearray(64)
    while len(seen) < count:
        try:
            got = await limited(lambda: receiving.start(socket, buffer))
        except asyncio.TimeoutError:
            missed.append(len(seen))
            continue
        numbers = receiving.read(got, buffer)
        mine += numbers
        seen += numbers
    return mine


async def exchange(a, b, receiving, limited, count, receivers):
    seen, missed = [], []
    sender = asyncio.ensure_future(send_numbers(a, receiving.write, count, missed))
    await asyncio.gather(
        *[receive_numbers(b, receiving, limited, count, seen, missed) for _ in range(receivers)]
    )
    await sender
    assert sorted(seen) == list(range(count))
    assert len(missed) > count / 100  # or this was no test
    if receivers == 1:
        assert seen == list(range(count))


@pytest.mark.every_loop
async def test_every_method(mixed_pair, receiving, limited, count):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await exchange(a, b, receiving, limited, count, 1)


async def test_every_method_three_receivers(mixed_pair, receiving, limited, count):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await exchange(a, b, receiving, limited, count, 3)


@pytest.mark.parametrize(("method", "receivers"), [("recv", 1), ("recv_multipart", 3)])
@pytest.mark.parametrize("limited", LIMITS[:-1], ids=["wait_for", "timeout"][: len(LIMITS) - 1])
async def test_ten_thousand(mixed_pair, receiving_by_name, limited, method, receivers):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, rcvhwm=0, sndhwm=0)
    await exchange(a, b, receiving_by_name(method), limited, 10_000, receivers)


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
async def test_through_the_system(mixed_pair, receiving_by_name, limited, transport):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, transport, rcvhwm=0, sndhwm=0)
    await exchange(a, b, receiving_by_name("recv"), limited, 2000, 3)


async def test_all_methods_at_once(mixed_pair, all_receiving, limited):
    """Receivers of different kinds on one socket; what one gives back, another may get."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    ways = [way for way in all_receiving if way.write(7) == b"7"]
    seen, missed, count = [], [], 3000
    sender = asyncio.ensure_future(send_numbers(a, ways[0].write, count, missed))
    await asyncio.gather(*[receive_numbers(b, way, limited, count, seen, missed) for way in ways])
    await sender
    assert sorted(seen) == list(range(count))


async def test_multipart_is_never_torn(mixed_pair, limited):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    count, seen = 2000, []

    async def send():
        for n in range(count):
            a.send_multipart([b"%d" % n, b"middle", b"-%d" % n])
            await pause(0.15)

    async def receive(start, read):
        while len(seen) < count:
            try:
                parts = read(await limited(start))
            except asyncio.TimeoutError:
                continue
            for first, middle, last in parts:
                assert (middle, last) == (b"middle", b"-" + first)
                seen.append(int(first))

    await asyncio.gather(
        send(),
        receive(b.recv_multipart, lambda got: [got]),
        receive(lambda: b.recv_multipart(copy=False), lambda got: [[frame.bytes for frame in got]]),
        receive(lambda: b.recv_many_multipart(5), lambda got: got),
        receive(lambda: b.recv_serialized(tuple), lambda got: [got]),
    )
    assert sorted(seen) == list(range(count))


# -- requests and replies ------------------------------------------------------------------------


async def insist(limited, start):
    """Try until it is done."""
    while True:
        try:
            return await limited(start)
        except asyncio.TimeoutError:
            pass


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
async def test_request_and_reply(pair, limited, transport, count):
    server, client = pair(zmq.REP, zmq.REQ, transport)

    async def serve():
        for n in range(count):
            assert await insist(limited, server.recv) == b"%d" % n
            await pause(0.1)
            await server.send(b"reply %d" % n)

    async def ask():
        for n in range(count):
            await client.send(b"%d" % n)
            assert await insist(limited, client.recv_string) == f"reply {n}"
            await pause(0.1)

    await asyncio.gather(serve(), ask())


@pytest.mark.every_loop
@pytest.mark.parametrize("transport", ["inproc", "tcp"])
async def test_dealer_and_router(pair, limited, transport, count):
    router, dealer = pair(zmq.ROUTER, zmq.DEALER, transport, sndhwm=0, rcvhwm=0)
    replies = []

    async def serve():
        for n in range(count):
            peer, number = await insist(limited, router.recv_multipart)
            assert int(number) == n
            await router.send_multipart([peer, number])
            await pause(0.1)

    async def ask():
        for n in range(count):
            await dealer.send(b"%d" % n)
            await pause(0.1)

    async def collect():
        while len(replies) < count:
            replies.append(int(await insist(limited, dealer.recv)))

    await asyncio.gather(serve(), ask(), collect())
    assert replies == list(range(count))


# -- sending -------------------------------------------------------------------------------------


async def test_sends(pair, sending, limited):
    """A send that a time-out ended was made or not made, and its future says which."""
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=1, rcvhwm=1)
    count, seen = 150, []

    async def send():
        for n in range(count):
            while True:
                future = sending(a, n)
                try:
                    await limited(lambda future=future: future)
                    break
                except asyncio.TimeoutError:
                    if not future.cancelled():
                        break

    async def receive():
        while len(seen) < count:
            seen.append(int(await b.recv()))
            await pause(0.3)

    await asyncio.gather(send(), receive())
    assert seen == list(range(count))
