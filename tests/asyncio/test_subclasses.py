# SPDX-License-Identifier: BSD-3-Clause
"""Subclasses, and the undocumented names that released programs use."""

import asyncio

import pytest

import zmq
import zmq._future
import zmq.asyncio


class Session(zmq.asyncio.Socket):
    """Overrides as they are found in programs: coroutines over the methods of the base."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__["log"] = []

    async def send_multipart(self, parts, *args, **kwargs):
        self.log.append("send")
        return await super().send_multipart([b"session", *parts], *args, **kwargs)

    async def recv_multipart(self, *args, **kwargs):
        parts = await super().recv_multipart(*args, **kwargs)
        self.log.append("recv")
        assert parts[0] == b"session"
        return parts[1:]

    def close(self):
        self.log.append("close")
        super().close()


class Counting(zmq.asyncio.Socket):
    """Overrides that are no coroutines."""

    sent = received = 0

    def send(self, data, flags=0, copy=True, track=False, **kwargs):
        self.sent += 1
        return super().send(data, flags, copy, track, **kwargs)

    def recv(self, flags=0, copy=True, track=False):
        self.received += 1
        return super().recv(flags, copy, track)


@pytest.fixture
def subclass_pair(context, bind):
    """`subclass_pair(cls)`: two connected sockets of a class, made by a context of that class."""
    made = []

    def subclass_pair(cls):
        a, b = (context.socket(zmq.PAIR, socket_class=cls) for _ in range(2))
        made.extend([a, b])
        a.linger = b.linger = 0
        b.connect(bind(a))
        return a, b

    yield subclass_pair
    for s in made:
        s.close()


@pytest.mark.every_loop
@pytest.mark.parametrize("first", ["send", "receive"])
async def test_coroutines_over_methods(subclass_pair, first):
    a, b = subclass_pair(Session)
    if first == "send":
        await a.send_multipart([b"1", b"2"])
        assert await b.recv_multipart() == [b"1", b"2"]
    else:
        waiting = asyncio.ensure_future(b.recv_multipart())
        await asyncio.sleep(0)
        await a.send_multipart([b"1", b"2"])
        assert await waiting == [b"1", b"2"]
    assert (a.log, b.log) == (["send"], ["recv"])


@pytest.mark.parametrize("first", ["send", "receive"])
async def test_serializing_uses_what_is_overridden(subclass_pair, first):
    a, b = subclass_pair(Session)
    receiving = None
    if first == "receive":
        receiving = asyncio.ensure_future(b.recv_serialized(lambda parts: b"+".join(parts)))
        await asyncio.sleep(0)
    await a.send_serialized("12", lambda text: [part.encode() for part in text])
    got = await (receiving or b.recv_serialized(lambda parts: b"+".join(parts)))
    assert got == b"1+2"
    assert (a.log, b.log) == (["send"], ["recv"])


@pytest.mark.parametrize("method", ["string", "json", "pyobj"])
@pytest.mark.parametrize("first", ["send", "receive"])
async def test_text_and_objects_use_what_is_overridden(subclass_pair, method, first):
    a, b = subclass_pair(Counting)
    waiting = getattr(b, f"recv_{method}")() if first == "receive" else None
    await getattr(a, f"send_{method}")("text")
    assert await (waiting or getattr(b, f"recv_{method}")()) == "text"
    assert (a.sent, b.received) == (1, 1)


async def test_close_without_linger(subclass_pair, context):
    a, b = subclass_pair(Session)
    waiting = asyncio.ensure_future(b.recv_multipart())
    await asyncio.sleep(0)
    context.destroy(linger=0)
    assert a.closed and b.closed and "close" in b.log
    await asyncio.wait([waiting])
    assert waiting.cancelled()


async def test_deserialize_overridden(subclass_pair):
    class Upper(zmq.asyncio.Socket):
        def _deserialize(self, recvd, load):
            return super()._deserialize(recvd, lambda content: load(content).upper())

    a, b = subclass_pair(Upper)
    waiting = b.recv_string()
    for _ in range(2):
        await a.send_string("text")
    assert [await waiting, await b.recv_string()] == ["TEXT", "TEXT"]


async def test_attributes(subclass_pair):
    a, _ = subclass_pair(Session)
    a.__dict__["anything"] = 5
    assert a.anything == 5
    assert isinstance(a, (zmq.Socket, zmq.asyncio.Socket, zmq._future._AsyncSocket))


def test_context_subclass():
    class Mine(zmq.asyncio.Context):
        _socket_class = Session

    with Mine() as context, context.socket(zmq.PULL) as s:
        assert type(s) is Session
    first, second = Mine.instance(), zmq.asyncio.Context.instance()
    assert first is not second
    first.term()
    second.term()


def test_socket_class_of_an_instance(context):
    context._socket_class = Session
    with context.socket(zmq.PULL) as s:
        assert type(s) is Session


# -- names ---------------------------------------------------------------------------------------


async def test_receives_that_wait_are_listed(mixed_pair):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    assert len(b._recv_futures) == 0
    waiting = [b.recv(), b.recv_multipart()]
    assert len(b._recv_futures) == 2
    a.send(b"1")
    await waiting[0]
    assert len(b._recv_futures) == 1
    waiting[1].cancel()
    await asyncio.sleep(0)
    assert not b._recv_futures


async def test_loop_of_a_socket(socket):
    assert socket(zmq.PULL)._get_loop() is asyncio.get_running_loop()


def test_classes():
    assert issubclass(zmq.asyncio.Socket, zmq._future._AsyncSocket)
    assert issubclass(zmq.asyncio.Poller, zmq._future._AsyncPoller)
    assert issubclass(zmq.asyncio.Poller, zmq.Poller)
    assert issubclass(zmq.asyncio.Context, zmq.Context)
    assert zmq.asyncio.Context._socket_class is zmq.asyncio.Socket
    assert zmq.asyncio.Socket[bytes] is not None


async def test_shadow_socket(socket):
    s = socket(zmq.DEALER)
    assert type(s._shadow_sock) is zmq.Socket
    s.close()
    assert s.closed


def test_no_shadow_of_a_closed_socket(socket, context):
    s = socket(zmq.DEALER)
    s.close()
    with pytest.raises(zmq.ZMQError, match="DEALER socket is closed"):
        assert s._shadow_sock
    assert "socket" not in repr(context)


def test_threadsafe_is_refused(context):
    with pytest.raises(TypeError, match="threadsafe"):
        context.socket(zmq.PULL, threadsafe=True)


def test_surface():
    """What pyzmq's newest release has, with its own parameters."""
    import inspect

    expected = {
        "recv": ["flags", "copy", "track"],
        "recv_multipart": ["flags", "copy", "track"],
        "send": ["data", "flags", "copy", "track"],
        "send_multipart": ["msg_parts", "flags", "copy", "track"],
        "poll": ["timeout", "flags"],
        "recv_string": ["flags", "encoding"],
        "recv_json": ["flags"],
        "recv_pyobj": ["flags"],
        "recv_serialized": ["deserialize", "flags", "copy"],
        "send_serialized": ["msg", "serialize", "flags", "copy"],
    }
    for name, parameters in expected.items():
        found = list(inspect.signature(getattr(zmq.asyncio.Socket, name)).parameters)
        assert found[1 : 1 + len(parameters)] == parameters, name
