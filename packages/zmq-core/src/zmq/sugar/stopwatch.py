# SPDX-License-Identifier: BSD-3-Clause
"""The stopwatch that came with old versions of libzmq."""

from __future__ import annotations

import time
import warnings


class Stopwatch:
    """A stopwatch that counts microseconds.

    .. deprecated:: 18
        Use `time.perf_counter`, which counts seconds.
    """

    def __init__(self) -> None:
        warnings.warn(
            "zmq.Stopwatch is deprecated; use time.perf_counter() or time.monotonic()",
            DeprecationWarning,
            stacklevel=2,
        )
        self._started: int | None = None

    def start(self) -> None:
        """Start counting, from zero every time."""
        self._started = time.perf_counter_ns()

    def stop(self) -> int:
        """Tell how long it took; ask again for an even longer time.

        Returns
        -------
        int
            Microseconds since `start`.

        Raises
        ------
        RuntimeError
            If the stopwatch was never started.
        """
        if self._started is None:
            raise RuntimeError("this Stopwatch is not running: call start() first")
        return (time.perf_counter_ns() - self._started) // 1000


__all__ = ["Stopwatch"]
