# SPDX-License-Identifier: BSD-3-Clause
"""The end of sockets: what waits is cancelled, nothing is kept, and late closing is silent."""

import asyncio
import gc
import os
import warnings
import weakref

import limits
import pytest

import zmq
import zmq.asyncio

WAITS = {
    "recv": lambda s: s.recv(),
    "recv timeout": lambda s: s.recv(timeout=60_000),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_into": lambda s: s.recv_into(bytearray(9)),
    "recv_json": lambda s: s.recv_json(),
    "recv_many": lambda s: s.recv_many(5),
    "send": lambda s: s.send(b"1"),
    "send_multipart": lambda s: s.send_multipart([b"1", b"2"]),
    "send_many": lambda s: s.send_many([b"1"] * 3),
    "poll": lambda s: s.poll(),
    "poll for both": lambda s: s.poll(60_000, zmq.POLLIN | zmq.POLLOUT),
}

CLOSES = {
    "close": lambda s: s.close(),
    "close linger": lambda s: s.close(linger=0),
    "exit": lambda s: s.__exit__(None, None, None),
    "destroy": lambda s: s.context.destroy(linger=0),
}


@pytest.fixture
def lonely(socket, bind):
    """A socket without a peer, where every call waits."""
    s = socket(zmq.DEALER)
    bind(s)
    return s


# -- what waits ----------------------------------------------------------------------------------


@pytest.mark.every_loop
@pytest.mark.parametrize("call", WAITS)
@pytest.mark.parametrize("close", CLOSES)
async def test_what_waits_is_cancelled(lonely, call, close):
    waiting = WAITS[call](lonely)
    seen = []
    waiting.add_done_callback(seen.append)
    assert not waiting.done()
    CLOSES[close](lonely)
    assert lonely.closed
    assert waiting.cancelled()
    with pytest.raises(asyncio.CancelledError) as caught:
        await waiting
    if hasattr(asyncio, "timeout"):  # older ones forget the message on the way
        assert "closed" in str(caught.value)
    await asyncio.sleep(0)
    assert seen == [waiting]


async def test_tasks_that_await(lonely):
    async def wait(call):
        await call(lonely)

    tasks = [asyncio.ensure_future(wait(call)) for call in WAITS.values()]
    await asyncio.sleep(0)
    lonely.close()
    await asyncio.wait(tasks, timeout=5)
    assert all(task.cancelled() for task in tasks)
    assert not lonely._recv_futures


@pytest.mark.parametrize("limit", [asyncio.wait_for, lambda f, _: asyncio.gather(f)])
async def test_through_others(lonely, limit):
    waiting = asyncio.ensure_future(limit(lonely.recv(), 5))
    await asyncio.sleep(0)
    lonely.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_aclose(lonely):
    waiting = lonely.recv()
    assert await lonely.aclose() is None
    assert lonely.closed and waiting.cancelled()
    await lonely.aclose()
    other = await asyncio.wait_for(asyncio.sleep(0, "fine"), 1)
    assert other == "fine"


async def test_aclose_with_linger(lonely):
    await lonely.aclose(linger=0)
    assert lonely.closed


