# SPDX-License-Identifier: BSD-3-Clause
"""Wait: making a call of a socket until it succeeds, and waiting for several sockets at once."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any, Callable

from zmq.backend import Context as BackendContext
from zmq.backend import Socket as BackendSocket
from zmq.backend import zmq_poll
from zmq.constants import RCVTIMEO, SNDTIMEO
from zmq.error import Again, TimeoutExpired
from zmq.green._lookout import Lookout
from zmq.green._registry import find_room
from zmq.green._room import (
    ALWAYS_READY,
    BETWEEN_LOOKS,
    NOBODY,
    POLLIN,
    POLLOUT,
    Guest,
    new_waiter,
)

#: gevent's io watchers: until readable, until writable.
READ, WRITE = 1, 2

#: Seconds; what is longer is for ever.
LONGEST = 0x7FFFFFFF / 1000


class Alarm:
    """Wakes a waiter when the time is over.

    Parameters
    ----------
    waiter : gevent.hub.Waiter
    timeout : int or float
        Milliseconds; a negative number is for ever.
    """

    __slots__ = ("_timer", "over", "_waiter")

    def __init__(self, waiter: Any, timeout: float) -> None:
        self.over = False
        self._waiter = waiter
        self._timer = None
        seconds = timeout / 1000
        if 0 <= seconds < LONGEST:
            self._timer = waiter.hub.loop.timer(seconds)
            # The loop's own time is that of its last turn, which may be long ago.
            self._timer.start(self._ring, update=True)

    def _ring(self) -> None:
        self.over = True
        self._waiter.switch(None)

    def stop(self) -> None:
        if self._timer is not None and self._waiter.hub.loop is not None:
            self._timer.close()


def insist(
    socket: Any,
    events: int,
    timeout: float | None,
    method: Callable[..., Any],
    /,
    *args: Any,
    **options: Any,
) -> Any:
    """Make a call that has raised Again once until it does not.

    Parameters
    ----------
    socket : Socket
    events : int
        POLLIN for a call that receives, POLLOUT for one that sends; 0 for one whose success EVENTS
        does not show.
    timeout : int or float, optional
        Milliseconds, -1 for ever; by default RCVTIMEO or SNDTIMEO says it.
    method : callable
        Raises Again rather than wait.
    *args, **options
        Its arguments.

    Raises
    ------
    TimeoutExpired, Again
        When the time is over: of `timeout`, of RCVTIMEO or SNDTIMEO.
    SocketClosed
        When the socket is closed meanwhile.
    """
    limit = timeout
    if limit is None:
        limit = BackendSocket.get(socket, SNDTIMEO if events == POLLOUT else RCVTIMEO)
    if limit == 0:
        raise _expire(socket, events, timeout)
    blind = not events or events == POLLOUT and socket._socket_type in ALWAYS_READY
    waiter = new_waiter()
    guest = Guest(socket, events, waiter, True, blind)
    room = find_room(socket)
    alarm = Alarm(waiter, limit)
    try:
        room.enter(guest)
        while True:
            waiter.get()
            waiter.clear()
            if guest.error is not None:
                raise guest.error
            try:
                return method(*args, **options)
            except Again:
                if alarm.over:
                    raise _expire(socket, events, timeout) from None
            room.rest(guest)
    finally:
        room.leave(guest)
        alarm.stop()


def _expire(socket: Any, events: int, timeout: float | None) -> Again:
    if timeout is None:
        return Again()
    done = "sent" if events == POLLOUT else "received"
    return TimeoutExpired(
        f"no message could be {done} by this {socket._type_name} socket within {timeout} ms"
    )


# ---- several sockets and descriptors -----------------------------------------------------------


class Watch:
    """What one greenlet waits for at once.

    Parameters
    ----------
    things : list of (Socket or int or object, int)
        As for `zmq_poll`.
    """

    def __init__(self, things: Sequence[tuple[Any, int]]) -> None:
        self.waiter = new_waiter()
        self.guests: list[tuple[Any, Guest]] = []
        self.watchers: list[Any] = []
        try:
            for thing, flags in things:
                if isinstance(thing, BackendSocket):
                    self._enter(thing, int(flags))
                else:
                    self._watch(thing, int(flags))
        except BaseException:
            self.end()
            raise

    def _enter(self, socket: Any, flags: int) -> None:
        room = find_room(socket)
        guest = Guest(socket, flags, self.waiter, False, False)
        room.enter(guest)
        self.guests.append((room, guest))

    def _watch(self, thing: Any, flags: int) -> None:
        descriptor = thing if isinstance(thing, int) else thing.fileno()
        loop = self.waiter.hub.loop
        events = (flags & POLLIN and READ) | (flags & POLLOUT and WRITE)
        if events:
            watcher = loop.io(descriptor, events)
        else:  # for errors alone the loop does not wait
            watcher = loop.timer(BETWEEN_LOOKS, BETWEEN_LOOKS)
        watcher.start(self.waiter.switch, None)
        self.watchers.append(watcher)

    def sleep(self) -> None:
        """Wait until something may have happened."""
        self.waiter.get()
        self.waiter.clear()
        for _, guest in self.guests:
            if guest.error is not None:
                raise guest.error

    def rest(self) -> None:
        """Go on waiting."""
        for room, guest in self.guests:
            room.rest(guest)

    def end(self) -> None:
        """Wait no longer."""
        for room, guest in self.guests:
            room.leave(guest)
        if self.waiter.hub.loop is not None:  # else the hub was destroyed, and they with it
            for watcher in self.watchers:
                watcher.close()


def wait_for(
    things: Sequence[tuple[Any, int]], timeout: float | None, look: Callable[[], Any]
) -> Any:
    """Wait until what is looked for is there.

    Parameters
    ----------
    things : list of (Socket or int or object, int)
        What to watch.
    timeout : int or float, optional
        Milliseconds; None or a negative number waits for ever.
    look : callable
        Returns what is false while there is nothing; it has been called once.

    Returns
    -------
    object
        What `look` returned last.
    """
    watch = Watch(things)
    alarm = Alarm(watch.waiter, -1 if timeout is None else timeout)
    try:
        while True:
            watch.sleep()
            found = look()
            if found or alarm.over:
                return found
            watch.rest()
    finally:
        watch.end()
        alarm.stop()


def wait_readable(descriptor: int, timeout: float) -> None:
    """Wait for a descriptor that somebody else may close meanwhile.

    Parameters
    ----------
    descriptor : int
    timeout : int or float
        Milliseconds.
    """
    waiter = new_waiter()
    lookout = Lookout(waiter.hub, descriptor, True)
    alarm = Alarm(waiter, timeout)
    try:
        lookout.start(waiter.switch, None)
        waiter.get()
    finally:
        lookout.close()
        alarm.stop()


def poll_all(sockets: Sequence[tuple[Any, int]], timeout: float | None = -1) -> Any:
    """Wait until one of several sockets or descriptors is ready, as `zmq.zmq_poll` does.

    Only this greenlet waits.

    Parameters
    ----------
    sockets : list of (Socket, int)
        Each a `zmq.Socket` of whatever class, a descriptor or an object with `fileno()`, and the
        events to wait for: `zmq.POLLIN`, `zmq.POLLOUT`, `zmq.POLLERR`.
    timeout : int or float, optional
        Milliseconds; None or a negative number waits for ever.

    Returns
    -------
    list of (socket, int)
        Those that are ready, and for what; descriptors of objects as ints.

    Raises
    ------
    ZMQError
        ENOTSOCK for a closed socket; `SocketClosed` when one is closed meanwhile.
    """
    things = list(sockets)
    BackendContext._check_timeout(timeout)

    found = poll_now(things)
    for thing, _ in things:
        room = getattr(thing, "_green_room", NOBODY)
        if room.guests:
            room.mark()
    if found or timeout == 0:
        return found
    return wait_for(things, timeout, lambda: poll_now(things))


def poll_now(things: Sequence[tuple[Any, int]]) -> Any:
    """What is ready, as `zmq.zmq_poll` tells it."""
    if any(getattr(thing, "threadsafe", False) for thing, _ in things):
        from zmq.sugar.sharedpoll import poll_shared

        return poll_shared(things, 0)
    return zmq_poll(things, 0)


def deadline_of(timeout: float | None) -> float:
    """When a call that begins now must end, by `time.monotonic`."""
    return float("inf") if timeout is None or timeout < 0 else monotonic() + timeout / 1000


def time_left(deadline: float) -> float:
    """Milliseconds until a deadline; -1 for ever."""
    return -1 if deadline == float("inf") else max(0.0, (deadline - monotonic()) * 1000)
