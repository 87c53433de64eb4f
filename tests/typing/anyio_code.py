# SPDX-License-Identifier: BSD-3-Clause
"""A program with sockets for trio and anyio; what `reveal_type` must tell is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

import zmq
import zmq.anyio

if TYPE_CHECKING:
    from typing_extensions import reveal_type


async def main(copy: bool) -> None:
    async with zmq.anyio.Context() as ctx, ctx.socket(zmq.DEALER) as s:
        reveal_type(ctx)  # Context
        reveal_type(s)  # Socket
        reveal_type(await s.recv())  # bytes
        reveal_type(await s.recv(copy=False))  # Frame
        reveal_type(await s.recv(copy=copy))  # bytes | Frame
        reveal_type(await s.recv_multipart())  # list[bytes]
        reveal_type(await s.recv_string(timeout=5))  # str
        reveal_type(await s.recv_json())  # Any
        reveal_type(await s.recv_serialized(b"".join))  # bytes
        reveal_type(await s.recv_into(bytearray(10)))  # int
        reveal_type(await s.recv_many(10))  # list[bytes]
        reveal_type(s.try_recv())  # bytes | None
        reveal_type(await s.send(b"x", copy=False, track=True))  # MessageTracker
        reveal_type(await s.send_many([b"x", [b"y", b"z"]]))  # int
        reveal_type(await s.poll(10, zmq.POLLIN))  # int
        reveal_type(await s.wait_connected(timeout=10))  # int
        await s.send(b"x")
        await s.send_multipart([b"x"], flags=zmq.SNDMORE)
        await s.send_json(1)
        async for message in s:
            reveal_type(message)  # bytes
        reveal_type(s.identity)  # bytes
        reveal_type(s.context.socket(zmq.PUB))  # Socket
        poller = zmq.anyio.Poller()
        poller.register(s, zmq.POLLIN)
        reveal_type(await poller.poll())  # list[tuple[Any, int]]
        async with anyio.create_task_group() as group:
            group.start_soon(s.send, b"x")
            group.start_soon(answer, s)
        await s.aclose()
        await ctx.aclose(timeout=100)


async def answer(s: zmq.anyio.Socket) -> None:
    await s.send(await s.recv())


anyio.run(main, True)
