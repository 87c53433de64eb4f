# SPDX-License-Identifier: BSD-3-Clause
"""Batches: the methods of green sockets for many messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zmq.backend import Context as BackendContext
from zmq.backend import Frame
from zmq.backend import Socket as BackendSocket
from zmq.green._room import DONTWAIT, POLLIN
from zmq.green._wait import deadline_of, time_left

#: Messages of a list that are offered to libzmq in one go.
BATCH = 1000

#: What could be taken for a list of messages, and is one.
SINGLE = (str, bytes, bytearray, memoryview, Frame)


class Batches:
    """Sending and receiving many messages in one call, and receiving without waiting."""

    __slots__ = ()

    def send_many(
        self: Any, messages: Iterable[Any], flags: int = 0, *, timeout: float | None = None
    ) -> int:
        """Send many messages: as `zmq.Socket.send_many`.

        Those of other greenlets may come between them.
        """
        if timeout is not None:
            BackendContext._check_timeout(timeout)
        if flags & DONTWAIT or isinstance(messages, SINGLE):
            try:
                return int(BackendSocket.send_many(self, messages, flags))
            finally:
                self._note()
        deadline = deadline_of(timeout)
        if isinstance(messages, (list, tuple)):
            return self._send_all(tuple(messages), flags, timeout, deadline)  # type: ignore[no-any-return]
        sent = 0
        for message in messages:
            self._send_next(message, flags, timeout, deadline, sent, message)
            sent += 1
        return sent

    def _send_all(
        self: Any, messages: tuple[Any, ...], flags: int, timeout: Any, deadline: float
    ) -> int:
        """Send a list: as many as go at once, then wait with the next one."""
        sent = 0
        while sent < len(messages):
            try:
                batch = messages[sent : sent + BATCH]
                done = BackendSocket.send_many(self, batch, flags | DONTWAIT)
            except Exception as exc:
                exc.sent = sent + getattr(exc, "sent", 0)  # type: ignore[attr-defined]
                raise
            finally:
                self._note()
            sent += done
            if done < len(batch):
                self._send_next(messages[sent], flags, timeout, deadline, sent, None)
                sent += 1
        return sent

    def _send_next(
        self: Any,
        message: Any,
        flags: int,
        timeout: float | None,
        deadline: float,
        sent: int,
        unsent: Any,
    ) -> None:
        left = None if timeout is None else time_left(deadline)
        try:
            if isinstance(message, (list, tuple)):
                if not message:
                    raise ValueError("a message has at least one part, and this is an empty list")
                self.send_multipart(message, flags, timeout=left)
            else:
                self.send(message, flags, timeout=left)
        except BaseException as exc:  # also that of a greenlet that is killed
            exc.sent, exc.unsent = sent, unsent  # type: ignore[attr-defined]
            raise

    def recv_many(
        self: Any,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: float | None = None,
        *,
        flags: int = 0,
    ) -> Any:
        """Wait for a message, then receive those that are there: as `zmq.Socket.recv_many`."""
        args = (max_messages, max_bytes)
        method = BackendSocket.recv_many
        return self._make(POLLIN, flags, timeout, method, *args, flags=flags | DONTWAIT)

    def recv_many_multipart(
        self: Any,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: float | None = None,
        *,
        flags: int = 0,
    ) -> Any:
        """The same, each message with all its parts: as `zmq.Socket.recv_many_multipart`."""
        args = (max_messages, max_bytes)
        method = BackendSocket.recv_many_multipart
        return self._make(POLLIN, flags, timeout, method, *args, flags=flags | DONTWAIT)

    def try_recv(self: Any) -> Any:
        """Receive one part if it is there: as `zmq.Socket.try_recv`."""
        try:
            return BackendSocket.try_recv(self)
        finally:
            self._note()

    def try_recv_multipart(self: Any) -> Any:
        """Receive a message with all its parts if it is there."""
        try:
            return BackendSocket.try_recv_multipart(self)
        finally:
            self._note()
