# SPDX-License-Identifier: BSD-3-Clause
"""Room: the greenlets that wait until one libzmq socket can go on; the only place where they wait.

The descriptor of a socket tells only that something has changed since libzmq was last asked, and
every call that libzmq gets may use that up.  So whoever makes a call while others wait has the
hub look whom its news concern, see `mark`; and what the descriptor tells is used up by reading
EVENTS, so that it cannot tell the same for ever.

Nothing here receives or sends: a greenlet that is woken does that itself, in one go with returning,
so there is never a message in hand that a killed greenlet would lose.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from gevent import get_hub
from gevent.hub import Waiter
from gevent.monkey import get_original

from zmq.backend import Socket as BackendSocket
from zmq.constants import SocketType
from zmq.error import ContextTerminated, SocketClosed, ZMQError, ZMQThreadError
from zmq.green._lookout import Lookout

# Plain ints, because those of the enums take longer to combine.
DONTWAIT, POLLIN, POLLOUT, POLLERR, FD, EVENTS = 1, 1, 2, 4, 14, 15
EVERYTHING = -1

#: Seconds that another thread may take to let go of a socket that is being closed.
PATIENCE = 5.0

#: Seconds between two looks where something could use up the descriptor's news unseen.
BETWEEN_LOOKS = 0.05

#: The types whose EVENTS always says that they can send, also when `send` has to wait.
ALWAYS_READY = frozenset(
    {SocketType.ROUTER, SocketType.XPUB, SocketType.PUB, SocketType.STREAM}
    | {SocketType.SERVER, SocketType.PEER}
)

#: Those in which somebody waits.
occupied: set[Room] = set()


_get_ident = get_original("_thread", "get_ident")


def is_here(hub: Any) -> bool:
    """Whether a hub is that of this thread; unlike `get_hub` it makes none where there is none."""
    return bool(hub.thread_ident == _get_ident())


class Guest:
    """A greenlet that waits in a room.

    Parameters
    ----------
    socket : Socket
    events : int
        What it waits for: POLLIN, POLLOUT.
    waiter : gevent.hub.Waiter
        What wakes it; the same in all rooms in which it waits.
    takes : bool
        It will take a message, or room for one, so one such guest is woken at a time.
    blind : bool
        EVENTS does not show what it waits for: it is to be woken by whatever happens.

    Attributes
    ----------
    woken : bool
        It has been woken, and has not been back since.
    error : ZMQError or None
        Why there is nothing to wait for any more.
    """

    __slots__ = ("blind", "error", "events", "socket", "takes", "waiter", "woken")

    def __init__(self, socket: Any, events: int, waiter: Any, takes: bool, blind: bool) -> None:
        self.socket = socket
        self.events = events
        self.waiter = waiter
        self.takes = takes
        self.blind = blind
        self.woken = False
        self.error: ZMQError | None = None

    def wake(self) -> None:
        """End its wait; to be called by the hub."""
        self.woken = True
        self.waiter.switch(None)


class Room:
    """Who waits for one libzmq socket.

    Attributes
    ----------
    guests : dict of Guest
        In the order in which they came.
    shared : bool
        Somebody else may use the libzmq socket without our knowing.
    farewell : type or None
        The exception for those who wait when the socket is closed; by default `SocketClosed`.
    """

    __slots__ = (
        "__weakref__",
        "_clock",
        "_dirty",
        "_hub",
        "_lookout",
        "_reports",
        "farewell",
        "guests",
        "members",
        "shared",
    )

    def __init__(self) -> None:
        self.guests: dict[Guest, None] = {}
        self.members: Any = WeakSet()
        self.shared = False
        self.farewell: type[ZMQError] | None = None
        self._hub: Any = None
        self._lookout: Lookout | None = None
        self._reports: Lookout | None = None  # on those of the connections of an observed socket
        self._clock: Any = None
        self._dirty = 0  # a look is due: 1, for those who are not blind; 2, for all

    # ---- coming and going ----

    def enter(self, guest: Guest) -> None:
        """Begin to wait, after a call has found nothing."""
        hub = guest.waiter.hub
        if self._hub is not hub:
            self._move(hub, guest.socket)
        lookout = self._lookout or self._open(guest.socket)
        if not self.guests:
            lookout.start(self._look_at_all)
            self._watch_reports(guest.socket)
            occupied.add(self)
        self.guests[guest] = None
        self.rest(guest)

    def leave(self, guest: Guest) -> None:
        """Wait no longer, having made a call or not."""
        if self.guests.pop(guest, self) is self:
            return  # sent away
        if self.guests:
            self.mark()
        else:
            self._stop()

    def rest(self, guest: Guest) -> None:
        """Go on waiting, after a call has found nothing: it may have used up news of others.

        Its own it has not: when a call finds nothing the descriptor will tell when that changes.
        Blind ones can use up one another's, and would wake one another for ever to see.
        """
        guest.woken = False
        if len(self.guests) > 1:
            if guest.blind:
                self._look_later()
            self.mark(1 if guest.blind else 2)
        elif self.shared:
            self._look_later()

    def share(self, socket: Any) -> None:
        """From now on somebody else may use the libzmq socket."""
        self.shared = True
        if self._lookout is None or self._lookout.apart or self._hub.loop is None:
            return
        if is_here(self._hub):
            self._reopen(socket)
        else:
            self._hub.loop.run_callback_threadsafe(self._reopen, socket)

    def _reopen(self, socket: Any) -> None:
        self._close_watchers()
        if self.guests and not socket.closed:
            self.resume(socket)
            self.mark()

    def _move(self, hub: Any, socket: Any) -> None:
        """Wait in another hub from now on: sockets may be passed on from thread to thread."""
        former = self._hub
        if self.guests:
            if former.loop is not None and former.thread_ident != hub.thread_ident:
                raise ZMQThreadError(socket, former.thread_ident)
            self.guests.clear()  # of a hub that was destroyed under them
        self._close()
        self._hub = hub
        self._dirty = 0

    def _open(self, socket: Any) -> Lookout:
        self._lookout = Lookout(self._hub, BackendSocket.get(socket, FD), self.shared)  # type: ignore[arg-type]
        return self._lookout

    def _stop(self) -> None:
        occupied.discard(self)
        if self._lookout is not None:
            self._lookout.stop()
        clock, self._clock = self._clock, None
        reports, self._reports = self._reports, None
        if clock is not None and self._hub.loop is not None:
            clock.close()
        if reports is not None:
            reports.close()

    def _close(self) -> None:
        self._stop()
        lookout, self._lookout, self._hub = self._lookout, None, None
        if lookout is not None:
            lookout.close()

    def __del__(self) -> None:
        self._close()

    # ---- telling ----

    def mark(self, whom: int = 2) -> None:
        """Have the hub look at the socket soon: who calls this has used up news of the guests."""
        if not self._dirty:
            loop = self._hub.loop
            if loop is None:
                return  # the hub was destroyed
            run = loop.run_callback if is_here(self._hub) else loop.run_callback_threadsafe
            run(self._look)
        self._dirty = max(self._dirty, whom)

    def _look_at_all(self) -> None:
        self._dirty = 2
        self._look()

    def _look(self) -> None:
        """Read EVENTS, and wake whom they concern."""
        whom, self._dirty = self._dirty, 0
        if not self.guests:
            return
        try:
            ready = int(BackendSocket.get(next(iter(self.guests)).socket, EVENTS))
        except ZMQError as exc:
            ready = EVERYTHING  # closed, or terminated: the calls to come tell
            if isinstance(exc, ContextTerminated):
                self.farewell = ContextTerminated  # also for those under whom another one closes it
        for guest in self._choose(ready, whom == 2):
            guest.wake()
        if self.guests and self.shared:
            self._look_later()

    def _choose(self, ready: int, blind: bool) -> list[Guest]:
        """Whom to wake: of those who take something one for each event, the first that came."""
        taken = 0
        for guest in self.guests:
            if guest.woken and guest.takes and ready != EVERYTHING:
                taken |= guest.events
        chosen = []
        for guest in self.guests:
            if guest.woken:
                continue
            if guest.blind:
                if blind or ready == EVERYTHING:
                    chosen.append(guest)
            elif guest.events & ready & ~(taken if guest.takes else 0):
                chosen.append(guest)
                if guest.takes and ready != EVERYTHING:
                    taken |= guest.events
        return chosen

    def _look_later(self) -> None:
        if self._clock is None:
            self._clock = self._hub.loop.timer(BETWEEN_LOOKS)
            self._clock.start(self._look_again, update=True)

    def _look_again(self) -> None:
        clock, self._clock = self._clock, None
        if clock is not None:
            clock.close()
        self._look_at_all()

    # ---- reports of the connections of observed sockets ----

    def _watch_reports(self, socket: Any) -> None:
        """Have them read while somebody waits, or they would pile up."""
        observer = getattr(socket, "_observer", None)
        inlet = None if observer is None or observer.relay is not None else observer.inlet
        if inlet is None:
            return
        observer.look(id)  # type: ignore[union-attr]
        self._reports = reports = Lookout(self._hub, BackendSocket.get(inlet, FD), True)  # type: ignore[arg-type]

        def read() -> None:
            if observer.inlet is inlet and observer.relay is None:  # type: ignore[union-attr]
                observer.look(id)  # type: ignore[union-attr]
            else:
                reports.stop()

        reports.start(read)

    # ---- the end ----

    def pause(self) -> None:
        """Watch no longer, for the socket is about to be closed."""
        hub = self._hub
        if hub is None or hub.loop is None:
            return
        if is_here(hub):
            self._close_watchers()
        elif self.guests:  # of another thread, which alone may touch its watchers
            done = get_original("_thread", "allocate_lock")()
            done.acquire()
            hub.loop.run_callback_threadsafe(self._close_watchers, done)
            done.acquire(True, PATIENCE)

    def _close_watchers(self, done: Any = None) -> None:
        hub = self._hub
        self._close()
        self._hub = hub
        if done is not None:
            done.release()

    def resume(self, socket: Any) -> None:
        """Watch again, for those who wait: the socket was not closed."""
        if self._lookout is None and self._hub is not None and is_here(self._hub):
            self._open(socket).start(self._look_at_all)
            occupied.add(self)

    def dismiss(self, reason: str) -> None:
        """Send everybody away: the socket is closed."""
        hub, guests = self._hub, list(self.guests)
        for guest in guests:
            if self.farewell is None:
                guest.error = SocketClosed(f"this {guest.socket._type_name} socket was {reason}")
            else:
                guest.error = self.farewell()
        loop = None if hub is None else hub.loop
        if loop is None:
            return
        if not is_here(hub):
            loop.run_callback_threadsafe(self._see_off, guests)
            return
        self._close()
        self.guests.clear()
        for guest in guests:
            loop.run_callback(guest.wake)

    def cut_off(self) -> None:
        """In a forked child: the socket is the parent's."""
        if self._hub is not None and is_here(self._hub):
            self.dismiss("cut off by a fork: it belongs to the parent process")
        else:  # of a thread that does not exist here
            self.guests.clear()
            occupied.discard(self)

    def _see_off(self, guests: list[Guest]) -> None:
        self._close()
        for guest in guests:
            self.guests.pop(guest, None)
            guest.wake()


#: What sockets have for a room until somebody has to wait for them.
NOBODY = Room()


def new_waiter() -> Any:
    """What wakes a greenlet of this thread."""
    return Waiter(get_hub())
