# SPDX-License-Identifier: BSD-3-Clause
"""A program with the sockets of asyncio; what `reveal_type` must tell is behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import zmq
import zmq.asyncio
from zmq.asyncio import Context, Poller, Socket
from zmq.utils.monitor import recv_monitor_message

if TYPE_CHECKING:
    from typing_extensions import reveal_type

ctx = zmq.asyncio.Context()
reveal_type(ctx)  # Context
reveal_type(ctx.socket(zmq.PUB))  # Socket
reveal_type(Context.instance().socket(zmq.PUB))  # Socket
reveal_type(Context(zmq.Context.instance()))  # Context
s = ctx.socket(zmq.DEALER, observe=True, on_full="block")
reveal_type(s.context.socket(zmq.PAIR))  # Socket
reveal_type(Socket.from_socket(zmq.Context().socket(zmq.PULL)))  # Socket
reveal_type(Socket(s))  # Socket
reveal_type(ctx.socket(zmq.PULL, socket_class=zmq.Socket).recv())  # bytes


async def receive() -> None:
    reveal_type(await s.recv())  # bytes
    reveal_type(await s.recv(zmq.NOBLOCK))  # bytes
    reveal_type(await s.recv(copy=False))  # Frame
    reveal_type(await s.recv(0, False, True))  # Frame
    reveal_type(await s.recv(timeout=100))  # bytes
    reveal_type(await s.recv_multipart())  # list[bytes]
    reveal_type(await s.recv_multipart(copy=False))  # list[Frame]
    reveal_type(await s.recv_string())  # str
    reveal_type(await s.recv_json())  # Any
    reveal_type(await s.recv_pyobj())  # Any
    reveal_type(await s.recv_serialized(b"".join))  # bytes
    reveal_type(await s.recv_signed(b"0123456789abcdef"))  # Any
    reveal_type(await s.recv_array(copy=False))  # Any
    reveal_type(await s.recv_into(bytearray(10)))  # int
    reveal_type(await s.recv_many(10))  # list[bytes]
    reveal_type(await s.recv_many_multipart(10, timeout=5))  # list[list[bytes]]
    reveal_type(s.try_recv())  # bytes | None
    reveal_type(s.try_recv_multipart())  # list[bytes] | None
    reveal_type(await s.poll(100))  # int
    async for message in s:
        reveal_type(message)  # bytes


async def send(copy: bool) -> None:
    reveal_type(s.send(b"x"))  # Future[None]
    reveal_type(await s.send(b"x", copy=False, track=True))  # MessageTracker
    reveal_type(await s.send(b"x", copy=copy, track=copy))  # MessageTracker | None
    reveal_type(await s.send_multipart([b"x"], copy=False, track=True))  # MessageTracker
    reveal_type(await s.send_many([b"x", [b"y", b"z"]]))  # int
    reveal_type(await s.recv(copy=copy))  # bytes | Frame
    await s.send_string("x")
    await s.send_json({"a": [1]}, flags=zmq.SNDMORE)
    await s.send_pyobj(object())


async def wait() -> None:
    reveal_type(s.recv())  # Future[bytes]
    reveal_type(s.recv().done())  # bool
    reveal_type(await asyncio.wait_for(s.recv_multipart(), timeout=1))  # list[bytes]
    reveal_type(await asyncio.gather(s.recv(), s.recv_string()))  # tuple[bytes, str]
    poller = Poller()
    poller.register(s, zmq.POLLIN)
    reveal_type(await poller.poll(100))  # list[tuple[Any, int]]
    reveal_type(await s.wait_connected(1, timeout=100))  # int
    reveal_type(await s.wait_subscribers("topic"))  # int
    with s.watch_events(zmq.Event.CONNECTED) as watch:
        async for event in watch:
            reveal_type(event.endpoint)  # str
    reveal_type(await recv_monitor_message(s.get_monitor_socket()))  # dict[str, Any]


async def end() -> None:
    async with Context() as inner, inner.socket(zmq.ROUTER) as router:
        reveal_type(inner)  # Context
        reveal_type(router)  # Socket
        with router.bind("tcp://127.0.0.1:*") as same:
            reveal_type(same)  # Socket
    reveal_type(s.linger)  # int
    reveal_type(s.get(zmq.LAST_ENDPOINT))  # bytes
    s.linger = s.budget
    await s.aclose(linger=0)
    await ctx.aclose()


class MySocket(zmq.asyncio.Socket):
    """A socket with something more."""

    async def recv_upper(self) -> bytes:
        return (await self.recv()).upper()


async def use(owner: Context) -> bytes:
    return await owner.socket(zmq.PULL, MySocket).recv_upper()


def any_socket(sock: zmq.Socket[Any]) -> None:
    sock.close()


any_socket(s)
asyncio.run(end())
