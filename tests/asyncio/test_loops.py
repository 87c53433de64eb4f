# SPDX-License-Identifier: BSD-3-Clause
"""Which loop: none when sockets are made, then the running one, this today and that tomorrow."""

import asyncio
import threading

import pytest

import zmq
import zmq.asyncio


@pytest.fixture
def no_loop(monkeypatch):
    """Fail whoever looks for a loop, or makes one."""

    def refuse(*args):
        raise AssertionError("a loop was looked for")

    for name in ("get_event_loop", "get_running_loop", "new_event_loop", "get_event_loop_policy"):
        monkeypatch.setattr(asyncio, name, refuse)


# -- before any ----------------------------------------------------------------------------------


def test_making_and_closing_looks_for_no_loop(no_loop):
    context = zmq.asyncio.Context()
    s = context.socket(zmq.PUSH)
    s.linger = 0
    s.bind("tcp://127.0.0.1:0")
    assert s.events == 0
    zmq.asyncio.Socket.from_socket(s)
    zmq.asyncio.Poller().register(s)
    s.close()
    context.term()


@pytest.mark.every_loop
def test_made_before_the_loop(drive, pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)

    async def main():
        waiting = b.recv()
        await a.send(b"1")
        return await waiting

    assert drive(main) == b"1"


def test_asyncio_run(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)

    async def main(number):
        waiting = b.recv()
        await a.send(number)
        return await waiting

    for number in (b"1", b"2", b"3"):
        assert asyncio.run(main(number)) == number


