# SPDX-License-Identifier: BSD-3-Clause
"""Batches: many messages in one call."""

from __future__ import annotations

from zmq.backend import wording
from zmq.backend.cffi._calls import lib
from zmq.backend.cffi.errors import EAGAIN, EINTR, raise_errno
from zmq.backend.cffi.frame import Frame
from zmq.backend.cffi.life import NATIVE_RECV, NATIVE_SEND, check_open
from zmq.backend.cffi.multipart import receive_into_list
from zmq.backend.cffi.numbers import as_limit
from zmq.backend.cffi.poll import ready_events
from zmq.backend.cffi.transfer import (
    OUT,
    SHORTEST_LENT,
    ZMQ_DONTWAIT,
    give_part,
    go_on,
    part_bytes,
    send_memory,
    take_part,
)
from zmq.constants import PULL, RCVMORE, REP, SUB, Errno
from zmq.error import Again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.cffi.life import SocketState


def try_receive(state: SocketState, whole: bool) -> Any:
    """Return a message that is there now, or None."""
    check_open(state)
    if not state.native & NATIVE_RECV:
        socket = state.socket()
        try:
            return socket.recv_multipart(ZMQ_DONTWAIT) if whole else socket.recv(ZMQ_DONTWAIT)
        except Again:
            return None
    parts: list[Any] = []
    if not _take(state, parts):
        return None
    if whole:
        _take_rest(state, parts)
    return parts if whole else parts[0][0]


def _take(state: SocketState, parts: list[Any]) -> bool:
    """Receive a part that is there, with whether others follow; whether there was one."""
    part = take_part(state)
    while True:
        size = lib.zmq_core_recv(state.c, part, ZMQ_DONTWAIT)
        if size >= 0:
            parts.append((part_bytes(part, size), bool(part.more)))
            give_part(state, part)
            return True
        if size == -EAGAIN:
            state.would_block += 1
            state.parts.append(part)
            return False
        if size != -EINTR:
            go_on(state, size, ZMQ_DONTWAIT, False, 0, 0)


def _take_rest(state: SocketState, parts: list[Any]) -> None:
    """Receive all further parts of a message, and leave only what is in them."""
    content, more = parts.pop()
    parts.append(content)
    while more:
        more = receive_into_list(state, 0, parts)


def receive_many(
    state: SocketState, max_messages: Any, max_bytes: Any, flags: int, whole: bool
) -> list[Any]:
    """Wait for one message, then take those that are there."""
    most, room = as_limit(max_messages, "max_messages"), as_limit(max_bytes, "max_bytes")
    check_open(state)
    if not state.native & NATIVE_RECV:
        return _receive_many_overridden(state, most, room, flags, whole)
    found: list[Any] = []
    count = 0
    parts: list[Any] = []
    more = receive_into_list(state, flags, parts)
    while True:
        while whole and more:
            more = receive_into_list(state, 0, parts)
        room -= sum(map(len, parts))
        found.append(parts if whole else parts[0])
        count += not more
        # A message is never cut in two, whatever the limits are.
        if (count >= most or room <= 0) and not more:
            return found
        taken: list[Any] = []
        if not _take_quietly(state, taken):
            return found
        content, more = taken[0]
        parts = [content]


def _take_quietly(state: SocketState, taken: list[Any]) -> bool:
    """As `_take`; whatever is wrong, the next call meets it again: nothing taken is lost."""
    part = take_part(state)
    size = lib.zmq_core_recv(state.c, part, ZMQ_DONTWAIT)
    if size < 0:
        state.parts.append(part)
        return False
    taken.append((part_bytes(part, size), bool(part.more)))
    give_part(state, part)
    return True


def _receive_many_overridden(
    state: SocketState, most: float, room: float, flags: int, whole: bool
) -> list[Any]:
    """The same through the `recv` that a subclass has put in place of ours."""
    socket = state.socket()
    found: list[Any] = []
    count = 0
    while True:
        try:
            message = socket.recv_multipart(flags) if whole else socket.recv(flags)
        except Again:
            if found:
                return found
            raise
        found.append(message)
        room -= sum(map(len, message)) if whole else len(message)
        more = not whole and socket.get(RCVMORE)
        count += not more
        if (count >= most or room <= 0) and not more:
            return found
        flags |= ZMQ_DONTWAIT


def send_batch(state: SocketState, messages: Any, flags: int) -> int:
    """Send messages one after another; how many were queued."""
    if isinstance(messages, (str, bytes, bytearray, memoryview, Frame)):
        raise TypeError(
            f"send_many takes an iterable of messages, not one {type(messages).__name__}"
        )
    check_open(state)
    lazy = not isinstance(messages, (list, tuple))
    careful = lazy and flags & ZMQ_DONTWAIT
    sent = 0
    message = None  # what has been taken from an iterator and is not sent yet
    try:
        iterator = iter(messages if lazy else tuple(messages))
        while True:
            # What has been taken from an iterator cannot be put back, so look before taking.
            if careful and not ready_events(state) & OUT:
                _check_sender(state)
                state.would_block += 1
                return sent
            try:
                message = next(iterator)
            except StopIteration:
                return sent
            _send_one(state, message, flags)
            message = None
            sent += 1
    except BaseException as exc:
        if isinstance(exc, Again) and flags & ZMQ_DONTWAIT and not lazy:
            return sent
        exc.sent = sent  # type: ignore[attr-defined]
        exc.unsent = message if lazy else None  # type: ignore[attr-defined]
        raise


def _check_sender(state: SocketState) -> None:
    """Raise what `send` would raise on a socket that will never be ready to send as it is."""
    number = int(Errno.EFSM) if state.kind == REP else int(Errno.ENOTSUP)
    if state.kind in (REP, PULL, SUB):
        raise_errno(number, wording.of_sending(number, state.kind))


def _send_one(state: SocketState, message: Any, flags: int) -> None:
    """Send one message: bytes, a frame or a buffer, or a list or tuple of those."""
    if isinstance(message, (list, tuple)):
        if not message:
            raise ValueError("a message has at least one part, and this is an empty list")
        state.socket().send_multipart(message, flags)
    elif type(message) is bytes and state.native & NATIVE_SEND and len(message) < SHORTEST_LENT:
        send_memory(state, message, len(message), flags)
    else:
        state.socket().send(message, flags)
