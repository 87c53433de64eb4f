# SPDX-License-Identifier: BSD-3-Clause
"""Methods in plain Python, for backends whose sockets have only the basic native ones."""

from __future__ import annotations

from zmq._typing import SocketMixin
from zmq.backend import Frame, zmq_poll
from zmq.constants import POLLIN, RCVMORE, SNDMORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from zmq._typing import MessagePart, Timeout


class PlainMethods(SocketMixin):
    """Multipart messages, text and polling, in terms of the methods that every backend has."""

    __slots__ = ()

    def getsockopt(self, option: int) -> Any:
        """Read a socket option: the same as `get`."""
        return self.get(option)

    def setsockopt(self, option: int, optval: Any) -> None:
        """Set a socket option: the same as `set`."""
        self.set(option, optval)

    def send_multipart(
        self,
        msg_parts: Iterable[MessagePart],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Send a message of several parts, all checked before the first is sent."""
        parts = list(msg_parts)
        for number, part in enumerate(parts):
            if isinstance(part, (bytes, Frame)):
                continue
            try:
                memoryview(part).release()  # type: ignore[arg-type]
            except TypeError as exc:
                raise TypeError(f"part {number} of {len(parts)}: {exc}") from None
        for part in parts[:-1]:
            self.send(part, SNDMORE | flags, copy=copy, track=track, **kwargs)
        return self.send(parts[-1], flags, copy=copy, track=track, **kwargs) if parts else None

    def recv_multipart(self, flags: int = 0, copy: bool = True, track: bool = False) -> Any:
        """Receive a message with all its parts."""
        parts = [self.recv(flags, copy=copy, track=track)]
        while self.get(RCVMORE):
            parts.append(self.recv(flags, copy=copy, track=track))
        return parts

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        """Send text as one part."""
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        return self.send(u.encode(encoding), flags=flags, copy=copy, **kwargs)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8", **kwargs: Any) -> Any:
        """Receive one part as text."""
        return self._deserialize(
            self.recv(flags, **kwargs), lambda content: content.decode(encoding)
        )

    def poll(self, timeout: Timeout = None, flags: int = POLLIN) -> Any:
        """Wait until the socket is ready; milliseconds, None waits for ever."""
        return dict(zmq_poll([(self, flags)], -1 if timeout is None else timeout)).get(self, 0)
