# SPDX-License-Identifier: BSD-3-Clause
"""Event loops, and asynchronous sockets to use on them.

A test that is a coroutine function, or asks for `drive`, runs once on each loop.  Messages that an
event loop gives to its exception handler (an exception that nobody retrieved, an error in a
callback) fail the test.
"""

import asyncio
import collections
import functools
import gc
import importlib.util
import inspect
import pickle
import sys
import threading
import time

import limits
import pytest

import zmq
import zmq.asyncio


class WithoutReaders(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, as the proactor loop of Windows."""

    def add_reader(self, fd, callback, *args):
        raise NotImplementedError

    def remove_reader(self, fd):
        raise NotImplementedError

    def add_writer(self, fd, callback, *args):
        raise NotImplementedError

    def remove_writer(self, fd):
        raise NotImplementedError


def _make_uvloop():
    import uvloop

    return uvloop.new_event_loop()


def _make_tornado():
    from tornado.ioloop import IOLoop

    return IOLoop(make_current=False).asyncio_loop


#: How loops are made.
LOOPS = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": _make_uvloop,
    "readerless": WithoutReaders,  # for tests marked `every_loop`, the core of this suite
    "tornado": _make_tornado,  # with the sockets of zmq.eventloop.future, for some modules
}
if sys.platform == "win32" or limits.PYPY:  # there is no uvloop for these
    LOOPS.pop("uvloop")
if importlib.util.find_spec("zmq.eventloop") is None:
    LOOPS.pop("tornado")

#: The modules that are run with the sockets of zmq.eventloop.future, too; and only with --long.
TORNADO = {
    *("test_awaitables", "test_batches", "test_cancel", "test_closing", "test_fairness"),
    *("test_iteration", "test_loops", "test_methods", "test_poller", "test_put_back"),
    *("test_subclasses", "test_timeouts", "test_tornado"),
}
TORNADO_LONG = {"test_lossless", "test_wakeups"}


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "every_loop: the core of the suite, also for loops that watch no descriptors"
    )


def pytest_generate_tests(metafunc):
    parameters = inspect.signature(metafunc.function).parameters
    if inspect.iscoroutinefunction(metafunc.function) or "drive" in parameters:
        names = list(LOOPS)
        if not metafunc.definition.get_closest_marker("every_loop"):
            names.remove("readerless")
        chosen = TORNADO | TORNADO_LONG if metafunc.config.getoption("--long") else TORNADO
        if "tornado" in names and metafunc.module.__name__.rpartition(".")[2] not in chosen:
            names.remove("tornado")
        metafunc.parametrize("drive", names, indirect=True)
    for name, table in (("receiving", RECEIVING), ("sending", SENDING)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, table.values(), ids=table)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem.funcargs["drive"](functools.partial(pyfuncitem.obj, **wanted))
    return True


# -- loops ---------------------------------------------------------------------------------------


class Driver:
    """Makes loops of one kind, runs coroutine functions in them, and collects their complaints."""

    def __init__(self, name):
        self.name = name
        self.complaints = []

    def make(self):
        """A new loop, which is to be ended with `end`."""
        loop = LOOPS[self.name]()
        loop.set_exception_handler(lambda loop, context: self.complaints.append(context))
        return loop

    def end(self, loop):
        """Cancel what is left in a loop and close it, as `asyncio.run` does."""
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=5))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def __call__(self, main, *args, deadline=60):
        """Run a coroutine function to its end in a loop of its own."""
        loop = self.make()
        try:
            return loop.run_until_complete(asyncio.wait_for(main(*args), deadline))
        finally:
            self.end(loop)


@pytest.fixture(scope="session", autouse=True)
def warm_loops():
    """Let each kind of loop open, once, the descriptors that it keeps while the process lives."""
    for make in LOOPS.values():
        make().close()


@pytest.fixture(autouse=True)
def drive(request, leaks):
    """`drive(main, *args)`: run a coroutine function in a new loop; see `Driver`."""
    driver = Driver(getattr(request, "param", "asyncio"))
    yield driver
    gc.collect()  # futures complain when they are collected
    assert not driver.complaints


@pytest.fixture
def until():
    """`await until(predicate, deadline=5)`: let the loop run until the predicate is true."""

    async def until(predicate, deadline=5.0):
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


@pytest.fixture
def beside():
    """`beside(function, *args)`: run it in a thread, which the end of the test waits for."""
    begun = []

    def beside(function, *args):
        def work():
            try:
                function(*args)
            except BaseException as exc:
                errors.append(exc)

        errors = []
        thread = threading.Thread(target=work)
        begun.append((thread, errors))
        thread.start()
        return thread

    yield beside
    for thread, errors in begun:
        thread.join(30)
        assert not thread.is_alive()
        assert not errors


# -- contexts and sockets ------------------------------------------------------------------------


@pytest.fixture
def context(drive):
    """An asynchronous context, destroyed with its sockets after the test, when no loop runs."""
    if drive.name == "tornado":
        from zmq.eventloop.future import Context
    else:
        from zmq.asyncio import Context
    ctx = Context()
    yield ctx
    ctx.destroy(linger=0)


@pytest.fixture
def socket(context):
    """`socket(type, **options)`: an asynchronous socket without time-outs, closed after the test.

    Without, so that nothing but the event under test can end a wait.
    """
    made = []

    def socket(kind, **options):
        s = context.socket(kind)
        made.append(s)
        s.linger = 0
        for name, value in options.items():
            setattr(s, name, value)
        return s

    yield socket
    for s in made:
        s.close()


@pytest.fixture
def blocking(context):
    """`blocking(type, **options)`: a synchronous socket in the same libzmq context."""
    made = []
    shadow = zmq.Context(context)

    def blocking(kind, **options):
        s = shadow.socket(kind)
        made.append(s)
        s.linger, s.rcvtimeo, s.sndtimeo = 0, 5000, 5000
        for name, value in options.items():
            setattr(s, name, value)
        return s

    yield blocking
    for s in made:
        s.close()


@pytest.fixture
def mixed_pair(socket, blocking, bind):
    """`mixed_pair(left, right, transport)`: a blocking socket, bound, and an asynchronous one."""

    def mixed_pair(left, right, transport="inproc", **options):
        a, b = blocking(left, **options), socket(right, **options)
        b.connect(bind(a, transport))
        return a, b

    return mixed_pair


@pytest.fixture
def no_room(socket, blocking, bind):
    """`no_room()`: a PUSH that must wait, and a function that gives it a peer, which it returns."""

    def no_room(transport="inproc", kind=zmq.PUSH, peer=zmq.PULL):
        s = socket(kind)
        address = bind(s, transport)

        def make_room():
            other = blocking(peer)
            other.connect(address)
            return other

        return s, make_room

    return no_room


# -- all the methods -----------------------------------------------------------------------------

#: One way of receiving numbers: `write(n)` is the message to send, `start(s, buffer, **options)`
#: makes the call, `read(result, buffer)` gives the numbers received.
Receiving = collections.namedtuple("Receiving", "write start read")


def _text(n):
    return b"%d" % n


RECEIVING = {
    "recv": Receiving(_text, lambda s, _, **o: s.recv(**o), lambda got, _: [int(got)]),
    "frame": Receiving(
        _text, lambda s, _, **o: s.recv(copy=False, **o), lambda got, _: [int(got.bytes)]
    ),
    "recv_multipart": Receiving(
        _text, lambda s, _, **o: s.recv_multipart(**o), lambda got, _: [int(part) for part in got]
    ),
    "frames": Receiving(
        _text,
        lambda s, _, **o: s.recv_multipart(copy=False, **o),
        lambda got, _: [int(part.bytes) for part in got],
    ),
    "recv_string": Receiving(
        _text, lambda s, _, **o: s.recv_string(**o), lambda got, _: [int(got)]
    ),
    "recv_json": Receiving(_text, lambda s, _, **o: s.recv_json(**o), lambda got, _: [got]),
    "recv_pyobj": Receiving(
        pickle.dumps, lambda s, _, **o: s.recv_pyobj(**o), lambda got, _: [got]
    ),
    "recv_serialized": Receiving(
        _text,
        lambda s, _, **o: s.recv_serialized(lambda parts: int(parts[0]), **o),
        lambda got, _: [got],
    ),
    "recv_into": Receiving(
        _text,
        lambda s, buffer, **o: s.recv_into(buffer, **o),
        lambda got, buffer: [int(bytes(buffer[:got]))],
    ),
    "recv_many": Receiving(
        _text, lambda s, _, **o: s.recv_many(3, **o), lambda got, _: [int(part) for part in got]
    ),
    "recv_many_multipart": Receiving(
        _text,
        lambda s, _, **o: s.recv_many_multipart(3, **o),
        lambda got, _: [int(part) for parts in got for part in parts],
    ),
}


@pytest.fixture
def receiving_by_name():
    """`receiving_by_name(method)`: one of the ways of receiving."""
    return RECEIVING.__getitem__


@pytest.fixture
def all_receiving():
    """All the ways of receiving."""
    return list(RECEIVING.values())


#: Ways of sending a number, so that a receiver's `int` can read it.
SENDING = {
    "send": lambda s, n, **o: s.send(_text(n), **o),
    "send zero-copy": lambda s, n, **o: s.send(_text(n), copy=False, **o),
    "send frame": lambda s, n, **o: s.send(zmq.Frame(_text(n)), **o),
    "send buffer": lambda s, n, **o: s.send(bytearray(_text(n)), **o),
    "send_multipart": lambda s, n, **o: s.send_multipart([_text(n)], **o),
    "send_multipart zero-copy": lambda s, n, **o: s.send_multipart([_text(n)], copy=False, **o),
    "send_string": lambda s, n, **o: s.send_string(str(n), **o),
    "send_json": lambda s, n, **o: s.send_json(n, **o),
    "send_serialized": lambda s, n, **o: s.send_serialized(n, lambda n: [_text(n)], **o),
    "send_many": lambda s, n, **o: s.send_many([_text(n)], **o),
}


# -- cancellation at the worst moment ------------------------------------------------------------


@pytest.fixture
def interrupt(turns):
    """`await interrupt(wait, delivered, cause)`: cancel a task that has its result, unseen.

    `wait` is a coroutine function, run as a task until it waits. Then `cause()` is called, and the
    task is cancelled in the very turn in which `delivered()` becomes true, before it resumes.
    """

    async def interrupt(wait, delivered, cause):
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(wait())
        await turns(3)
        assert not delivered()
        caught = []

        def watch():
            if delivered():
                caught.append(task.cancel())
            elif not task.done():
                loop.call_soon(watch)

        loop.call_soon(watch)  # stays ahead of what the socket schedules
        cause()
        await asyncio.wait([task], timeout=5)
        assert caught == [True], "the task was not cancelled before it resumed"
        return task

    return interrupt


@pytest.fixture
def put_back(interrupt):
    """`await put_back(s, start, cause)`: a receive that had its message when it was cancelled."""

    async def put_back(s, start, cause):
        async def wait():
            await start()

        task = await interrupt(wait, lambda: not s._recv_futures, cause)
        assert task.cancelled()

    return put_back
