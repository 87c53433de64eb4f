# SPDX-License-Identifier: BSD-3-Clause
"""Room: the tasks that wait until one ØMQ socket can go on.

One of them, the watcher, waits for the socket's descriptor; the others wait to be woken.  The
descriptor tells of news only once, and whatever call of the socket comes first takes them in: so
who has made a call looks afterwards whom they concern.

Nothing here receives or sends: a task that is woken does that itself, in one go with returning.
"""

from __future__ import annotations

import os
import sys
from collections import deque

from anyio import ClosedResourceError, Event, move_on_after, notify_closing, wait_readable

from zmq.backend import Socket as BackendSocket
from zmq.error import SocketClosed, ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from zmq._typing import Timeout
    from zmq.sugar.socket import Socket

    _Answer = TypeVar("_Answer")

# Plain ints, because those of the enums take ten times as long to combine.
FD: Any  # to type checkers these numbers do not tell that they are options of int
EVENTS: Any
POLLIN, POLLOUT, FD, EVENTS = 1, 2, 14, 15
EVERYTHING = POLLIN | POLLOUT

#: Seconds between two looks at a socket whose news somebody else may take in.
LOOK_AFTER = 0.1

#: The same for one that is observed, where the reports of the monitor would pile up.
READ_AFTER = 0.5


def seconds_of(timeout: Timeout) -> float | None:
    """So many milliseconds in seconds; None for ever."""
    if timeout is None or timeout < 0:
        return None
    if timeout != timeout:
        raise ValueError("a time-out cannot be NaN")
    return timeout / 1000


def read_events(socket: Any) -> int:
    """What EVENTS says, which takes in the news: see `Room.settle`."""
    return (  # type: ignore[no-any-return]
        socket.get(EVENTS) if socket.threadsafe else BackendSocket.get(socket, EVENTS)
    )


# Who waits does so for a descriptor of its own.  The socket's may be closed meanwhile, also by a
# synchronous owner; and its number would have a new owner then, before the task that waited runs,
# and takes the new one off the event loop.
if sys.platform == "win32":  # where these are handles, and only sockets have any

    def duplicate(descriptor: int) -> int:
        return descriptor

    def release(descriptor: int) -> None:
        pass

else:
    duplicate, release = os.dup, os.close


class Waiter:
    """A task that waits.

    Attributes
    ----------
    events : int
        What it waits for: POLLIN, POLLOUT.
    any_news : bool
        Whether EVENTS does not show what it waits for: it is to be woken by whatever happens.
    woken : bool
        Whether it has been woken, and has not run since.
    """

    __slots__ = ("any_news", "bell", "events", "woken")

    def __init__(self, events: int, any_news: bool = False) -> None:
        self.events = events
        self.any_news = any_news
        self.woken = False
        self.bell: Event | None = None