@pytest.mark.every_loop
async def test_iteration_ends_quietly(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    got = []

    async def iterate():
        async for message in b:
            got.append(message)
        return "ended"

    task = asyncio.ensure_future(iterate())
    a.send(b"1")
    a.send(b"2")
    while len(got) < 2:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    b.close()
    assert await asyncio.wait_for(task, 5) == "ended"
    assert got == [b"1", b"2"]
    assert [message async for message in b] == []


async def test_calls_after_the_end(lonely):
    lonely.close()
    lonely.close()
    for call in WAITS.values():
        with pytest.raises(zmq.ZMQError) as caught:
            await asyncio.wait_for(call(lonely), 5)
        assert caught.value.errno == zmq.ENOTSOCK


async def test_delivered_message_survives_the_socket(mixed_pair, until):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    waiting = b.recv()
    a.send(b"1")
    await until(waiting.done)
    b.close()
    assert await waiting == b"1"


async def test_closed_with_a_message_put_back(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, b.recv_multipart, lambda: a.send_multipart([b"1", b"2"]))
    b.close()
    with pytest.raises(zmq.ZMQError):
        await b.recv()


async def test_cancelled_after_the_end(mixed_pair, interrupt):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    async def wait():
        await b.recv()

    waiting = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()

    def watch():
        if not b._recv_futures:
            b.close()
            waiting.cancel()
        else:
            loop.call_soon(watch)

    loop.call_soon(watch)
    a.send(b"1")
    await asyncio.wait([waiting], timeout=5)
    assert waiting.cancelled()


async def test_closed_by_what_loads(mixed_pair):
    """The socket is closed in the middle of serving those who wait."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    def load(parts):
        b.close()
        return parts

    first, second, third = b.recv_serialized(load), b.recv(), b.poll()
    a.send(b"1")
    a.send(b"2")
    assert await asyncio.wait_for(first, 5) == [b"1"]
    assert second.cancelled() and b.closed
    await asyncio.wait([third], timeout=5)
    assert third.done()


async def test_closed_in_a_callback(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    waiting = [b.recv() for _ in range(3)]
    waiting[0].add_done_callback(lambda _: b.close())
    a.send(b"1")
    assert await waiting[0] == b"1"
    with pytest.raises(asyncio.CancelledError):
        await waiting[2]


async def test_poller_of_a_socket_that_is_closed(lonely):
    poller = zmq.asyncio.Poller()
    poller.register(lonely, zmq.POLLIN)
    waiting = poller.poll(5000)
    await asyncio.sleep(0)
    lonely.close()
    await asyncio.wait([waiting], timeout=5)
    assert waiting.cancelled() or isinstance(waiting.exception(), zmq.ZMQError)


# -- contexts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["term", "destroy", "term in a thread"])
async def test_context_with_calls_that_wait(end, until, beside):
    context = zmq.asyncio.Context()
    s = context.socket(zmq.DEALER)
    s.linger = 0
    s.bind("inproc://waits")
    waiting = [s.recv(), s.send(b"1"), s.poll()]
    await asyncio.sleep(0)
    if end == "destroy":
        context.destroy(linger=0)
    elif end == "term":
        s.close()
        context.term()
    else:
        thread = beside(context.term)
        await asyncio.wait(waiting, timeout=5)
        for future in waiting:
            assert future.cancelled() or isinstance(future.exception(), zmq.ContextTerminated)
        s.close()
        await until(lambda: not thread.is_alive())
    assert all(future.done() for future in waiting)
    assert context.closed


# -- after the loop ------------------------------------------------------------------------------


@pytest.mark.every_loop
@pytest.mark.parametrize("call", [*WAITS, "nothing"])
def test_closed_after_the_loop(drive, lonely, call):
    kept = []

    async def main():
        if call != "nothing":
            kept.append(WAITS[call](lonely))
        await asyncio.sleep(0)

    drive(main)
    lonely.close()
    assert lonely.closed
    lonely.close()


@pytest.mark.every_loop
def test_closed_while_its_loop_does_not_run(drive, lonely):
    loop = drive.make()

    async def main():
        return lonely.recv()

    waiting = loop.run_until_complete(main())
    lonely.close()
    assert waiting.cancelled()
    drive.end(loop)


@pytest.mark.every_loop
@pytest.mark.parametrize("when", ["in the loop", "after the loop", "with a call that waits"])
@pytest.mark.filterwarnings("error")
def test_garbage_collected(drive, when):
    """The context is kept open: the sockets go alone, and silently."""
    context = zmq.asyncio.Context()
    context.linger = 0
    kept = []

    async def main():
        s = context.socket(zmq.DEALER)
        s.bind("inproc://garbage")
        if when == "with a call that waits":
            kept.append(s.recv())
        else:
            s.recv().cancel()
        await asyncio.sleep(0)
        if when == "after the loop":
            kept.append(s)
        return weakref.ref(s)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        seen = drive(main)
        kept.clear()
        gc.collect()
    assert seen() is None
    context.term()


async def _await_poller(s):
    poller = zmq.asyncio.Poller()
    poller.register(s, zmq.POLLIN)
    return await poller.poll()


AWAITS = {
    "recv": lambda s: s.recv(),
    "recv_json": lambda s: s.recv_json(),
    "wait_for": lambda s: asyncio.wait_for(s.recv(), 60),
    "gather": lambda s: asyncio.gather(s.recv()),
    "poll": lambda s: s.poll(),
    "poller": _await_poller,
    "async for": lambda s: s.__anext__(),
}


@pytest.mark.every_loop
@pytest.mark.parametrize("call", AWAITS)
def test_task_that_nobody_holds_goes_on(drive, call, turns, until, gone):
    """Nor its socket: the loop, which waits for the socket, keeps both."""
    context = zmq.asyncio.Context()
    seen = []

    async def serve():
        s = context.socket(zmq.PULL)
        seen.append(weakref.ref(s))
        s.bind("inproc://nobody-holds")
        with s:
            await AWAITS[call](s)
            seen.append("message")

    async def main():
        asyncio.ensure_future(serve())
        await turns()
        gc.collect()
        await turns()
        with context.socket(zmq.PUSH) as push:
            push.connect("inproc://nobody-holds")
            await push.send(b"1")
            await until(lambda: len(seen) == 2)

    drive(main)
    gc.collect()
    gone(seen[0])
    context.term()


@pytest.mark.every_loop
@pytest.mark.parametrize("end", ["cancel", "close of the loop"])
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_socket_goes_with_the_task_that_awaits(drive, end, turns, gone):
    context = zmq.asyncio.Context()
    context.linger = 0
    seen = []

    async def serve():
        s = context.socket(zmq.PULL)
        seen.append(weakref.ref(s))
        s.bind("inproc://goes-with")
        await s.recv()

    async def begin():
        tasks = {asyncio.ensure_future(serve())}
        await turns()
        if end == "cancel":
            await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 0.01)

    loop = drive.make()
    try:
        loop.run_until_complete(begin())
    except asyncio.TimeoutError:
        pass
    loop.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
        gc.collect()
        gone(seen[0])
    drive.complaints.clear()  # that a task which waits was destroyed
    context.term()


def _drop(s, kept):
    del kept[:]
    gc.collect()


LEAVES = {
    "close": lambda s, kept: s.close(),
    "cancel": lambda s, kept: [each.cancel() for each in kept],
    "drop": _drop,
    "detach": lambda s, kept: s._detach(),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="for systems that fork")
@pytest.mark.every_loop
@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
async def test_forked_child_leaves_its_parent_alone(mixed_pair, leave, turns):
    """What it closes or drops goes on in the parent, with whom it shares what the loop watches."""
    a, b = mixed_pair(zmq.DEALER, zmq.DEALER)
    poller = zmq.asyncio.Poller()
    ear, mouth = os.pipe()
    poller.register(ear, zmq.POLLIN)
    kept = [b.recv(), poller.poll()]
    await turns()
    child = os.fork()
    if not child:
        try:
            LEAVES[leave](b, kept)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    await turns()
    a.send(b"1")
    assert await asyncio.wait_for(kept[0], 10) == b"1"
    os.write(mouth, b"1")
    assert await asyncio.wait_for(kept[1], 10) == [(ear, zmq.POLLIN)]
    os.close(ear)
    os.close(mouth)


def test_end_of_the_program(output):
    """Sockets, contexts and calls that wait are still there when the interpreter ends."""
    code = """
        import asyncio, zmq, zmq.asyncio
        context = zmq.asyncio.Context()
        s = context.socket(zmq.PULL)
        s.linger = 0
        s.bind("tcp://127.0.0.1:0")
        async def main():
            global waiting
            waiting = [s.recv(), s.poll(), asyncio.ensure_future(s.recv_multipart())]
            await asyncio.sleep(0)
        asyncio.run(main())
        print("end")
    """
    assert output(code, options=("-W", "error", "-W", "ignore::ResourceWarning")) == "end\n"


# -- nothing accumulates -------------------------------------------------------------------------


#: Each takes some milliseconds on PyPy.
ROUNDS = 1000 if limits.PYPY else 10_000


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("kind", [zmq.REQ, zmq.DEALER], ids=["REQ", "DEALER"])
async def test_ten_thousand_rounds_leave_nothing(context, kind, count_objects):
    """Make a socket, let a receive wait, and cancel it or close the socket."""

    async def one(n):
        s = context.socket(kind)
        s.linger = 0
        waiting = [s.poll(5000)] if kind == zmq.REQ else [s.recv(), s.poll(5000), s.recv_json()]
        if n % 2:
            await asyncio.sleep(0)
        if n % 3 == 0:
            for future in waiting:
                future.cancel()
        s.close()
        assert all(future.cancelled() for future in waiting)

    async def several(count):
        for n in range(count):
            await one(n)
        for _ in range(3):
            await asyncio.sleep(0.02)  # libzmq closes in a thread of its own
        return count_objects(), len(os.listdir("/proc/self/fd")), resident()

    before = await several(ROUNDS // 4)
    after = await several(ROUNDS)
    assert after[0] <= before[0] + 50
    assert after[1] <= before[1] + 5
    assert after[2] <= before[2] + 3_000_000


async def test_cancelled_calls_on_one_socket_leave_nothing(lonely, count_objects):
    async def several(count):
        for n in range(count):
            call = list(WAITS.values())[n % len(WAITS)](lonely)
            if n % 7 == 0:
                await asyncio.sleep(0)
            call.cancel()
        await asyncio.sleep(0.01)
        return count_objects()

    before = await several(2000)
    assert await several(10_000) <= before + 50


def test_references_go_at_once(drive, lonely):
    """Without the help of the garbage collector."""

    class Data(bytearray):
        pass

    gc.disable()
    try:

        async def main():
            data, buffer = Data(b"1"), Data(9)
            waiting = [lonely.send(data), lonely.recv_into(buffer)]
            seen = [weakref.ref(data), weakref.ref(buffer)]
            del data, buffer
            assert all(each() is not None for each in seen)
            lonely.close()
            assert [each() for each in seen] == [None, None]
            assert all(each.cancelled() for each in waiting)

        drive(main)
    finally:
        gc.enable()
