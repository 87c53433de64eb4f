# SPDX-License-Identifier: BSD-3-Clause
"""Event loops of trio and asyncio, and sockets to use on them.

A test that is a coroutine function runs once on each back end, for a minute at most.
"""

import functools
import inspect
import sys

import anyio
import limits
import pytest

import zmq
import zmq.anyio

#: Name -> the arguments of `anyio.run`.
BACKENDS = {
    "asyncio": {"backend": "asyncio"},
    "uvloop": {"backend": "asyncio", "backend_options": {"use_uvloop": True}},
    "trio": {"backend": "trio"},
}
if sys.platform == "win32" or limits.PYPY:  # there is no uvloop for these
    del BACKENDS["uvloop"]

#: Seconds that a test may take, the long forms aside.
PATIENCE = 60


def pytest_generate_tests(metafunc):
    if inspect.iscoroutinefunction(metafunc.function) and "backend" not in metafunc.fixturenames:
        metafunc.fixturenames.append("backend")
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", sorted(BACKENDS))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    run_on(
        pyfuncitem.callspec.params["backend"],
        pyfuncitem.obj,
        limit=None if pyfuncitem.get_closest_marker("long") else PATIENCE,
        **{name: pyfuncitem.funcargs[name] for name in names},
    )
    return True


def run_on(backend, function, *args, limit=PATIENCE, **kwargs):
    async def limited():
        with anyio.fail_after(limit):
            return await function(*args, **kwargs)

    return anyio.run(limited, **BACKENDS[backend])


@pytest.fixture(autouse=True, scope="session")
def started():
    """What the event loops keep for good, they have before a test is looked at for leaks."""
    for backend in BACKENDS:
        run_on(backend, anyio.sleep, 0)


@pytest.fixture
def drive(backend):
    """`drive(function, *args)`: run a coroutine function to its end, in its own event loop."""
    return functools.partial(run_on, backend)


@pytest.fixture
def context():
    """A context of anyio sockets, destroyed after the test."""
    ctx = zmq.anyio.Context()
    yield ctx
    ctx.destroy(linger=0)


@pytest.fixture
def socket(context):
    """`socket(type, **options)`: an anyio socket without time-outs, closed after the test."""
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
def plain():
    """`plain(socket)`: a synchronous socket that shares a libzmq socket."""
    return zmq.Socket.shadow


async def let_run():
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


@pytest.fixture
def blocked():
    """`await blocked()`: until the tasks that were started wait for something."""
    return let_run


@pytest.fixture
def beside():
    """`async with beside(function, *args)`: a task that runs meanwhile, and is cancelled after."""
    return Beside


class Beside:
    def __init__(self, function, *args):
        self.function, self.args = function, args

    async def __aenter__(self):
        self.group = anyio.create_task_group()
        await self.group.__aenter__()
        self.group.start_soon(self.function, *self.args)
        await let_run()
        return self.group

    async def __aexit__(self, *args):
        self.group.cancel_scope.cancel()
        return await self.group.__aexit__(*args)
