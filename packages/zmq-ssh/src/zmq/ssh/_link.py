# SPDX-License-Identifier: BSD-3-Clause
"""Link: what a program and the keeper of its tunnel tell one another, a line of JSON each."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from typing import Any


class Link:
    """One end of a connection to the other process.

    Parameters
    ----------
    end : socket.socket
        It belongs to the link from now on.
    """

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(None)  # whatever the program has made the default
        self._end = end
        self._lock = threading.Lock()
        self._buffer = b""

    def send(self, **message: Any) -> bool:
        """Tell the other side something; False when nobody is there any more."""
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            try:
                self._end.sendall(line)
            except OSError:
                return False  # `receive` is where that is noticed
        return True

    def receive(self, timeout: float | None = None) -> dict[str, Any] | None:
        """Return what the other side has said, None when it has gone.

        Parameters
        ----------
        timeout : float or None
            Seconds; None waits for ever.

        Raises
        ------
        TimeoutError
            It has said nothing.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._buffer:
            if deadline is not None:
                self._wait(max(0.0, deadline - time.monotonic()))
            try:
                data = self._end.recv(65536)
            except OSError:
                data = b""
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        if not poll.poll(seconds * 1000):
            raise TimeoutError

    def close(self) -> None:
        """Close this end; the other side notices."""
        self._end.close()
