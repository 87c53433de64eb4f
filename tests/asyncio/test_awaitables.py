# SPDX-License-Identifier: BSD-3-Clause
"""What the methods return: a Future to everything in asyncio, whether finished or pending."""

import asyncio
import collections.abc
import contextvars
import inspect
import weakref

import pytest

import zmq


class Operation:
    """A call whose end is under control: `start()` makes it, `finish()` lets a pending one end."""

    def __init__(self, start, finish, value=None, error=None, immediate=True):
        self.start = start
        self.finish = finish
        self.value = value
        self.error = error
        self.immediate = immediate

    def check(self, call):
        """`call()` must give what the operation gives."""
        if self.error is None:
            assert call() == self.value
        else:
            with pytest.raises(self.error):
                call()

    async def expect(self, awaitable):
        """Let the operation end, and see that an awaitable gives its result."""
        self.finish()
        if self.error is None:
            assert await awaitable == self.value
        else:
            with pytest.raises(self.error):
                await awaitable


def nothing():
    pass


OPERATIONS = {
    "received": lambda a, b, n: (a.send(b"1"), Operation(b.recv, nothing, b"1"))[1],
    "receiving": lambda a, b, n: Operation(b.recv, lambda: a.send(b"1"), b"1", immediate=False),
    "sent": lambda a, b, n: Operation(lambda: b.send(b"1"), nothing),
    "sending": lambda a, b, n: Operation(lambda: n[0].send(b"1"), n[1], immediate=False),
    "polled": lambda a, b, n: (a.send(b"1"), Operation(b.poll, nothing, 1, immediate=None))[1],
    "polling": lambda a, b, n: Operation(b.poll, lambda: a.send(b"1"), 1, immediate=False),
    "failed": lambda a, b, n: Operation(lambda: b.recv(zmq.DONTWAIT), nothing, error=zmq.Again),
    "failing": lambda a, b, n: Operation(
        b.recv_json, lambda: a.send(b"{"), error=ValueError, immediate=False
    ),
}


@pytest.fixture(params=OPERATIONS)
def operation(request, mixed_pair, no_room):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    return OPERATIONS[request.param](a, b, no_room())


@pytest.mark.every_loop
async def test_await(operation):
    await operation.expect(operation.start())


async def test_await_again(operation):
    awaitable = operation.start()
    await operation.expect(awaitable)
    await operation.expect(awaitable)


async def test_await_in_another_task(operation):
    awaitable = operation.start()

    async def wait():
        return await awaitable

    await operation.expect(asyncio.ensure_future(wait()))


@pytest.mark.every_loop
async def test_wait_for(operation):
    await operation.expect(asyncio.wait_for(operation.start(), 5))


@pytest.mark.skipif(not hasattr(asyncio, "timeout"), reason="asyncio.timeout is of Python 3.11")
async def test_timeout(operation):
    async def wait():
        async with asyncio.timeout(5):
            return await operation.start()

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    await operation.expect(task)


@pytest.mark.every_loop
async def test_gather(operation):
    both = asyncio.gather(operation.start(), asyncio.sleep(0, "slept"), return_exceptions=True)
    operation.finish()
    got, slept = await both
    assert slept == "slept"
    if operation.error:
        assert isinstance(got, operation.error)
    else:
        assert got == operation.value


async def test_gather_passes_errors_on(operation):
    async def only(future):
        (value,) = await asyncio.gather(future)
        return value

    await operation.expect(only(operation.start()))


@pytest.mark.every_loop
async def test_wait(operation):
    awaitable = operation.start()
    other = asyncio.get_running_loop().create_future()
    operation.finish()
    done, pending = await asyncio.wait(
        {awaitable, other}, timeout=5, return_when=asyncio.FIRST_COMPLETED
    )
    assert (done, pending) == ({awaitable}, {other})
    operation.check(awaitable.result)


async def test_as_completed(operation):
    awaitable = operation.start()
    operation.finish()
    for each in asyncio.as_completed([awaitable], timeout=5):
        await operation.expect(each)


