# SPDX-License-Identifier: BSD-3-Clause
"""Streams on tornado's loop.

A test that is a coroutine function runs in a loop of asyncio, and in one of uvloop.  What is logged
and not asked for with `logged` fails the test, as does what a loop gives to its exception handler.
"""

import asyncio
import functools
import inspect
import logging
import sys
import time

import pytest
from tornado.ioloop import IOLoop

import zmq
from zmq.eventloop.zmqstream import ZMQStream


def _make_uvloop():
    import uvloop

    return uvloop.new_event_loop()


#: How loops are made.
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": _make_uvloop}
if sys.platform == "win32":
    del LOOPS["uvloop"]

#: Seconds that a test may take.
PATIENCE = 60


def pytest_generate_tests(metafunc):
    parameters = inspect.signature(metafunc.function).parameters
    if inspect.iscoroutinefunction(metafunc.function) or "drive" in parameters:
        metafunc.parametrize("drive", LOOPS, indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem.funcargs["drive"](functools.partial(pyfuncitem.obj, **wanted))
    return True


@pytest.fixture(scope="session", autouse=True)
def warm_loops():
    """Let each kind of loop open, once, the descriptors that it keeps while the process lives."""
    for make in LOOPS.values():
        make().close()


@pytest.fixture(autouse=True)
def drive(request, leaks):
    """`drive(main, *args)`: run a coroutine function to its end, in a loop of its own."""
    complaints = []

    def drive(main, *args):
        loop = LOOPS[getattr(request, "param", "asyncio")]()
        loop.set_exception_handler(lambda loop, context: complaints.append(context))
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(asyncio.wait_for(main(*args), PATIENCE))
        finally:
            for stream in _open_streams:
                stream.close(linger=0)
            _open_streams.clear()
            asyncio.set_event_loop(None)
            loop.close()

    yield drive
    assert complaints == []


class Collector(logging.Handler):
    """Keeps the records of a logger."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records = []
        self.emit = self.records.append


@pytest.fixture(autouse=True)
def logged():
    """`logged()`: the warnings and errors that tornado's loggers were given since it was asked."""
    collector, logger = Collector(), logging.getLogger("tornado")

    def logged():
        found = collector.records[:]
        collector.records.clear()
        return found

    logger.addHandler(collector)
    yield logged
    logger.removeHandler(collector)
    assert [record.getMessage() for record in collector.records] == []


@pytest.fixture
def until():
    """`await until(predicate, deadline=20)`: let the loop run until the predicate is true."""

    async def until(predicate, deadline=20.0):
        end = time.monotonic() + deadline
        while not predicate():
            assert time.monotonic() < end, f"not within {deadline} s: {predicate}"
            await asyncio.sleep(0.001)

    return until


@pytest.fixture
def turns():
    """`await turns(n)`: let the loop go round so many times."""

    async def turns(count=5):
        for _ in range(count):
            await asyncio.sleep(0)

    return turns


_open_streams = []


@pytest.fixture
def stream():
    """`stream(socket)`: a stream of a socket, closed when the loop ends."""

    def stream(socket, **options):
        made = ZMQStream(socket, **options)
        _open_streams.append(made)
        return made

    return stream


@pytest.fixture
def streams(pair, stream):
    """`streams(left, right, transport)`: two connected streams."""

    def streams(left, right, transport="inproc", **options):
        return tuple(stream(s) for s in pair(left, right, transport, **options))

    return streams


@pytest.fixture
def receiver(pair, stream):
    """`receiver(left, right)`: a socket, a stream that receives from it, what was received."""

    def receiver(left=zmq.PUSH, right=zmq.PULL, transport="inproc", **options):
        got = []
        a, b = pair(left, right, transport, **options)
        receiving = stream(b)
        receiving.on_recv(got.append)
        return a, receiving, got

    return receiver


@pytest.fixture
def io_loop():
    """A loop of tornado that nothing runs yet, closed after the test."""
    asyncio.set_event_loop(None)
    loop = IOLoop(make_current=False)
    yield loop
    if not loop.asyncio_loop.is_closed():
        loop.close()
