# SPDX-License-Identifier: BSD-3-Clause
"""The awaitables among tornado's tools for futures."""

import asyncio
import datetime

import pytest

import zmq

gen = pytest.importorskip("tornado.gen")
ioloop = pytest.importorskip("tornado.ioloop")


@pytest.fixture(params=["finished", "pending"])
def receive(request, mixed_pair):
    """`receive(n)`: the awaitable of a receive of b"n", and a function that lets it end."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    def receive(n=0):
        if request.param == "finished":
            a.send(b"%d" % n)
            return b.recv(), lambda: None
        return b.recv(), lambda: a.send(b"%d" % n)

    return receive


async def test_add_future(receive, until):
    seen = []
    future, finish = receive()
    ioloop.IOLoop.current().add_future(future, seen.append)
    finish()
    await until(lambda: seen)
    assert seen[0].result() == b"0"


async def test_with_timeout(receive):
    future, finish = receive()
    limited = gen.with_timeout(datetime.timedelta(seconds=5), future)
    finish()
    assert await limited == b"0"


async def test_with_timeout_that_runs_out(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    future = b.recv()
    with pytest.raises(gen.TimeoutError):
        await gen.with_timeout(datetime.timedelta(milliseconds=1), future)
    a.send(b"kept")  # tornado does not cancel what it waited for
    assert await future == b"kept"


async def test_multi(receive):
    pairs = [receive(n) for n in range(3)]
    together = gen.multi([future for future, _ in pairs])
    for _, finish in pairs:
        finish()
    assert await together == [b"0", b"1", b"2"]
    future, finish = receive(5)
    named = gen.multi({"five": future})
    finish()
    assert await named == {"five": b"5"}


async def test_wait_iterator(receive):
    pairs = [receive(n) for n in range(3)]
    for _, finish in pairs:
        finish()
    iterator = gen.WaitIterator(*[future for future, _ in pairs])
    got = set()
    while not iterator.done():
        got.add(
            (iterator.current_index, await iterator.next()) and iterator.current_future.result()
        )
    assert got == {b"0", b"1", b"2"}


async def test_coroutine_of_tornado(receive):
    @gen.coroutine
    def old():
        future, finish = receive()
        finish()
        return (yield future)

    assert await old() == b"0"


async def test_convert_yielded(receive):
    future, finish = receive()
    assert gen.convert_yielded(future) is future
    assert gen.is_future(future)
    finish()
    assert await future == b"0"


async def test_errors(mixed_pair, until):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.Again):
        await gen.with_timeout(datetime.timedelta(seconds=5), b.recv(zmq.DONTWAIT))
    with pytest.raises(zmq.Again):
        await gen.multi([b.recv(zmq.DONTWAIT)])
    seen = []
    ioloop.IOLoop.current().add_future(b.recv(zmq.DONTWAIT), seen.append)
    await until(lambda: seen)
    assert isinstance(seen[0].exception(), zmq.Again)


def test_a_loop_of_tornado(drive, mixed_pair):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR, "tcp")
    asyncio.set_event_loop(None)
    loop = ioloop.IOLoop(make_current=False)

    async def main():
        await b.send(b"out")
        assert a.recv() == b"out"
        future = b.recv()
        a.send(b"in")
        return await future

    try:
        assert loop.run_sync(main, timeout=10) == b"in"
    finally:
        loop.close()
