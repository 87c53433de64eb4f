# SPDX-License-Identifier: BSD-3-Clause
"""Cancelling a call loses nothing, doubles nothing, and leaves the order as it was."""

import random

import anyio
import pytest

import zmq

#: Seconds that a call may take before it is cancelled.
HASTE = 0.001


async def one(receive):
    return [await receive]


async def whole(s):
    header, number = await s.recv_multipart()
    assert header == b"numbered"
    return [number]


async def into(s):
    memory = bytearray(20)
    return [bytes(memory[: await s.recv_into(memory)])]


async def when_ready(s):
    await s.poll()
    found = s.try_recv()
    return [] if found is None else [found]


#: How to receive numbers, and how they are packed for that.
RECEIVERS = {
    "recv": (lambda s: one(s.recv()), bytes),
    "frame": (lambda s: one(s.recv(copy=False)), bytes),
    "multipart": (whole, lambda number: [b"numbered", number]),
    "string": (lambda s: one(s.recv_string()), bytes),
    "json": (lambda s: one(s.recv_json()), bytes),
    "into": (into, bytes),
    "many": (lambda s: s.recv_many(7), bytes),
    "poll": (when_ready, bytes),
    "iteration": (lambda s: one(s.__anext__()), bytes),
    "timeout": (lambda s: one(s.recv(timeout=0.7)), bytes),
}

LARGE = pytest.mark.long
COUNTS = [200, pytest.param(10_000, marks=LARGE)]


async def send_numbers(s, count, pack=bytes):
    """Send numbers in bursts, with pauses about as long as the receivers' haste."""
    dice = random.Random(count)
    for number in range(count):
        await s.send_multipart([pack(b"%d" % number)] if pack is bytes else pack(b"%d" % number))
        if dice.random() < 0.5:
            await anyio.sleep(dice.uniform(0, 2 * HASTE))


async def receive_numbers(s, receive, found, count):
    """Receive in a hurry until all are there; returns how often that was cancelled."""
    cancelled = 0
    while len(found) < count:
        with anyio.move_on_after(HASTE) as scope:
            try:
                # What was returned is there, even if the time was over by then.
                found += [
                    int(bytes(n) if isinstance(n, zmq.Frame) else n) for n in await receive(s)
                ]
            except zmq.TimeoutExpired:
                cancelled += 1
        cancelled += scope.cancelled_caught
    return cancelled


@pytest.mark.parametrize(
    ("kind", "count"),
    [("recv", 2000)]
    + [(kind, 200) for kind in sorted(RECEIVERS) if kind != "recv"]
    + [pytest.param(kind, 10_000, marks=LARGE) for kind in sorted(RECEIVERS)],
)
async def test_numbers_in_a_hurry(pair, kind, count):
    receive, pack = RECEIVERS[kind]
    a, b = pair(zmq.PUSH, zmq.PULL, "tcp")
    found = []
    async with anyio.create_task_group() as group:
        group.start_soon(send_numbers, a, count, pack)
        cancelled = await receive_numbers(b, receive, found, count)
    assert found == list(range(count))
    assert cancelled  # otherwise this was no test
    assert b.try_recv() is None


@pytest.mark.parametrize(
    "transport, count",
    [("inproc", 400), ("ipc", 400), ("tcp", 2000), pytest.param("tcp", 10_000, marks=LARGE)],
)
async def test_three_in_a_hurry(pair, transport, count):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    found = [[], [], []]

    async def receive(mine):
        while sum(map(len, found)) < count:
            with anyio.move_on_after(HASTE):
                mine.append(int(await b.recv()))

    async with anyio.create_task_group() as group:
        for mine in found:
            group.start_soon(receive, mine)
        await send_numbers(a, count)
    assert sorted(sum(found, [])) == list(range(count))
    for mine in found:
        assert mine == sorted(mine)
        assert mine  # everybody has had something


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("parts", [1, 3])
async def test_senders_in_a_hurry(pair, count, parts):
    """A send that was cancelled has sent nothing, one that was not has sent all."""
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=1, rcvhwm=1)
    found = []

    async def receive():
        dice = random.Random(1)
        while len(found) < count:
            found.append(await b.recv_multipart())
            if dice.random() < 0.3:
                await anyio.sleep(dice.uniform(0, 3 * HASTE))

    number = cancelled = 0
    async with anyio.create_task_group() as group:
        group.start_soon(receive)
        while number < count:
            with anyio.move_on_after(HASTE) as scope:
                await a.send_multipart([b"%d" % number] * parts)
                number += 1
            cancelled += scope.cancelled_caught
    assert found == [[b"%d" % number] * parts for number in range(count)]
    assert cancelled


