# SPDX-License-Identifier: BSD-3-Clause
"""LockedSocket: what a threadsafe socket does under its lock, but for sending and receiving."""

from __future__ import annotations

from time import monotonic

from zmq._typing import SocketMixin
from zmq.backend import Context as BackendContext
from zmq.constants import DRAFT_SOCKET_TYPES, RCVTIMEO, SNDTIMEO, SocketType
from zmq.error import Again, ContextTerminated, SocketClosed, TimeoutExpired, ZMQError
from zmq.sugar.waitingroom import WaitingRoom

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from zmq._typing import Timeout

# Plain ints, because those of the enums take ten times as long to combine.
DONTWAIT, POLLIN, POLLOUT, FD, EVENTS, RCVMORE = 1, 1, 2, 14, 15, 13

#: Seconds between tries of a call of which EVENTS says that it would not block, and which does: as
#: a mandatory ROUTER's `send` to one peer of several.
RETRY_AFTER = 0.05

#: Seconds that events of an observed socket pile up while a call waits.
BETWEEN_READS = 0.5

#: Milliseconds that are as good as for ever.
LONGEST_WAIT = 0x7FFFFFFF


def end_of(timeout: float) -> float | None:
    """When so many milliseconds are over, by the monotonic clock; None for never."""
    BackendContext._check_timeout(timeout)
    return None if timeout < 0 else monotonic() + min(timeout, LONGEST_WAIT) / 1000


