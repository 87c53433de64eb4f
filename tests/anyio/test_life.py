# SPDX-License-Identifier: BSD-3-Clause
"""Making, sharing and dropping sockets and contexts; what is loaded when."""

import gc
import os
import resource
import warnings

import anyio
import pytest

import zmq


@pytest.mark.parametrize("module", ["zmq", "zmq.utils.monitor", "zmq.asyncio"])
def test_nothing_else_loads_anyio(output, module):
    script = f"""
        import sys
        __import__({module!r})
        print({{"anyio", "zmq.anyio", "trio"}} & set(sys.modules))
    """
    assert output(script) == "set()\n"


@pytest.mark.parametrize("stand_in", [None, "types.ModuleType('anyio')"])
def test_without_anyio_it_says_what_to_install(output, stand_in):
    """Not there, or too old."""
    script = f"""
        import sys, types
        sys.modules["anyio"] = {stand_in}
        try:
            import zmq.anyio
        except ImportError as exc:
            print(exc)
        sys.modules.pop("anyio")
        import zmq.anyio
        print(zmq.anyio.Socket)
    """
    first, second = output(script).splitlines()
    assert "pip install" in first
    assert "anyio 4.10" in first
    assert second == "<class 'zmq.anyio.Socket'>"


def test_it_is_found_beside_the_real_anyio(output, tmp_path):
    """Whatever the name: `import anyio` in there is the one outside."""
    assert output("import zmq.anyio, anyio; print(zmq.anyio is anyio, anyio.run.__name__)") == (
        "False run\n"
    )


def test_made_before_a_loop_and_used_in_two(pair, drive):
    a, b = pair(zmq.PUSH, zmq.PULL)

    async def use():
        with anyio.move_on_after(0.01):
            await b.recv()
        async with anyio.create_task_group() as group:
            group.start_soon(a.send, b"x")
            return await b.recv()

    assert [drive(use), drive(use)] == [b"x", b"x"]


def test_used_after_a_loop_that_failed(pair, drive):
    a, b = pair(zmq.PUSH, zmq.PULL)

    async def fail():
        async with anyio.create_task_group() as group:
            group.start_soon(b.recv)
            group.start_soon(b.poll)
            await anyio.lowlevel.checkpoint()
            raise ZeroDivisionError

    with pytest.raises(BaseException) as caught:
        drive(fail)
    assert "ZeroDivisionError" in repr(caught.value)
    assert b._room.count == 0

    async def use():
        await a.send(b"x")
        return await b.recv()

    assert drive(use) == b"x"


def test_closed_outside_of_loops(context):
    s = context.socket(zmq.PULL)
    s.close()
    context.term()
    assert context.closed


async def test_shadows(context):
    with zmq.Context() as plain:
        shadow = zmq.anyio.Context(plain)
        async with shadow.socket(zmq.PULL) as sink, shadow.socket(zmq.PUSH) as source:
            assert type(sink) is zmq.anyio.Socket
            with plain.socket(zmq.PUSH) as other:
                sink.bind("inproc://shadows")
                other.connect("inproc://shadows")
                other.send(b"from a synchronous one")
                assert await sink.recv() == b"from a synchronous one"
                source.connect("inproc://shadows")
                await zmq.anyio.Socket(other).send(b"through a shadow")
                assert await sink.recv() == b"through a shadow"
                await zmq.anyio.Socket.shadow(other).send(b"through another")
                assert zmq.Socket.shadow(sink).recv() == b"through another"
        assert not plain.closed


@pytest.mark.parametrize(
    "share",
    [
        lambda s: zmq.anyio.Socket(s),
        lambda s: zmq.anyio.Socket(shadow=s),
        lambda s: zmq.anyio.Socket.shadow(s),
        lambda s: zmq.anyio.Socket(s.context, shadow=s),
    ],
)
async def test_shadows_stand_in_the_same_line(pair, blocked, share):
    a, b = pair(zmq.PUSH, zmq.PULL)
    other = share(b)
    order = []

    async def receive(s):
        for _ in range(2):
            order.append((s, await s.recv()))

    async with anyio.create_task_group() as group:
        for s in (b, other):
            group.start_soon(receive, s)
            await blocked()
        await a.send_many([b"1", b"2", b"3", b"4"])
    assert order == [(b, b"1"), (other, b"2"), (b, b"3"), (other, b"4")]


