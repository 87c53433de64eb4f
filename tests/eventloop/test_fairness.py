# SPDX-License-Identifier: BSD-3-Clause
"""A busy stream leaves turns of the loop to others, and so does a busy direction."""

import asyncio
import time

import pytest

import zmq

LENGTH, TICK = 0.4, 0.01  # seconds


async def count_ticks(wanted=50, attempts=10):
    """How often a 10 ms ticker ticks in a second; the best of some attempts."""
    best = 0
    for _ in range(attempts):
        begun, ticks = time.monotonic(), 0
        while time.monotonic() < begun + LENGTH:
            await asyncio.sleep(TICK)
            ticks += 1
        best = max(best, ticks / (time.monotonic() - begun))
        if best >= wanted:
            break
    return best


async def test_a_saturated_receiver(pair, stream):
    """Its callback fills the queue again, so there is always a message."""
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
    s, count = stream(b), [0]

    def handle(message):
        count[0] += 1
        a.send(b"x")

    s.on_recv(handle)
    a.send_many([b"x"] * 1000)
    assert await count_ticks() >= 50
    assert count[0] > 500


async def test_a_saturated_sender(socket, stream):
    s, count = stream(socket(zmq.PUB)), [0]  # sends for ever, to nobody

    def go_on(message, status):
        count[0] += 1
        s.send(b"x")

    s.on_send(go_on)
    for _ in range(1000):
        s.send(b"x")
    assert await count_ticks() >= 50
    assert count[0] > 500
    s.stop_on_send()
    s.flush()


async def test_a_slow_callback(pair, stream):
    """A batch is bounded in time as well."""
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
    s = stream(b)
    s.on_recv(lambda message: time.sleep(0.0005))
    a.send_many([b"x"] * 5000)
    assert await count_ticks() >= 50


async def test_a_busy_receiver_sends(streams, until):
    """Replies go out while there is still more to receive."""
    a, b = streams(zmq.PAIR, zmq.PAIR, sndhwm=0, rcvhwm=0)
    got, handled, first = [], [0], []

    def handle(message):
        handled[0] += 1
        b.send(message[0])

    def receive(message):
        first.append(handled[0])
        got.append(message)

    b.on_recv(handle)
    a.on_recv(receive)
    for n in range(3000):
        a.send(b"%d" % n)
    await until(lambda: len(got) == 3000)
    assert first[0] < 2000
    assert got == [[b"%d" % n] for n in range(3000)]


async def test_two_busy_streams(pair, stream, until):
    """Neither is served to the end before the other begins."""
    order = []
    for name in "ab":
        push, pull = pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
        push.send_many([b"x"] * 3000)
        stream(pull).on_recv(lambda message, name=name: order.append(name))
    await until(lambda: len(order) == 6000)
    assert "a" in order[:1500] and "b" in order[:1500]


@pytest.mark.parametrize("copy", [True, False])
async def test_a_batch_is_bounded(receiver, until, turns, copy):
    a, s, got = receiver(sndhwm=0, rcvhwm=0)
    s.on_recv(got.append, copy=copy)
    a.send_many([b"x"] * 3000)
    await turns(1)
    assert len(got) < 1500
    await until(lambda: len(got) == 3000)
    got.clear()
