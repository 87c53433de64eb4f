# SPDX-License-Identifier: BSD-3-Clause
"""Which sockets a stream takes, and on which loops it lives."""

import asyncio
import gc
import threading
import weakref

import pytest
from tornado import testing
from tornado.ioloop import IOLoop

import zmq
import zmq.asyncio
from zmq.eventloop import future
from zmq.eventloop.zmqstream import ZMQStream

# ---- which sockets ----


async def test_what_is_no_socket(context):
    for thing in (None, 5, context, "tcp://127.0.0.1:1"):
        with pytest.raises(TypeError, match="needs a zmq.Socket"):
            ZMQStream(thing)


async def test_a_closed_socket(socket):
    s = socket(zmq.PUSH)
    s.close()
    with pytest.raises(OSError, match="closed"):
        ZMQStream(s)


async def test_a_second_stream(socket, stream):
    raw = socket(zmq.PUSH)
    s = stream(raw)
    with pytest.raises(ValueError, match="has a stream already"):
        ZMQStream(raw)
    with pytest.raises(ValueError, match="has a stream already"):
        ZMQStream(zmq.Socket(raw))
    s.close()


async def test_something_else_than_a_loop(socket):
    with pytest.raises(TypeError, match="IOLoop"):
        ZMQStream(socket(zmq.PUSH), io_loop=asyncio.get_running_loop())


async def test_an_anyio_socket_is_shadowed(context, bind, stream, until):
    anyio = pytest.importorskip("zmq.anyio", exc_type=ImportError)
    a, b = context.socket(zmq.PUSH), anyio.Context(context).socket(zmq.PULL)
    a.connect(bind(b))
    with pytest.warns(RuntimeWarning, match="shadows the asynchronous"):
        s = stream(b)
    got = []
    s.on_recv(got.append)
    a.send(b"1")
    await until(lambda: got == [[b"1"]])
    a.close()


@pytest.mark.parametrize("module", [zmq.asyncio, future])
async def test_an_asynchronous_socket_is_shadowed(context, bind, stream, until, module):
    asynchronous = module.Context(context)
    a, b = asynchronous.socket(zmq.PAIR), context.socket(zmq.PAIR)
    b.connect(bind(a))
    with pytest.warns(RuntimeWarning, match="shadows the asynchronous"):
        s = stream(a)
    assert type(s.socket) is zmq.Socket and s.socket.underlying == a.underlying
    got = []
    s.on_recv(got.append)
    b.send(b"to the stream")
    s.send(b"from the stream")
    await until(lambda: got)
    assert got == [[b"to the stream"]] and b.recv() == b"from the stream"
    s.stop_on_recv()
    b.send(b"to the socket")
    assert await asyncio.wait_for(a.recv(), 20) == b"to the socket"
    s.close()
    assert a.closed
    b.close()