async def test_without_descriptors_it_fails_and_recovers(pair, blocked):
    a, b = pair(zmq.PUSH, zmq.PULL)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        with pytest.raises(OSError, match="open files"):
            await b.recv()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    async with anyio.create_task_group() as group:
        group.start_soon(b.recv)
        await blocked()
        await a.send(b"x")


def test_instances_are_separate():
    ours, plain = zmq.anyio.Context.instance(), zmq.Context.instance()
    try:
        assert ours is not plain
        assert type(ours) is zmq.anyio.Context
        assert ours is zmq.anyio.Context.instance()
    finally:
        ours.term()
        plain.term()


def test_threadsafe_is_refused(context):
    with pytest.raises(TypeError, match=r"zmq\.Context"):
        context.socket(zmq.PULL, threadsafe=True)
    with context.socket(zmq.PULL, socket_class=zmq.Socket, threadsafe=True) as s:
        assert s.threadsafe


def test_names(context, socket):
    s = socket(zmq.PULL)
    assert isinstance(s, zmq.Socket)
    assert isinstance(context, zmq.Context)
    assert repr(s).startswith("<zmq.anyio.Socket(zmq.PULL) at 0x")
    assert repr(context).startswith("<zmq.anyio.Context(1 socket) at 0x")
    assert zmq.anyio.__all__ == ["Context", "Poller", "Socket"]
    with pytest.raises(AttributeError):
        s.no_such_option = 1


async def test_a_subclass(context):
    class Shouting(zmq.anyio.Socket):
        async def send(self, data, flags=0, **kwargs):
            return await super().send(data.upper(), flags, **kwargs)

        async def recv(self, flags=0, **kwargs):
            return await super().recv(flags, **kwargs) + b"!"

    class Shouts(zmq.anyio.Context):
        _socket_class = Shouting

    async with Shouts() as shouts:
        async with shouts.socket(zmq.PUSH) as a, shouts.socket(zmq.PULL) as b:
            a.bind("inproc://shouts")
            b.connect("inproc://shouts")
            await a.send_string("text")
            assert await b.recv_string() == "TEXT!"
            await a.send_json({"a": 1})
            async for message in b:
                assert message == b'{"A": 1}!'
                break


async def test_options_are_attributes(socket):
    s = socket(zmq.PULL, rcvhwm=7)
    assert s.rcvhwm == s.get(zmq.RCVHWM) == s.getsockopt(zmq.RCVHWM) == 7
    s.RCVTIMEO = 5
    with pytest.raises(zmq.Again):
        await s.recv()
    assert s.events == 0
    assert s.type == zmq.PULL


async def test_nothing_grows(context, count_objects):
    """Rounds of make, wait, cancel or close leave no objects and no descriptors behind."""

    async def rounds(count):
        for number in range(count):
            s = context.socket(zmq.DEALER)
            poller = zmq.anyio.Poller()
            poller.register(s, zmq.POLLIN)
            async with anyio.create_task_group() as group:

                async def wait(call):
                    try:
                        await call()
                    except zmq.ZMQError as exc:
                        assert exc.errno == zmq.ENOTSOCK  # also where it had not begun yet

                for call in (s.recv, s.poll, poller.poll):
                    group.start_soon(wait, call)
                for _ in range(3):
                    await anyio.lowlevel.checkpoint()
                if number % 2:
                    group.cancel_scope.cancel()
                else:
                    s.close()
            s.close()

    await rounds(20)
    before = count_objects(), len(os.listdir("/proc/self/fd"))
    await rounds(200)
    count_objects()
    with anyio.fail_after(10):
        while len(os.listdir("/proc/self/fd")) > before[1] + 5:
            await anyio.sleep(0.01)  # libzmq's reaper is at it
    assert count_objects() < before[0] + 100


async def test_no_cycle_holds_a_socket(context):
    gc.collect()
    gc.disable()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            s = context.socket(zmq.PULL)
            with anyio.move_on_after(0.001):
                await s.recv()
            await anyio.lowlevel.checkpoint()
            del s
            for _ in range(3):
                await anyio.lowlevel.checkpoint()
        assert [w.category for w in caught] == [ResourceWarning]
    finally:
        gc.enable()
