# SPDX-License-Identifier: BSD-3-Clause
"""Waiting: as long as the user wants, and no longer than somebody reads the output."""

from __future__ import annotations

import os
import stat
import sys
from time import monotonic

import zmq
from zmq._cli.complaint import TIMED_OUT, Complaint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _Result = TypeVar("_Result")

#: Milliseconds between looks whether the output is read, and whether Ctrl-C was pressed: a signal
#: that comes just before a call begins to wait does not end it.
LOOK_AGAIN = 200


def wait_for(
    attempt: Callable[[float], _Result],
    timeout: float | None,
    complaint: str,
    prints: bool = False,
) -> _Result:
    """Try something until it succeeds.

    Parameters
    ----------
    attempt : callable
        Takes milliseconds, and raises `zmq.TimeoutExpired` when it takes longer.
    timeout : float, optional
        Milliseconds; None waits for ever.
    complaint : str
        What has not happened when the time is over.
    prints : bool
        Whether it is for the sake of the output.

    Returns
    -------
    object
        What the attempt returns.

    Raises
    ------
    Complaint
        When the time is over.
    BrokenPipeError
        When nobody reads the output any more.
    """
    end = None if timeout is None else monotonic() + timeout / 1000
    while True:
        left = LOOK_AGAIN if end is None else max(0, (end - monotonic()) * 1000)
        try:
            return attempt(min(left, LOOK_AGAIN))
        except zmq.TimeoutExpired:
            if left <= LOOK_AGAIN and end is not None and monotonic() >= end:
                raise Complaint(f"{complaint} within {timeout:g} ms", TIMED_OUT) from None
        if prints and _is_deserted():
            raise BrokenPipeError


def _is_deserted() -> bool:
    """Whether the output is a pipe that nobody reads."""
    output = sys.stdout.fileno()
    if os.name != "posix" or not stat.S_ISFIFO(os.fstat(output).st_mode):
        return False
    return bool(zmq.zmq_poll([(output, zmq.POLLERR)], 0))