async def test_ensure_future_gives_the_same_object(operation):
    awaitable = operation.start()
    assert asyncio.ensure_future(awaitable) is awaitable
    assert asyncio.wrap_future(awaitable) is awaitable
    await operation.expect(awaitable)


async def test_shield(operation):
    await operation.expect(asyncio.shield(operation.start()))


async def test_task_group(operation):
    if not hasattr(asyncio, "TaskGroup"):
        return

    async def wait(awaitable):
        await operation.expect(awaitable)

    async with asyncio.TaskGroup() as group:
        group.create_task(wait(operation.start()))


async def test_yield_from(operation):
    class Old:
        def __init__(self, awaitable):
            self.awaitable = awaitable

        def __await__(self):
            return (yield from self.awaitable)

    await operation.expect(Old(operation.start()))


# -- callbacks -----------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_callbacks(operation, until):
    seen = []
    awaitable = operation.start()
    awaitable.add_done_callback(seen.append)
    assert not seen  # never at once, but from the loop
    operation.finish()
    await until(lambda: seen)
    awaitable.add_done_callback(seen.append)
    assert len(seen) == 1
    await until(lambda: len(seen) == 2)
    assert seen == [awaitable, awaitable]
    assert awaitable.done()
    operation.check(awaitable.result)


async def test_callbacks_have_a_context(operation, until):
    variable = contextvars.ContextVar("variable", default="outside")
    seen = []
    awaitable = operation.start()
    inside = contextvars.copy_context()
    inside.run(variable.set, "given")
    awaitable.add_done_callback(lambda _: seen.append(variable.get()), context=inside)
    token = variable.set("current")
    awaitable.add_done_callback(lambda _: seen.append(variable.get()))
    variable.reset(token)
    operation.finish()
    await until(lambda: len(seen) == 2)
    assert seen == ["given", "current"]
    operation.check(awaitable.result)


async def test_callbacks_removed(operation, until):
    seen, removed = [], []
    awaitable = operation.start()
    if not awaitable.done():
        awaitable.add_done_callback(removed.append)
        awaitable.add_done_callback(removed.append)
        assert awaitable.remove_done_callback(removed.append) == 2
    assert awaitable.remove_done_callback(removed.append) == 0
    awaitable.add_done_callback(seen.append)
    operation.finish()
    await until(lambda: seen)
    assert not removed
    operation.check(awaitable.result)


async def test_callback_that_raises_is_reported(drive, operation, until):
    def fail(_):
        raise KeyError("mine")

    awaitable = operation.start()
    awaitable.add_done_callback(fail)
    operation.finish()
    await until(lambda: drive.complaints)
    assert isinstance(drive.complaints.pop()["exception"], KeyError)
    await operation.expect(awaitable)


# -- the interface of a future -------------------------------------------------------------------


async def test_is_a_future(operation):
    awaitable = operation.start()
    assert isinstance(awaitable, asyncio.Future)
    assert asyncio.isfuture(awaitable)
    assert inspect.isawaitable(awaitable)
    assert isinstance(awaitable, collections.abc.Awaitable)
    # asyncio.wait refuses coroutines
    assert not asyncio.iscoroutine(awaitable)
    assert not isinstance(awaitable, collections.abc.Coroutine)
    assert awaitable.get_loop() is asyncio.get_running_loop()
    await operation.expect(awaitable)


async def test_state(operation):
    awaitable = operation.start()
    assert awaitable.done() is operation.immediate or operation.immediate is None
    assert awaitable.cancelled() is False
    if not awaitable.done():
        for look in (awaitable.result, awaitable.exception):
            with pytest.raises(asyncio.InvalidStateError):
                look()
    await operation.expect(awaitable)
    assert awaitable.done() is True
    assert awaitable.cancelled() is False
    operation.check(awaitable.result)
    if operation.error:
        assert isinstance(awaitable.exception(), operation.error)
    else:
        assert awaitable.exception() is None


