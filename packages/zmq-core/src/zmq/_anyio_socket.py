# SPDX-License-Identifier: BSD-3-Clause
"""Socket for trio and anyio: waiting, and the methods for one message, as coroutine functions.

Each tries without waiting first.  What it receives it returns in the same step, without letting
the event loop come in between, so nothing can be lost when it is cancelled.
"""

from __future__ import annotations

import sys
from functools import partial

from anyio import lowlevel, move_on_after

from zmq._anyio_batches import Batches
from zmq._anyio_presence import Presence
from zmq._anyio_room import EVENTS, POLLIN, POLLOUT, Room, Waiter, look, seconds_of
from zmq.backend import Frame
from zmq.backend import Socket as BackendSocket
from zmq.constants import RCVMORE, RCVTIMEO, SNDTIMEO
from zmq.error import Again, TimeoutExpired
from zmq.sugar.socket import Socket as SyncSocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Coroutine, Iterable  # noqa: F401 (in a string)
    from typing import Any, TypeVar

    from typing_extensions import Self

    from zmq._typing import BufferLike, MessagePart, Timeout

    _Result = TypeVar("_Result")

DONTWAIT, SNDMORE = 1, 2

#: What has a length in bytes.
MEASURED = (bytes, bytearray, Frame)

#: Binary logarithm of the bytes that cost as much as a call.
PAGE = 12

#: What could be taken for a list of parts, and is one part.
SINGLE = (str, bytes, bytearray, memoryview, Frame)


def weigh(parts: Iterable[Any]) -> int:
    """What these parts cost of the budget, beside the call."""
    return sum([len(part) for part in parts if isinstance(part, MEASURED)]) >> PAGE


