# SPDX-License-Identifier: BSD-3-Clause
"""zmq.green.eventloop: streams on a loop of tornado beside greenlets; and without what it needs."""

import importlib.util
import time

import gevent
import pytest

import zmq.green as zmq

EXTRA = ("tornado", "zmq.eventloop")

needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("zmq.eventloop") is None, reason="zmq-eventloop is not installed"
)


@pytest.mark.parametrize("missing", EXTRA)
@pytest.mark.parametrize(
    "statement",
    [
        "import zmq.green.eventloop",
        "from zmq.green.eventloop import ZMQStream",
        "from zmq.green.eventloop.ioloop import IOLoop",
        "import zmq.green.eventloop.zmqstream",
    ],
)
def test_without_the_extra(output, missing, statement):
    """`import zmq.green` works, and the rest says what to install."""
    text = output(
        f"""
        import sys
        import zmq.green
        sys.modules["{missing}"] = None  # to the import system it is not there
        try:
            {statement}
        except ModuleNotFoundError as exc:
            print(exc)
    """
    )
    named = {missing, *(name for name in EXTRA if importlib.util.find_spec(name) is None)}
    assert any(f"zmq.green.eventloop needs {name}, which is not" in text for name in named), text
    assert "pip install zmq-green[eventloop]" in text


@pytest.fixture
def loop():
    """A running loop of this thread, in a greenlet; stopped and closed after the test."""
    from zmq.green.eventloop import IOLoop

    loop = IOLoop.current()
    assert loop is IOLoop.current() is IOLoop.instance()
    running = gevent.spawn(loop.start)
    gevent.sleep(0.01)
    yield loop
    loop.add_callback(loop.stop)
    running.join(10)
    assert running.dead
    loop.close()
    assert IOLoop.current(instance=False) is None


@needs_extra
def test_stream(pair, loop, transport):
    from zmq.green.eventloop import ZMQStream

    a, b = pair(zmq.DEALER, zmq.DEALER, transport)
    stream = ZMQStream(b)
    assert stream.io_loop is loop
    got = []
    stream.on_recv(lambda message: (got.append(message), stream.send_multipart(message)))
    for n in range(20):
        a.send(b"%d" % n)
        assert a.recv(timeout=10_000) == b"%d" % n
    assert got == [[b"%d" % n] for n in range(20)]
    stream.send(b"from another greenlet")
    assert a.recv(timeout=10_000) == b"from another greenlet"
    stream.close(linger=0)


@needs_extra
def test_other_greenlets_run(pair, loop, until):
    """While the loop waits, and it hears of what they ask of it at once."""
    ticks, called = [], []

    def tick():
        while True:
            ticks.append(1)
            gevent.sleep(0.001)

    ticking = gevent.spawn(tick)
    until(lambda: len(ticks) > 20)
    for call in (
        loop.add_callback,
        loop.asyncio_loop.call_soon,
        loop.asyncio_loop.call_soon_threadsafe,
        lambda function: loop.call_later(0.001, function),
    ):
        called.clear()
        begin = time.monotonic()
        call(lambda: called.append(1))
        until(lambda: called)
        assert time.monotonic() - begin < 5
    ticking.kill()


@needs_extra
def test_waiting_calls_inside_of_callbacks(pair, loop, until):
    """A callback that waits lets other greenlets run."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    got = []
    loop.add_callback(lambda: got.append(b.recv()))
    gevent.sleep(0.01)
    a.send(b"1")
    until(lambda: got)
    assert got == [b"1"]


@needs_extra
def test_install_is_deprecated():
    from zmq.green.eventloop import ioloop

    with pytest.warns(DeprecationWarning, match="leave it out"):
        ioloop.install()
