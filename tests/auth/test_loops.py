# SPDX-License-Identifier: BSD-3-Clause
"""Authenticators in the loops of asyncio, uvloop and tornado: how they begin and end there."""

import asyncio
import time

import pytest

import zmq
import zmq.asyncio
from zmq.auth.asyncio import AsyncioAuthenticator

NULL = (b"1.0", b"0", b"", b"127.0.0.1", b"", b"NULL")
CURVE = (*NULL[:5], b"CURVE", bytes(32))


def test_two_in_a_context_are_refused_in_asyncio(make_auth, context):
    auth = make_auth("thread")

    async def main():
        second = AsyncioAuthenticator(context)
        with pytest.raises(zmq.ZMQError, match="has an authenticator already"):
            second.start()
        auth.stop()
        async with second:
            assert second.is_alive()
        assert not second.is_alive()

    asyncio.run(main())


@pytest.mark.parametrize("end", ["destroy", "term in a thread", "aclose"])
def test_it_ends_with_its_context_in_asyncio(end):
    async def main():
        context = zmq.asyncio.Context()
        auth = AsyncioAuthenticator(context)
        auth.start()
        await asyncio.sleep(0)
        if end == "destroy":
            context.destroy()
        elif end == "aclose":
            await context.aclose()
        else:
            await asyncio.get_running_loop().run_in_executor(None, context.term)
        deadline = time.monotonic() + 10
        while auth.is_alive() and time.monotonic() < deadline:
            await asyncio.sleep(0.001)
        assert not auth.is_alive()
        auth.stop()

    asyncio.run(main(), debug=True)


def test_asyncio_run_ends_one_that_was_not_stopped():
    with zmq.Context() as context:

        async def main():
            auth = AsyncioAuthenticator(context)
            auth.start()
            await asyncio.sleep(0)
            return auth

        auth = asyncio.run(main())
        assert not auth.is_alive()
        assert auth.zap_socket is None
        auth.stop()


def test_started_before_the_loop_runs(context, ask):
    loop = asyncio.new_event_loop()
    with pytest.warns(DeprecationWarning, match="loop argument"):
        auth = AsyncioAuthenticator(context, loop)
    auth.start()
    ask.send(*NULL)

    async def wait():
        while not ask.socket.poll(0):
            await asyncio.sleep(0.001)
        await auth.aclose()

    loop.run_until_complete(asyncio.wait_for(wait(), 10))
    loop.close()
    assert ask.receive()[2] == b"200"


def test_tornado(context, ask):
    IOLoop = pytest.importorskip("tornado.ioloop").IOLoop

    from zmq.auth.ioloop import IOLoopAuthenticator

    loop = IOLoop(make_current=False)
    with pytest.warns(DeprecationWarning, match="AsyncioAuthenticator"):
        auth = IOLoopAuthenticator(context, io_loop=loop)
    auth.start()
    ask.send(*NULL)

    async def wait():
        while not ask.socket.poll(0):
            await asyncio.sleep(0.001)
        await auth.aclose()

    loop.run_sync(wait, timeout=10)
    loop.close()
    assert ask.receive()[2] == b"200"


@pytest.fixture(scope="session")
def warm_uvloop():
    """Let uvloop open the descriptors that it keeps for the whole process."""
    import uvloop

    uvloop.new_event_loop().close()
    return uvloop


def test_uvloop(warm_uvloop, context, ask):
    async def main():
        async with AsyncioAuthenticator(context) as auth:
            auth.configure_curve_callback("*", lambda domain, key: True)
            for _ in range(20):
                ask.send(*CURVE)
                while not ask.socket.poll(0):
                    await asyncio.sleep(0)
                assert ask.receive()[2] == b"200"

    loop = warm_uvloop.new_event_loop()
    loop.run_until_complete(main())
    loop.close()


def test_a_closed_loop_leaves_nothing_behind(context):
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.warns(DeprecationWarning):
        auth = AsyncioAuthenticator(context, loop)
    with pytest.raises(RuntimeError, match="closed"):
        auth.start()
    assert auth.zap_socket is None
    assert not auth.is_alive()
