# SPDX-License-Identifier: BSD-3-Clause
"""Transfer: one part of a message out or in, and waiting until that can be done."""

from __future__ import annotations

from zmq.backend import wording
from zmq.backend.cffi import given
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import EAGAIN, EINTR, now, raise_errno
from zmq.backend.cffi.frame import (
    Frame,
    announce_memory,
    frame_for,
    new_part,
    track_memory,
)
from zmq.backend.cffi.life import check_open, is_alive_elsewhere, raise_failure
from zmq.backend.cffi.numbers import FOREVER, as_milliseconds
from zmq.backend.cffi.release import find_owner, get_buffer, lend, new_event
from zmq.constants import (
    DONTWAIT,
    POLLIN,
    POLLOUT,
    PUB,
    RCVTIMEO,
    ROUTER,
    SNDMORE,
    SNDTIMEO,
    XPUB,
    Errno,
)
from zmq.error import Again, TimeoutExpired, ZMQThreadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from zmq.backend.cffi.life import SocketState

ZMQ_DONTWAIT, ZMQ_SNDMORE = int(DONTWAIT), int(SNDMORE)
IN, OUT = int(POLLIN), int(POLLOUT)
EHOSTUNREACH = int(Errno.EHOSTUNREACH)
#: Bytes from here on are cheaper shared with libzmq than copied.
SHORTEST_LENT = 32768
#: Milliseconds that events of an observed socket pile up while it waits.
BETWEEN_READS = 500
#: The sockets of these types cannot be waited for outside when they are to send.
NEVER_WATCHED = (PUB, XPUB, ROUTER)

_memory = ffi.buffer


# ---- waiting ----


def deadline_of(state: SocketState, sending: bool, start: int) -> int:
    """When a call that began at `start` must end by RCVTIMEO or SNDTIMEO."""
    value = read_int(state, SNDTIMEO if sending else RCVTIMEO)
    return FOREVER if value <= 0 else start + value


def read_int(state: SocketState, option: int) -> int:
    """Return the value of an int option; -1 when it cannot be read."""
    value = ffi.new("int *")
    size = ffi.new("size_t *", ffi.sizeof("int"))
    return value[0] if lib.zmq_core_get(state.c, option, value, size) == 0 else -1


def wait_until(state: SocketState, events: int, deadline: int) -> bool:
    """Wait for events of a socket; False when the deadline came first."""
    while True:
        left = -1 if deadline == FOREVER else max(0, deadline - now())
        rc = lib.zmq_core_wait(state.c, events, left)
        if rc > 0:
            return True
        if rc < 0 and rc != -EINTR:
            raise_failure(state, rc)
        if rc == 0 and deadline != FOREVER and now() >= deadline:
            return False
        if rc < 0:
            check_open(state)


def is_watched(state: SocketState, sending: bool) -> bool:
    """Whether a call that waits must read the events of the socket's connections meanwhile."""
    return state.observed and not (sending and state.kind in NEVER_WATCHED)


def go_on(state: SocketState, rc: int, flags: int, sending: bool, start: int, misses: int) -> int:
    """After a call failed: wait until it can be made again, or raise why it cannot; the misses."""
    events = OUT if sending else IN
    if rc == -EAGAIN:
        return _wait_for_turn(state, flags, sending, start, misses)
    if rc != -EINTR:
        if is_alive_elsewhere(state, rc):
            raise_failure(state, rc)
        words = wording.of_sending if sending else wording.of_receiving
        raise_errno(-rc, words(-rc, state.kind))
    check_open(state)
    if state.timed and state.limit == 0:
        # The option's time goes on: the call made again would begin a new one.
        if not wait_until(state, events, deadline_of(state, sending, start)):
            raise Again
    return misses


