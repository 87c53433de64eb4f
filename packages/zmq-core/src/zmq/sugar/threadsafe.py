# SPDX-License-Identifier: BSD-3-Clause
"""Threadsafe: sockets that several threads may use at once.

Calls are made with DONTWAIT under one lock, which nobody holds while waiting: see
`LockedSocket._insist`.

Messages go out and come in whole.  Parts that a thread sends one by one are kept until its last one
is there; of a message that it receives part by part the rest is kept for it.
"""

from __future__ import annotations

from _thread import _local
from collections import deque
from time import monotonic

from zmq.backend import Frame
from zmq.backend import Socket as BackendSocket
from zmq.constants import SocketType
from zmq.error import Again
from zmq.sugar.lockedsocket import (
    DONTWAIT,
    POLLIN,
    POLLOUT,
    RCVMORE,
    LockedOptions,
    LockedSocket,
    end_of,
)
from zmq.sugar.tracker import MessageTracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from zmq._typing import BufferLike, MessagePart, Timeout

SNDMORE = 2

#: Through these the native methods go when a class has its own.
CALLED_BACK = ("send", "recv", "send_multipart", "recv_multipart")

#: Messages that `send_many` sends without letting others in between.
BATCH = 256

#: The types whose EVENTS tells whether the first part of a message would have to wait.
HESITANT_SENDERS = (SocketType.PAIR, SocketType.DEALER, SocketType.PUSH)


def find_threadsafe_class(base: Any) -> Any:
    """The threadsafe variant of a class of sockets, made when first asked for.

    Parameters
    ----------
    base : type
        `zmq.Socket` or a subclass.

    Returns
    -------
    type
    """
    if issubclass(base, LockedSocket):
        return base
    found = vars(base).get("_threadsafe_class")
    if found is None:
        body: dict[str, Any] = {
            "__module__": base.__module__,
            "__qualname__": base.__qualname__,
            "__doc__": base.__doc__,
        }
        seen_as = type(base.__name__, (LockedOptions, base), dict(body, _plain=base))
        calls_back = any(
            getattr(base, name) is not getattr(BackendSocket, name) for name in CALLED_BACK
        )
        body.update(_plain=base, _seen_as=seen_as, _calls_back=calls_back)
        found = base._threadsafe_class = type(
            f"Threadsafe{base.__name__}", (Threadsafe, base), body
        )
    return found


