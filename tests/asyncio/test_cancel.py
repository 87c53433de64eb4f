# SPDX-License-Identifier: BSD-3-Clause
"""Cancelling: in every state of a receive, a send and a poll, nothing is lost or done twice."""

import asyncio

import pytest

import zmq


@pytest.fixture
def receive_next(receiving):
    """`await receive_next(s)`: the next numbers, by the method under test."""

    async def receive_next(s):
        buffer = bytearray(64)
        return receiving.read(await asyncio.wait_for(receiving.start(s, buffer), 5), buffer)

    return receive_next


# -- receives that wait --------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_waiting_receive(mixed_pair, receiving, receive_next):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    future = receiving.start(b, bytearray(9))
    assert future.cancel() is True
    assert future.cancelled()
    a.send(receiving.write(5))
    assert await receive_next(b) == [5]


async def test_cancelled_with_a_message(mixed_pair):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    waiting = b.recv()
    waiting.cancel("why")
    with pytest.raises(asyncio.CancelledError) as caught:
        await waiting
    assert caught.value.args == ("why",)


async def test_waiting_receive_awaited_by_a_task(mixed_pair, receiving, receive_next, turns):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)

    async def wait():
        await receiving.start(b, bytearray(9))

    task = asyncio.ensure_future(wait())
    await turns()
    task.cancel()
    a.send(receiving.write(5))
    assert await receive_next(b) == [5]
    assert task.cancelled()


@pytest.mark.parametrize("cancelled", [{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}], ids=str)
async def test_some_of_several(mixed_pair, cancelled):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    futures = [b.recv() for _ in range(3)]
    for n in cancelled:
        futures[n].cancel()
    rest = [future for n, future in enumerate(futures) if n not in cancelled]
    for n in range(4):
        a.send(b"%d" % n)
    got = [await future for future in rest]
    while len(got) < 4:
        got.append(await b.recv())
    assert got == [b"0", b"1", b"2", b"3"]


async def test_cancelled_ones_are_forgotten(mixed_pair, turns):
    _, b = mixed_pair(zmq.PUSH, zmq.PULL)
    live = b.recv()
    for _ in range(1000):
        b.recv().cancel()
        b.poll(1000).cancel()
    await turns()
    assert len(b._recv_futures) < 100
    live.cancel()
    await turns()
    with pytest.raises(zmq.Again):
        await b.recv(zmq.DONTWAIT)
    assert not b._recv_futures