def _wait_for_turn(state: SocketState, flags: int, sending: bool, start: int, misses: int) -> int:
    state.would_block += 1
    if state.limit and state.limiter != lib.zmq_core_thread():
        raise ZMQThreadError(state.socket(), state.limiter)  # the limit is that of another's call
    if is_watched(state, sending) and not flags & ZMQ_DONTWAIT:
        _wait_observed(state, sending, start)
        return misses
    if state.limit == 0 or flags & ZMQ_DONTWAIT:
        raise Again
    if misses:
        # It said it was ready and was not, as a mandatory ROUTER does: do not spin.
        lib.zmq_core_pause()
    over = state.limit != FOREVER and now() >= state.limit
    if over or not wait_until(state, OUT if sending else IN, state.limit):
        raise TimeoutExpired(wording.of_expiry(sending))
    return misses + 1


def _wait_observed(state: SocketState, sending: bool, start: int) -> None:
    """Wait until a call can be made again, reading the events of the connections meanwhile."""
    deadline = state.limit
    if deadline == 0:
        value = read_int(state, SNDTIMEO if sending else RCVTIMEO)
        deadline = FOREVER if value < 0 else start + value if state.timed else 1
    while True:
        state.socket()._read_events()
        check_open(state)
        pause = now() + BETWEEN_READS
        pause = pause if deadline == FOREVER else min(pause, deadline)
        if wait_until(state, OUT if sending else IN, pause):
            return
        if deadline != FOREVER and now() >= deadline:
            if state.limit == 0:
                raise Again
            raise TimeoutExpired(wording.of_expiry(sending))


def limited(
    state: SocketState, timeout: Any, method: Callable[..., Any], *args: Any, **options: Any
) -> Any:
    """Make a call with a deadline.  What it calls looks at `limit` only when it would wait."""
    wait = as_milliseconds(timeout)
    outer, me = state.limit, lib.zmq_core_thread()  # a signal handler may call in the middle
    if outer and state.limiter != me:
        raise ZMQThreadError(state.socket(), state.limiter)
    state.limit, state.limiter = FOREVER if wait < 0 else now() + wait, me
    try:
        return method(*args, **options)
    finally:
        state.limit = outer


# ---- out ----


def send_memory(state: SocketState, data: Any, size: int, flags: int) -> None:
    """Send a copy of memory: of bytes, or of a char[]."""
    used = _patience(state, flags, True) if state.limit or state.observed else flags
    rc = lib.zmq_core_send(state.c, data, size, used)
    if rc < 0:
        _send_again(state, rc, flags, data, size)


def _send_again(state: SocketState, rc: int, flags: int, data: Any, size: int) -> None:
    misses, start = 0, now() if state.timed else 0
    while rc < 0:
        if rc == -EHOSTUNREACH:
            _raise_unreachable(state, data, size)
        misses = go_on(state, rc, flags, True, start, misses)
        rc = lib.zmq_core_send(state.c, data, size, _patience(state, flags, True))


def _patience(state: SocketState, flags: int, sending: bool) -> int:
    """The flags of a call that waits itself only when nothing else is to be done meanwhile."""
    if state.limit or (state.observed and is_watched(state, sending)):
        return flags | ZMQ_DONTWAIT
    return flags


def _raise_unreachable(state: SocketState, data: Any, size: int) -> NoReturn:
    start = data[:64] if isinstance(data, bytes) else _memory(data, min(size, 64))[:]
    raise_errno(EHOSTUNREACH, wording.of_sending(EHOSTUNREACH, state.kind, start))


def send_part(state: SocketState, part: Any, flags: int) -> None:
    """Send a part, which is empty afterwards; on failure it is still there."""
    misses, start = 0, now() if state.timed else 0
    while True:
        rc = lib.zmq_core_send_part(state.c, part, _patience(state, flags, True))
        if rc == 0:
            return
        if rc == -EHOSTUNREACH:
            size = lib.zmq_core_part_size(part)
            _raise_unreachable(state, part.data, size)
        misses = go_on(state, rc, flags, True, start, misses)