@pytest.mark.parametrize("kinds", [(zmq.REP, zmq.REQ), (zmq.ROUTER, zmq.DEALER)])
async def test_questions_in_a_hurry(pair, beside, kinds):
    server, client = pair(*kinds, "ipc")

    async def serve():
        dice = random.Random(2)
        while True:
            with anyio.move_on_after(HASTE):
                question = await server.recv_multipart()
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(dice.uniform(0, 2 * HASTE))
                    await server.send_multipart(question)

    async with beside(serve):
        for number in range(300):
            await client.send_multipart([b"", b"%d" % number])
            answer = None
            while answer is None:
                with anyio.move_on_after(HASTE):
                    answer = await client.recv_multipart()
            assert answer == [b"", b"%d" % number]


# -- the moment of cancelling, step by step -------------------------------------------------------


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("receivers", [1, 3])
async def test_cancel_around_the_arrival(pair, plain, steps, receivers, blocked):
    """Whether it is received before the cancel or after it, it is received once."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    found = []

    async def receive():
        found.append(await b.recv())

    for number in range(20):
        del found[:]
        async with anyio.create_task_group() as group:
            for _ in range(receivers):
                group.start_soon(receive)
            await blocked()
            plain(a).send(b"%d" % number)
            for _ in range(steps):
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        assert len(found) <= 1
        if not found:
            found.append(b.try_recv())
        assert found == [b"%d" % number]


@pytest.mark.parametrize("steps", range(4))
@pytest.mark.parametrize("victim", range(3))
async def test_cancelling_one_wakes_the_next(pair, steps, victim, blocked):
    """Also when the one that is cancelled watched, or had been woken already."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    scopes = [anyio.CancelScope() for _ in range(3)]
    found = []

    async def receive(scope):
        with scope:
            found.append(await b.recv())

    async with anyio.create_task_group() as group:
        for scope in scopes:
            group.start_soon(receive, scope)
        await blocked()
        await a.send_many([b"1", b"2", b"3"])
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
        scopes[victim].cancel()
    left = b.try_recv()
    assert found + [left] * (left is not None) == [b"1", b"2", b"3"]
    assert len(found) == 3 - scopes[victim].cancelled_caught


async def test_cancelling_the_watcher_of_the_other_direction(socket, bind, beside, blocked):
    """A sender that watches the descriptor for a receiver too is cancelled."""
    a, b = socket(zmq.DEALER, sndhwm=1), socket(zmq.DEALER, rcvhwm=1)
    address = bind(a)
    found = []

    async def receive():
        found.append(await a.recv())

    async with anyio.create_task_group() as group:
        scope = anyio.CancelScope()

        async def send():
            with scope:
                await a.send(b"to nobody")

        group.start_soon(send)
        await blocked()
        group.start_soon(receive)
        await blocked()
        scope.cancel()
        await blocked()
        b.connect(address)
        await b.send(b"x")
    assert found == [b"x"]


async def test_a_cancelled_scope_ends_a_loop(pair):
    """Also one in which every call succeeds at once."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    rounds = 0
    with anyio.CancelScope() as scope:
        scope.cancel()
        while True:
            await a.send(b"x")
            await b.recv()
            rounds += 1
    assert scope.cancelled_caught
    assert rounds <= a.budget


async def test_an_outer_cancel_is_not_taken_for_the_time_out(pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with anyio.move_on_after(0.01) as scope:
        await b.recv(timeout=60_000)
    assert scope.cancelled_caught
