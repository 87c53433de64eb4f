# SPDX-License-Identifier: BSD-3-Clause
"""Closing: who waits is told, and nothing else in the task group ends."""

import os

import anyio
import pytest

import zmq

WAITS = {
    "recv": lambda s: s.recv(),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_json": lambda s: s.recv_json(),
    "recv with time-out": lambda s: s.recv(timeout=60_000),
    "send": lambda s: s.send(b"to nobody"),
    "send_many": lambda s: s.send_many([b"to nobody"]),
    "poll": lambda s: s.poll(),
    "poller": lambda s: poll(s),
}


async def poll(s):
    poller = zmq.anyio.Poller()
    poller.register(s, zmq.POLLIN)
    await poller.poll()


@pytest.mark.parametrize(
    ("wait", "ending"),
    [(wait, "close") for wait in sorted(WAITS)]
    + [("recv", ending) for ending in ("aclose", "destroy", "with")],
)
async def test_who_waits_is_told(context, socket, blocked, wait, ending):
    s = socket(zmq.DEALER)
    ends = []

    async def call():
        with pytest.raises(zmq.SocketClosed, match="DEALER socket was closed while a task") as end:
            await WAITS[wait](s)
        ends.append(end.value)
        await anyio.lowlevel.checkpoint()  # this task has not been cancelled
        ends.append("went on")

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(call)
        await blocked()
        if ending == "close":
            s.close(0)
        elif ending == "aclose":
            await s.aclose(linger=0)
        elif ending == "destroy":
            context.destroy()
        else:
            async with s:
                pass
        assert s.closed
        await blocked()
        assert len(ends) == 6
        await anyio.sleep(0)  # nor this one


async def test_the_shared_socket_is_closed(blocked):
    """By its synchronous owner, who does not know who waits."""
    with zmq.Context() as context:
        shared = context.socket(zmq.PULL)
        s = zmq.anyio.Socket(shared)
        async with anyio.create_task_group() as group:

            async def wait():
                with pytest.raises(zmq.SocketClosed):
                    await s.recv()

            group.start_soon(wait)
            group.start_soon(wait)
            await blocked()
            shared.close()


async def test_the_shadow_is_closed(blocked):
    """It closes the libzmq socket, as shadows do; others who wait through it are told."""
    with zmq.Context() as context:
        first = zmq.anyio.Socket(context.socket(zmq.PULL))
        second = zmq.anyio.Socket(first)
        async with anyio.create_task_group() as group:

            async def wait(s):
                with pytest.raises(zmq.SocketClosed):
                    await s.recv()

            group.start_soon(wait, first)
            group.start_soon(wait, second)
            await blocked()
            with anyio.fail_after(0.4):
                first.close()
                await blocked()
        assert second.closed


async def test_closed_before(socket):
    s = socket(zmq.DEALER)
    s.close()
    s.close()
    for wait in WAITS.values():
        with pytest.raises(zmq.ZMQError) as caught:
            await wait(s)
        assert caught.value.errno == zmq.ENOTSOCK
    await s.aclose()
    async for _ in s:
        raise AssertionError


async def test_async_for_ends_quietly(pair, blocked):
    a, b = pair(zmq.PUSH, zmq.PULL)
    found = []

    async def receive():
        async for message in b:
            found.append(message)
        found.append("the end")

    async with anyio.create_task_group() as group:
        group.start_soon(receive)
        group.start_soon(receive)
        await a.send(b"x")
        await blocked()
        b.close()
    assert found == [b"x", "the end", "the end"]


async def test_async_for_ends_with_the_context(context, socket, blocked):
    s = socket(zmq.PULL)
    ended = []

    async def receive():
        async for _ in s:
            pass
        ended.append(True)
        s.close()

    async with anyio.create_task_group() as group:
        group.start_soon(receive)
        await blocked()
        group.start_soon(terminate, context)
    assert ended


async def terminate(context):
    """As another thread would: shut down first, and wait for the sockets to be closed."""
    with pytest.raises(zmq.TermTimeout):
        context.term(timeout=0)
    with anyio.fail_after(10):
        while not context.closed:
            await anyio.sleep(0.001)
            try:
                context.term(timeout=0)
            except zmq.TermTimeout:
                pass


