# SPDX-License-Identifier: BSD-3-Clause
"""WaitingRoom: the threads that wait until one socket can go on, and the lock that they share.

One of them, the watcher, waits for the socket's descriptor.  The others wait to be woken.  The
descriptor tells of news only once, and whatever call of the socket comes first takes them in: so
each call looks afterwards whom they concern.
"""

from __future__ import annotations

import os
from _thread import RLock, allocate_lock, get_ident
from weakref import WeakSet

from zmq.backend import zmq_poll
from zmq.constants import POLLIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_rooms: WeakSet[WaitingRoom] = WeakSet()


class WaitingRoom:
    """The lock of a threadsafe socket, and who waits for what.

    The lock is held by who calls a method.

    Attributes
    ----------
    lock : RLock
        Held during every call into libzmq, and never while waiting.
    turn : RLock
        Held while a thread makes several calls that belong together, and waits between them.
    waiters : list of Waiter
        The oldest first.
    inside : bool
        A native method is at work, which calls methods of the socket as parts of itself.
    halves : _thread._local or None
        What each thread has sent or received of messages that it sends or receives part by part.
    farewell : type or None
        The exception for those who were waiting when the socket was closed.
    """

    __slots__ = (
        "lock",
        "turn",
        "waiters",
        "inside",
        "halves",
        "farewell",
        "_watcher",
        "_bell",
        "__weakref__",
    )

    def __init__(self) -> None:
        self.lock: Any = RLock()
        self.turn: Any = RLock()
        self.waiters: list[Waiter] = []
        self.inside = False
        self.halves: Any = None
        self.farewell: type[Exception] | None = None
        self._watcher: Waiter | None = None
        self._bell: Any = None
        _rooms.add(self)

    def wait(self, descriptor: int, events: int, seconds: float | None, idle: bool) -> None:
        """Let go of the lock, wait to be woken or for news from libzmq, and take the lock again.

        Parameters
        ----------
        descriptor : int
            The socket's FD.
        events : int
            What is waited for.
        seconds : float or None
            None waits for ever.
        idle : bool
            False when EVENTS says that the call could go on, and it could not: that is then no
            reason to be woken.
        """
        me = Waiter(events if idle else 0)
        outer = self._watcher
        # A signal handler may wait inside of its thread's own wait, which cannot watch meanwhile.
        watches = outer is None or outer.thread == me.thread
        held = (1, me.thread)
        try:
            # A signal handler that closes the socket may come between any two of these steps: it
            # leaves the bell to the watcher, and whoever waits finds it rung, or sees the farewell.
            if watches:
                self._watcher = me
                if self._bell is None:
                    self._bell = Bell()
                me.bell = self._bell
            self.waiters.append(me)
            if self.farewell is not None:
                return
            held = self.lock._release_save()
            me.sleep(descriptor, seconds)
        finally:
            # An exception of a signal handler may come anywhere, and find the lock in either state.
            if not self.lock._is_owned():
                self.lock._acquire_restore(held)
            if me in self.waiters:
                self.waiters.remove(me)
            if watches:
                self._end_watch(outer)

    def _end_watch(self, outer: Waiter | None) -> None:
        bell = self._bell
        if bell is not None:
            bell.silence()
        self._watcher = outer
        if outer is not None and bell is not None:
            bell.ring()  # it may have been for the outer one
        elif self.farewell is not None:
            self._close_bell()

    def wake(self, ready: int, staying: bool = False) -> None:
        """Wake one thread for each event that is ready; when it leaves it wakes the next.

        Parameters
        ----------
        ready : int
            What EVENTS says.
        staying : bool
            The caller will wait again: then nobody need be woken to watch in its place.
        """
        told = 0
        for waiter in self.waiters:
            if waiter.woken:
                told |= waiter.events
        for waiter in self.waiters:
            if not waiter.woken and waiter.events & ready & ~told:
                told |= waiter.events & ready
                waiter.wake()
        # Somebody has to watch, or be on the way to it.
        if not staying and not any(waiter.woken or waiter.bell for waiter in self.waiters):
            self.waiters[0].wake()

    def wake_all(self) -> None:
        """Wake everybody: the call to make next will tell them why."""
        for waiter in self.waiters:
            if not waiter.woken:
                waiter.wake()

    def close(self, farewell: type[Exception]) -> None:
        """Send everybody away.

        Parameters
        ----------
        farewell : type
            The exception for those who wait.
        """
        self.farewell = farewell
        self.wake_all()
        if self._watcher is None:
            self._close_bell()

    def _close_bell(self) -> None:
        bell, self._bell = self._bell, None
        if bell is not None:
            bell.close()

    def _cut_off(self) -> None:
        # In a forked child the threads that wait, or hold the lock, do not exist.
        self.lock = RLock()
        self.turn = RLock()
        self.waiters = []
        self._watcher = None
        if self._bell is not None:
            self._bell.close()
            self._bell = None


class Waiter:
    """A thread that waits: to be woken, or for a bell and descriptors.

    Parameters
    ----------
    events : int
        What it waits for.
    bell : Bell, optional
        What wakes it when it waits for descriptors.
    """

    __slots__ = ("events", "thread", "woken", "bell", "_gate")

    def __init__(self, events: int, bell: Bell | None = None) -> None:
        self.events = events
        self.thread = get_ident()
        self.woken = False
        self.bell = bell
        self._gate = allocate_lock()
        self._gate.acquire()

    def sleep(self, descriptor: int, seconds: float | None) -> None:
        """Wait, so many seconds at most; None is for ever."""
        if self.bell is None:
            self._gate.acquire(True, -1 if seconds is None else max(seconds, 0))
        else:
            watched = [(descriptor, POLLIN), (self.bell.descriptor, POLLIN)]
            zmq_poll(watched, -1 if seconds is None else max(seconds, 0) * 1000)

    def wake(self) -> None:
        """End its wait."""
        self.woken = True
        if self.bell is None:
            self._gate.release()
        else:
            self.bell.ring()


class Bell:
    """Wakes a thread that waits for descriptors.

    Attributes
    ----------
    descriptor : int
        Readable while it rings.
    """

    __slots__ = ("descriptor", "_ends")

    def __init__(self) -> None:
        from socket import socketpair

        # Not a pipe, for which Windows cannot wait.
        self._ends = socketpair()
        for end in self._ends:
            end.setblocking(False)
        self.descriptor = self._ends[0].fileno()

    def ring(self) -> None:
        """Ring until it is silenced."""
        try:
            self._ends[1].send(b"!")
        except BlockingIOError:
            pass  # it rings loud enough

    def silence(self) -> None:
        """Stop ringing."""
        try:
            self._ends[0].recv(4096)
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Give the descriptors back."""
        for end in self._ends:
            end.close()

    __del__ = close


def _cut_off_rooms() -> None:
    for room in list(_rooms):
        room._cut_off()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_cut_off_rooms)
