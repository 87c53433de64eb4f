# SPDX-License-Identifier: BSD-3-Clause
"""A busy socket leaves the loop to others: tickers tick beside it, and the budget can be set."""

import asyncio
import time

import pytest

import zmq

LENGTH = 0.4  # seconds
TICK = 0.01


async def count_ticks(busy, wanted=50):
    """How often a 10 ms ticker ticks in a second while `busy(over)` runs.

    The best of some attempts: others use the machine too, and a starved loop has no good moments.
    """
    best = 0
    for _ in range(5):
        best = max(best, await count_once(busy))
        if best >= wanted:
            break
    return best


async def count_once(busy):
    ticks, begun = 0, time.monotonic()
    end = begun + LENGTH

    async def tick():
        nonlocal ticks
        while time.monotonic() < end:
            await asyncio.sleep(TICK)
            ticks += 1

    ticker = asyncio.ensure_future(tick())
    await busy(lambda: time.monotonic() >= end)
    await ticker
    return ticks / (time.monotonic() - begun)


BUSY = {
    "send": lambda a, b: a.send(b"x"),
    "send_multipart": lambda a, b: a.send_multipart([b"x", b"y"]),
    "recv": lambda a, b: b.recv(),
    "recv_multipart": lambda a, b: b.recv_multipart(),
    "recv_string": lambda a, b: b.recv_string(),
    "recv_many": lambda a, b: b.recv_many(2),
    "poll": lambda a, b: b.poll(),
}


@pytest.mark.every_loop
@pytest.mark.parametrize("method", BUSY)
async def test_ticker(mixed_pair, socket, method):
    sender, b = mixed_pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
    a = socket(zmq.PUB)  # sends for ever, to nobody

    async def busy(over):
        left = 0
        while not over():
            if left == 0 and method != "poll" and not method.startswith("send"):
                left = sender.send_many([b"x"] * 2000)
            elif method == "poll" and not left:
                left = sender.send_many([b"x"])
            await BUSY[method](a, b)
            left -= 2 if method == "recv_many" else method != "poll"
            left = max(left, 0)

    assert await count_ticks(busy) >= 50


async def test_ticker_beside_large_messages(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
    data = bytes(1_000_000)

    async def busy(over):
        while not over():
            for _ in range(10):
                a.send(data, copy=False)
            for _ in range(10):
                await b.recv()

    assert await count_ticks(busy) >= 50


async def test_ticker_beside_a_stream(mixed_pair, beside):
    """A thread sends all the time, so that each wake-up finds much."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    over = []

    def send():
        while not over:
            try:
                a.send(b"x" * 100, timeout=100)
            except zmq.Again:
                pass

    async def receive(stop):
        while not stop():
            await b.recv()

    beside(send)
    try:
        assert await count_ticks(receive) >= 50
    finally:
        over.append(True)


async def test_ticker_beside_many_waiters(mixed_pair):
    """Hundreds of receives wait, and all can be served at once."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)

    async def busy(over):
        while not over():
            waiting = [b.recv() for _ in range(500)]
            a.send_many([b"x"] * 500)
            await asyncio.gather(*waiting)

    assert await count_ticks(busy, 30) >= 30  # the burst itself takes some milliseconds


async def test_two_busy_sockets_share(socket, turns):
    """Neither of two endless senders shuts the other out."""
    counts = [0, 0]

    async def send(n):
        s = socket(zmq.PUB)
        while max(counts) < 20_000:
            await s.send(b"x")
            counts[n] += 1

    await asyncio.gather(send(0), send(1))
    assert min(counts) > 5000


@pytest.mark.parametrize("budget", [1, 10, 256])
async def test_budget_is_how_many_succeed_in_a_row(mixed_pair, budget):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.budget = budget
    assert b.budget == budget
    a.send_many([b"x"] * 600)
    turns = longest = row = 0

    async def count_turns():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counter = asyncio.ensure_future(count_turns())
    await asyncio.sleep(0)
    for _ in range(600):
        before = turns
        await b.recv()
        row = row + 1 if turns == before else 0
        longest = max(longest, row)
    counter.cancel()
    assert longest <= budget
    assert turns >= 600 // (budget + 1)


async def test_no_budget(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.budget = 0
    a.send_many([b"x"] * 900)
    ticked = []
    asyncio.get_running_loop().call_soon(ticked.append, True)
    for _ in range(900):
        await b.recv()
    assert not ticked


async def test_budget_of_sends(socket):
    s = socket(zmq.PUB)
    s.budget = 5
    ticked = []
    asyncio.get_running_loop().call_soon(ticked.append, True)
    for _ in range(6):
        await s.send(b"x")
    assert ticked


def test_bad_budgets(socket):
    s = socket(zmq.PUB)
    for bad, error in ((-1, ValueError), ("5", TypeError), (None, TypeError)):
        with pytest.raises(error):
            s.budget = bad


async def test_nothing_is_lost_when_the_budget_is_used_up(mixed_pair):
    """The call that gives the others their turn is cancelled: its message is the next one's."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.budget = 3
    for n in range(300):
        a.send(b"%d" % n)
    got, cancelled = [], 0
    while len(got) < 300:
        future = b.recv()
        if future.done():
            got.append(int(await future))
        elif future.cancel():
            cancelled += 1
            got.append(int(await b.recv()))
    assert got == list(range(300))
    assert cancelled > 20


@pytest.mark.every_loop
@pytest.mark.parametrize("hwm", [0, 3])
async def test_parts_of_several_tasks_are_not_mixed(context, hwm):
    """Tasks that send part by part, with turns of others in between, keep their parts together."""
    a = context.socket(zmq.PUSH)
    a.linger, a.sndhwm, a.budget = 0, hwm, 4
    b = context.socket(zmq.PULL)
    b.linger, b.rcvhwm = 0, hwm
    a.connect(b.bind("inproc://parts").endpoint)

    async def send_all(name):
        for n in range(60):
            await a.send(b"%d" % name, zmq.SNDMORE)
            await a.send(b"%d" % n, zmq.SNDMORE)
            await a.send(b"%d" % name)

    tasks = [asyncio.ensure_future(send_all(name)) for name in range(3)]
    received = [await b.recv_multipart() for _ in range(180)]
    await asyncio.gather(*tasks)
    for name in range(3):
        own = [parts for parts in received if parts[0] == b"%d" % name]
        assert own == [[b"%d" % name, b"%d" % n, b"%d" % name] for n in range(60)]
    a.close()
    b.close()


@pytest.mark.every_loop
async def test_message_that_is_not_finished_does_not_stop_others(no_room):
    """A task that sends a first part and ends: what others send goes on with its message."""
    push, make_room = no_room()
    tasks = [asyncio.ensure_future(push.send(b"1", zmq.SNDMORE)) for _ in range(2)]
    tasks += [asyncio.ensure_future(push.send(b"2"))]
    pull = make_room()
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert pull.recv_multipart() == [b"1", b"1", b"2"]