async def test_a_shadow(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    shadow, got = zmq.Socket.shadow(b), []
    s = stream(shadow)
    s.on_recv(got.append)
    a.send(b"1")
    await until(lambda: got)
    s.close()
    assert b.closed


# ---- loops ----


def test_a_stream_of_a_loop_that_stopped(io_loop, socket):
    s = ZMQStream(socket(zmq.PULL), io_loop)
    s.on_recv(print)
    io_loop.add_callback(io_loop.stop)
    io_loop.start()
    s.close()
    assert s.closed()


def test_a_stream_of_a_loop_that_is_closed(io_loop, socket, logged):
    s, t = ZMQStream(socket(zmq.PULL), io_loop), ZMQStream(socket(zmq.PUSH), io_loop)
    s.on_recv(print)
    io_loop.add_callback(io_loop.stop)
    io_loop.start()
    io_loop.close()
    t.send(b"never")  # queued, for a flush
    s.close()
    t.close()
    assert s.closed() and t.closed()
    assert "1 unsent" in logged()[0].getMessage()


def test_a_loop_is_closed_with_all_it_has(io_loop, socket):
    raw = socket(zmq.PULL)
    s, seen = ZMQStream(raw, io_loop), []
    s.set_close_callback(lambda: seen.append(1))
    s.on_recv(print)
    io_loop.close(all_fds=True)
    assert raw.closed and s.closed() and seen == [1]


def test_a_loop_is_closed_with_a_socket_that_is_closed_already(io_loop, socket):
    raw = socket(zmq.PULL)
    s = ZMQStream(raw, io_loop)
    raw.close()
    io_loop.close(all_fds=True)
    assert s.closed()


def test_a_loop_without_other_references_keeps_streams(io_loop, pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    got = []
    ZMQStream(b, io_loop).on_recv(got.append)
    gc.collect()
    a.send(b"1")

    async def main():
        while not got:
            await asyncio.sleep(0.001)

    io_loop.run_sync(main, timeout=20)
    b.close()
    io_loop.close(all_fds=True)


def test_a_dropped_loop_is_freed_with_its_streams(socket):
    asyncio.set_event_loop(None)
    loop = IOLoop(make_current=False)
    raw = socket(zmq.PULL)
    ZMQStream(raw, loop).on_recv(print)
    seen = weakref.ref(loop)
    loop.close()
    raw.close()
    del loop
    gc.collect()
    assert seen() is None


def test_the_current_loop_is_the_default(drive, socket):
    async def main():
        s = ZMQStream(socket(zmq.PULL))
        assert s.io_loop is IOLoop.current()
        s.close()

    drive(main)


def test_closing_from_another_thread(io_loop, socket):
    """As programs do at their end: what runs is another thread's loop."""
    s = ZMQStream(socket(zmq.PULL), io_loop)
    s.on_recv(print)
    thread = threading.Thread(target=io_loop.start)
    thread.start()
    s.close()
    io_loop.add_callback(io_loop.stop)
    thread.join(20)
    assert not thread.is_alive()


def test_a_stream_for_a_loop_in_another_thread(io_loop, pair, wait_for):
    """Made here, for a loop that runs over there later."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    got = []
    s = ZMQStream(b, io_loop)
    s.on_recv(lambda message: got.append((message, threading.get_ident())))
    thread = threading.Thread(target=io_loop.start)
    thread.start()
    a.send(b"1")
    wait_for(lambda: got, 20)
    assert got == [([b"1"], thread.ident)]
    io_loop.add_callback(s.close)
    wait_for(lambda: s._socket is None, 20)
    io_loop.add_callback(io_loop.stop)
    thread.join(20)


@pytest.mark.parametrize("close", [False, True])
def test_a_stream_made_while_the_loop_runs_in_another_thread(drive, pair, wait_for, close):
    a, b = pair(zmq.PUSH, zmq.PULL)
    loops, got = [], []
    over = threading.Event()

    async def main():
        loops.append(IOLoop.current())
        while not over.is_set():
            await asyncio.sleep(0.001)

    thread = threading.Thread(target=drive, args=(main,))
    thread.start()
    wait_for(lambda: loops, 20)
    s = ZMQStream(b, loops[0])
    if close:
        s.close()
    else:
        s.on_recv(got.append)
        a.send(b"1")
        wait_for(lambda: got, 20)
        loops[0].add_callback(s.close)
        wait_for(lambda: s._socket is None, 20)
    over.set()
    thread.join(20)
    assert not thread.is_alive() and b.closed


def test_a_test_case_of_tornado():
    """It closes its loop with all descriptors."""

    class Case(testing.AsyncTestCase):
        def runTest(self):
            context = zmq.Context()
            a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
            a.bind("inproc://case")
            b.connect("inproc://case")
            s = ZMQStream(a, self.io_loop)
            s.on_recv(self.stop)
            b.send(b"1")
            assert self.wait(timeout=20) == [b"1"]
            b.close()
            self.addCleanup(context.term)

    asyncio.set_event_loop(None)
    result = Case("runTest").run()
    assert result.wasSuccessful(), result.errors + result.failures


async def test_many_streams_come_and_go(context, bind):
    """Descriptors, timers and tables do not grow."""
    loop = IOLoop.current()
    before = len(loop.handlers)
    for _ in range(200):
        s = ZMQStream(context.socket(zmq.PULL), loop)
        s.on_recv(print)
        s.close()
    assert len(loop.handlers) == before
