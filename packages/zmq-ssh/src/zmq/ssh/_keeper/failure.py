# SPDX-License-Identifier: BSD-3-Clause
"""Failure: why there is no ssh connection; and the time that there is to make one."""

from __future__ import annotations

import time


class Failure(Exception):
    """There is no connection.

    Attributes
    ----------
    kind : str
        "failed", "authentication", "retries", "hostkey", "forward", "timeout"; or "busy",
        where another attempt may help.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Deadline:
    """The time that is left, in seconds; the clock stands still while somebody types."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def extend(self, seconds: float) -> None:
        """Do not count so many seconds."""
        self._end += seconds

    def left(self) -> float:
        """Seconds, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self, doing: str) -> None:
        """Raise Failure when there is no time left."""
        if not self.left():
            raise Failure("timeout", f"{doing}: not done within {self.seconds:g} s")
