# SPDX-License-Identifier: BSD-3-Clause
"""Loops that watch no descriptors: the thread that does it for them, from its start to its end.

The tests marked `every_loop` in the other files run on such a loop too.
"""

import asyncio
import gc
import os
import sys
import threading
import time
import weakref

import pytest

import zmq
import zmq.asyncio


def watchers():
    """The threads that watch for a loop."""
    return [thread for thread in threading.enumerate() if "watcher" in thread.name]


@pytest.fixture(autouse=True)
def nothing_of_tornado():
    """The thread is our own: tornado has one, with a warning."""
    before = {name for name in sys.modules if name.startswith("tornado")}
    yield
    assert {name for name in sys.modules if name.startswith("tornado")} == before


@pytest.fixture
def readerless(drive):
    """The driver, set to loops that watch no descriptors."""
    drive.name = "readerless"
    return drive


async def receive_one(a, b):
    waiting = b.recv()
    await asyncio.sleep(0)
    a.send(b"1")
    assert await asyncio.wait_for(waiting, 5) == b"1"


def test_started_when_first_needed(readerless, mixed_pair):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)

    async def main():
        assert not watchers()
        await b.send(b"out")
        assert a.recv() == b"out"
        a.send(b"in")
        assert await b.recv() == b"in"
        assert not watchers()  # nothing had to wait
        await receive_one(a, b)
        assert len(watchers()) == 1

    readerless(main)
    assert not watchers()  # it ended with the loop


def test_one_for_all_sockets(readerless, mixed_pair):
    pairs = [mixed_pair(zmq.PAIR, zmq.PAIR) for _ in range(20)]

    async def main():
        poller = zmq.asyncio.Poller()
        for a, b in pairs:
            await receive_one(a, b)
            poller.register(b, zmq.POLLIN)
        waiting = poller.poll()
        await asyncio.sleep(0)
        pairs[7][0].send(b"1")
        assert await asyncio.wait_for(waiting, 5) == [(pairs[7][1], zmq.POLLIN)]
        assert len(watchers()) == 1

    readerless(main)


def test_one_for_each_loop(readerless, mixed_pair):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    first, second = readerless.make(), readerless.make()
    first.run_until_complete(receive_one(a, b))
    second.run_until_complete(receive_one(a, b))
    assert len(watchers()) == 2
    readerless.end(first)
    assert len(watchers()) == 1
    second.run_until_complete(receive_one(a, b))
    readerless.end(second)
    assert not watchers()


def test_is_a_daemon(readerless, mixed_pair):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)

    async def main():
        await receive_one(a, b)
        assert all(thread.daemon for thread in watchers())

    readerless(main)


def test_sockets_closed_beneath_it(readerless, context):
    """Descriptors come and go, and numbers are used again."""

    async def main():
        for n in range(1500):
            a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
            a.bind(f"inproc://{n}")
            b.connect(f"inproc://{n}")
            waiting = b.recv()
            await a.send(b"1")
            assert await asyncio.wait_for(waiting, 5) == b"1"
            left = b.recv()
            if n % 2:
                await asyncio.sleep(0)
            a.close()
            b.close()
            assert left.cancelled()

    readerless(main)


@pytest.mark.parametrize("when", ["waiting", "idle"])
def test_idle_uses_no_cpu(readerless, mixed_pair, when):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR, "tcp")

    async def main():
        await receive_one(a, b)
        if when == "waiting":
            kept = b.recv()
        else:
            a.send(b"nobody takes it")
            kept = None
        await asyncio.sleep(0.1)
        used = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - used < 0.1
        del kept

    readerless(main)


def test_polls_that_were_given_up_leave_nothing_to_watch(readerless):
    ear, mouth = os.pipe()
    poller = zmq.asyncio.Poller()
    poller.register(ear, zmq.POLLIN)

    async def main():
        for _ in range(20):
            waiting = poller.poll()
            await asyncio.sleep(0.001)
            waiting.cancel()
        os.write(mouth, b"1")  # what was still watched would keep the thread busy
        await asyncio.sleep(0.1)
        used = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - used < 0.1
        assert await poller.poll() == [(ear, zmq.POLLIN)]

    readerless(main)
    os.close(ear)
    os.close(mouth)


def test_loop_that_is_dropped_unclosed(readerless, mixed_pair, wait_for):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    loop = readerless.make()
    loop.run_until_complete(receive_one(a, b))
    b.close()
    seen = weakref.ref(loop)
    loop._selector.close()  # what the loop itself would leave open
    loop._ssock.close()
    loop._csock.close()
    loop._closed = True
    del loop

    def is_gone():
        gc.collect()  # again, should the thread have had hold of the loop the time before
        return seen() is None

    wait_for(is_gone)
    wait_for(lambda: not watchers())


def test_close_of_the_loop_while_messages_come(readerless, mixed_pair, beside):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR, sndhwm=0, rcvhwm=0)
    over = []

    def send():
        while not over:
            a.send(b"1")
            time.sleep(0.0001)

    async def main():
        for _ in range(20):
            await b.recv()
        return b.recv()

    beside(send)
    try:
        for _ in range(10):
            readerless(main)
            assert not watchers()
    finally:
        over.append(True)


def test_pipes_and_files(readerless):
    reader, writer = os.pipe()

    async def main():
        poller = zmq.asyncio.Poller()
        poller.register(reader, zmq.POLLIN)
        for _ in range(20):
            waiting = poller.poll(5000)
            await asyncio.sleep(0)
            os.write(writer, b"1")
            assert await waiting == [(reader, zmq.POLLIN)]
            os.read(reader, 1)

    readerless(main)
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("keep", ["asyncio.set_event_loop(loop)", ""])
def test_end_of_the_program(output, keep):
    """With the thread alive, and the loop neither stopped nor closed."""
    code = f"""
        import asyncio, zmq, zmq.asyncio
        class Loop(asyncio.SelectorEventLoop):
            def add_reader(self, fd, callback, *args):
                raise NotImplementedError
            remove_reader = add_writer = remove_writer = add_reader
        loop = Loop()
        {keep}
        context = zmq.asyncio.Context()
        s = context.socket(zmq.PULL)
        s.linger = 0
        async def main():
            global waiting
            waiting = s.recv()
            await asyncio.sleep(0)
        loop.run_until_complete(main())
        print("end")
    """
    assert output(code, options=("-W", "error", "-W", "ignore::ResourceWarning")) == "end\n"


@pytest.mark.skipif(sys.platform != "win32", reason="the real thing is on Windows only")
def test_proactor_loop_of_windows(mixed_pair):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR, "tcp")
    loop = asyncio.ProactorEventLoop()
    loop.run_until_complete(receive_one(a, b))
    loop.close()
    assert not watchers()