async def test_a_cancelled_one_does_not_stop_a_receive_that_need_not_wait(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    b.recv().cancel()
    a.send(b"1")
    assert await b.recv(zmq.DONTWAIT) == b"1"


async def test_in_the_callback_of_another(mixed_pair, until):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    first, second, third = b.recv(), b.recv(), b.recv()
    first.add_done_callback(lambda _: second.cancel())
    for n in range(3):
        a.send(b"%d" % n)
    await until(lambda: first.done() and third.done())
    got = [await future for future in (first, second, third) if not future.cancelled()]
    if len(got) < 3:
        got.append(await b.recv())
    assert got == [b"0", b"1", b"2"]


# -- receives that have their message ------------------------------------------------------------


@pytest.mark.every_loop
async def test_delivered_but_not_resumed(mixed_pair, receiving, receive_next, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    buffer = bytearray(9)
    await put_back(b, lambda: receiving.start(b, buffer), lambda: a.send(receiving.write(1)))
    a.send(receiving.write(2))
    got = await receive_next(b)
    if got == [1]:
        got += await receive_next(b)
    assert got == [1, 2]


@pytest.mark.every_loop
async def test_delivered_through_the_system(mixed_pair, put_back, transport):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, transport)
    for n in range(20):
        await put_back(b, b.recv_multipart, lambda n=n: a.send_multipart([b"%d" % n, b"x"]))
        assert await b.recv_multipart() == [b"%d" % n, b"x"]


async def test_delivered_into_wait_for(mixed_pair, receiving, receive_next, interrupt):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    buffer = bytearray(9)

    async def wait():
        return await asyncio.wait_for(receiving.start(b, buffer), 5)

    task = await interrupt(wait, lambda: not b._recv_futures, lambda: a.send(receiving.write(1)))
    a.send(receiving.write(2))
    # Up to Python 3.11 wait_for returns the message although it was cancelled.
    got = [] if task.cancelled() else receiving.read(task.result(), buffer)
    while len(got) < 2:
        got += await receive_next(b)
    assert got == [1, 2]


async def test_delivered_to_one_cancelled_task_after_another(mixed_pair):
    """Each of them has the message when it is cancelled, and the last waiter gets it."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    loop = asyncio.get_running_loop()

    async def wait():
        return await b.recv()

    tasks = [asyncio.ensure_future(wait()) for _ in range(5)]
    await asyncio.sleep(0)
    left = len(tasks)

    def watch():
        nonlocal left
        if len(b._recv_futures) < left:
            tasks[-left].cancel()
            left -= 1
        if left > 1:
            loop.call_soon(watch)

    loop.call_soon(watch)
    a.send(b"1")
    assert await asyncio.wait_for(tasks[-1], 5) == b"1"
    assert all(task.cancelled() for task in tasks[:-1])


async def test_a_task_cancelled_before_it_starts_receives_nothing(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    a.send(b"1")

    async def wait():
        return await b.recv()

    task = asyncio.ensure_future(wait())
    task.cancel()
    await asyncio.wait([task])
    assert await b.recv(zmq.DONTWAIT) == b"1"


async def test_put_back_wakes_the_next_waiter(mixed_pair, put_back):
    """Nothing else comes: the message alone must find who waits for one."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    got = []

    async def first():
        got.append(await b.recv())

    async def wait_behind():
        return await asyncio.wait_for(b.recv(), 5)

    task = asyncio.ensure_future(first())
    await asyncio.sleep(0)
    behind = asyncio.ensure_future(wait_behind())
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()

    def watch():
        if len(b._recv_futures) == 1:
            task.cancel()
        elif not task.done():
            loop.call_soon(watch)

    loop.call_soon(watch)
    a.send(b"only")
    assert await behind == b"only"
    assert task.cancelled() and not got


@pytest.mark.every_loop
async def test_put_back_is_seen_by_poll(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, b.recv, lambda: a.send(b"1"))
    assert await b.poll(0) == zmq.POLLIN
    assert await b.poll(1000) == zmq.POLLIN
    assert await b.poll() == zmq.POLLIN
    poller = zmq.asyncio.Poller()
    poller.register(b, zmq.POLLIN)
    assert await poller.poll(1000) == [(b, zmq.POLLIN)]
    assert b.events & zmq.POLLIN
    assert await b.recv(zmq.DONTWAIT) == b"1"
    assert await b.poll(0) == 0


async def test_put_back_wakes_a_poll(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    polls = []

    def cause():
        a.send(b"1")
        polls.append(b.poll(5000))

    await put_back(b, b.recv, cause)
    assert await polls[0] == zmq.POLLIN
    assert await b.recv() == b"1"


async def test_put_back_survives_the_loop(drive, mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, b.recv, lambda: a.send(b"1"))
    assert await b.recv(zmq.DONTWAIT) == b"1"


def test_put_back_is_there_in_the_next_loop(drive, mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    drive(put_back, b, b.recv, lambda: a.send(b"1"))

    async def later():
        assert await b.poll(1000)
        return await b.recv()

    assert drive(later) == b"1"


async def test_delivered_when_the_loop_ends(mixed_pair, until):
    """A future that got its message and was not awaited any more: its owner may still look."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    future = b.recv()
    a.send(b"1")
    await until(future.done)
    assert future.result() == b"1"
    with pytest.raises(zmq.Again):
        await b.recv(zmq.DONTWAIT)


# -- futures with several owners -----------------------------------------------------------------


async def test_shielded_future_keeps_its_message(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    future = b.recv()
    for _ in range(3):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(future), 0.001)
    a.send(b"1")
    assert await asyncio.shield(future) == b"1"
    assert await future == b"1"
    with pytest.raises(zmq.Again):
        await b.recv(zmq.DONTWAIT)


async def test_shared_future_is_seen_once(mixed_pair, turns):
    """Two tasks await one future; one is cancelled after the delivery, the other gets it."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    future = b.recv()

    async def wait():
        return await future

    tasks = [asyncio.ensure_future(wait()) for _ in range(2)]
    await turns()
    loop = asyncio.get_running_loop()

    def watch():
        if future.done():
            tasks[0].cancel()
        else:
            loop.call_soon(watch)

    loop.call_soon(watch)
    a.send(b"once")
    await asyncio.wait(tasks)
    got = [task.result() for task in tasks if not task.cancelled()]
    try:
        got.append(await b.recv(zmq.DONTWAIT))
    except zmq.Again:
        pass
    assert got == [b"once"]


async def test_kept_future_is_seen_once(mixed_pair, interrupt):
    """The task that awaits is cancelled, and the future asked: it or the socket has the message."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    future = b.recv()

    async def wait():
        await future

    await interrupt(wait, future.done, lambda: a.send(b"once"))
    got = []
    try:
        got.append(await b.recv(zmq.DONTWAIT))
    except zmq.Again:
        pass
    try:
        got.append(future.result())
    except (asyncio.CancelledError, asyncio.InvalidStateError):
        pass
    assert got == [b"once"]


# -- sends ---------------------------------------------------------------------------------------


@pytest.mark.every_loop
async def test_waiting_send_is_never_made(no_room, sending):
    a, make_room = no_room()
    futures = [sending(a, n) for n in range(5)]
    for n in (0, 2, 4):
        assert futures[n].cancel() is True
    b = make_room()
    await asyncio.wait_for(asyncio.gather(futures[1], futures[3]), 5)
    await a.send(b"9")
    assert [int(b.recv()) for _ in range(3)] == [1, 3, 9]
    assert b.try_recv() is None


async def test_waiting_send_keeps_nothing(no_room, turns):
    import weakref

    class Parts(list):
        pass

    a, _ = no_room()
    parts = Parts([b"1", b"2"])
    future = a.send_multipart(parts)
    seen = weakref.ref(parts)
    del parts
    future.cancel()
    del future
    await turns()
    live = a.send(b"x")  # the queue is looked through here at the latest
    assert seen() is None
    live.cancel()


async def test_send_that_was_made_when_its_task_was_cancelled(no_room, interrupt):
    a, make_room = no_room()
    future = a.send(b"1")

    async def wait():
        await future

    peers = []
    await interrupt(wait, future.done, lambda: peers.append(make_room()))
    assert not future.cancelled()
    assert future.result() is None
    assert peers[0].recv() == b"1"
    assert peers[0].try_recv() is None
