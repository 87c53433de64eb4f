# SPDX-License-Identifier: BSD-3-Clause
"""Polling threadsafe sockets together with anything else, while other threads use them.

A poll takes a place in the waiting room of each of them, with one bell for all, and watches their
descriptors itself.
"""

from __future__ import annotations

from time import monotonic

from zmq.backend import zmq_poll
from zmq.constants import EVENTS, FD, POLLIN
from zmq.error import SocketClosed
from zmq.sugar.waitingroom import Bell, Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from zmq._typing import Timeout


def poll_shared(
    wanted: Sequence[tuple[Any, int]], timeout: Timeout = None
) -> list[tuple[Any, int]]:
    """Do what `zmq_poll` does, for lists with threadsafe sockets.

    Parameters
    ----------
    wanted : list of (socket, int)
        Each socket, descriptor or object with `fileno()`, and the events to wait for.
    timeout : int or float, optional
        Milliseconds; None or a negative number waits for ever.

    Returns
    -------
    list of (socket, int)
        Those that are ready, and for what.
    """
    shared = [(thing, flags) for thing, flags in wanted if getattr(thing, "threadsafe", False)]
    others = [(thing, flags) for thing, flags in wanted if not getattr(thing, "threadsafe", False)]
    deadline = None if timeout is None or timeout < 0 else monotonic() + timeout / 1000
    bell = Bell()
    try:
        for socket, _ in shared:
            socket.get(EVENTS)  # which raises for a closed one
        while True:
            guests: list[tuple[Any, Waiter]] = []
            try:
                ready = [
                    (socket, events)
                    for socket, flags in shared
                    if (events := _look(socket, flags, bell, guests))
                ]
                left = None if deadline is None else max(0, (deadline - monotonic()) * 1000)
                over = left == 0
                doors: list[tuple[Any, int]] = [
                    (bell.descriptor, POLLIN),
                    *((socket.get(FD), POLLIN) for socket, _ in guests),
                ]
                found = zmq_poll(others + doors, 0 if ready else left)
            finally:
                for guest in guests:
                    _leave(*guest)
                bell.silence()
            # The descriptors of the sockets are nobody's business, unless somebody asked for them.
            known = {_name(thing) for thing, _ in others}
            ready += [(thing, events) for thing, events in found if _name(thing) in known]
            if ready or over:
                return ready
    finally:
        bell.close()


def _look(socket: Any, flags: int, bell: Bell, guests: list[tuple[Any, Waiter]]) -> int:
    """What a socket is ready for; if nothing, take a place in its waiting room."""
    room = socket._room
    with room.lock:
        if socket.closed:
            raise (room.farewell or SocketClosed)()
        ready: int = socket.get(EVENTS) & flags
        if not ready:
            guest = Waiter(flags, bell)
            guests.append((socket, guest))
            room.waiters.append(guest)
        return ready


def _leave(socket: Any, guest: Waiter) -> None:
    room = socket._room
    with room.lock:
        if guest in room.waiters:
            room.waiters.remove(guest)
        if room.waiters:
            socket._settle()


def _name(thing: Any) -> Any:
    """What stands for a thing in the result of `zmq_poll`."""
    return (
        thing.fileno() if not isinstance(thing, int) and not hasattr(thing, "getsockopt") else thing
    )