class Room:
    """Who waits for one libzmq socket.

    Attributes
    ----------
    receivers, senders : deque of Waiter
        Those who want to receive or send, first come first served: only the first may try.
    lookers : deque of Waiter
        Those who want to know of events, and take nothing.
    count : int
        How many there are of all these.
    shared : bool
        Whether somebody else may use the libzmq socket, and take in its news.
    spent : int
        Calls since the last time that other tasks had a turn.
    begun : bool
        Whether a part has been sent to which the next one belongs.
    """

    __slots__ = (
        "begun",
        "count",
        "descriptor",
        "lookers",
        "receivers",
        "senders",
        "shared",
        "spent",
        "watcher",
    )

    def __init__(self, shared: bool) -> None:
        self.receivers: deque[Waiter] = deque()
        self.senders: deque[Waiter] = deque()
        self.lookers: deque[Waiter] = deque()
        self.watcher: Waiter | None = None
        self.descriptor: Any = None
        self.count = self.spent = 0
        self.shared = shared
        self.begun: int = False

    # ---- coming and going ----

    def join(self, queue: deque[Waiter], waiter: Waiter) -> None:
        """Get in line."""
        queue.append(waiter)
        self.count += 1

    def leave(self, queue: deque[Waiter], waiter: Waiter, socket: Socket[Any]) -> None:
        """Get out of line, and see to it that those who stay are told and somebody watches."""
        queue.remove(waiter)
        self.count -= 1
        if self.count and not socket.closed:
            self.settle(socket)

    def settle(self, socket: Socket[Any]) -> None:
        """After a call, wake who can go on: it may have taken in the news that they wait for."""
        self.spread(socket, news=True)
        if self.watcher is None:
            candidates = list(self._candidates())
            if not any(waiter.woken for waiter in candidates):
                self.wake(candidates[0])  # to watch

    # ---- telling ----

    def _candidates(self) -> Iterator[Waiter]:
        """Those who could go on: the others sleep until they are the first in their line."""
        if self.receivers:
            yield self.receivers[0]
        if self.senders:
            yield self.senders[0]
        yield from self.lookers

    def spread(self, socket: Socket[Any], me: Waiter | None = None, news: bool = False) -> int:
        """Wake whom it concerns what EVENTS says now.

        Parameters
        ----------
        socket : Socket
        me : Waiter, optional
            Who need not be woken.
        news : bool
            Whether something may have happened that EVENTS does not show.

        Returns
        -------
        int
            What EVENTS says; everything when it cannot be read: the next call tells why.
        """
        try:
            ready = read_events(socket)
        except ZMQError:
            ready = EVERYTHING
        for waiter in self._candidates():
            concerned = news if waiter.any_news else waiter.events & ready
            if concerned and waiter is not me and not waiter.woken:
                self.wake(waiter)
        return ready

    def wake(self, waiter: Waiter) -> None:
        """End its wait."""
        waiter.woken = True
        try:
            if waiter is self.watcher:
                notify_closing(self.descriptor)
            elif waiter.bell is not None:
                waiter.bell.set()
        except RuntimeError:
            pass  # of an event loop that was ended under its tasks

    def wake_all(self) -> None:
        """Wake everybody: the socket is being closed."""
        for queue in (self.receivers, self.senders, self.lookers):
            for waiter in queue:
                self.wake(waiter)

    # ---- waiting ----

    async def sleep(self, socket: Socket[Any], waiter: Waiter) -> None:
        """Wait to be woken, or for news from libzmq.

        Raises
        ------
        SocketClosed
            When there is no socket any more.
        """
        waiter.woken = False
        self.spent = 0
        seconds = None
        if self.shared:
            seconds = LOOK_AFTER
        elif getattr(socket, "_observer", None) is not None:
            seconds = READ_AFTER
        if seconds is None:
            await self._wait(socket, waiter)
        else:
            with move_on_after(seconds):
                await self._wait(socket, waiter)
        if socket.closed:
            raise SocketClosed(
                f"this {socket._type_name} socket was closed while a task was waiting for it"
            )
        if seconds is not None and not waiter.woken:
            socket._read_events()

    async def _wait(self, socket: Any, waiter: Waiter) -> None:
        if self.watcher is not None:
            waiter.bell = Event()
            try:
                await waiter.bell.wait()
            finally:
                waiter.bell = None
            return
        self.descriptor = descriptor = duplicate(socket.get(FD))
        self.watcher = waiter
        try:
            await wait_readable(descriptor)
        except ClosedResourceError:
            pass  # another task has woken this one
        finally:
            self.watcher = None
            release(descriptor)
        if self.count > 1 and not socket.closed:
            self.spread(socket, waiter, news=True)


async def look(
    socket: Socket[Any],
    room: Room,
    question: Callable[[], _Answer],
    events: int,
    any_news: bool = False,
) -> _Answer:
    """Wait until a question has an answer.

    Parameters
    ----------
    socket : Socket
    room : Room
        Its room.
    question : callable
        Returns what is false while there is no answer.
    events : int
        When to ask again.
    any_news : bool
        Ask again whatever happens.

    Returns
    -------
    object
        The answer.
    """
    waiter = Waiter(events, any_news)
    room.join(room.lookers, waiter)
    try:
        while True:
            answer = question()
            if answer:
                return answer
            if room.count > 1:
                room.spread(socket, waiter)
            await room.sleep(socket, waiter)
    finally:
        room.leave(room.lookers, waiter, socket)
