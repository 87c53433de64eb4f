# SPDX-License-Identifier: BSD-3-Clause
"""Many messages in one call, awaited."""

import asyncio

import pytest

import zmq


def numbers(count):
    return [b"%d" % n for n in range(count)]


@pytest.mark.every_loop
async def test_stream(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport, sndhwm=100, rcvhwm=100)
    got = []

    async def receive():
        while len(got) < 5000:
            got.extend(await b.recv_many(333))

    receiving = asyncio.ensure_future(receive())
    assert await asyncio.wait_for(a.send_many(numbers(5000)), 20) == 5000
    await asyncio.wait_for(receiving, 20)
    assert got == numbers(5000)


async def test_takes_what_is_there(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    a.send_many(numbers(10))
    assert await b.recv_many(4) == numbers(10)[:4]
    assert await b.recv_many(100) == numbers(10)[4:]


async def test_waits_for_one(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    waiting = b.recv_many(100)
    assert not waiting.done()
    a.send_many(numbers(3))
    assert await waiting == numbers(3)


@pytest.mark.parametrize("waits", [False, True])
async def test_max_bytes(mixed_pair, waits):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    if waits:
        waiting = b.recv_many(100, 25)
    a.send_many([b"x" * 10] * 5)
    assert len(await (waiting if waits else b.recv_many(100, max_bytes=25))) == 3


@pytest.mark.parametrize("waits", [False, True])
async def test_messages_of_several_parts_stay_whole(mixed_pair, waits):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    messages = [[b"1", b"2"], [b"3"], [b"4", b"5", b"6"]]
    waiting = b.recv_many_multipart(2) if waits else None
    a.send_many(messages)
    assert await (waiting or b.recv_many_multipart(2)) == messages[:2]
    assert await b.recv_many(1) == messages[2]


async def test_waiting_batches_share(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    waiting = [b.recv_many(3) for _ in range(3)]
    a.send_many(numbers(9))
    assert await asyncio.gather(*waiting) == [
        numbers(9)[:3],
        numbers(9)[3:6],
        numbers(9)[6:],
    ]


async def test_batch_that_is_put_back_whole(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, lambda: b.recv_many(5), lambda: a.send_many(numbers(7)))
    a.send(b"7")
    got = []
    while len(got) < 8:
        got += await asyncio.wait_for(b.recv_many(3), 5)
    assert got == numbers(8)


async def test_try_recv(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    assert b.try_recv() is None
    assert b.try_recv_multipart() is None
    a.send_multipart([b"1", b"2"])
    assert b.try_recv_multipart() == [b"1", b"2"]
    a.send(b"3")
    assert b.try_recv() == b"3"


async def test_try_recv_does_not_overtake(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    waiting = b.recv()
    a.send(b"1")
    a.send(b"2")
    assert b.try_recv() in (None, b"2")
    assert await waiting == b"1"


async def test_sending_more_than_there_is_room_for(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2)
    sending = a.send_many(n for n in numbers(1000))
    assert not sending.done()
    got = []
    while len(got) < 1000:
        got.append(await asyncio.wait_for(b.recv(), 5))
    assert await sending == 1000
    assert got == numbers(1000)


async def test_expired_sending_knows_how_many(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=3, rcvhwm=3)
    with pytest.raises(zmq.TimeoutExpired) as caught:
        await a.send_many(numbers(100), timeout=30)
    assert 0 < caught.value.sent < 100
    assert await b.recv_many(100) == numbers(caught.value.sent)


async def test_cancelled_sending_sends_no_more(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=3, rcvhwm=3)
    sending = a.send_many(numbers(100))
    sending.cancel()
    got = []
    while await b.poll(50):
        got += await b.recv_many(10)
    assert got == numbers(len(got))
    assert len(got) < 20
    await a.send(b"later")
    assert await b.recv() == b"later"


async def test_errors_among_messages(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError) as caught:
        await a.send_many([b"1", b"2", "text", b"3"])
    sent = caught.value.sent
    assert sent == 2
    assert await b.recv_many(9) == [b"1", b"2"]


async def test_an_iterable_that_fails(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2)

    def messages():
        yield from numbers(50)
        raise KeyError("mine")

    sending = asyncio.ensure_future(a.send_many(messages()))
    got = []
    while len(got) < 50:
        got.append(await asyncio.wait_for(b.recv(), 5))
    with pytest.raises(KeyError):
        await asyncio.wait_for(sending, 5)
    assert got == numbers(50)


@pytest.mark.parametrize("bad", [0, -1])
async def test_bad_limits(socket, bad):
    s = socket(zmq.PULL)
    for arguments in ((bad,), (5, bad)):
        with pytest.raises(ValueError):
            await s.recv_many(*arguments)


async def test_nothing_to_send(socket):
    assert await socket(zmq.PUSH).send_many([]) == 0
