# SPDX-License-Identifier: BSD-3-Clause
"""PlainCalls: the methods of asynchronous sockets that wait, in plain Python."""

from __future__ import annotations

from zmq._plaincall import BLOCKED, FINISHED, Call, finish
from zmq.backend import Frame
from zmq.backend import Socket as BackendSocket
from zmq.constants import DONTWAIT, POLLOUT, PUB, REQ, SNDMORE, Errno, SocketType
from zmq.error import Again, ContextTerminated, ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from typing_extensions import Self

    from zmq._typing import Timeout

    Attempt = Callable[[Any], Any]

#: Messages of a batch until the others that wait get a turn.
_BATCH = 64

#: Messages that a socket sends before it looks who has subscribed.
_BETWEEN_LOOKS = 256

_NOTHING = object()


class PlainCalls:
    """Each method says how the call is made without waiting; the rest is with `_begin`."""

    if TYPE_CHECKING:  # what the class has of which this becomes a part
        _sync: Any
        _reading: Any
        _writing: Any
        _polling: Any
        _held: Any
        _number: int
        _unlooked: int
        _missed: int | None
        _told_more: bool
        _part_more: bool
        _relaxed: bool
        _begun: Any

        linger: int
        copy_threshold: int

        @property
        def context(self) -> Any: ...
        @property
        def counting(self) -> Any: ...
        @property
        def underlying(self) -> int: ...
        @property
        def _type_name(self) -> str: ...
        def close(self, linger: int | None = None) -> None: ...
        def get(self, option: int) -> Any: ...
        def set(self, option: int, optval: Any) -> None: ...
        def __del__(self) -> None: ...
        @property
        def closed(self) -> bool: ...
        @property
        def _socket_type(self) -> int: ...
        def _begin(
            self,
            name: str,
            lane: Any,
            attempt: Attempt,
            flags: int,
            timeout: Timeout,
            **settings: Any,
        ) -> Call: ...
        def _look(self) -> int: ...
        def _mark(self) -> None: ...
        def _drain(self) -> None: ...
        def _check_open(self) -> None: ...
        def _tally(self, frame: Any, sign: int) -> None: ...
        def _take_subscriptions(self) -> int: ...
        def _take_notification(self, timeout: Timeout, hold: bool) -> Any: ...
        def _counters(self) -> dict[str, int]: ...

    def _begin_receive(
        self, name: str, attempt: Attempt, flags: int, timeout: Timeout, **settings: Any
    ) -> Call:
        return self._begin(name, self._reading, attempt, flags, timeout, **settings)

    def _take(self, raw: list[Any] | None, track: bool = False) -> Any:
        """One part as a Frame, which is noted in `raw`; None when there is none."""
        if self._held:
            number, frame = self._held.pop(0)
            self._told_more, self._part_more = True, frame.more
            self._tally(frame, 1)
        else:
            try:
                frame = self._receive(track)
            except ZMQError as exc:
                if exc.errno not in (Errno.EAGAIN, Errno.EFSM):
                    raise
                self._missed = exc.errno
                return None
            self._told_more = False
            self._number = number = self._number + 1
        if raw is not None:
            raw.append((number, frame))
        return frame

    def _receive(self, track: bool) -> Any:
        counting = self.counting
        if counting is None:
            return self._sync.recv(DONTWAIT, copy=False, track=track)
        if self._socket_type == PUB:  # to libzmq it is an XPUB
            return BackendSocket.recv(self, DONTWAIT)  # type: ignore[call-overload]  # ENOTSUP
        frame = self._sync.recv(DONTWAIT, copy=False, track=track)
        counting.note(frame)
        return frame

    def _take_whole(self, raw: list[Any] | None, copy: bool = True, track: bool = False) -> Any:
        frame, parts = self._take(raw, track), []
        while frame is not None:
            parts.append(frame.bytes if copy else frame)
            frame = self._take(raw, track) if frame.more else None
        return parts or BLOCKED

    # ---- receiving ----

    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Call:
        """Receive one part of a message, as `zmq.Socket.recv` does; to be awaited."""

        def attempt(raw: list[Any] | None) -> Any:
            frame = self._take(raw, track and not copy)
            return BLOCKED if frame is None else frame.bytes if copy else frame

        return self._begin_receive("recv", attempt, flags, timeout)

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Call:
        """Receive a message with all its parts; to be awaited."""

        def attempt(raw: list[Any] | None) -> Any:
            return self._take_whole(raw, copy, track and not copy)

        return self._begin_receive("recv_multipart", attempt, flags, timeout)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8", **kwargs: Any) -> Any:
        """Receive one part as text; to be awaited."""
        return self._deserialize(
            self.recv(flags, **kwargs), lambda content: content.decode(encoding)
        )

    def recv_into(
        self,
        buffer: Any,
        /,
        *,
        nbytes: int = 0,
        flags: int = 0,
        timeout: Timeout = None,
    ) -> Call:
        """Receive one part into memory that is there already; to be awaited."""
        try:
            view = memoryview(buffer)
        except TypeError as exc:
            return finish(error=exc)
        except ValueError as exc:  # a view that was released
            return finish(error=BufferError(f"recv_into needs a writable contiguous buffer: {exc}"))
        if view.readonly or not view.contiguous:
            return finish(error=BufferError("recv_into needs a writable contiguous buffer"))
        if not 0 <= nbytes <= view.nbytes:
            text = f"nbytes={nbytes} does not fit into a buffer of {view.nbytes} bytes"
            return finish(error=ValueError(text))
        room = nbytes or view.nbytes

        def attempt(raw: list[Any] | None) -> Any:
            frame = self._take(raw)
            if frame is None:
                return BLOCKED
            size = min(room, len(frame))
            if size:
                view.cast("B")[:size] = frame.buffer[:size]
            return len(frame)

        return self._begin_receive("recv_into", attempt, flags, timeout)

    def recv_many(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> Call:
        """Wait for a message, then receive those that are there already; to be awaited."""
        attempt = self._attempt_many(max_messages, max_bytes, list.extend)
        return self._begin_receive("recv_many", attempt, flags, timeout)

    def recv_many_multipart(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> Call:
        """The same with whole messages; to be awaited."""
        attempt = self._attempt_many(max_messages, max_bytes, list.append)
        return self._begin_receive("recv_many_multipart", attempt, flags, timeout)

    def _attempt_many(
        self, max_messages: int, max_bytes: int | None, add: Callable[[list[Any], Any], None]
    ) -> Attempt:
        for name, value in (("max_messages", max_messages), ("max_bytes", max_bytes)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value!r}")

        def attempt(raw: list[Any] | None) -> Any:
            found: list[Any]
            room: float
            found, count, room = [], 0, max_bytes or float("inf")
            while count < (max_messages or float("inf")) and room > 0:
                parts = self._take_whole(raw)
                if parts is BLOCKED:
                    break
                add(found, parts)
                count += 1
                room -= sum(map(len, parts))
            return found or BLOCKED

        return attempt

    def try_recv(self) -> bytes | None:
        """Receive one part if it is there: at once, there is nothing to await."""
        return self._try_to_take(  # type: ignore[no-any-return]
            lambda: getattr(self._take(None), "bytes", None)
        )

    def try_recv_multipart(self) -> list[bytes] | None:
        """Receive a message with all its parts if it is there, at once."""
        return self._try_to_take(lambda: self._take_whole(None))  # type: ignore[no-any-return]

    def _try_to_take(self, take: Callable[[], Any]) -> Any:
        self._check_open()
        if self._reading:
            self._drain()
        self._missed = 0
        found = None if self._reading else take()
        self._mark()
        if self._missed == Errno.EFSM:
            raise ZMQError(Errno.EFSM)
        return None if found is BLOCKED else found

    def __iter__(self) -> NoReturn:
        raise TypeError("an asynchronous socket is iterated with `async for`")

    __next__ = None

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Call:
        call = self.recv()
        call.iterating = True
        if call.state is FINISHED and (self.closed or isinstance(call.error, ContextTerminated)):
            call.error = StopAsyncIteration()
        return call

    def _deserialize(self, recvd: Any, load: Callable[[Any], Any]) -> Any:
        """Turn what `recv` returned into an awaitable of what `load` makes of the message."""
        if type(recvd) is not Call or (not recvd.done() and recvd.load is not None):
            from zmq._loops import chain_awaitable

            return chain_awaitable(recvd, load)
        if not recvd.done():
            recvd.load = load
        elif recvd.error is None:
            try:
                return finish(load(recvd.value))
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as exc:
                return finish(error=exc)
        return recvd

    # ---- sending ----

    def _begin_send(self, name: str, send: Callable[[], Any], flags: int, timeout: Timeout) -> Call:
        def attempt(raw: list[Any] | None) -> Any:
            self._prepare_to_send()
            try:
                sent = send()
                self._begun = bool(flags & SNDMORE)
                return sent
            except Again:
                self._missed = Errno.EAGAIN
                return BLOCKED

        return self._begin(name, self._writing, attempt, flags, timeout)

    def _prepare_to_send(self) -> None:
        """While a message that was put back waits, it is not the turn of REQ and REP to send.

        Sockets that count their subscribers look now and then who has subscribed.
        """
        if self.counting is not None:
            if self._unlooked % _BETWEEN_LOOKS == 0:
                self._take_subscriptions()
            self._unlooked += 1
        if not self._held or self._socket_type not in (REQ, SocketType.REP):
            return
        if not self._relaxed or self._socket_type != REQ:
            raise ZMQError(Errno.EFSM)
        self._held.clear()

    def send(
        self,
        data: Any = _NOTHING,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: Timeout = None,
        msg: Any = _NOTHING,
    ) -> Call:
        """Send one part of a message, as `zmq.Socket.send` does; to be awaited."""
        data = _choose(data, msg, "send", "data")
        kwargs = _drop_none(routing_id=routing_id, group=group)

        def send() -> Any:
            return self._sync.send(data, flags | DONTWAIT, copy=copy, track=track, **kwargs)

        return self._begin_send("send", send, flags, timeout)

    def send_multipart(
        self,
        msg_parts: Any = _NOTHING,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        routing_id: int | None = None,
        group: str | None = None,
        timeout: Timeout = None,
        msg: Any = _NOTHING,
    ) -> Call:
        """Send a message of several parts, as `zmq.Socket.send_multipart` does; to be awaited."""
        parts = _choose(msg_parts, msg, "send_multipart", "msg_parts")
        if not isinstance(parts, (tuple, str, bytes, bytearray, memoryview, Frame)):
            parts = tuple(parts)
        kwargs = _drop_none(routing_id=routing_id, group=group)

        def send() -> Any:
            return self._sync.send_multipart(parts, flags | DONTWAIT, copy, track, **kwargs)

        return self._begin_send("send_multipart", send, flags, timeout)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Call:
        """Send text as one part, as `zmq.Socket.send_string` does; to be awaited."""
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        return self.send(u.encode(encoding), flags=flags, copy=copy, **kwargs)

    def send_many(self, messages: Any, flags: int = 0, *, timeout: Timeout = None) -> Call:
        """Send many messages, as `zmq.Socket.send_many` does; to be awaited."""
        batch = _Batch(self, messages, flags)
        call = self._begin("send_many", self._writing, batch.send, flags, timeout, batch=batch)
        if call.state is FINISHED and call.error is not None:
            if isinstance(call.error, Again) and flags & DONTWAIT:
                call.seen = True
                return finish(batch.sent)
            batch.explain(call.error)
        return call

    # ---- waiting ----

    def poll(self, timeout: Timeout = None, flags: int = 1) -> Call:
        """Wait until the socket is ready, as `zmq.Socket.poll` does; to be awaited."""

        def attempt(raw: list[Any] | None) -> Any:
            self._missed = Errno.EAGAIN
            return self._look() & flags or BLOCKED

        limit = -1 if timeout is None else timeout
        return self._begin("poll", self._polling, attempt, 0, limit)


class _Batch:
    """The messages of a `send_many` that goes on: where it is."""

    def __init__(self, socket: Any, messages: Any, flags: int) -> None:
        if isinstance(messages, (str, bytes, bytearray, memoryview, Frame)):
            name = type(messages).__name__
            raise TypeError(f"send_many takes an iterable of messages, not one {name}")
        self.socket = socket
        self.flags = flags
        self.lazy = not isinstance(messages, (list, tuple))
        self.messages = iter(messages if self.lazy else tuple(messages))
        self.waiting: list[Any] = []
        self.sent = 0

    def explain(self, error: Any) -> Any:
        """Let an exception say how far the batch has come, and what was taken for nothing."""
        error.sent = self.sent
        error.unsent = self.waiting[0] if self.lazy and self.waiting else None
        return error

    def send(self, raw: list[Any] | None) -> Any:
        """Send what can be sent, a batch at a time unless there is no waiting."""
        socket, count = self.socket, 0
        while count < _BATCH or self.flags & DONTWAIT:
            if not self.waiting:
                if self.flags & DONTWAIT and not socket._look() & POLLOUT:
                    return self.sent
                try:
                    self.waiting.append(next(self.messages))
                except StopIteration:
                    return self.sent
            message = self.waiting[0]
            whole = isinstance(message, (list, tuple))
            send = socket._sync.send_multipart if whole else socket._sync.send
            try:
                socket._prepare_to_send()
                send(message, (self.flags & SNDMORE) | DONTWAIT)
            except Again:
                socket._missed = Errno.EAGAIN
                return BLOCKED
            except Exception as exc:
                self.explain(exc)
                raise
            socket._begun = bool(self.flags & SNDMORE)
            self.waiting.clear()
            self.sent += 1
            count += 1
        return BLOCKED


def _choose(value: Any, other: Any, method: str, name: str) -> Any:
    """The argument, under its name or the one of older releases."""
    found = other if value is _NOTHING else value
    if found is _NOTHING:
        raise TypeError(f"{method}() missing 1 required positional argument: '{name}'")
    return found


def _drop_none(**kwargs: Any) -> dict[str, Any]:
    return {key: value for key, value in kwargs.items() if value is not None}
