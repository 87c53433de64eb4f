# SPDX-License-Identifier: BSD-3-Clause
"""Counting: what PUB and XPUB sockets do differently when their subscribers are counted.

What peers say of their subscriptions is taken from libzmq before the user asks for it; it waits
here until then.
"""

from __future__ import annotations

from zmq.backend import wording
from zmq.backend.cffi._calls import lib
from zmq.backend.cffi.errors import EAGAIN, EINTR, raise_errno
from zmq.backend.cffi.frame import Frame
from zmq.backend.cffi.life import NATIVE_RECV, NATIVE_SEND, check_open, raise_failure
from zmq.backend.cffi.transfer import IN, ZMQ_DONTWAIT, receive_part, wait_until
from zmq.constants import PUB, Errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.cffi.life import SocketState

#: Messages that a counting PUB sends before it looks who has subscribed.
BETWEEN_LOOKS = 256


def begin_counting(state: SocketState, counting: Any) -> None:
    """Show everything received to `counting.note`, from now on."""
    state.counting = counting
    state.counted = True
    state.held = []
    # The methods for whole messages and text then go through `send` and `recv`.
    state.native &= ~(NATIVE_SEND | NATIVE_RECV)


def take_notification(state: SocketState, deadline: int) -> Frame | None:
    """Return one part that libzmq has, whatever is held; None when none comes in time."""
    frame = Frame()
    while True:
        size = lib.zmq_core_recv(state.c, frame._part, ZMQ_DONTWAIT)
        if size >= 0:  # it counts when the user gets it
            state.c.messages_in -= not frame.more
            state.c.bytes_in -= size
            return frame
        if size == -EAGAIN:
            if deadline == 0 or not wait_until(state, IN, deadline):
                return None
        elif size != -EINTR:
            raise_failure(state, size)
        check_open(state)


def receive_counted(state: SocketState, part: Any, flags: int) -> int:
    """Receive what is held, or the next part from libzmq; its size in bytes."""
    if state.kind == PUB:
        number = int(Errno.ENOTSUP)
        raise_errno(number, wording.of_receiving(number, state.kind))
    if state.held:
        lib.zmq_core_copy_part(part, state.held.pop(0)._part)
        part.more, part.outside = lib.zmq_core_part_more(part), True
        size = lib.zmq_core_part_size(part)
        state.c.messages_in += not part.more
        state.c.bytes_in += size
    else:
        state.counted = False
        try:
            size = receive_part(state, part, flags)
        finally:
            state.counted = True
        frame = Frame()
        lib.zmq_core_copy_part(frame._part, part)
        state.counting.note(frame)
    state.more = bool(part.more)
    return size


def mend_events(state: SocketState, events: int) -> int:
    """What ZMQ_EVENTS would say if libzmq had what is held; a PUB is never readable."""
    if state.kind == PUB:
        return events & ~IN
    return events | IN if state.held else events
