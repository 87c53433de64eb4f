# SPDX-License-Identifier: BSD-3-Clause
"""RCVTIMEO, SNDTIMEO, `timeout=` and DONTWAIT: honoured, and nothing of them left afterwards."""

import asyncio
import gc
import time
import weakref

import pytest

import zmq

FOREVER = 3_600_000  # milliseconds


async def expires(awaitable, kind=zmq.Again, after=0.0):
    """An awaitable must fail for want of time, and no sooner than after that many seconds."""
    begun = time.monotonic()
    with pytest.raises(zmq.Again) as caught:
        await asyncio.wait_for(awaitable, 5)
    assert type(caught.value) is kind
    assert time.monotonic() - begun >= after - 0.005
    return caught.value


def pending_timers(loop):
    """The timers of an asyncio loop that may still go off."""
    return [timer for timer in loop._scheduled if not timer.cancelled()]


# -- receiving -----------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_rcvtimeo(mixed_pair, receiving):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = 20
    await expires(receiving.start(b, bytearray(9)), after=0.02)
    a.send(receiving.write(3))
    buffer = bytearray(9)
    assert receiving.read(await receiving.start(b, buffer), buffer) == [3]


async def test_receive_timeout(mixed_pair, receiving):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await expires(receiving.start(b, bytearray(9), timeout=20), zmq.TimeoutExpired, 0.02)
    await expires(receiving.start(b, bytearray(9), timeout=0), zmq.TimeoutExpired)
    buffer = bytearray(9)
    pending = receiving.start(b, buffer, timeout=5000)
    a.send(receiving.write(3))
    assert receiving.read(await pending, buffer) == [3]


async def test_receive_dontwait(mixed_pair, receiving):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    failed = receiving.start(b, bytearray(9), flags=zmq.DONTWAIT)
    assert failed.done()
    await expires(failed)
    await expires(receiving.start(b, bytearray(9), flags=zmq.DONTWAIT, timeout=5000))
    buffer = bytearray(9)
    a.send(receiving.write(3))
    there = receiving.start(b, buffer, flags=zmq.DONTWAIT)
    assert there.done()
    assert receiving.read(await there, buffer) == [3]


@pytest.mark.parametrize("option", [0, 1, -1])
async def test_timeout_beats_the_option(mixed_pair, option):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = option
    await expires(b.recv(timeout=30), zmq.TimeoutExpired, 0.03)
    pending = b.recv(timeout=-1)
    await asyncio.sleep(0.01)
    a.send(b"1")
    assert await pending == b"1"