def _lock_method(name: str) -> Any:
    """A method that does under the lock what the ordinary one does."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        room = self._room
        with room.lock:
            try:
                return getattr(self._plain, name)(self, *args, **kwargs)
            finally:
                if room.waiters:
                    self._settle()

    method.__name__ = name
    method.__doc__ = f"What `zmq.Socket.{name}` does, under the lock."
    return method


class LockedOptions(SocketMixin):
    """The options, under the lock."""

    __slots__ = ()

    #: The lock, and who is waiting; shared by sockets that shadow each other.
    _room: Any = None
    #: The class that this is the threadsafe variant of.
    _plain: Any = None

    def get(self, option: int) -> Any:
        """Read a socket option.

        EVENTS and RCVMORE count what this thread has still to receive of a message.
        """
        room = self._room
        with room.lock:
            try:
                value = self._plain.get(self, option)
            finally:
                if room.waiters:
                    self._settle()
            if room.halves is None or option not in (EVENTS, RCVMORE) or not self._has_rest():
                return value
            return value | POLLIN if option == EVENTS else 1

    def set(self, option: int, optval: Any) -> None:
        """Set a socket option."""
        with self._room.lock:
            self._plain.set(self, option, optval)

    getsockopt, setsockopt = get, set

    def _has_rest(self) -> bool:
        room = self._room
        return (
            room.halves is not None
            and not room.inside
            and bool(getattr(room.halves, "incoming", None))
        )

    def _settle(self) -> None:
        """After a call, wake who can go on: it may have taken in the news that they wait for."""
        try:
            self._room.wake(self._plain.get(self, EVENTS))
        except ZMQError:
            self._room.wake_all()  # their next try tells them


class LockedSocket(LockedOptions):
    """Life, endpoints and waiting, under the lock."""

    __slots__ = ()

    #: Like `_plain`, with the options locked.
    _seen_as: Any = None

    #: Whether native methods call methods that the plain class has in place of the native ones.
    _calls_back = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("threadsafe", None)
        source = args[0] if args else kwargs.get("shadow")
        self._room = source._room if isinstance(source, LockedSocket) else WaitingRoom()
        # The native layer looks which methods a class has put in place of its own, and goes through
        # those.  Through the ones that send and receive here it must not go: they rely on it.
        cls = type(self)
        self.__class__ = self._seen_as
        try:
            self._plain.__init__(self, *args, **kwargs)
        finally:
            self.__class__ = cls
        if self._socket_type in DRAFT_SOCKET_TYPES and self._socket_type != SocketType.DGRAM:
            self._plain.close(self)
            raise ValueError(
                f"a {self._type_name} socket has no threadsafe form: libzmq gives it no FD"
            )

    def __repr__(self) -> str:
        return f"{self._plain.__repr__(self)[:-1]} threadsafe>"

    @property
    def threadsafe(self) -> bool:
        """Whether several threads may use the socket at once."""
        return True

    @property
    def _in_use(self) -> bool:
        return bool(self._room.waiters) or self._plain._in_use.__get__(self)

    bind, unbind = _lock_method("bind"), _lock_method("unbind")
    connect, disconnect = _lock_method("connect"), _lock_method("disconnect")
    connect_peer = _lock_method("connect_peer")
    join, leave = _lock_method("join"), _lock_method("leave")
    monitor = _lock_method("monitor")
    wait_subscribers = _lock_method("wait_subscribers")
    get_monitor_socket = _lock_method("get_monitor_socket")
    disable_monitor = _lock_method("disable_monitor")

    def close(self, linger: int | None = None) -> None:
        """Close the socket (`zmq_close`): threads that wait for it raise `SocketClosed`.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that unsent messages may take after this, -1 for ever: the LINGER option,
            set first.
        """
        room = self._room
        with room.lock:
            if self.closed:
                return
            farewell: type[ZMQError] = SocketClosed
            if room.waiters:
                try:
                    self._plain.get(self, EVENTS)
                except ContextTerminated:
                    farewell = ContextTerminated
            self._plain.close(self, *(() if linger is None else (linger,)))
            room.close(farewell)

    def poll(self, timeout: Timeout = None, flags: int = POLLIN) -> int:
        """Wait until the socket is ready for this thread.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.
        flags : int
            `zmq.POLLIN`, `zmq.POLLOUT` or both.

        Returns
        -------
        int
            Those of `flags` that are ready; 0 when the time was over first.
        """
        with self._room.lock:
            ready: int = self.get(EVENTS) & flags
            if ready or timeout == 0:
                return ready
            try:
                return self._insist(  # type: ignore[no-any-return]
                    type(self)._look, (flags,), {}, flags, 0, -1 if timeout is None else timeout
                )
            except TimeoutExpired:
                return 0

    @property
    def subscribers(self) -> dict[bytes, int]:
        """How many have subscribed to each topic: what `zmq.Socket.subscribers` is."""
        with self._room.lock:
            return self._plain.subscribers.__get__(self)  # type: ignore[no-any-return]

    def _take_subscriptions(self, timeout: Timeout = 0) -> int:
        """Learn of subscriptions; if there are none, wait a while, in which others use the socket.

        It may be another thread that learns of them then.
        """
        room = self._room
        with room.lock:
            try:
                taken: int = self._plain._take_subscriptions(self)
                if taken or timeout == 0:
                    return taken
                if room.waiters:
                    room.wake(self._plain.get(self, EVENTS), staying=True)
                # EVENTS says nothing of what a PUB is told, so nobody can be woken by it.
                self._wait(POLLIN, None if timeout is None else timeout / 1000, False)
                return self._plain._take_subscriptions(self)  # type: ignore[no-any-return]
            finally:
                if room.waiters:
                    self._settle()

    def _look(self, flags: int) -> int:
        """What is ready of these, or Again."""
        ready: int = self._plain.get(self, EVENTS) & flags
        if not ready:
            raise Again
        return ready

    def _insist(
        self,
        call: Callable[..., Any],
        args: tuple[Any, ...],
        options: dict[str, Any],
        events: int,
        flags: int = 0,
        timeout: Any = None,
    ) -> Any:
        """Make a call that raises Again rather than wait until it succeeds, or its time is over.

        Parameters
        ----------
        call : callable
            A function of the plain class; called with the socket, `args` and `options`.
        events : int
            What to wait for.
        flags : int
            With DONTWAIT it is made only once.
        timeout : int or float, optional
            Milliseconds; RCVTIMEO or SNDTIMEO by default.
        """
        room = self._room
        if room.inside:
            return call(self, *args, **options)
        deadline = None if timeout is None else end_of(timeout)
        expired: type[Again] = TimeoutExpired
        tries = 0
        try:
            while True:
                room.inside = self._calls_back
                try:
                    return call(self, *args, **options)
                except Again:
                    if flags & DONTWAIT:
                        raise
                finally:
                    room.inside = False
                # What libzmq has reported may not have been looked at, or concern others.
                news = self._plain.get(self, EVENTS)
                if room.waiters:
                    room.wake(news, staying=True)
                tries += 1
                if news & events and tries == 1:
                    continue
                if timeout is None:
                    timeout = self._plain.get(self, SNDTIMEO if events == POLLOUT else RCVTIMEO)
                    deadline, expired = end_of(timeout), Again
                left = None if deadline is None else deadline - monotonic()
                if left is not None and left <= 0:
                    raise _explain(expired, events)
                self._wait(events, left, not news & events)
                tries = 0
        finally:
            if room.waiters:
                self._settle()

    def _wait(self, events: int, seconds: float | None, idle: bool) -> None:
        most = None if idle else RETRY_AFTER
        if self._observer is not None and idle:
            self._read_events()
            most = BETWEEN_READS
        if most is not None and (seconds is None or seconds > most):
            seconds = most
        self._room.wait(self._plain.get(self, FD), events, seconds, idle)
        if self.closed:
            raise (self._room.farewell or SocketClosed)()


def _explain(expired: type[Again], events: int) -> Again:
    if expired is Again:
        return Again()
    done = "sent" if events == POLLOUT else "received"
    return TimeoutExpired(f"the time for this call ran out: no message could be {done}")