def send_frame(state: SocketState, frame: Frame, flags: int, track: bool) -> Any:
    """Send what a frame holds, sharing its memory; the frame stays as it is."""
    if track and frame.tracker is None:
        raise ValueError(
            "this Frame is not tracked: make it with track=True to send it with track=True"
        )
    part = new_part()
    rc = lib.zmq_core_copy_part(part, frame._part)
    if rc < 0:
        raise_errno(-rc)
    try:
        send_part(state, part, flags)
    finally:
        lib.zmq_core_empty_part(part)
    return frame.tracker


def is_lent(state: SocketState, data: bytes) -> bool:
    """Whether bytes are shared with libzmq instead of copied: they cannot change."""
    return state.share_bytes and len(data) >= state.copy_threshold


def lend_memory(state: SocketState, data: Any, flags: int, track: bool) -> Any:
    """Send memory without copying it; the tracker, if it is tracked."""
    event = new_event(1) if track else None
    part = new_part()
    lend(part, data, None if event is None else event.tally)
    try:
        send_part(state, part, flags)
    finally:
        lib.zmq_core_empty_part(part)
    return None if event is None else given.tracker_class(event)


def send_data(
    state: SocketState,
    data: Any,
    flags: int,
    copy: bool,
    track: bool,
    routing_id: Any = None,
    group: Any = None,
) -> Any:
    """Send one part of any kind."""
    if routing_id is not None or group is not None:
        data = frame_for(data, copy, track, routing_id, group)
    elif type(data) is bytes and copy:
        if len(data) < SHORTEST_LENT or not is_lent(state, data):
            return send_memory(state, data, len(data), flags)
        return lend_memory(state, data, flags, False)
    track = track and not copy
    if isinstance(data, Frame):
        return send_frame(state, data, flags, track)
    if copy or not track:
        view = get_buffer(data)
        if copy or len(view) < state.copy_threshold:
            return send_memory(state, view, len(view), flags)
    return lend_memory(state, data, flags, track)


# ---- in ----


def receive_part(state: SocketState, part: Any, flags: int) -> int:
    """Receive into a part; the size in bytes."""
    if state.counted:
        from zmq.backend.cffi.counting import receive_counted

        return receive_counted(state, part, flags)
    size = lib.zmq_core_recv(
        state.c, part, flags | ZMQ_DONTWAIT if state.limit or state.observed else flags
    )
    return size if size >= 0 else _receive_again(state, part, flags, size)


def _receive_again(state: SocketState, part: Any, flags: int, size: int) -> int:
    misses, start = 0, now() if state.timed else 0
    while size < 0:
        misses = go_on(state, size, flags, False, start, misses)
        size = lib.zmq_core_recv(state.c, part, _patience(state, flags, False))
    return size


def take_part(state: SocketState) -> Any:
    """Return a part to receive into, for this call alone."""
    try:
        return state.parts.pop()
    except IndexError:
        return new_part()


def give_part(state: SocketState, part: Any) -> None:
    """Take a part back; what it holds elsewhere is given back."""
    if part.outside:
        lib.zmq_core_empty_part(part)
    state.parts.append(part)


def part_bytes(part: Any, size: int) -> bytes:
    """Return the contents: the very object where bytes were sent within this process."""
    if part.outside:
        owner = find_owner(part.data)
        if type(owner) is bytes and len(owner) == size:
            return owner
    return _memory(part.data, size)[:] if size else b""


def receive_bytes(state: SocketState, flags: int) -> bytes:
    """Receive one part as bytes."""
    part = take_part(state)
    size = receive_part(state, part, flags)
    content = part_bytes(part, size)
    give_part(state, part)
    return content


def receive_frame(state: SocketState, flags: int, track: bool) -> Frame:
    """Receive one part as a frame."""
    frame = Frame()
    announce_memory(receive_part(state, frame._part, flags))
    if track:
        track_memory(frame)
    return frame
