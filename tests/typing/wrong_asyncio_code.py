# SPDX-License-Identifier: BSD-3-Clause
"""Mistakes with asynchronous sockets: each in a line that says so."""

from __future__ import annotations

import asyncio

import zmq
import zmq.anyio
import zmq.asyncio

s = zmq.asyncio.Context().socket(zmq.DEALER)
t = zmq.anyio.Context().socket(zmq.DEALER)


def block(sock: zmq.SyncSocket) -> bytes:
    return sock.recv()


async def main() -> None:
    part: bytes = s.recv()  # error
    text: str = await s.recv()  # error
    parts: list[bytes] = await s.recv_multipart(copy=False)  # error
    number: int = await t.recv_string()  # error
    received: asyncio.Future[bytes] = t.recv()  # error
    s.recv().upper()  # error
    await s.send("text")  # error
    await t.send("text")  # error
    await s.send(b"x", timeout="10")  # error
    await s.linger  # error
    await s.try_recv()  # error
    for _ in s:  # error
        break
    for _ in t:  # error
        break
    block(s)  # error
    block(t)  # error
    print(part, text, parts, number, received)