async def test_finished_ones_cannot_be_cancelled(operation):
    awaitable = operation.start()
    await operation.expect(awaitable)
    assert awaitable.cancel() is False
    assert awaitable.cancel("message") is False
    assert not awaitable.cancelled()
    operation.check(awaitable.result)


async def test_pending_ones_can_be_cancelled(operation, until):
    awaitable = operation.start()
    if awaitable.done():
        assert awaitable.cancel() is False
        return await operation.expect(awaitable)
    seen = []
    awaitable.add_done_callback(seen.append)
    assert awaitable.cancel("why") is True
    assert awaitable.cancelled() is True
    assert awaitable.done() is True
    assert awaitable.cancel() is False
    with pytest.raises(asyncio.CancelledError):
        awaitable.result()
    with pytest.raises(asyncio.CancelledError):
        await awaitable
    await until(lambda: seen)
    operation.finish()


async def test_others_may_not_set_the_result_of_a_finished_one(operation):
    awaitable = operation.start()
    await operation.expect(awaitable)
    with pytest.raises(asyncio.InvalidStateError):
        awaitable.set_result(b"other")
    with pytest.raises(asyncio.InvalidStateError):
        awaitable.set_exception(ValueError())
    operation.check(awaitable.result)


async def test_can_be_kept_weakly(operation):
    awaitable = operation.start()
    assert awaitable in weakref.WeakSet([awaitable])
    await operation.expect(awaitable)


async def test_repr(operation):
    awaitable = operation.start()
    assert "pending" in repr(awaitable) or operation.immediate is not False
    await operation.expect(awaitable)
    assert "finished" in repr(awaitable)


# -- when it starts ------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_sends_start_at_the_call(mixed_pair, transport):
    a, b = mixed_pair(zmq.PULL, zmq.PUSH, transport)
    await b.send(b"connected")
    assert a.recv() == b"connected"
    sent = b.send(b"at once")
    assert a.recv() == b"at once"  # blocks the loop, which is not needed
    await sent


@pytest.mark.every_loop
async def test_receives_take_their_turn_at_the_call(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    for n in range(2):
        a.send(b"%d" % n)
    futures = [b.recv() for _ in range(4)]
    for n in range(2, 4):
        a.send(b"%d" % n)
    for n in reversed(range(4)):
        assert await futures[n] == b"%d" % n


async def test_results_that_nobody_awaits_are_no_complaint(mixed_pair, until):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR)
    b.send(b"1")
    pending = b.recv()
    a.send(b"2")
    await until(pending.done)
    assert a.recv() == b"1"


# -- outside a running loop ----------------------------------------------------------------------

may_warn = pytest.mark.filterwarnings("ignore:No running event loop:RuntimeWarning")


@pytest.fixture
def current(drive):
    """A loop that does not run, but is the current one of this thread."""
    loop = drive.make()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    drive.end(loop)


@may_warn
@pytest.mark.every_loop
def test_run_until_complete(drive, current, operation):
    awaitable = operation.start()
    operation.finish()
    operation.check(lambda: current.run_until_complete(awaitable))
    assert awaitable.get_loop() is current


@may_warn
def test_run_until_complete_without_policies(monkeypatch, drive, current, mixed_pair):
    """Python 3.14 warns of them, and 3.16 has none."""
    monkeypatch.delattr(asyncio, "get_event_loop_policy")
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR, "tcp")
    assert current.run_until_complete(b.send(b"1")) is None
    assert a.recv() == b"1"


@may_warn
def test_run_until_complete_again_and_again(drive, current, mixed_pair):
    a, b = mixed_pair(zmq.PAIR, zmq.PAIR, "tcp")
    for n in range(100):
        assert current.run_until_complete(b.send(b"%d" % n)) is None
        assert a.recv() == b"%d" % n
        a.send(b"%d" % n)
        assert current.run_until_complete(b.recv()) == b"%d" % n


@may_warn
def test_finished_before_the_loop_runs(drive, current, operation):
    awaitable = operation.start()
    if operation.immediate:
        assert awaitable.done()
        operation.check(awaitable.result)
    current.run_until_complete(operation.expect(awaitable))
