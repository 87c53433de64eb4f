# SPDX-License-Identifier: BSD-3-Clause
"""Methods in plain Python, for backends whose sockets have only the basic native ones."""

from zmq.backend import Frame, zmq_poll
from zmq.constants import POLLIN, RCVMORE, SNDMORE


class PlainMethods:
    """Multipart messages, text and polling, in terms of the methods that every backend has."""

    __slots__ = ()

    def getsockopt(self, option):
        """Read a socket option: the same as `get`."""
        return self.get(option)

    def setsockopt(self, option, optval):
        """Set a socket option: the same as `set`."""
        self.set(option, optval)

    def send_multipart(self, msg_parts, flags=0, copy=True, track=False, **kwargs):
        """Send a message of several parts, all checked before the first is sent."""
        parts = list(msg_parts)
        for number, part in enumerate(parts):
            if isinstance(part, (bytes, Frame)):
                continue
            try:
                memoryview(part).release()
            except TypeError as exc:
                raise TypeError(f"part {number} of {len(parts)}: {exc}") from None
        for part in parts[:-1]:
            self.send(part, SNDMORE | flags, copy=copy, track=track, **kwargs)
        return self.send(parts[-1], flags, copy=copy, track=track, **kwargs) if parts else None

    def recv_multipart(self, flags=0, copy=True, track=False):
        """Receive a message with all its parts."""
        parts = [self.recv(flags, copy=copy, track=track)]
        while self.get(RCVMORE):
            parts.append(self.recv(flags, copy=copy, track=track))
        return parts

    def send_string(self, u, flags=0, copy=True, encoding="utf-8", **kwargs):
        """Send text as one part."""
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        return self.send(u.encode(encoding), flags=flags, copy=copy, **kwargs)

    def recv_string(self, flags=0, encoding="utf-8", **kwargs):
        """Receive one part as text."""
        return self._deserialize(
            self.recv(flags, **kwargs), lambda content: content.decode(encoding)
        )

    def poll(self, timeout=None, flags=POLLIN):
        """Wait until the socket is ready; milliseconds, None waits for ever."""
        return dict(zmq_poll([(self, flags)], -1 if timeout is None else timeout)).get(self, 0)
