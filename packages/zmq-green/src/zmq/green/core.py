# SPDX-License-Identifier: BSD-3-Clause
"""Core: contexts and sockets whose calls let other greenlets run while they wait."""

from __future__ import annotations

from typing import Any

from gevent import get_hub, getcurrent, sleep

from zmq.backend import Context as BackendContext
from zmq.backend import Socket as BackendSocket
from zmq.constants import RCVTIMEO, SNDTIMEO
from zmq.error import Again, ContextTerminated, TermTimeout
from zmq.green._batches import Batches
from zmq.green._presence import Presence
from zmq.green._registry import find_known_room, find_room
from zmq.green._room import DONTWAIT, EVENTS, NOBODY, POLLIN, POLLOUT
from zmq.green._tracker import as_green
from zmq.green._wait import deadline_of, insist, time_left, wait_for
from zmq.green.poll import Poller
from zmq.sugar.context import Context as SyncContext
from zmq.sugar.socket import Socket as SyncSocket

#: The options that say how long a call may wait.
TIMEOS = (RCVTIMEO, SNDTIMEO)

#: Seconds between two looks whether a context has ended.
FIRST_LOOK, LATER_LOOKS = 0.001, 0.05

# Bound once: these are called for every message.
_send = BackendSocket.send
_recv = BackendSocket.recv
_check_timeout = BackendContext._check_timeout


class NotingSocket(SyncSocket):
    """A socket that notes when somebody uses up its news, or could."""

    _green_room = NOBODY
    _is_shared = False
    _is_copied = False  # a green socket that shadows this one is being made

    def _note(self) -> None:
        """Tell those who wait that their news may have been used up."""
        if self._green_room.guests:
            self._green_room.mark()

    def get(self, option: Any = None, *, opt: Any = None) -> Any:
        """Read a socket option: as `zmq.Socket.get`."""
        option = opt if option is None else option
        value = BackendSocket.get(self, option)
        if option == EVENTS:
            self._note()
        return value

    def set(
        self, option: Any = None, optval: Any = None, *, opt: Any = None, val: Any = None
    ) -> None:
        """Set a socket option: as `zmq.Socket.set`."""
        option = opt if option is None else option
        BackendSocket.set(self, option, val if optval is None else optval)

    def setsockopt(self, option: Any, optval: Any) -> None:
        """Set a socket option: the same as `set`."""
        self.set(option, optval)

    def getsockopt(self, option: Any) -> Any:
        """Read a socket option: the same as `get`."""
        return self.get(option)

    @property
    def underlying(self) -> int:
        """The address of the libzmq socket, as an int."""
        if not self._is_copied:  # who asks may use it without our knowing
            self._is_shared = True
            if self._green_room is not NOBODY:
                self._green_room.share(self)
        return int(BackendSocket.underlying.__get__(self))

    def bind(self, addr: Any) -> Any:
        """Accept connections at an endpoint: as `zmq.Socket.bind`."""
        endpoint = super().bind(addr)
        self._note()
        return endpoint

    def connect(self, addr: Any) -> Any:
        """Connect to an endpoint: as `zmq.Socket.connect`."""
        endpoint = super().connect(addr)
        self._note()
        return endpoint

    def unbind(self, addr: Any) -> None:
        """Undo a `bind`: as `zmq.Socket.unbind`."""
        super().unbind(addr)
        self._note()

    def disconnect(self, addr: Any) -> None:
        """Undo a `connect`: as `zmq.Socket.disconnect`."""
        super().disconnect(addr)
        self._note()