async def test_rcvtimeo_of_zero_does_not_wait(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = 0
    await expires(b.recv())
    a.send(b"1")
    assert await b.recv() == b"1"


async def test_option_counts_from_the_call(mixed_pair):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = 30
    pending = b.recv()
    b.rcvtimeo = FOREVER
    await expires(pending)
    waiting = b.recv()
    b.rcvtimeo = 0
    await asyncio.sleep(0.03)
    assert not waiting.done()


async def test_one_that_expires_lets_the_others_be(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    before, short, behind = b.recv(), b.recv(timeout=20), b.recv()
    await expires(short, zmq.TimeoutExpired)
    a.send(b"1")
    a.send(b"2")
    assert [await before, await behind] == [b"1", b"2"]


async def test_expired_receive_takes_nothing(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    lost = 0
    for n in range(300):
        pending = b.recv(timeout=1)
        await asyncio.sleep(0.0009)
        a.send(b"%d" % n)
        try:
            got = await pending
        except zmq.TimeoutExpired:
            got = await b.recv()
            lost += 1
        assert got == b"%d" % n
    assert b.try_recv() is None


# -- sending -------------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_sndtimeo(no_room, sending):
    a, make_room = no_room()
    a.sndtimeo = 20
    await expires(sending(a, 3), after=0.02)
    peer = make_room()
    a.sndtimeo = 5000
    await sending(a, 4)
    assert int(peer.recv()) == 4  # and the other one never
    assert peer.try_recv() is None


async def test_send_timeout(no_room, sending):
    a, make_room = no_room()
    await expires(sending(a, 3, timeout=20), zmq.TimeoutExpired, 0.02)
    await expires(sending(a, 3, timeout=0), zmq.TimeoutExpired)
    pending = sending(a, 4, timeout=5000)
    peer = make_room()
    await pending
    assert int(peer.recv()) == 4


async def test_send_dontwait(no_room):
    a, make_room = no_room()
    for failed in (a.send(b"1", zmq.DONTWAIT), a.send_multipart([b"1"], zmq.DONTWAIT)):
        assert failed.done()
        await expires(failed)
    assert await a.send_many([b"1"], zmq.DONTWAIT) == 0
    peer = make_room()
    await a.send(b"2", timeout=5000)
    assert peer.recv() == b"2"


async def test_dontwait_does_not_overtake(no_room):
    """While others wait to send or to receive, a call that may not wait takes nothing from them."""
    a, make_room = no_room()
    waiting = a.send(b"1")
    peer = make_room()
    hasty = a.send(b"2", zmq.DONTWAIT)
    sent = [b"1"]
    try:
        await hasty
        sent.append(b"2")
    except zmq.Again:
        pass
    await waiting
    assert [peer.recv() for _ in sent] == sent


async def test_receive_dontwait_does_not_overtake(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    waiting = b.recv()
    a.send(b"1")
    await expires(b.recv(zmq.DONTWAIT))
    assert await waiting == b"1"


# -- polling -------------------------------------------------------------------------------------


@pytest.mark.every_loop
@pytest.mark.parametrize("timeout", [0, 1, 20, 20.5])
async def test_poll_timeout(mixed_pair, timeout):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    begun = time.monotonic()
    assert await asyncio.wait_for(b.poll(timeout), 5) == 0
    assert time.monotonic() - begun >= timeout / 1000 - 0.005


@pytest.mark.parametrize("timeout", [(), (None,), (-1,), (FOREVER,)])
async def test_poll_waits(mixed_pair, timeout):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = 1  # is not for polls
    pending = b.poll(*timeout)
    await asyncio.sleep(0.01)
    assert not pending.done()
    a.send(b"1")
    assert await pending == zmq.POLLIN


# -- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timeout", "error"), [("5", TypeError), ([], TypeError), (float("nan"), ValueError)], ids=repr
)
async def test_bad_values(mixed_pair, timeout, error):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    a.send(b"stays")
    for call in (b.recv, b.recv_multipart, b.recv_json, lambda **o: b.send(b"1", **o)):
        with pytest.raises(error):
            await call(timeout=timeout)
    assert await b.recv() == b"stays"
    assert a.try_recv() is None


@pytest.mark.parametrize("timeout", [float("inf"), 10**12, 10**30])
async def test_enormous_values(mixed_pair, timeout):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    pending = b.recv(timeout=timeout)
    a.send(b"1")
    assert await asyncio.wait_for(pending, 5) == b"1"


async def test_poll_with_an_enormous_value(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    pending = b.poll(10**12)
    a.send(b"1")
    assert await asyncio.wait_for(pending, 5) == zmq.POLLIN


# -- a loop that is late ---------------------------------------------------------------------------


def be_busy(milliseconds):
    """Keep the loop from doing anything else."""
    end = time.monotonic() + milliseconds / 1000
    while time.monotonic() < end:
        pass


@pytest.mark.every_loop
@pytest.mark.parametrize("option", [False, True])
async def test_what_is_there_is_received_however_late(mixed_pair, receiving, option):
    """The message came in time; only the loop was busy until the time had run out."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    options = {} if option else {"timeout": 2}
    if option:
        b.rcvtimeo = 2
    for n in range(5):
        buffer = bytearray(9)
        waiting = receiving.start(b, buffer, **options)
        a.send(receiving.write(n))
        be_busy(4)
        assert receiving.read(await waiting, buffer) == [n]


@pytest.mark.every_loop
@pytest.mark.parametrize("timeout", [0, 1])
async def test_what_is_there_is_received_with_a_budget(mixed_pair, timeout):
    """When it is used up a call must wait for its turn, but not in vain."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.budget = 1
    for n in range(50):
        a.send(b"%d" % n)
        waiting = b.recv(timeout=timeout)
        be_busy(1.5)
        assert await waiting == b"%d" % n


@pytest.mark.every_loop
@pytest.mark.parametrize("timeout", [0, 1, 2])
async def test_poll_sees_what_is_there_however_late(mixed_pair, timeout):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.budget = 1
    if timeout == 2:
        waiting = b.poll(timeout)
        a.send(b"1")
        be_busy(4)
        assert await waiting == zmq.POLLIN
    else:
        a.send(b"1")
    for _ in range(20):
        waiting = b.poll(timeout)
        be_busy(1.5)
        assert await waiting == zmq.POLLIN


@pytest.mark.every_loop
async def test_send_for_which_there_is_room_however_late(no_room, sending):
    a, make_room = no_room()
    waiting = sending(a, 5, timeout=2)
    peer = make_room()
    be_busy(4)
    await waiting
    assert int(peer.recv()) == 5


# -- what is left --------------------------------------------------------------------------------

ENDS = {
    "success": lambda a, b: (b.recv(timeout=FOREVER), a.send(b"1"))[0],
    "at once": lambda a, b: (a.send(b"1"), b.recv(timeout=FOREVER))[1],
    "expiry": lambda a, b: b.recv(timeout=1),
    "cancel": lambda a, b: (f := b.recv(timeout=FOREVER), f.cancel())[0],
    "poll": lambda a, b: (b.poll(FOREVER), a.send(b"1"))[0],
    "poll cancelled": lambda a, b: (f := b.poll(FOREVER), f.cancel())[0],
    "poll expired": lambda a, b: b.poll(1),
}


@pytest.mark.parametrize("end", ENDS)
def test_no_timer_is_left(drive, mixed_pair, end):
    if drive.name == "uvloop":
        return  # does not show its timers; see the next test for what they would keep
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    async def main():
        before = pending_timers(asyncio.get_running_loop())
        future = ENDS[end](a, b)
        await asyncio.wait([future], timeout=5)
        assert future.done() and (future.cancelled() or future.exception() or True)
        await asyncio.sleep(0)
        assert pending_timers(asyncio.get_running_loop()) == before

    drive(main)


async def test_no_timer_keeps_a_received_message(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = FOREVER
    for start in (lambda: b.recv(copy=False), lambda: b.recv(copy=False, timeout=FOREVER)):
        pending = start()
        a.send(b"1")
        seen = weakref.ref(await pending)
        del pending
        gc.collect()
        assert seen() is None


@pytest.mark.parametrize("end", ["cancel", "send", "expire"])
async def test_no_timer_keeps_a_sent_message(no_room, end):
    class Data(bytearray):
        pass

    a, make_room = no_room()
    data = Data(b"1")
    seen = weakref.ref(data)
    pending = a.send(data, timeout=20 if end == "expire" else FOREVER)
    del data
    if end == "cancel":
        pending.cancel()
    elif end == "send":
        make_room()
        await pending
    else:
        await expires(pending, zmq.TimeoutExpired)
    del pending
    await asyncio.sleep(0)
    gc.collect()
    assert seen() is None


async def test_timeouts_by_the_thousand(mixed_pair, until):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    futures = [b.recv(timeout=1 + n % 20) for n in range(2000)]
    await asyncio.wait(futures, timeout=20)
    assert all(isinstance(future.exception(), zmq.TimeoutExpired) for future in futures)
    assert not b._recv_futures