def _settling(name: str) -> Any:
    """A method that does what the synchronous one does, and looks whom its news concern."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(SyncSocket, name)(self, *args, **kwargs)
        finally:
            if self._room.count and not self.closed:
                self._room.settle(self)

    method.__name__ = name
    method.__qualname__ = f"Socket.{name}"
    method.__doc__ = getattr(SyncSocket, name).__doc__
    return method


class WatchedSocket(SyncSocket["Coroutine[Any, Any, bytes]"]):
    """A socket that notes when somebody takes in its news, or could."""

    _room: Any = None  # a Room, once the socket has been made

    def get(self, option: int) -> Any:
        """Read a socket option: see `zmq.Socket.get`."""
        value = BackendSocket.get(self, option)
        if option == EVENTS and self._room is not None and self._room.count:
            self._room.settle(self)
        return value

    def getsockopt(self, option: int) -> Any:
        """Read a socket option: the same as `get`."""
        return self.get(option)

    @property
    def underlying(self) -> int:
        """The address of the libzmq socket, as an int."""
        if self._room is not None:
            self._room.shared = True  # who asks may use it without our knowing
        return BackendSocket.underlying.__get__(self)  # type: ignore[no-any-return]

    bind, unbind = _settling("bind"), _settling("unbind")
    connect, disconnect = _settling("connect"), _settling("disconnect")
    connect_peer = _settling("connect_peer")


class Socket(  # type: ignore[misc]  # coroutines instead of results
    Batches, Presence, WatchedSocket
):
    """A ØMQ socket for the tasks of one event loop, of trio or asyncio.

    The methods that send, receive or poll are coroutine functions: they do nothing before they are
    awaited.  All others are those of `zmq.Socket`.  As a context manager, `async with` or `with`,
    it ends with `close`; `async for` receives until it is closed.

    Parameters
    ----------
    ctx_or_socket, socket_type, shadow, copy_threshold, observe, count_subscribers
        As for `zmq.Socket`.  While tasks wait for a socket that shadows another one, they look ten
        times a second for what has been done with that one.
    """

    _room: Room
    _budget = 256

    @property
    def budget(self) -> int:
        """How many calls in a row may succeed at once before other tasks have their turn.

        Each 4 KiB of a message count as one call more.  1 gives others a turn with every call, 0
        never does.
        """
        return 0 if self._budget == sys.maxsize else self._budget

    @budget.setter
    def budget(self, value: int) -> None:
        if value < 0:
            raise ValueError(f"the budget is a number of calls, not {value!r}")
        self._budget = value or sys.maxsize

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls = type(self)
        # The native layer looks which methods a class has put in place of its own, and goes
        # through those: it must not go through coroutine functions.
        self.__class__ = WatchedSocket  # type: ignore[assignment]
        try:
            WatchedSocket.__init__(self, *args, **kwargs)
        finally:
            self.__class__ = cls
        source = self._shadow_obj
        if isinstance(source, Socket):
            self._room = source._room
        else:
            self._room = Room(shared=bool(self._shadow))

    def _native(self, name: str, *args: Any, **kwargs: Any) -> Callable[[], Any]:
        """A call of the synchronous method that can be made several times."""
        method = getattr(BackendSocket, name)
        if self.counting is not None:  # then native methods call others of the class
            return partial(self._call_as_native, method, *args, **kwargs)
        return partial(method, self, *args, **kwargs)

    def _call_as_native(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        cls = type(self)
        self.__class__ = WatchedSocket  # type: ignore[assignment]
        try:
            return method(self, *args, **kwargs)
        finally:
            self.__class__ = cls

    # ---- waiting ----

    async def _insist(
        self,
        events: int,
        call: Callable[[], _Result],
        flags: int = 0,
        timeout: Timeout = None,
    ) -> _Result:
        """Make a call that raises Again rather than wait until it succeeds, or its time is over.

        Parameters
        ----------
        events : int
            POLLIN to receive, POLLOUT to send: also the line to stand in.
        call : callable
        flags : int
            With DONTWAIT it is made only once.
        timeout : int or float, optional
            Milliseconds; RCVTIMEO or SNDTIMEO by default.
        """
        room = self._room
        queue = room.receivers if events == POLLIN else room.senders
        inside = self._is_inside(events)
        if not inside:
            await self._give_turn()
        expired = Again if timeout is None else TimeoutExpired
        if flags & DONTWAIT:
            timeout, expired = 0, Again
        elif timeout is None:
            timeout = BackendSocket.get(self, RCVTIMEO if events == POLLIN else SNDTIMEO)
        seconds = seconds_of(timeout)
        if inside or not queue or seconds == 0:
            try:
                return call()
            except Again:
                if seconds == 0:
                    raise self._explain(expired, events, timeout) from None
            finally:
                if room.count and not self.closed:
                    room.settle(self)
        if seconds is None:
            return await self._stand_in_line(queue, Waiter(events), call)
        with move_on_after(seconds):
            return await self._stand_in_line(queue, Waiter(events), call)
        raise self._explain(expired, events, timeout)

    def _explain(self, expired: type[Again], events: int, timeout: Timeout) -> Again:
        if expired is Again:
            return Again()
        done = "sent" if events == POLLOUT else "received"
        return TimeoutExpired(
            f"no message could be {done} by this {self._type_name} socket within {timeout} ms"
        )

    def _is_inside(self, events: int) -> int:
        """Whether the call goes on with a message that was begun: then nobody may come between."""
        if events == POLLOUT:
            return self._room.begun
        return not self.closed and bool(BackendSocket.get(self, RCVMORE))

    async def _give_turn(self) -> None:
        """Let other tasks run, when that is due; nothing is in hand that a cancel could lose."""
        room = self._room
        if room.spent >= self._budget:
            room.spent = 0
            await lowlevel.checkpoint()
        room.spent += 1

    async def _stand_in_line(
        self, queue: deque[Waiter], waiter: Waiter, call: Callable[[], _Result]
    ) -> _Result:
        room = self._room
        room.join(queue, waiter)
        try:
            while True:
                if queue[0] is waiter:
                    # A mandatory ROUTER may be ready for other peers only: it waits for news, too.
                    if room.spread(self, waiter) & waiter.events:
                        try:
                            return call()
                        except Again:
                            pass
                await room.sleep(self, waiter)
        finally:
            room.leave(queue, waiter, self)

    async def poll(  # type: ignore[override]
        self, timeout: Timeout = None, flags: int = POLLIN
    ) -> int:
        """Wait until the socket is ready.

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
        seconds = seconds_of(timeout)
        await self._give_turn()
        with move_on_after(seconds):
            return await look(
                self, self._room, lambda: BackendSocket.get(self, EVENTS) & flags, flags
            )
        return 0

    # ---- sending ----

    async def send(  # type: ignore[override]
        self,
        data: MessagePart,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: Timeout = None,
    ) -> Any:
        """Send one part: see `zmq.Socket.send`.

        Where several tasks send, send messages of several parts with `send_multipart`.
        """
        room = self._room
        args = (data, flags | DONTWAIT, copy, track, routing_id, group)
        if room.spent < self._budget and not room.count:
            try:
                result = BackendSocket.send(self, *args)
                room.spent += 1 + weigh((data,))
                room.begun = flags & SNDMORE
                return result
            except Again:
                if flags & DONTWAIT:
                    room.spent += 1
                    raise
        result = await self._insist(POLLOUT, self._native("send", *args), flags, timeout)
        room.begun = flags & SNDMORE
        return result

    async def send_multipart(  # type: ignore[override]
        self,
        msg_parts: Iterable[MessagePart],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        routing_id: int | None = None,
        group: str | None = None,
        timeout: Timeout = None,
    ) -> Any:
        """Send a message of several parts, in one piece: see `zmq.Socket.send_multipart`."""
        if not isinstance(msg_parts, (list, tuple, *SINGLE)):
            msg_parts = list(msg_parts)  # it may have to be tried again
        options = {"routing_id": routing_id, "group": group}
        args = (msg_parts, flags | DONTWAIT, copy, track)
        call = self._native("send_multipart", *args, **options)
        result = await self._insist(POLLOUT, call, flags, timeout)
        self._room.spent += weigh(msg_parts)
        self._room.begun = flags & SNDMORE
        return result

    async def send_string(  # type: ignore[override]
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        """Send text as one part: see `zmq.Socket.send_string`."""
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        return await self.send(u.encode(encoding), flags, copy=copy, **kwargs)

    # ---- receiving ----

    async def recv(  # type: ignore[override]
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Any:
        """Receive one part: see `zmq.Socket.recv`."""
        room = self._room
        if room.spent < self._budget and not room.count:
            try:
                part = BackendSocket.recv(self, flags | DONTWAIT, copy, track)
                room.spent += 1 + (len(part) >> PAGE)
                return part
            except Again:
                if flags & DONTWAIT:
                    room.spent += 1
                    raise
        call = self._native("recv", flags | DONTWAIT, copy, track)
        return await self._insist(POLLIN, call, flags, timeout)

    async def recv_multipart(  # type: ignore[override]
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Any:
        """Receive a message with all its parts: see `zmq.Socket.recv_multipart`."""
        call = self._native("recv_multipart", flags | DONTWAIT, copy, track)
        parts = await self._insist(POLLIN, call, flags, timeout)
        self._room.spent += weigh(parts)
        return parts

    async def recv_string(  # type: ignore[override]
        self, flags: int = 0, encoding: str = "utf-8", **kwargs: Any
    ) -> str:
        """Receive one part as text: see `zmq.Socket.recv_string`."""
        return (await self.recv(flags, **kwargs)).decode(encoding)  # type: ignore[no-any-return]

    async def recv_into(  # type: ignore[override]
        self,
        buffer: BufferLike,
        /,
        *,
        nbytes: int = 0,
        flags: int = 0,
        timeout: Timeout = None,
    ) -> int:
        """Receive one part into memory that is there already: see `zmq.Socket.recv_into`."""
        call = self._native("recv_into", buffer, nbytes=nbytes, flags=flags | DONTWAIT)
        return await self._insist(POLLIN, call, flags, timeout)

    async def _deserialize(  # type: ignore[override]
        self, received: Any, load: Callable[[Any], _Result]
    ) -> _Result:
        return load(await received)

    # ---- life ----

    def close(self, linger: int | None = None) -> None:
        """Close the socket (`zmq_close`): tasks that wait for it raise `SocketClosed`.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that unsent messages may take after this, -1 for ever: the LINGER option,
            set first.
        """
        if not self.closed and self._room is not None:
            self._room.wake_all()
        SyncSocket.close(self, *(() if linger is None else (linger,)))

    async def aclose(self, linger: int | None = None) -> None:
        """Close the socket, then give the tasks that waited for it a turn: see `close`."""
        self.close(*(() if linger is None else (linger,)))
        await lowlevel.cancel_shielded_checkpoint()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()
