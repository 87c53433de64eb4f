# SPDX-License-Identifier: BSD-3-Clause
"""Sockets for coroutines on tornado's loop, and what they are beyond those of `zmq.asyncio`.

What is promised of the latter is tested by `tests/asyncio`, on tornado's loop too.
"""

import asyncio
import datetime
import gc
import os
import weakref

import pytest
from tornado import gen
from tornado.ioloop import IOLoop

import zmq
import zmq.asyncio
from zmq.eventloop import future


@pytest.fixture
def sockets(context, bind):
    """`sockets(left, right, transport)`: two connected sockets of this flavour."""
    made = []
    asynchronous = future.Context(context)

    def sockets(left, right, transport="inproc"):
        a, b = asynchronous.socket(left), asynchronous.socket(right)
        made.extend((a, b))
        b.connect(bind(a, transport))
        return a, b

    yield sockets
    for s in made:
        s.close(linger=0)


@gen.coroutine
def ask_as_of_old(client, server):
    sent = client.send(b"question")
    yield sent
    question = yield server.recv_multipart()
    yield server.send_multipart([part.upper() for part in question])
    answer = yield client.recv()
    raise gen.Return(answer)


async def ask(client, server):
    await client.send(b"question")
    question = await server.recv_multipart()
    await server.send_multipart([part.upper() for part in question])
    return await client.recv()


@pytest.mark.parametrize("style", [ask_as_of_old, ask])
def test_both_styles(io_loop, sockets, transport, style):
    client, server = sockets(zmq.REQ, zmq.REP, transport)
    for _ in range(3):
        assert io_loop.run_sync(lambda: style(client, server), timeout=20) == b"QUESTION"


@pytest.mark.parametrize("style", [ask_as_of_old, ask])
async def test_both_styles_in_a_running_loop(drive, sockets, style):
    assert await style(*sockets(zmq.REQ, zmq.REP)) == b"QUESTION"


def test_objects(io_loop, sockets):
    @gen.coroutine
    def main():
        a, b = sockets(zmq.PAIR, zmq.PAIR)
        yield a.send_json({"n": 1})
        yield a.send_string("text")
        yield a.send_pyobj([1])
        yield a.send_serialized([1, 2], lambda numbers: [b"%d" % n for n in numbers])
        got = yield [b.recv_json(), b.recv_string(), b.recv_pyobj()]
        numbers = yield b.recv_serialized(lambda parts: [int(part) for part in parts])
        return got, numbers

    assert io_loop.run_sync(main, timeout=20) == ([{"n": 1}, "text", [1]], [1, 2])


def test_yielding_many(io_loop, sockets):
    @gen.coroutine
    def main():
        a, b = sockets(zmq.PUSH, zmq.PULL)
        waiting = {n: b.recv() for n in range(3)}
        yield [a.send(b"%d" % n) for n in range(3)]
        return (yield waiting)

    assert io_loop.run_sync(main, timeout=20) == {0: b"0", 1: b"1", 2: b"2"}


def test_a_time_out_of_tornado_loses_nothing(io_loop, sockets):
    @gen.coroutine
    def main():
        a, b = sockets(zmq.PUSH, zmq.PULL)
        waiting = b.recv()
        with pytest.raises(gen.TimeoutError):
            yield gen.with_timeout(datetime.timedelta(milliseconds=1), waiting)
        waiting.cancel()
        yield a.send(b"kept")
        return (yield b.recv())

    assert io_loop.run_sync(main, timeout=20) == b"kept"


def test_cancelled_error(io_loop, sockets):
    assert future.CancelledError is asyncio.CancelledError

    async def main():  # gen.coroutine of tornado 6.1 never hears of it
        a, b = sockets(zmq.PUSH, zmq.PULL)
        waiting = b.recv()
        b.close()
        with pytest.raises(future.CancelledError):
            await waiting

    io_loop.run_sync(main, timeout=20)


def test_time_outs_of_the_socket(io_loop, sockets):
    @gen.coroutine
    def main():
        a, b = sockets(zmq.PUSH, zmq.PULL)
        b.rcvtimeo = 1
        with pytest.raises(zmq.Again):
            yield b.recv()
        assert (yield b.poll(1)) == 0

    io_loop.run_sync(main, timeout=20)


def test_poller(io_loop, sockets):
    @gen.coroutine
    def main():
        a, b = sockets(zmq.PUSH, zmq.PULL)
        poller = future.Poller()
        poller.register(b, zmq.POLLIN)
        assert (yield poller.poll(1)) == []
        waiting = poller.poll(10_000)
        yield a.send(b"1")
        return (yield waiting) == [(b, zmq.POLLIN)]

    assert io_loop.run_sync(main, timeout=20)


def test_poller_of_files(io_loop):
    readable, writable = os.pipe()

    @gen.coroutine
    def main():
        poller = future.Poller()
        poller.register(readable, zmq.POLLIN)
        assert (yield poller.poll(1)) == []
        os.write(writable, b"x")
        return (yield poller.poll(10_000))

    try:
        assert io_loop.run_sync(main, timeout=20) == [(readable, zmq.POLLIN)]
    finally:
        os.close(readable)
        os.close(writable)


def test_contexts():
    context = future.Context()
    with context.socket(zmq.PUSH) as s:
        assert type(s) is future.Socket
    context.term()
    own, others = future.Context.instance(), (zmq.Context, zmq.asyncio.Context)
    assert own is future.Context.instance() and type(own) is future.Context
    for cls in others:
        assert cls.instance() is not own
        cls.instance().term()
    own.term()


def test_from_socket(io_loop, pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    shadow = future.Socket.from_socket(b)
    a.send(b"1")

    async def main():
        return await shadow.recv()

    assert io_loop.run_sync(main, timeout=20) == b"1"
    shadow.close()


def test_io_loop_is_deprecated(io_loop, context):
    with pytest.warns(DeprecationWarning, match="io_loop"):
        future.Socket(context, zmq.PUSH, io_loop=io_loop).close()


# ---- closing a loop with all its descriptors ----


def test_a_loop_is_closed_with_the_sockets_made_in_it(io_loop, context):
    made = []

    async def main():
        made.append(future.Context(context).socket(zmq.PULL))

    io_loop.run_sync(main)
    io_loop.close(all_fds=True)
    assert made[0].closed


def test_a_loop_is_closed_with_the_sockets_used_in_it(io_loop, context):
    s = future.Context(context).socket(zmq.PULL)

    async def main():
        s._get_loop()
        s._get_loop()

    io_loop.run_sync(main)
    io_loop.close(all_fds=True)
    assert s.closed


def test_a_loop_is_closed_and_its_sockets_are_not(io_loop, context):
    made = []

    async def main():
        made.append(future.Context(context).socket(zmq.PULL))

    io_loop.run_sync(main)
    io_loop.close()
    assert not made[0].closed
    made[0].close()


def test_a_loop_does_not_keep_sockets_alive(io_loop, context):
    asynchronous = future.Context(context)

    async def main():
        before = len(IOLoop.current().handlers)
        for _ in range(50):
            s = asynchronous.socket(zmq.PULL)
            s.close()
        seen = weakref.ref(s)
        del s
        gc.collect()
        assert seen() is None
        assert len(IOLoop.current().handlers) == before

    io_loop.run_sync(main)
