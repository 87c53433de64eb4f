# SPDX-License-Identifier: BSD-3-Clause
"""Channel: a channel of paramiko as a stream of the relay."""

from __future__ import annotations

import socket
from typing import Any


class ChannelStream:
    """A channel of paramiko as a stream.

    Parameters
    ----------
    channel : paramiko.Channel
    """

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self.close = channel.close

    def recv_into(self, view: memoryview) -> int:
        """Read into a buffer; 0 is the end."""
        data = self._channel.recv(len(view))
        view[: len(data)] = data
        return len(data)

    def sendall(self, view: memoryview) -> None:
        """Write all of a buffer."""
        self._channel.sendall(bytes(view))

    def shutdown(self, how: int) -> None:
        """Close one direction, or both."""
        try:
            if how == socket.SHUT_RDWR:
                self._channel.close()  # `shutdown` would leave whoever reads it waiting
            else:
                self._channel.shutdown(how)
        except OSError:
            pass  # the other side was faster
        except EOFError:
            pass  # and so was the end of the connection

    def at_end(self) -> bool:
        """Whether the other side has gone."""
        return bool(self._channel.closed or self._channel.eof_received)
