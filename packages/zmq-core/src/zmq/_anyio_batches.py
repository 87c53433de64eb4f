# SPDX-License-Identifier: BSD-3-Clause
"""Batches: the methods of anyio sockets for many messages."""

from __future__ import annotations

from time import monotonic

from zmq._anyio_room import EVENTS, POLLIN, POLLOUT, seconds_of
from zmq._typing import AnyioMixin, Generic, ValueT
from zmq.backend import Frame
from zmq.backend import Socket as BackendSocket
from zmq.error import Again, ContextTerminated, ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn

    from typing_extensions import Self

    from zmq._typing import Timeout

DONTWAIT = 1


class Feed(Generic[ValueT]):
    """The messages of an iterable, of which one that was refused can be had again."""

    def __init__(self, messages: Iterable[ValueT]) -> None:
        self.careful = not isinstance(messages, (list, tuple))
        self.ended = False
        self._messages = iter(messages)
        self._held: list[ValueT] = []

    def peek(self) -> ValueT | None:
        """The next message, until it is dropped; None at the end."""
        if not self._held:
            try:
                self._held.append(next(self._messages))
            except StopIteration:
                self.ended = True
                return None
        return self._held[0]

    def drop(self) -> None:
        """Go on to the message after this one."""
        self._held.clear()


class Batches(AnyioMixin):
    """Sending and receiving many messages in one call, and receiving without waiting."""

    __slots__ = ()

    async def send_many(
        self, messages: Iterable[Any], flags: int = 0, *, timeout: Timeout = None
    ) -> int:
        """Send many messages: see `zmq.Socket.send_many`.

        Those of other tasks may come between them.  From an iterator no message is taken before
        there is room for it: after a cancel it still has all that were not sent.
        """
        if isinstance(messages, (str, bytes, bytearray, memoryview, Frame)):
            raise TypeError(
                f"send_many takes an iterable of messages, not one {type(messages).__name__}"
            )
        feed = Feed(messages)
        seconds = seconds_of(timeout)
        end = None if seconds is None else monotonic() + seconds
        sent = 0
        try:
            while not feed.ended:
                left = timeout if end is None else max(0, (end - monotonic()) * 1000)
                sent += await self._insist(POLLOUT, lambda: self._send_some(feed), flags, left)
            return sent
        except Again as exc:
            if flags & DONTWAIT:
                return sent
            exc.sent = sent  # type: ignore[attr-defined]
            raise
        except Exception as exc:
            exc.sent = sent + getattr(exc, "sent", 0)  # type: ignore[attr-defined]
            raise

    def _send_some(self, feed: Feed[Any]) -> int:
        """Send as many as there is room for, without keeping other tasks from their turn."""
        count = 0
        try:
            while count < self._budget and self._has_room(feed):
                message = feed.peek()
                if feed.ended:
                    break
                name = "send_multipart" if isinstance(message, (list, tuple)) else "send"
                self._native(name, message, DONTWAIT)()
                feed.drop()
                count += 1
        except Again:
            if not count:
                raise
        except Exception as exc:
            exc.sent = count  # type: ignore[attr-defined]
            raise
        self._room.spent += count
        return count

    def _has_room(self: Any, feed: Feed[Any]) -> bool:
        if feed.careful and not BackendSocket.get(self, EVENTS) & POLLOUT:
            raise Again
        return True

    async def recv_many(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> list[bytes]:
        """Wait for a message, then receive those that are there: see `zmq.Socket.recv_many`."""
        call = self._native("recv_many", max_messages, max_bytes, flags=flags | DONTWAIT)
        return await self._insist(POLLIN, call, flags, timeout)

    async def recv_many_multipart(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> list[list[bytes]]:
        """The same, each message with all its parts: see `zmq.Socket.recv_many_multipart`."""
        call = self._native("recv_many_multipart", max_messages, max_bytes, flags=flags | DONTWAIT)
        return await self._insist(POLLIN, call, flags, timeout)

    def try_recv(self) -> bytes | None:
        """Receive one part if it is there: no coroutine function, and nobody else has a turn.

        Returns
        -------
        bytes or None
        """
        return self._try("try_recv")  # type: ignore[no-any-return]

    def try_recv_multipart(self) -> list[bytes] | None:
        """Receive a message with all its parts if it is there: see `try_recv`.

        Returns
        -------
        list of bytes, or None
        """
        return self._try("try_recv_multipart")  # type: ignore[no-any-return]

    def _try(self, name: str) -> Any:
        try:
            return self._native(name)()
        finally:
            if self._room.count and not self.closed:
                self._room.settle(self)

    # ---- in loops ----

    def __iter__(self) -> NoReturn:
        raise TypeError("messages of this socket have to be awaited: use `async for`")

    def __next__(self) -> NoReturn:
        raise TypeError("messages of this socket have to be awaited: use `async for`")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """The next message, as `recv` returns it; the end when the socket is closed or the context
        terminated."""
        if self.closed:
            raise StopAsyncIteration
        try:
            return await self.recv()  # type: ignore[no-any-return]
        except ContextTerminated:
            raise StopAsyncIteration from None
        except ZMQError:
            if self.closed:
                raise StopAsyncIteration from None
            raise
