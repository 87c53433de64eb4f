# SPDX-License-Identifier: BSD-3-Clause
"""Polling: waiting for one socket, or for many sockets and descriptors."""

from __future__ import annotations

from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.counting import mend_events
from zmq.backend.cffi.errors import EINTR, now
from zmq.backend.cffi.life import Stateful, check_open, raise_busy, raise_failure
from zmq.backend.cffi.numbers import as_milliseconds
from zmq.backend.cffi.transfer import BETWEEN_READS, IN
from zmq.constants import PUB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.cffi.life import SocketState


def ready_events(state: SocketState) -> int:
    """What ZMQ_EVENTS says now."""
    while True:
        events = lib.zmq_core_events(state.c)
        if events >= 0:
            return mend_events(state, events) if state.counted else events
        if events != -EINTR:
            raise_failure(state, events)


def poll_socket(state: SocketState, timeout: Any, flags: int) -> int:
    """Wait until a socket is ready; what it is ready for."""
    wait = as_milliseconds(timeout)
    check_open(state)
    # One look at ZMQ_EVENTS is half the price of zmq_poll, which asks the system first.
    events = ready_events(state) & flags
    if events or wait == 0:
        return events
    if state.counted and state.kind == PUB:
        flags &= ~IN
    items = ffi.new("zmq_pollitem_t[1]")
    items[0].socket, items[0].events = state.c.handle, flags
    poll_items(items, wait, [state])
    return items[0].revents


def poll_items(items: Any, timeout: int, states: list[SocketState]) -> None:
    """zmq_poll, made again for the rest of the time when a signal interrupts it."""
    deadline = now() + timeout if timeout > 0 else 0
    once = list({id(state): state for state in states}.values())
    users = ffi.new("zmq_core_socket *[]", [state.c for state in once])
    while True:
        pause = timeout
        if _read_events_of(once) and (timeout < 0 or timeout > BETWEEN_READS):
            pause = BETWEEN_READS
        rc = lib.zmq_core_poll(users, len(once), items, len(items), pause)
        if rc > 0 or (rc == 0 and pause == timeout):
            return
        if rc < 0 and rc != -EINTR:
            raise_busy(once, rc)
        if timeout > 0:
            timeout = max(0, deadline - now())


def _read_events_of(states: list[SocketState]) -> bool:
    """Read the events of the observed sockets among these; whether there are any such sockets."""
    found = False
    for state in states:
        if state.observed:
            state.socket()._read_events()
            found = True
    return found


def zmq_poll(sockets: Any, timeout: Any = -1) -> list[tuple[Any, int]]:
    wait = as_milliseconds(timeout)
    wanted = list(sockets)
    items = ffi.new("zmq_pollitem_t[]", len(wanted))
    things, states = [], []
    for i, (thing, flags) in enumerate(wanted):
        things.append(_fill(items[i], thing, flags))
        if isinstance(thing, Stateful):
            states.append(thing._state)
            if flags & IN and thing._state.held:
                wait = 0
    poll_items(items, wait, states)
    ready = []
    for i, thing in enumerate(things):
        events = items[i].revents
        if wanted[i][1] & IN and isinstance(thing, Stateful) and thing._state.held:
            events |= IN
        if events:
            ready.append((thing, events))
    return ready


def _fill(item: Any, thing: Any, flags: int) -> Any:
    """Fill in a poll item; what stands for it in the result."""
    item.events = flags
    if isinstance(thing, Stateful):
        state = thing._state
        check_open(state)
        item.socket = state.c.handle
        if state.counted and state.kind == PUB:
            item.events &= ~IN
        return thing
    if not isinstance(thing, int):
        try:
            thing = thing.fileno()
        except AttributeError:
            raise TypeError(
                "a zmq.Socket, a descriptor or an object with fileno() can be polled, not "
                f"{thing!r}"
            ) from None
        if not isinstance(thing, int):
            raise TypeError(f"fileno() returned {thing!r}, which is not a descriptor")
    item.fd = thing
    return thing