async def test_a_waiting_task_is_told_of_the_end_of_the_context(context, socket, blocked):
    s = socket(zmq.PULL)

    async def wait():
        with pytest.raises(zmq.ContextTerminated):
            await s.recv()
        s.close()

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await blocked()
        group.start_soon(terminate, context)


async def test_closing_in_a_cancelled_scope(context, socket):
    s = socket(zmq.PULL)
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with s:
            await s.recv()
    assert s.closed
    assert scope.cancelled_caught


async def test_the_descriptor_may_have_another_owner_at_once(socket, blocked, wait_for):
    """Before the task that waited has run; which does not end the wait of the new owner then."""
    s = socket(zmq.PULL)
    number = s.FD
    reading, writing = os.pipe()
    async with anyio.create_task_group() as group:

        async def wait():
            with pytest.raises(zmq.SocketClosed):
                await s.recv()

        group.start_soon(wait)
        await blocked()
        s.close()
        wait_for(lambda: not os.path.exists(f"/proc/self/fd/{number}"))  # no other task runs
        os.dup2(reading, number)
        try:
            os.write(writing, b"x")
            with anyio.fail_after(5):
                await anyio.wait_readable(number)
        finally:
            for descriptor in (reading, writing, number):
                os.close(descriptor)


# -- contexts ------------------------------------------------------------------------------------


async def test_the_context_waits_for_a_peer_in_the_same_loop():
    """What was sent arrives although sender and context are closed at once."""
    found = []
    other = zmq.anyio.Context()
    async with anyio.create_task_group() as group:

        async def receive(sink):
            while len(found) < 3000:
                found.append(await sink.recv())
                if not len(found) % 100:
                    await anyio.sleep(0.001)

        sink = other.socket(zmq.PULL)
        sink.rcvhwm = 10
        sink.bind("tcp://127.0.0.1:0")
        async with zmq.anyio.Context() as context:
            async with context.socket(zmq.PUSH) as source:
                source.connect(sink.last_endpoint)
                group.start_soon(receive, sink)
                for number in range(3000):
                    await source.send(b"%d" % number)
        assert context.closed
    assert found == [b"%d" % number for number in range(3000)]
    await other.aclose(linger=0)


async def lingering(milliseconds):
    """A context with a socket that has a message for nobody."""
    context = zmq.anyio.Context()
    s = context.socket(zmq.PUSH)
    s.linger = milliseconds
    s.connect("tcp://127.0.0.1:9")
    await s.send(b"to nobody")
    return context, s


async def test_time_out_of_aclose():
    context, s = await lingering(300)
    with pytest.raises(zmq.TermTimeout, match="LINGER 300 ms"):
        await context.aclose(timeout=30)
    assert s.closed
    assert not context.closed
    await context.aclose()
    assert context.closed


async def test_cancelled_aclose():
    context, s = await lingering(1000)
    with anyio.move_on_after(0.01) as scope:
        await context.aclose()
    assert scope.cancelled_caught
    assert s.closed
    assert not context.closed
    await context.aclose()
    assert context.closed


async def test_the_ordinary_end_is_not_cut_off_by_a_cancel():
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with zmq.anyio.Context() as context:
            async with context.socket(zmq.PULL) as s:
                await s.recv()
    assert scope.cancelled_caught
    assert context.closed


async def test_a_socket_left_open_is_reported():
    with pytest.warns(ResourceWarning, match=r"unclosed <zmq\.anyio\.Socket\(zmq\.PULL\)"):
        async with zmq.anyio.Context() as context:
            s = context.socket(zmq.PULL)
    assert s.closed
    assert context.closed


async def test_aclose_closes_the_sockets(context):
    s = context.socket(zmq.PUSH)
    await context.aclose(linger=0)
    assert s.closed
    assert context.closed
    await context.aclose()


async def test_aclose_while_others_wait(context, blocked):
    s = context.socket(zmq.PULL)

    async def wait():
        with pytest.raises(zmq.SocketClosed):
            await s.recv()

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await blocked()
        await context.aclose()
