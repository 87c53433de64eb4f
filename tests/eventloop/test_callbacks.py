# SPDX-License-Identifier: BSD-3-Clause
"""Callbacks that fail, that are coroutines, and that close what calls them."""

import asyncio
import gc

import pytest
from tornado import gen

import zmq


class Broken(Exception):
    pass


def explain(record):
    """The message of a log record, and the exception whose traceback it has."""
    kind, error, traceback = record.exc_info
    assert traceback is not None
    return record.getMessage(), kind


# ---- exceptions ----


async def test_an_exception_is_logged_and_the_stream_goes_on(receiver, until, logged):
    a, s, got = receiver()

    def handle(message):
        got.append(message)
        if message == [b"bad"]:
            raise Broken("in the callback")

    s.on_recv(handle)
    a.send_many([b"1", b"bad", b"2", b"bad", b"3"])
    await until(lambda: len(got) == 5)
    records = logged()
    assert [kind for _, kind in map(explain, records)] == [Broken, Broken]
    assert all("handle" in text and "PULL" in text for text, _ in map(explain, records))


async def test_an_exception_of_a_send_callback(pair, stream, until, logged):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(a)

    def handle(message, status):
        raise Broken

    s.on_send(handle)
    s.send(b"1")
    s.send(b"2")
    await until(lambda: not s.sending())
    assert [b.recv(), b.recv()] == [b"1", b"2"]
    assert [kind for _, kind in map(explain, logged())] == [Broken, Broken]


async def test_an_exception_of_a_close_callback(socket, stream, logged):
    s = stream(socket(zmq.PUSH))
    s.set_close_callback(lambda: 1 / 0)
    s.close()
    assert s.closed()
    assert [kind for _, kind in map(explain, logged())] == [ZeroDivisionError]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_program_goes_through(io_loop, pair, stream, error):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, got = stream(b, io_loop=io_loop), []

    def handle(message):
        got.append(message)
        if len(got) == 1:
            raise error

    s.on_recv(handle)
    a.send_many([b"1", b"2"])
    with pytest.raises(error):
        io_loop.start()

    async def rest():
        while len(got) < 2:
            await asyncio.sleep(0.001)

    io_loop.run_sync(rest, timeout=20)  # and the stream goes on
    assert got == [[b"1"], [b"2"]]
    s.close()


# ---- coroutines ----


async def test_coroutines_start_in_order_and_run_beside_each_other(receiver, until):
    a, s, started = receiver()
    release, ended = asyncio.Event(), []

    async def handle(message):
        started.append(message)
        await release.wait()
        ended.append(message)

    s.on_recv(handle)
    a.send_many([b"%d" % n for n in range(100)])
    await until(lambda: len(started) == 100)
    assert started == [[b"%d" % n] for n in range(100)] and ended == []
    release.set()
    await until(lambda: len(ended) == 100)


async def test_a_coroutine_of_tornado(receiver, until, logged):
    a, s, got = receiver()

    @gen.coroutine
    def handle(message):
        yield gen.sleep(0.001)
        got.append(message)
        raise Broken

    s.on_recv(handle)
    a.send(b"1")
    await until(lambda: got)
    records = []
    await until(lambda: records.extend(logged()) or records)
    assert [explain(record)[1] for record in records] == [Broken]


async def test_an_exception_of_a_coroutine(receiver, until, logged):
    a, s, got = receiver()

    async def handle(message):
        await asyncio.sleep(0)
        got.append(message)
        raise Broken

    s.on_recv(handle)
    a.send_many([b"1", b"2"])
    records = []
    await until(lambda: len(records) == 2 or records.extend(logged()))
    assert [explain(record)[1] for record in records] == [Broken, Broken]
    assert len(got) == 2


async def test_coroutines_of_sends_and_of_closing(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, seen = stream(a), []

    async def sent(message, status):
        await asyncio.sleep(0)
        seen.append((message, status))

    async def closed():
        await asyncio.sleep(0)
        seen.append("closed")

    s.on_send(sent)
    s.set_close_callback(closed)
    s.send(b"1")
    await until(lambda: seen)
    s.close()
    await until(lambda: len(seen) == 2)
    assert seen == [([b"1"], None), "closed"]
    assert b.recv() == b"1"


async def test_a_coroutine_is_kept_alive(receiver, until, turns):
    """The loop has only weak references to tasks that wait for nothing else that lives."""
    a, s, started = receiver()
    ended = []

    async def handle(message):
        future = asyncio.get_running_loop().create_future()
        started.append(__import__("weakref").ref(future))
        await future
        ended.append(message)

    s.on_recv(handle)
    a.send(b"1")
    await until(lambda: started)
    await turns()
    gc.collect()
    started[0]().set_result(None)
    await until(lambda: ended)


async def test_cancelled_coroutines_are_nothing_to_log(receiver, until, turns):
    a, s, tasks = receiver()

    async def handle(message):
        tasks.append(asyncio.current_task())
        await asyncio.sleep(3600)

    s.on_recv(handle)
    a.send(b"1")
    await until(lambda: tasks)
    tasks[0].cancel()
    await turns()
    assert tasks[0].cancelled()


@pytest.mark.parametrize("result", [0, "text", [1], object()])
async def test_other_results_are_ignored(receiver, until, result):
    a, s, got = receiver()
    s.on_recv(lambda message: got.append(message) or result)
    a.send_many([b"1", b"2"])
    await until(lambda: len(got) == 2)


async def test_a_service_of_coroutines(streams, until):
    """The answer is sent by the coroutine that was started by the question."""
    client, server = streams(zmq.DEALER, zmq.ROUTER, "tcp")

    async def answer(message):
        await asyncio.sleep(0.001)
        server.send_multipart(message)

    server.on_recv(answer)
    got = []
    client.on_recv(got.append)
    for n in range(100):
        client.send(b"%d" % n)
    await until(lambda: len(got) == 100)
    assert sorted(int(part) for (part,) in got) == list(range(100))


# ---- what is no callback ----


@pytest.mark.parametrize(
    "register", ["on_recv", "on_recv_stream", "on_send", "on_send_stream", "set_close_callback"]
)
@pytest.mark.parametrize("error", [TypeError, AssertionError])
async def test_what_cannot_be_called(socket, stream, register, error):
    s = stream(socket(zmq.PAIR))
    with pytest.raises(error, match="callback is a function"):
        getattr(s, register)(5)
    assert not s.receiving()