def test_calls_that_must_wait_need_a_loop(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    outcome = []

    def call():  # in a thread that has no loop
        try:
            b.recv()
        except RuntimeError as exc:
            outcome.append(str(exc))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(5)
    assert "loop" in outcome[0]
    a.send(b"1")
    assert asyncio.run(asyncio.wait_for(wait_for_one(b), 5)) == b"1"


async def wait_for_one(s):
    return await s.recv()


# -- one after another ---------------------------------------------------------------------------


@pytest.mark.every_loop
def test_two_loops(drive, pair, transport):
    a, b = pair(zmq.PAIR, zmq.PAIR, transport)

    async def talk(number):
        assert b._get_loop() is asyncio.get_running_loop()
        waiting = b.recv()
        await a.send(number)
        assert await waiting == number
        polling = a.poll()
        await b.send(number)
        assert await polling == zmq.POLLIN
        assert await a.recv() == number

    for number in (b"1", b"2", b"3"):
        drive(talk, number)


@pytest.mark.every_loop
def test_what_waited_in_a_loop_that_ended(drive, pair):
    """Nobody will run that loop any more: its receive takes nothing from those of the next."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    left = []

    async def begin():
        left.extend([b.recv(), b.poll(), b.recv_multipart()])
        await asyncio.sleep(0)

    drive(begin)

    async def go_on():
        waiting = b.recv()
        await a.send(b"1")
        return await asyncio.wait_for(waiting, 5)

    assert drive(go_on) == b"1"
    assert not any(future.done() and not future.cancelled() for future in left)


def test_two_kinds_of_loops(drive, pair):
    a, b = pair(zmq.PUSH, zmq.PULL)

    async def main():
        waiting = b.recv()
        await a.send(b"1")
        return await waiting

    assert asyncio.run(main()) == b"1"
    assert drive(main) == b"1"
    assert asyncio.run(main()) == b"1"


def test_two_loops_that_live(drive, pair):
    """The first loop is stopped, not closed; the socket moves to the second and back."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    loops = [drive.make(), drive.make()]

    async def main(number):
        waiting = b.recv()
        await asyncio.sleep(0)
        await a.send(number)
        return await asyncio.wait_for(waiting, 5)

    for n in range(6):
        assert loops[n % 2].run_until_complete(main(b"%d" % n)) == b"%d" % n
    for loop in loops:
        drive.end(loop)


def test_descriptors_are_no_longer_watched_by_a_loop_that_was_left(drive, pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    first, second = drive.make(), drive.make()

    async def main():
        waiting = b.recv()
        await a.send(b"1")
        await waiting

    first.run_until_complete(main())
    second.run_until_complete(main())
    a.close()
    b.close()
    second.run_until_complete(asyncio.sleep(0))
    first.run_until_complete(asyncio.sleep(0.01))
    drive.end(second)
    drive.end(first)


# -- threads -------------------------------------------------------------------------------------


@pytest.mark.every_loop
def test_loop_in_another_thread(drive, pair, beside):
    a, b = pair(zmq.PUSH, zmq.PULL)
    got = []

    async def main():
        waiting = b.recv()
        await a.send(b"1")
        got.append(await waiting)

    beside(drive, main).join(30)
    assert got == [b"1"]
    drive(main)
    assert got == [b"1", b"1"]


@pytest.mark.every_loop
def test_loop_that_goes_on_in_another_thread(drive, pair, beside):
    """What a close does there is done at once, as in the thread that the loop ran in first."""
    a, b = pair(zmq.PAIR, zmq.PAIR)
    loop = drive.make()

    async def talk(text):
        waiting = b.recv()
        await a.send(text)
        assert await waiting == text

    async def end():
        await talk(b"2")
        waiting, descriptor = b.recv(), b.FD
        b.close()
        if drive.name != "readerless":
            assert not loop.remove_reader(descriptor)
        assert waiting.cancelled()

    loop.run_until_complete(talk(b"1"))
    beside(loop.run_until_complete, end()).join(10)
    drive.end(loop)


def test_a_loop_in_each_of_several_threads(drive, context, beside):
    def work(n):
        async def main():
            async with context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
                a.bind(f"inproc://thread-{n}")
                b.connect(f"inproc://thread-{n}")
                for _ in range(200):
                    waiting = b.recv()
                    await a.send(b"1")
                    assert await waiting == b"1"

        drive(main)

    for thread in [beside(work, n) for n in range(4)]:
        thread.join(30)


async def test_run_coroutine_threadsafe(mixed_pair, beside):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    loop = asyncio.get_running_loop()
    got = []

    def work():
        got.append(asyncio.run_coroutine_threadsafe(wait_for_one(b), loop).result(5))

    thread = beside(work)
    await asyncio.sleep(0.01)
    a.send(b"1")
    while thread.is_alive():
        await asyncio.sleep(0.001)
    assert got == [b"1"]


# -- contexts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(zmq, zmq.asyncio), (zmq.asyncio, zmq)], ids=["sync", "async"])
def test_instances_are_separate(order):
    first, second = (module.Context.instance() for module in order)
    try:
        assert first is not second
        assert type(first) is order[0].Context and type(second) is order[1].Context
        assert order[0].Context.instance() is first
        assert order[1].Context.instance() is second
    finally:
        first.term()
        second.term()


async def test_asynchronous_shadow_of_a_synchronous_context():
    with zmq.Context() as context:
        shadow = zmq.asyncio.Context(context)
        assert shadow.underlying == context.underlying
        with context.socket(zmq.PUSH) as a, shadow.socket(zmq.PULL) as b:
            assert isinstance(b, zmq.asyncio.Socket)
            b.bind("inproc://shadow")
            a.connect("inproc://shadow")
            waiting = b.recv()
            a.send(b"1")
            assert await waiting == b"1"


SHADOWS = {
    "from_socket": lambda s: zmq.asyncio.Socket.from_socket(s),
    "class": lambda s: zmq.asyncio.Socket(s),
    "shadow": lambda s: zmq.asyncio.Socket.shadow(s),
    "keyword": lambda s: zmq.asyncio.Socket(shadow=s),
    "address": lambda s: zmq.asyncio.Socket.shadow(s.underlying),
}


@pytest.mark.every_loop
@pytest.mark.parametrize("make", SHADOWS)
async def test_asynchronous_shadow_of_a_synchronous_socket(blocking, bind, make):
    a, b = blocking(zmq.PUSH), blocking(zmq.PULL)
    b.connect(bind(a))
    shadow = SHADOWS[make](b)
    assert isinstance(shadow, zmq.asyncio.Socket)
    assert shadow.underlying == b.underlying
    for _ in range(3):
        waiting = shadow.recv()
        a.send(b"1")
        assert await waiting == b"1"
        a.send(b"2")
        assert b.recv() == b"2"
    shadow.close()
    if not b.closed:
        a.send(b"3")
        assert b.recv() == b"3"


async def test_synchronous_shadow(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    shadow = b._shadow_sock
    assert type(shadow) is zmq.Socket
    assert shadow.underlying == b.underlying
    assert b._shadow_sock is shadow
    a.send(b"1")
    assert shadow.recv() == b"1"
    assert zmq.Socket(b).recv is not None
    waiting = b.recv()
    a.send(b"2")
    assert await waiting == b"2"
