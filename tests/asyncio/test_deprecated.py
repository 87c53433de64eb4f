# SPDX-License-Identifier: BSD-3-Clause
"""The names that are kept for old programs: they work, and say what to use."""

import asyncio
import selectors

import pytest

import zmq
import zmq.asyncio


def test_event_loop(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    with pytest.warns(DeprecationWarning, match="ZMQEventLoop"):
        loop = zmq.asyncio.ZMQEventLoop()
    assert isinstance(loop, asyncio.SelectorEventLoop)

    async def main():
        waiting = b.recv()
        a.send(b"1")
        return await waiting

    assert loop.run_until_complete(main()) == b"1"
    loop.close()


def test_event_loop_with_a_selector():
    selector = selectors.SelectSelector()
    with pytest.warns(DeprecationWarning):
        loop = zmq.asyncio.ZMQEventLoop(selector)
    assert loop._selector is selector
    loop.close()


def test_install():
    policy = asyncio.Runner if hasattr(asyncio, "Runner") else None
    with pytest.warns(DeprecationWarning, match="install"):
        assert zmq.asyncio.install() is None
    assert policy is None or policy is asyncio.Runner


def test_the_warnings_point_at_the_caller():
    with pytest.warns(DeprecationWarning) as caught:
        zmq.asyncio.install()
        zmq.asyncio.ZMQEventLoop().close()
    assert {record.filename for record in caught} == {__file__}


@pytest.mark.parametrize(
    "make",
    [
        lambda c, s, loop: zmq.asyncio.Socket(c, zmq.PULL, io_loop=loop),
        lambda c, s, loop: zmq.asyncio.Socket.from_socket(s, io_loop=loop),
        lambda c, s, loop: c.socket(zmq.PULL, io_loop=loop),
    ],
)
def test_io_loop_is_ignored(drive, context, blocking, make):
    """Such warnings come from `zmq._future`, and filters name that module."""
    made = []
    with pytest.warns(DeprecationWarning, match="loop") as caught:
        made.append(make(context, blocking(zmq.PULL), object()))
    assert caught[0].filename.endswith("_future.py")

    async def main():
        waiting = made[0].recv()
        await asyncio.sleep(0)
        assert waiting.get_loop() is asyncio.get_running_loop()
        waiting.cancel()

    drive(main)
    made[0].close()


def test_io_loop_of_a_context():
    with pytest.warns(DeprecationWarning, match="loop"):
        zmq.asyncio.Context(io_loop=object()).term()


def test_io_loop_of_none_is_no_matter(context, blocking):
    s = zmq.asyncio.Socket(context, zmq.PULL, io_loop=None)
    zmq.asyncio.Socket.from_socket(blocking(zmq.PULL), io_loop=None).close()
    s.close()


def test_names():
    for name in ("Context", "Poller", "Socket", "ZMQEventLoop", "install"):
        assert name in zmq.asyncio.__all__
    assert issubclass(zmq.asyncio.ProactorSelectorThreadWarning, RuntimeWarning)