class Threadsafe(LockedSocket):
    """The methods that send and receive; see `zmq.Socket` for what they take and return."""

    __slots__ = ()

    # ---- sending ----

    def send(
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
        """Send one part; with SNDMORE it is kept until this thread sends the last part."""
        room = self._room
        with room.lock:
            if (flags & SNDMORE and not room.inside) or (
                room.halves is not None and self._has_begun()
            ):
                return self._send_held([data], flags, copy, track, timeout)
            if copy and timeout is None and routing_id is None and group is None:
                try:
                    return self._plain.send(self, data, flags | DONTWAIT)
                except Again:
                    if flags & DONTWAIT:
                        raise
                finally:
                    if room.waiters:
                        self._settle()
            options: dict[str, Any] = {"copy": copy, "track": track}
            if routing_id is not None or group is not None:
                options.update(routing_id=routing_id, group=group)
            return self._insist(
                self._plain.send, (data, flags | DONTWAIT), options, POLLOUT, flags, timeout
            )

    def send_multipart(
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
        """Send a message of several parts; it waits, and goes out, as a whole."""
        if not isinstance(msg_parts, (list, tuple, str, bytes, bytearray, memoryview, Frame)):
            msg_parts = list(msg_parts)  # it may have to be sent again
        room = self._room
        with room.lock:
            if (flags & SNDMORE and not room.inside) or (
                room.halves is not None and self._has_begun()
            ):
                return self._send_held(list(msg_parts), flags, copy, track, timeout)
            if (
                copy
                and timeout is None
                and routing_id is None
                and group is None
                and not self._calls_back
            ):
                try:
                    return self._plain.send_multipart(self, msg_parts, flags | DONTWAIT)
                except Again:
                    if flags & DONTWAIT:
                        raise
                finally:
                    if room.waiters:
                        self._settle()
            options: dict[str, Any] = {"copy": copy, "track": track}
            if routing_id is not None or group is not None:
                options.update(routing_id=routing_id, group=group)
            args = (msg_parts, flags | DONTWAIT)
            return self._insist(self._plain.send_multipart, args, options, POLLOUT, flags, timeout)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        """Send text as one part."""
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        return self.send(u.encode(encoding), flags, copy, **kwargs)

    def send_many(
        self,
        messages: Any,
        flags: int = 0,
        *,
        timeout: Timeout = None,
    ) -> Any:
        """Send many messages; those of other threads may come between them.

        With DONTWAIT an iterator runs under the lock: nothing is taken from it that cannot be sent.
        """
        if isinstance(messages, (str, bytes, bytearray, memoryview, Frame)):
            raise TypeError(
                f"send_many takes an iterable of messages, not one {type(messages).__name__}"
            )
        end = None if timeout is None else end_of(timeout)
        plain = not flags & SNDMORE and not self._has_begun()
        if plain and flags & DONTWAIT:
            with self._room.lock:
                return self._insist(type(self)._send_batch, (messages,), {}, POLLOUT, flags)
        sent, message = 0, None
        is_list = isinstance(messages, (list, tuple))
        try:
            if plain and is_list:
                while sent < len(messages):
                    batch = messages[sent : sent + BATCH]
                    with self._room.lock:
                        sent += self._insist(
                            type(self)._send_some, (batch,), {}, POLLOUT, 0, _until(end, timeout)
                        )
                return sent
            for message in messages:
                self._send_one(message, flags, _until(end, timeout))
                sent, message = sent + 1, None
            return sent
        except BaseException as exc:
            exc.sent = sent + (  # type: ignore[attr-defined]
                getattr(exc, "sent", 0) if plain and is_list else 0
            )
            exc.unsent = None if is_list else message  # type: ignore[attr-defined]
            raise

    def _send_one(self, message: Any, flags: int, timeout: Timeout) -> None:
        if not isinstance(message, (list, tuple)):
            self.send(message, flags, timeout=timeout)
        elif message:
            self.send_multipart(message, flags, timeout=timeout)
        else:
            raise ValueError("a message has at least one part, and this is an empty list")

    def _send_batch(self, messages: Iterable[Any]) -> Any:
        """How many of these were queued."""
        room = self._room
        room.inside = True  # those of several parts go through the methods here
        try:
            return self._plain.send_many(self, messages, DONTWAIT)
        finally:
            room.inside = False

    def _send_some(self, messages: Iterable[Any]) -> Any:
        count = self._send_batch(messages)
        if not count:
            raise Again
        return count

    def _send_held(
        self, parts: Sequence[MessagePart], flags: int, copy: bool, track: bool, timeout: Timeout
    ) -> MessageTracker | None:
        """Keep parts for the last one of their message; when it is among them, send the message."""
        held = self._halves().outgoing
        if not held and self._socket_type in HESITANT_SENDERS:
            # Otherwise the first part would be taken, and the last one refused.
            self._insist(type(self)._look, (POLLOUT,), {}, POLLOUT, flags, timeout)
        frames: list[Any] = [hold(part, copy, track and not copy) for part in parts]
        held.extend(frames)
        if not flags & SNDMORE:
            # As with libzmq, a message of which a part is refused has to begin anew.
            args = (list(held), flags | DONTWAIT)
            held.clear()
            self._insist(self._plain.send_multipart, args, {}, POLLOUT, flags, timeout)
        return MessageTracker(*[frame.tracker for frame in frames]) if track and not copy else None

    # ---- receiving ----

    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Any:
        """Receive one part; the other parts of its message are for this thread."""
        room = self._room
        with room.lock:
            if room.inside:
                return self._plain.recv(self, flags, copy=copy, track=track)
            if room.halves is not None and self._has_rest():
                return show(room.halves.incoming.popleft(), copy)
            if copy and timeout is None:
                try:
                    part = self._plain.recv(self, flags | DONTWAIT)
                    if self._plain.get(self, RCVMORE):
                        self._keep_rest(False)
                    return part
                except Again:
                    if flags & DONTWAIT:
                        raise
                finally:
                    if room.waiters:
                        self._settle()
            options = {"copy": copy, "track": track}
            part = self._insist(
                self._plain.recv, (flags | DONTWAIT,), options, POLLIN, flags, timeout
            )
            if self._plain.get(self, RCVMORE):
                self._keep_rest(track)
            return part

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Any:
        """Receive a message with all its parts."""
        room = self._room
        with room.lock:
            if room.halves is not None and self._has_rest():
                return self._take_rest(copy)
            if copy and timeout is None and not self._calls_back:
                try:
                    return self._plain.recv_multipart(self, flags | DONTWAIT)
                except Again:
                    if flags & DONTWAIT:
                        raise
                finally:
                    if room.waiters:
                        self._settle()
            options = {"copy": copy, "track": track}
            return self._insist(
                self._plain.recv_multipart, (flags | DONTWAIT,), options, POLLIN, flags, timeout
            )

    def recv_into(
        self, buffer: BufferLike, /, *, nbytes: int = 0, flags: int = 0, timeout: Timeout = None
    ) -> Any:
        """Receive one part into memory that is there already; returns its size in bytes."""
        room = self._room
        with room.lock:
            if room.halves is not None and self._has_rest():
                size = fill(buffer, nbytes, room.halves.incoming[0])
                room.halves.incoming.popleft()
                return size
            options = {"nbytes": nbytes, "flags": flags | DONTWAIT}
            size = self._insist(self._plain.recv_into, (buffer,), options, POLLIN, flags, timeout)
            if self._plain.get(self, RCVMORE):
                self._keep_rest(False)
            return size

    def recv_string(
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: Timeout = None
    ) -> Any:
        """Receive one part as text."""
        return self._deserialize(
            self.recv(flags, timeout=timeout), lambda content: content.decode(encoding)
        )

    def try_recv(self) -> Any:
        """Receive one part if it is there; otherwise None."""
        try:
            return self.recv(DONTWAIT)
        except Again:
            return None

    def try_recv_multipart(self) -> Any:
        """Receive a message with all its parts if it is there; otherwise None."""
        try:
            return self.recv_multipart(DONTWAIT)
        except Again:
            return None

    def recv_many(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> Any:
        """Wait for a message, then receive those that are there already, part after part."""
        room = self._room
        with room.lock:
            if room.halves is not None and self._has_rest():
                return self._take_rest(True)
            args = (max_messages, max_bytes)
            options = {"flags": flags | DONTWAIT}
            return self._insist(self._plain.recv_many, args, options, POLLIN, flags, timeout)

    def recv_many_multipart(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> Any:
        """Wait for a message, then receive those that are there already, each whole."""
        room = self._room
        with room.lock:
            if room.halves is not None and self._has_rest():
                return [self._take_rest(True)]
            args = (max_messages, max_bytes)
            options = {"flags": flags | DONTWAIT}
            return self._insist(
                self._plain.recv_many_multipart, args, options, POLLIN, flags, timeout
            )

    # ---- parts that wait for the others of their message ----

    def _halves(self) -> Any:
        """This thread's own; what a thread leaves behind when it ends goes with it."""
        room = self._room
        if room.halves is None:
            room.halves = _local()
        halves = room.halves
        if not hasattr(halves, "outgoing"):
            halves.outgoing, halves.incoming = [], deque()
        return halves

    def _has_begun(self) -> bool:
        room = self._room
        return (
            room.halves is not None
            and not room.inside
            and bool(getattr(room.halves, "outgoing", None))
        )

    def _keep_rest(self, track: bool) -> None:
        frames = self._insist(
            self._plain.recv_multipart, (DONTWAIT,), {"copy": False, "track": track}, POLLIN
        )
        self._halves().incoming.extend(frames)

    def _take_rest(self, copy: bool) -> list[Any]:
        rest = self._room.halves.incoming
        parts = [show(frame, copy) for frame in rest]
        rest.clear()
        return parts


def _until(end: float | None, timeout: Timeout) -> Timeout:
    """What is left of a time-out in milliseconds; as it was given when it is None or for ever."""
    return timeout if end is None else max(0, (end - monotonic()) * 1000)


def hold(part: MessagePart, copy: bool, track: bool) -> Frame:
    """A frame of a part that will be sent later."""
    if not isinstance(part, Frame):
        return Frame(part, track=track, copy=False if track else copy or None)
    if track and part.tracker is None:
        raise ValueError(
            "this Frame is not tracked: make it with track=True to send it with track=True"
        )
    return part


def show(frame: Frame, copy: bool) -> bytes | Frame:
    """A part that was received earlier, as `recv` returns it."""
    return frame.bytes if copy else frame


def fill(buffer: Any, nbytes: int, frame: Frame) -> int:
    """What `recv_into` does, with a part that was received earlier."""
    try:
        view = memoryview(buffer)
        if view.readonly:
            raise BufferError("it is read-only")
        view = view.cast("B")
    except (BufferError, TypeError) as exc:
        raise BufferError(f"recv_into needs a writable contiguous buffer: {exc}") from exc
    if not 0 <= nbytes <= len(view):
        raise ValueError(f"nbytes={nbytes} does not fit into a buffer of {len(view)} bytes")
    room = nbytes or len(view)
    view[: min(room, len(frame))] = frame.buffer[:room]
    return len(frame)
