# SPDX-License-Identifier: BSD-3-Clause
"""Poller: several things at once."""

import os
import socket as net

import anyio
import pytest

import zmq


@pytest.fixture
def poller():
    return zmq.anyio.Poller()


@pytest.fixture
def ends():
    left, right = net.socketpair()
    yield left, right
    left.close()
    right.close()


async def test_nothing_is_ready(poller, pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    assert await poller.poll(0) == []
    assert await poller.poll(20) == []


async def test_ready_at_once(poller, pair):
    a, b = pair(zmq.DEALER, zmq.DEALER)
    poller.register(a)
    poller.register(b, zmq.POLLIN)
    await a.send(b"x")
    assert dict(await poller.poll()) == {a: zmq.POLLOUT, b: zmq.POLLIN}
    assert await poller.poll() == await poller.poll(0)


async def test_each_kind_of_thing(poller, pair, ends, blocked):
    a, b = pair(zmq.PUSH, zmq.PULL)
    left, right = ends
    reading, writing = os.pipe()
    try:
        with zmq.Context() as context, context.socket(zmq.PULL) as plain:
            plain.bind("inproc://plain")
            with context.socket(zmq.PUSH) as source:
                source.connect("inproc://plain")
                steps = [
                    (b, lambda: a.send(b"x"), lambda: b.try_recv()),
                    (plain, lambda: send_to(source), lambda: plain.recv()),
                    (left.fileno(), lambda: send_to(right), lambda: left.recv(9)),
                    (reading, lambda: write(writing), lambda: os.read(reading, 9)),
                ]
                for thing in (b, plain, left, reading):
                    poller.register(thing, zmq.POLLIN)
                for thing, send, receive in steps * 2:
                    found = []

                    async def wait(found=found):
                        found += await poller.poll()

                    async with anyio.create_task_group() as group:
                        group.start_soon(wait)
                        await blocked()
                        assert not found
                        await send()
                    assert found == [(thing, zmq.POLLIN)]
                    receive()
    finally:
        os.close(reading)
        os.close(writing)


async def send_to(end):
    end.send(b"x")


async def write(descriptor):
    os.write(descriptor, b"x")


async def test_room_to_write(poller, ends):
    left, right = ends
    left.setblocking(False)
    try:
        while True:
            left.send(b"x" * 10_000)
    except BlockingIOError:
        pass
    poller.register(left, zmq.POLLIN | zmq.POLLOUT)
    assert await poller.poll(10) == []
    right.setblocking(False)

    async def empty():
        try:
            while True:
                right.recv(100_000)
        except BlockingIOError:
            pass

    async with anyio.create_task_group() as group:
        group.start_soon(empty)
        assert await poller.poll() == [(left.fileno(), zmq.POLLOUT)]


async def test_a_threadsafe_socket(poller, blocked):
    with zmq.Context() as context:
        with context.socket(zmq.PULL, threadsafe=True) as sink, context.socket(zmq.PUSH) as source:
            sink.bind("inproc://threadsafe")
            source.connect("inproc://threadsafe")
            poller.register(sink, zmq.POLLIN)
            assert await poller.poll(10) == []
            async with anyio.create_task_group() as group:
                group.start_soon(poller.poll)
                await blocked()
                source.send(b"x")


async def test_two_pollers_and_a_receiver_for_one_socket(pair, blocked):
    a, b = pair(zmq.PUSH, zmq.PULL)
    ready = []

    async def wait():
        poller = zmq.anyio.Poller()
        poller.register(b, zmq.POLLIN)
        ready.append(await poller.poll())

    async with anyio.create_task_group() as group:
        group.start_soon(b.recv)
        group.start_soon(wait)
        group.start_soon(wait)
        await blocked()
        await a.send_many([b"1", b"2"])
    assert ready == [[(b, zmq.POLLIN)]] * 2


async def test_two_pollers_for_one_synchronous_socket(blocked):
    with zmq.Context() as context, context.socket(zmq.PULL) as sink:
        sink.bind("inproc://two")
        ready = []

        async def wait():
            poller = zmq.anyio.Poller()
            poller.register(sink, zmq.POLLIN)
            ready.append(await poller.poll())

        with context.socket(zmq.PUSH) as source:
            source.connect("inproc://two")
            async with anyio.create_task_group() as group:
                group.start_soon(wait)
                group.start_soon(wait)
                await blocked()
                source.send(b"x")
        assert ready == [[(sink, zmq.POLLIN)]] * 2


async def test_cancelled_polls_leave_nothing(poller, pair, ends):
    a, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    poller.register(ends[0], zmq.POLLIN)
    for _ in range(50):
        with anyio.move_on_after(0.001):
            await poller.poll()
        await poller.poll(1)
    assert b._room.count == 0
    await a.send(b"x")
    assert await b.recv() == b"x"
    with anyio.move_on_after(0.01):
        await anyio.wait_readable(ends[0])  # nobody else waits for it any more


async def test_registering(poller, pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(b, zmq.POLLIN)
    poller.modify(b, zmq.POLLOUT)
    await a.send(b"x")
    assert await poller.poll(10) == []
    poller.register(b, zmq.POLLIN)
    assert await poller.poll() == [(b, zmq.POLLIN)]
    poller.unregister(b)
    assert b not in poller
    assert await poller.poll(10) == []
    with anyio.move_on_after(0.01) as scope:
        await poller.poll()  # for nothing, for ever
    assert scope.cancelled_caught


async def test_failures_come_as_they_are(poller, pair, beside, ends):
    _, b = pair(zmq.PUSH, zmq.PULL)
    poller.register(ends[0], zmq.POLLIN)
    async with beside(anyio.wait_readable, ends[0]):
        with pytest.raises(anyio.BusyResourceError):
            await poller.poll()
    b.close()
    poller.register(b, zmq.POLLIN)
    with pytest.raises(zmq.ZMQError) as caught:
        await poller.poll()
    assert caught.value.errno == zmq.ENOTSOCK
