# SPDX-License-Identifier: BSD-3-Clause
"""Stamp: whether a file is still the one that was read."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

#: Nanoseconds.  Clocks of file systems are coarse, two seconds on some: a file that was changed so
#: recently may be changed again without another stamp.
UNSURE = 2_000_000_000


class Stamp(NamedTuple):
    """What changes when a file does.

    Attributes
    ----------
    modified, changed : int
        Nanoseconds since the epoch: of the content, of anything.
    size : int
        Bytes.
    inode, device : int
        Which file it is.
    """

    modified: int
    changed: int
    size: int
    inode: int
    device: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file.

        Parameters
        ----------
        status : os.stat_result

        Returns
        -------
        Stamp
        """
        return cls(
            status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev
        )

    def is_settled(self) -> bool:
        """Whether any change from now on would give another stamp."""
        return time.time_ns() - max(self.modified, self.changed) > UNSURE


class Reading(NamedTuple):
    """A file that was read.

    Attributes
    ----------
    stamp : Stamp
    settled : bool
        Whether the stamp could be relied on when the file was read.
    """

    stamp: Stamp
    settled: bool

    @classmethod
    def of(cls, status: os.stat_result) -> Reading:
        """A reading that is made now, of a file with this status."""
        stamp = Stamp.of(status)
        return cls(stamp, stamp.is_settled())

    def holds(self, status: os.stat_result) -> bool:
        """Whether the file with this status still is the one that was read."""
        return self.settled and self.stamp == Stamp.of(status)
