# SPDX-License-Identifier: BSD-3-Clause
"""Groups: a process with those it starts, such as a ProxyCommand, which end together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from typing import Any, Callable

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> Callable[[], None]:
    """Return what a new process does so that it is ended when its parent is killed."""

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def end_group(leader: subprocess.Popen[Any], number: int) -> None:
    """Send a signal to a process that leads a session, and to those below it."""
    try:
        os.killpg(leader.pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # there is none left; macOS says so in this other way


def end(leader: subprocess.Popen[Any], seconds: float) -> None:
    """End a process that leads a session, and those below it.

    Parameters
    ----------
    leader : subprocess.Popen
    seconds : float
        After which it is killed.
    """
    end_group(leader, signal.SIGTERM)
    try:
        leader.wait(seconds)
    except subprocess.TimeoutExpired:
        end_group(leader, signal.SIGKILL)
        leader.wait()
