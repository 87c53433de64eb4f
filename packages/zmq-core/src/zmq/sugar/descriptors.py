# SPDX-License-Identifier: BSD-3-Clause
"""Descriptors: whether the connection behind one is still the same."""

from __future__ import annotations

import os
from stat import S_ISSOCK


def identify(descriptor: int) -> int | None:
    """What tells a connection from a later one with the same descriptor.

    Parameters
    ----------
    descriptor : int

    Returns
    -------
    int or None
        The number of the system's socket; None when there is none, or, on Windows, it cannot be
        told.
    """
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_ino if S_ISSOCK(status.st_mode) else None


def is_alive(descriptor: int, number: int | None) -> bool:
    """Whether a connection is still there.

    Parameters
    ----------
    descriptor : int
    number : int or None
        What `identify` said when the connection was new.

    Returns
    -------
    bool
        Where it cannot be told, true.
    """
    return identify(descriptor) == number if number is not None else os.name == "nt"
