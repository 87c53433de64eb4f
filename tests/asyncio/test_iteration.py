# SPDX-License-Identifier: BSD-3-Clause
"""`async with` on contexts and sockets, `async for` over messages."""

import asyncio

import pytest

import zmq
import zmq.asyncio


@pytest.mark.every_loop
async def test_with(endpoint, transport):
    async with zmq.asyncio.Context() as context:
        assert type(context) is zmq.asyncio.Context
        async with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
            assert type(a) is zmq.asyncio.Socket
            a.bind(endpoint(transport))
            b.connect(a.last_endpoint.decode())
            await a.send(b"1")
            assert await b.recv() == b"1"
        assert a.closed and b.closed
    assert context.closed


async def test_with_an_exception():
    with pytest.raises(KeyError):
        async with zmq.asyncio.Context() as context:
            async with context.socket(zmq.PULL) as s:
                raise KeyError("mine")
    assert s.closed and context.closed


async def test_the_end_of_a_context_does_not_block_the_loop(blocking, bind, until):
    """It waits for unsent messages, and others go on."""
    receiver = zmq.Context()
    pull = receiver.socket(zmq.PULL)
    ticks = []

    async def use():
        async with zmq.asyncio.Context() as context:
            s = context.socket(zmq.PUSH)
            s.connect(f"tcp://127.0.0.1:{port}")
            await s.send(b"late")
            s.close(linger=20_000)

    placeholder = pull.bind_to_random_port("tcp://127.0.0.1")
    pull.unbind(f"tcp://127.0.0.1:{placeholder}")
    port = placeholder
    task = asyncio.ensure_future(use())
    for _ in range(20):
        await asyncio.sleep(0.005)
        ticks.append(task.done())
    assert not any(ticks)  # and the loop was alive all the time
    pull.rcvtimeo = 5000
    pull.bind(f"tcp://127.0.0.1:{port}")
    await asyncio.wait_for(task, 10)
    assert pull.recv() == b"late"
    pull.close()
    receiver.term()


async def test_synchronous_with(bind, socket):
    with zmq.asyncio.Context() as context:
        with context.socket(zmq.PULL) as s:
            waiting = s.recv()
        assert waiting.cancelled()
    assert s.closed and context.closed


@pytest.mark.every_loop
async def test_for(mixed_pair, until, transport):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, transport)
    got = []

    async def collect():
        async for message in b:
            got.append(int(message))

    task = asyncio.ensure_future(collect())
    for n in range(100):
        a.send(b"%d" % n)
        if n % 10 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(got) == 100)
    b.close()
    await asyncio.wait_for(task, 5)
    assert got == list(range(100))


async def test_for_can_be_left_and_taken_up(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    for n in range(6):
        a.send(b"%d" % n)
    got = []
    for _ in range(3):
        async for message in b:
            got.append(int(message))
            if len(got) % 2 == 0:
                break
    assert got == list(range(6))


async def test_cancelled_iteration_loses_nothing(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    async def step():
        async for _ in b:
            return

    await put_back(b, step, lambda: a.send(b"1"))
    a.send(b"2")
    got = []
    async for message in b:
        got.append(message)
        if len(got) == 2:
            break
    assert got == [b"1", b"2"]


async def test_anext(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    assert b.__aiter__() is b
    waiting = b.__anext__()
    a.send(b"1")
    assert await waiting == b"1"


async def test_iteration_passes_time_outs_on(mixed_pair):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.rcvtimeo = 10
    with pytest.raises(zmq.Again):
        async for _ in b:
            pass


async def test_cancelling_an_iteration_is_no_quiet_end(mixed_pair):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)

    async def iterate():
        async for _ in b:
            pass

    task = asyncio.ensure_future(iterate())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_iteration_of_a_type_that_cannot_receive(socket):
    s = socket(zmq.PUSH)
    with pytest.raises(zmq.ZMQError) as caught:
        async for _ in s:
            pass
    assert caught.value.errno == zmq.ENOTSUP


def test_plain_iteration_is_refused(socket):
    with pytest.raises(TypeError):
        iter(socket(zmq.PULL))
