# SPDX-License-Identifier: BSD-3-Clause
"""Multipart: messages of several parts, checked whole, sent and received whole; and text."""

from __future__ import annotations

from zmq.backend.cffi import given
from zmq.backend.cffi._calls import lib
from zmq.backend.cffi.frame import Frame, frame_for
from zmq.backend.cffi.life import NATIVE_LOAD, NATIVE_RECV, NATIVE_SEND, Claimed, check_open
from zmq.backend.cffi.release import get_buffer
from zmq.backend.cffi.transfer import (
    ZMQ_SNDMORE,
    give_part,
    part_bytes,
    receive_bytes,
    receive_frame,
    receive_part,
    send_data,
    send_frame,
    send_memory,
    take_part,
)
from zmq.constants import RCVMORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.cffi.life import SocketState


def send_parts(
    state: SocketState,
    parts: Any,
    flags: int,
    copy: bool,
    track: bool,
    routing_id: Any,
    group: Any,
) -> Any:
    """Send a message of several parts."""
    if isinstance(parts, (str, bytes, bytearray, memoryview, Frame)):
        raise TypeError(
            f"a multipart message is a sequence of parts, not one {type(parts).__name__}: put it"
            " in [ ]"
        )
    parts = tuple(parts)
    check_open(state)
    if routing_id is not None or group is not None:
        parts = tuple(frame_for(part, copy, track, routing_id, group) for part in parts)
    if not parts:
        return None
    if not state.native & NATIVE_SEND:
        return _send_overridden(state, check_parts(parts), flags, copy, track)
    if not copy or any(type(part) is not bytes for part in parts):
        return _send_frames(state, parts, flags, copy, track)
    with Claimed(state):
        for part in parts[:-1]:
            send_data(state, part, flags | ZMQ_SNDMORE, True, False)
        return send_data(state, parts[-1], flags, True, False)


def check_parts(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Raise a TypeError or BufferError that names the first part that cannot be sent."""
    for i, part in enumerate(parts):
        if isinstance(part, (bytes, Frame)):
            continue
        try:
            get_buffer(part)
        except (TypeError, BufferError) as exc:
            raise type(exc)(f"part {i} of {len(parts)} ({_shorten(part)}): {exc}") from None
    return parts


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _send_frames(
    state: SocketState, parts: tuple[Any, ...], flags: int, copy: bool, track: bool
) -> Any:
    """Send parts of any kind: each is made a frame first, so that all or none are sent."""
    made: list[Frame] = []
    frames = []
    for i, part in enumerate(check_parts(parts)):
        if isinstance(part, Frame):
            if track and part.tracker is None:
                raise ValueError(f"part {i}: this Frame is not tracked: make it with track=True")
            frames.append(part)
            continue
        if track:
            made.append(Frame(part, track=True, copy=False))
        else:
            threshold = state.copy_threshold
            made.append(Frame(part, copy=True if copy else None, copy_threshold=threshold))
        frames.append(made[-1])
    try:
        with Claimed(state):
            for frame in frames[:-1]:
                send_frame(state, frame, flags | ZMQ_SNDMORE, False)
            send_frame(state, frames[-1], flags, False)
    finally:
        for frame in made:  # or the collector decides when libzmq is done with them
            lib.zmq_core_empty_part(frame._part)
    return given.tracker_class(*[frame.tracker for frame in frames]) if track else None


def _send_overridden(
    state: SocketState, parts: tuple[Any, ...], flags: int, copy: bool, track: bool
) -> Any:
    """Send through the `send` that a subclass has put in place of ours."""
    socket = state.socket()
    with Claimed(state):
        for part in parts[:-1]:
            socket.send(part, flags | ZMQ_SNDMORE, copy=copy, track=track)
        return socket.send(parts[-1], flags, copy=copy, track=track)


def receive_parts(state: SocketState, flags: int, copy: bool, track: bool) -> list[Any]:
    """Receive a message with all its parts."""
    check_open(state)
    if not state.native & NATIVE_RECV:
        return _receive_overridden(state, flags, copy, track)
    parts: list[Any] = []
    more = True
    with Claimed(state):
        while more and not copy:
            frame = receive_frame(state, flags, track)
            parts.append(frame)
            more = frame.more
        while more:
            more = receive_into_list(state, flags, parts)
    return parts


def receive_into_list(state: SocketState, flags: int, parts: list[Any]) -> bool:
    """Receive one part; whether further ones follow."""
    part = take_part(state)
    size = receive_part(state, part, flags)
    parts.append(part_bytes(part, size))
    more = bool(part.more)
    give_part(state, part)
    return more


def _receive_overridden(state: SocketState, flags: int, copy: bool, track: bool) -> list[Any]:
    """Receive through the `recv` that a subclass has put in place of ours."""
    socket = state.socket()
    parts = [socket.recv(flags, copy=copy, track=track)]
    while socket.get(RCVMORE):
        parts.append(socket.recv(flags, copy=copy, track=track))
    return parts


# ---- text ----


def send_text(
    state: SocketState, text: Any, flags: int, copy: bool, encoding: str, options: dict[str, Any]
) -> Any:
    """Send text as one part."""
    if not isinstance(text, str):
        raise TypeError(f"send_string sends str, not {type(text).__name__}: use send for bytes")
    content = text.encode(encoding)
    if state.native & NATIVE_SEND and not options:
        return send_memory(state, content, len(content), flags)
    return state.socket().send(content, flags=flags, copy=copy, **options)


def receive_text(state: SocketState, flags: int, encoding: str, timeout: Any) -> Any:
    """Receive one part as text."""
    if state.native & NATIVE_RECV and state.native & NATIVE_LOAD and timeout is None:
        return receive_bytes(state, flags).decode(encoding)
    socket = state.socket()
    options = {} if timeout is None else {"timeout": timeout}
    return socket._deserialize(
        socket.recv(flags, **options), lambda content: content.decode(encoding)
    )
