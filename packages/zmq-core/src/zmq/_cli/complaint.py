# SPDX-License-Identifier: BSD-3-Clause
"""Complaint: what the user is told in one line, and the exit status that goes with it."""

from __future__ import annotations

FAILED = 1
WRONG_USAGE = 2
TIMED_OUT = 3
INTERRUPTED = 130
NOBODY_READS = 141


class Complaint(Exception):
    """Something that ends the program and is no mistake of the program's.

    Parameters
    ----------
    text : str
    status : int
        The exit status.
    """

    def __init__(self, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.status = status