class Socket(Batches, Presence, NotingSocket):
    """A socket whose calls, where they would block the thread, block the greenlet only.

    All methods are those of `zmq.Socket`, and mean the same.  Several greenlets may use it, in the
    thread of one hub; a call that need not wait does not switch to other greenlets.

    Parameters
    ----------
    ctx_or_socket, socket_type, shadow, copy_threshold, observe, count_subscribers
        As for `zmq.Socket`.

    Raises
    ------
    TypeError
        For `threadsafe=True`.
    """

    _poller_class = Poller

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs and kwargs.pop("threadsafe", False):
            raise TypeError(
                "a green socket is for the greenlets of one thread, and cannot be threadsafe: make "
                "one in each thread, or a threadsafe one in a zmq.Context"
            )
        source = args[0] if args else kwargs.get("shadow")
        if isinstance(source, NotingSocket):
            source._is_copied = True
        cls = type(self)
        if _is_native(cls):
            # The native layer looks which methods a class has put in place of its own, and goes
            # through those.  It need not: here it is always told not to wait.
            self.__class__ = NotingSocket  # type: ignore[assignment]
        try:
            SyncSocket.__init__(self, *args, **kwargs)
        finally:
            self.__class__ = cls
            if isinstance(source, NotingSocket):
                source._is_copied = False
        if isinstance(source, NotingSocket):
            self._green_room = find_room(source)
            self._green_room.members.add(self)
        elif self._shadow:
            self._is_shared = True

    def _make(
        self, events: int, flags: int, timeout: Any, method: Any, /, *args: Any, **options: Any
    ) -> Any:
        """Make a call that has DONTWAIT, and wait if it must and may."""
        if timeout is not None:
            _check_timeout(timeout)
        try:
            return method(self, *args, **options)
        except Again:
            if flags & DONTWAIT:
                raise
        finally:
            if self._green_room.guests:
                self._green_room.mark()
        return insist(self, events, timeout, method, self, *args, **options)

    # ---- sending ----

    def send(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: float | None = None,
    ) -> Any:
        """Send one part: as `zmq.Socket.send`."""
        if track:
            options = (copy, track, routing_id, group)
            sent = self._make(POLLOUT, flags, timeout, _send, data, flags | DONTWAIT, *options)
            return as_green(sent)
        if timeout is not None:
            _check_timeout(timeout)
        args = (self, data, flags | DONTWAIT, copy, track, routing_id, group)
        try:
            return _send(*args)
        except Again:
            if flags & DONTWAIT:
                raise
        finally:
            if self._green_room.guests:
                self._green_room.mark()
        return insist(self, POLLOUT, timeout, _send, *args)

    def send_multipart(  # type: ignore[override]
        self,
        msg_parts: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        routing_id: int | None = None,
        group: str | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Send a message of several parts, in one piece: as `zmq.Socket.send_multipart`."""
        if isinstance(msg_parts, list) or hasattr(msg_parts, "__next__"):
            # Others may change the list while this waits; an iterator can be read only once.
            msg_parts = tuple(msg_parts)
        options: dict[str, Any] = {}
        if routing_id is not None or group is not None:
            options.update(routing_id=routing_id, group=group)
        args = (msg_parts, flags | DONTWAIT, copy, track)
        method = BackendSocket.send_multipart
        sent = self._make(POLLOUT, flags, timeout, method, *args, **options)
        return as_green(sent) if track else sent

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        """Send text as one part: as `zmq.Socket.send_string`."""
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        return self.send(u.encode(encoding), flags, copy=copy, **kwargs)

    # ---- receiving ----

    def recv(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Any:
        """Receive one part: as `zmq.Socket.recv`."""
        if timeout is not None:
            _check_timeout(timeout)
        try:
            return _recv(self, flags | DONTWAIT, copy, track)
        except Again:
            if flags & DONTWAIT:
                raise
        finally:
            if self._green_room.guests:
                self._green_room.mark()
        return insist(self, POLLIN, timeout, _recv, self, flags | DONTWAIT, copy, track)

    def recv_multipart(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Any:
        """Receive a message with all its parts: as `zmq.Socket.recv_multipart`."""
        method = BackendSocket.recv_multipart
        return self._make(POLLIN, flags, timeout, method, flags | DONTWAIT, copy, track)

    def recv_into(
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: float | None = None
    ) -> Any:
        """Receive one part into memory that is there already: as `zmq.Socket.recv_into`."""
        options = {"nbytes": nbytes, "flags": flags | DONTWAIT}
        return self._make(POLLIN, flags, timeout, BackendSocket.recv_into, buffer, **options)

    def recv_string(  # type: ignore[override]
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: float | None = None
    ) -> Any:
        """Receive one part as text: as `zmq.Socket.recv_string`."""
        method = BackendSocket.recv_string
        return self._make(POLLIN, flags, timeout, method, flags | DONTWAIT, encoding)

    def poll(self, timeout: float | None = None, flags: int = POLLIN) -> Any:
        """Wait until the socket is ready: as `zmq.Socket.poll`."""
        _check_timeout(timeout)
        ready = BackendSocket.poll(self, 0, flags)
        self._note()
        if ready or timeout == 0:
            return ready
        return wait_for([(self, flags)], timeout, lambda: BackendSocket.poll(self, 0, flags))

    # ---- life ----

    def close(self, linger: int | None = None) -> None:
        """Close the socket: as `zmq.Socket.close`.

        Greenlets that wait for it raise `SocketClosed`.
        """
        room = find_known_room(self)
        room.pause()
        try:
            super().close(*(() if linger is None else (linger,)))
        finally:
            if room.guests:
                if self.closed:
                    room.dismiss("closed while this greenlet waited for it")
                else:
                    room.resume(self)


def _is_native(cls: type) -> bool:
    """Whether no subclass has methods in place of those that native code could go around."""
    return (
        cls.send is Socket.send  # type: ignore[attr-defined]
        and cls.recv is Socket.recv  # type: ignore[attr-defined]
        and cls._deserialize is Socket._deserialize  # type: ignore[attr-defined]
        and cls.__basicsize__ == NotingSocket.__basicsize__
    )


class Context(SyncContext):
    """A context that makes green sockets.

    Its `instance` is another than that of `zmq.Context`.  To share its libzmq context with other
    sockets, shadow it: ``zmq.green.Context(zmq.Context.instance())``.

    Parameters
    ----------
    io_threads : int or Context
        Number of I/O threads; or a context to shadow.
    shadow : Context, int or FFI pointer
        A context, or the address of a libzmq context, to share instead of making one.
    """

    _socket_class = Socket
    _instance = None  # its own, not that of other contexts
    _instance_pid = None

    def socket(self, socket_type: int, socket_class: Any = None, **kwargs: Any) -> Any:
        """Make a socket: as `zmq.Context.socket`, but a threadsafe one only of another class."""
        if kwargs.get("threadsafe") and issubclass(socket_class or self._socket_class, Socket):  # pyright: ignore[reportArgumentType]
            (socket_class or self._socket_class)(threadsafe=True)  # which says why not
        return super().socket(socket_type, socket_class, **kwargs)

    def term(self, timeout: float | None = None) -> None:
        """Terminate the context, as `zmq.Context.term` does; other greenlets run meanwhile.

        Greenlets that wait for its sockets raise `ContextTerminated`, and have to close them.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or -1 waits for ever.

        Raises
        ------
        TermTimeout
            When the time is over first: as of `zmq.Context.term`.
        """
        limit = _check_timeout(timeout)
        if getcurrent() is get_hub() and not self._open_sockets:
            super().term(*(() if timeout is None else (timeout,)))  # the hub itself cannot wait
            return
        deadline = deadline_of(limit)
        pause = FIRST_LOOK
        while not self.closed and not self._finish_term(0):
            left = time_left(deadline)
            if left == 0:
                from zmq.sugar.holders import describe_holders

                raise TermTimeout(describe_holders(self, timeout), self._list_sockets())
            sleep(pause if left < 0 else min(pause, left / 1000))
            pause = min(2 * pause, LATER_LOOKS)

    def _close_socket(self, socket: Any) -> None:
        room = find_known_room(socket)
        if room.guests:
            room.farewell = ContextTerminated
        super()._close_socket(socket)


_Socket, _Context = Socket, Context
Socket.__module__ = Context.__module__ = "zmq.green"
