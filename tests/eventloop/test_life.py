# SPDX-License-Identifier: BSD-3-Clause
"""Streams come and go: closing them, their sockets, their loops, their contexts."""

import asyncio
import gc
import threading
import weakref
from contextlib import contextmanager

import pytest
from tornado import testing
from tornado.ioloop import IOLoop

import zmq
import zmq.asyncio
from zmq.eventloop import future
from zmq.eventloop.zmqstream import ZMQStream


@pytest.fixture
def behind(logged):
    """`with behind():` a socket is closed behind its stream's back, which is warned about."""

    @contextmanager
    def behind():
        with pytest.warns(RuntimeWarning, match="behind the back.*close the stream instead"):
            yield
        assert "closed socket" in logged()[0].getMessage()

    return behind


async def test_close(socket, stream):
    raw = socket(zmq.PUSH)
    s, seen = stream(raw), []
    s.set_close_callback(lambda: seen.append(s.closed()))
    assert not s.closed() and s.socket is raw
    s.close()
    assert s.closed() and raw.closed and s.socket is None and seen == [True]
    s.close()
    assert seen == [True]
    assert not s.sending() and not s.receiving()


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.send(b""),
        lambda s: s.send_multipart([b""]),
        lambda s: s.send_json({}),
        lambda s: s.on_recv(print),
        lambda s: s.on_recv_stream(print),
        lambda s: s.on_send(print),
        lambda s: s.stop_on_recv(),
        lambda s: s.flush(),
        lambda s: s.bind("inproc://x"),
        lambda s: s.linger,
    ],
)
async def test_a_closed_stream_says_so(socket, stream, use):
    s = stream(socket(zmq.PUSH))
    s.close()
    with pytest.raises(OSError, match="Stream is closed"):
        use(s)


def test_questions_to_a_closed_stream(io_loop, socket):
    s = ZMQStream(socket(zmq.PUSH), io_loop)
    s.close()
    assert not hasattr(s, "nonsense")
    assert repr(s) and s.closed() and not s.sending() and not s.receiving()


async def test_linger_is_given_to_the_socket(context, endpoint, stream):
    """With it unset, the end of the context would wait for a peer that never comes."""
    s = stream(context.socket(zmq.PUSH))
    s.linger = -1
    s.connect(endpoint("ipc"))
    s.send(b"for nobody")
    assert s.flush() == 1
    s.close(linger=0)
    context.term(timeout=20_000)


async def test_what_is_queued_is_sent_before_the_end(pair, stream):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, sent = stream(a), []
    s.on_send(lambda message, status: sent.append(message))
    s.send(b"1")
    s.send(b"2")
    s.close()
    assert [b.recv(), b.recv()] == [b"1", b"2"]
    assert sent == [[b"1"], [b"2"]]


async def test_what_cannot_be_sent_is_dropped_and_logged(socket, stream, logged):
    s = stream(socket(zmq.PUSH))
    s.send(b"1")
    s.send(b"2")
    s.close()
    (record,) = logged()
    assert "2 unsent messages" in record.getMessage() and "PUSH" in record.getMessage()


async def test_without_linger_nothing_is_sent(pair, stream):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(a)
    s.send(b"1")
    s.close(linger=0)
    assert b.poll(0) == 0


async def test_closing_in_a_receive_callback(receiver, until, turns):
    a, s, got = receiver()

    def handle(message):
        got.append(message)
        s.close()

    s.on_recv(handle)
    a.send_many([b"1", b"2", b"3"])
    await until(lambda: s.closed())
    await turns()
    assert got == [[b"1"]]


async def test_closing_in_a_send_callback(pair, stream, until, logged):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(a)
    s.on_send(lambda message, status: s.close())
    s.send(b"1")
    s.send(b"2")
    await until(lambda: s.closed())
    assert [b.recv(), b.recv()] == [b"1", b"2"]


async def test_a_send_callback_that_always_sends(pair, stream, logged):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(a)
    s.on_send(lambda message, status: s.send(b"again"))
    s.send(b"1")
    s.close()
    assert b.recv() == b"1" and b.poll(0) == 0
    assert len(logged()) == 1


async def test_closing_in_the_close_callback(socket, stream):
    s, seen = stream(socket(zmq.PUSH)), []
    s.set_close_callback(lambda: (seen.append(1), s.close()))
    s.close()
    assert seen == [1]


async def test_closing_the_socket_in_a_callback(receiver, until, behind):
    a, s, got = receiver()
    raw = s.socket

    def handle(message):
        got.append(message)
        raw.close()

    s.on_recv(handle)
    a.send_many([b"1", b"2"])
    with behind():
        await until(lambda: got and s.closed())
    assert got == [[b"1"]]


# ---- the socket is closed by somebody else ----


async def test_a_socket_closed_behind_the_streams_back_is_noticed(receiver, until, behind):
    a, s, got = receiver()
    seen = []
    s.set_close_callback(lambda: seen.append(1))
    with behind():
        s.socket.close()
        await until(lambda: seen)  # by itself, though nothing happens
    assert s.closed() and s.socket is None
    s.close()


@pytest.mark.parametrize("notice", [ZMQStream.closed, ZMQStream.close])
async def test_it_is_noticed_when_the_stream_is_used(socket, stream, notice, behind):
    s = stream(socket(zmq.PUSH))
    s.socket.close()
    with behind():
        assert notice(s) in (True, None)
    assert s.closed()


async def test_it_is_noticed_by_send(socket, stream, behind):
    s = stream(socket(zmq.PUSH))
    s.socket.close()
    with behind(), pytest.raises(OSError):
        s.send(b"")


async def test_the_descriptor_is_free_for_others(receiver, context, bind, stream, until, behind):
    """A new socket gets the number of the one that was closed behind a stream's back."""

    async def reuse():
        a, s, got = receiver()
        s.socket.close()
        b, c = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        c.connect(bind(b))
        with behind():
            other, received = stream(c), []
            other.on_recv(received.append)
            b.send(b"1")
            await until(lambda: received and s.closed())
        other.close()
        b.close()
        a.close()

    for _ in range(20):
        await reuse()


async def test_the_context_is_destroyed(drive, stream, until, behind):
    context = zmq.Context()
    s = stream(context.socket(zmq.PULL))
    s.on_recv(print)
    context.destroy(linger=0)
    with behind():
        await until(lambda: s.closed())


async def test_the_context_is_terminated(stream, until, logged):
    """Which waits for all sockets to be closed: the stream closes its own, and says so."""
    context = zmq.Context()
    s, seen = stream(context.socket(zmq.PULL)), []
    s.set_close_callback(lambda: seen.append(1))
    s.on_recv(print)
    thread = threading.Thread(target=context.term)
    thread.start()
    await until(lambda: s.closed())
    thread.join(20)
    assert not thread.is_alive() and seen == [1]
    assert "terminated" in logged()[0].getMessage()


async def test_the_context_is_terminated_while_messages_wait(stream, until, logged):
    context = zmq.Context()
    s = stream(context.socket(zmq.PUSH))
    s.send(b"waits")
    thread = threading.Thread(target=context.term)
    thread.start()
    await until(lambda: s.closed())
    thread.join(20)
    assert not thread.is_alive() and len(logged()) == 2


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
