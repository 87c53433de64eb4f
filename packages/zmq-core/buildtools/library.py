# SPDX-License-Identifier: BSD-3-Clause
"""A libzmq that was found or built, as the native module needs to know it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from .report import BuildError

OLDEST = (4, 2, 0)


@dataclass
class Library:
    """What to compile and link with."""

    header: Path  # zmq.h
    origin: str  # where it came from, in words, without directories
    linkage: str  # "system, shared" or "static"
    sodium: int  # 1 or 0, or -1 if nobody knows
    sodium_version: str = "unknown"
    include_dirs: list = field(default_factory=list)
    library_dirs: list = field(default_factory=list)
    libraries: list = field(default_factory=list)
    archives: list = field(default_factory=list)
    defines: list = field(default_factory=list)  # (name, value or None)
    compile_flags: list = field(default_factory=list)
    link_flags: list = field(default_factory=list)

    @property
    def version(self):
        """The version that zmq.h states, as three numbers."""
        return read_version(self.header)


def read_version(header):
    """Return the version that a zmq.h states, as three numbers.

    Raises
    ------
    BuildError
        It states none, or one that is too old.
    """
    text = Path(header).read_text(encoding="utf-8", errors="replace")
    numbers = [
        re.search(rf"#define\s+ZMQ_VERSION_{part}\s+(\d+)", text)
        for part in ("MAJOR", "MINOR", "PATCH")
    ]
    if not all(numbers):
        raise BuildError(f"{header} does not say which version of libzmq it belongs to.")
    version = tuple(int(number[1]) for number in numbers)
    if version < OLDEST:
        raise BuildError(f"{header} is of libzmq {dotted(version)}, which is too old.")
    return version


def dotted(version):
    """Return (4, 3, 5) as "4.3.5"."""
    return ".".join(map(str, version))
