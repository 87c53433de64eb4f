# SPDX-License-Identifier: BSD-3-Clause
"""Receiving into memory that is there already."""

from __future__ import annotations

from zmq.backend.cffi._calls import ffi
from zmq.backend.cffi.transfer import give_part, receive_part, take_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.cffi.life import SocketState


def receive_into(state: SocketState, buffer: Any, nbytes: int, flags: int) -> int:
    """Receive one part into a buffer; the size of the part in bytes."""
    target = _as_target(buffer)
    if not 0 <= nbytes <= len(target):
        raise ValueError(f"nbytes={nbytes} does not fit into a buffer of {len(target)} bytes")
    part = take_part(state)
    size = receive_part(state, part, flags)
    fitting = min(nbytes or len(target), size)
    ffi.memmove(target, part.data, fitting)
    give_part(state, part)
    return size


def _as_target(buffer: Any) -> Any:
    """The memory of a writable buffer, as a char[]."""
    if hasattr(buffer, "_part"):
        buffer = buffer.buffer
    try:
        view = memoryview(buffer)
    except TypeError:
        name = type(buffer).__name__
        raise TypeError(f"recv_into needs a writable buffer, not {name}") from None
    except ValueError as exc:  # a view that was released
        raise BufferError(f"recv_into needs a writable contiguous buffer: {exc}") from exc
    if view.readonly:
        raise BufferError("recv_into needs a writable contiguous buffer: this one is read-only")
    if not view.contiguous:
        raise BufferError("recv_into needs a writable contiguous buffer: this one has gaps")
    if not view.c_contiguous:  # as libzmq sees it, memory has no order
        buffer = getattr(buffer, "T", buffer)
    try:
        return ffi.from_buffer(buffer, require_writable=True)
    except (BufferError, ValueError, TypeError) as exc:
        raise BufferError(f"recv_into needs a writable contiguous buffer: {exc}") from exc
