# SPDX-License-Identifier: BSD-3-Clause
"""`watch_events` of asyncio's sockets: the same events, the same ends."""

import asyncio

import pytest

import zmq
import zmq.asyncio

PATIENCE = 5  # seconds


@pytest.fixture
def play():
    """`play(scene)`: run `scene(context)` in a loop of its own, with an asynchronous context."""

    def play(scene):
        async def main():
            with zmq.asyncio.Context() as context:
                return await asyncio.wait_for(scene(context), PATIENCE)

        return asyncio.run(main())

    return play


def test_events_of_a_connection(play):
    async def scene(context):
        seen = []
        with context.socket(zmq.PULL) as server, context.socket(zmq.PUSH) as client:
            async with server.watch_events() as events:
                server.bind("tcp://127.0.0.1:0")
                client.connect(server.last_endpoint)
                async for event in events:
                    assert event.endpoint == server.last_endpoint.decode()
                    seen.append(event.name)
                    if event.kind == zmq.Event.HANDSHAKE_SUCCEEDED:
                        break
        return seen

    assert play(scene) == ["LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED"]


def test_without_a_context_manager(play):
    async def scene(context):
        with context.socket(zmq.PULL) as server:
            asyncio.get_running_loop().call_soon(server.bind, "tcp://127.0.0.1:0")
            async for event in server.watch_events(zmq.Event.LISTENING):
                return event.kind

    assert play(scene) is zmq.Event.LISTENING


ENDINGS = {
    "socket": lambda s, events: s.close(),
    "watch": lambda s, events: events.close(),
    "disabled": lambda s, events: s.disable_monitor(),
    "destroyed": lambda s, events: s.context.destroy(),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("observe", [False, True])
def test_a_task_that_waits_is_told_of_the_end(play, ending, observe):
    async def scene(context):
        with context.socket(zmq.PULL, observe=observe) as s:
            events = s.watch_events()

            async def collect():
                return [event.kind async for event in events]

            task = asyncio.ensure_future(collect())
            await asyncio.sleep(0)
            s.bind("tcp://127.0.0.1:0")
            ENDINGS[ending](s, events)
            seen = await task
            assert events.closed
            return seen

    assert set(play(scene)) <= {zmq.Event.LISTENING, zmq.Event.CLOSED}


def test_what_came_before_the_socket_was_closed_can_be_read(play):
    async def scene(context):
        s = context.socket(zmq.PULL)
        events = s.watch_events(zmq.Event.LISTENING)
        s.bind("tcp://127.0.0.1:0")
        s.close()
        return [event.kind async for event in events]

    assert play(scene) == [zmq.Event.LISTENING]


def test_a_wait_that_is_cancelled_loses_nothing(play):
    async def scene(context):
        with context.socket(zmq.PULL) as s:
            async with s.watch_events() as events:
                task = asyncio.ensure_future(events.__anext__())
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                s.bind("tcp://127.0.0.1:0")
                return (await events.__anext__()).kind

    assert play(scene) is zmq.Event.LISTENING


def test_two_tasks_are_one_too_many(play):
    async def scene(context):
        with context.socket(zmq.PULL) as s:
            async with s.watch_events() as events:
                task = asyncio.ensure_future(events.__anext__())
                await asyncio.sleep(0)
                with pytest.raises(RuntimeError, match="already"):
                    await events.__anext__()
                events.close()
                with pytest.raises(StopAsyncIteration):
                    await task

    play(scene)


def test_an_asynchronous_socket_is_for_async_loops(play):
    async def scene(context):
        with context.socket(zmq.PULL) as s, s.watch_events() as events:
            with pytest.raises(TypeError, match="async for"):
                next(events)

    play(scene)


def test_a_watch_made_before_the_loop(context):
    async def first(events):
        return await events.__anext__()

    with zmq.asyncio.Context(context) as shadow, shadow.socket(zmq.PULL) as s:
        with s.watch_events() as events:
            s.bind("tcp://127.0.0.1:0")
            assert asyncio.run(first(events)).kind == zmq.Event.LISTENING


class OwnSocket(zmq.asyncio.Socket):
    """One that cannot be made the usual way."""

    def __init__(self, context, socket_type, *, own):
        super().__init__(context, socket_type)


def test_subclasses(play):
    async def scene(context):
        with context.socket(zmq.PULL, OwnSocket, own=1) as s:
            async with s.watch_events() as events:
                s.bind("tcp://127.0.0.1:0")
                return (await events.__anext__()).kind

    assert play(scene) is zmq.Event.LISTENING


def test_recv_monitor_message_is_awaitable(play):
    from zmq.utils.monitor import recv_monitor_message

    async def scene(context):
        with context.socket(zmq.PULL) as s:
            monitor = s.get_monitor_socket()
            received = recv_monitor_message(monitor)
            s.bind("tcp://127.0.0.1:0")
            event = await received
            s.disable_monitor()
            monitor.close()
            return event["event"]

    assert play(scene) is zmq.Event.LISTENING


ORDERS = {
    "watch first": "events.close(), s.close()",
    "socket first": "s.close(), events.close()",
    "socket only": "s.close()",
    "dropped": "del events; s.close()",
    "read to the end": "s.close(); assert [e async for e in events]",
    "while it is waited for": """task = asyncio.ensure_future(events.__anext__())
            await asyncio.sleep(0)
            s.close()
            await task; del task""",
}

CYCLES = """
import asyncio, os, sys, time, zmq, zmq.asyncio
def descriptors():
    return len(os.listdir("/proc/self/fd"))
async def main(times, observe):
    with zmq.asyncio.Context() as context, context.socket(zmq.PULL):
        before = descriptors()
        for _ in range(times):
            s = context.socket(zmq.PULL, observe=observe)
            s.linger = 0
            events = s.watch_events()
            s.bind("tcp://127.0.0.1:0")
            {order}
        end = time.monotonic() + 5
        while descriptors() > before and time.monotonic() < end:
            time.sleep(0.001)
        return descriptors() - before
print(asyncio.run(main(int(sys.argv[1]), bool(int(sys.argv[2])))))
"""


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("observe", [0, 1])
@pytest.mark.parametrize("times", [100, pytest.param(5000, marks=pytest.mark.long)])
def test_any_order_of_closing(output, order, observe, times):
    code = CYCLES.replace("{order}", ORDERS[order])
    assert output(code, times, observe, deadline=100) == "0\n"
