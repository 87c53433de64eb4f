# SPDX-License-Identifier: BSD-3-Clause
"""Resident memory, read from Linux's ``/proc``."""

import os
import subprocess
import sys
from statistics import median

STATM = "/proc/self/statm"


def resident():
    """Return the resident memory of this process in megabytes (10^6 bytes)."""
    with open(STATM) as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def resident_after(code, processes=5):
    """Return the resident memory, in megabytes, of a fresh interpreter that ran `code`.

    Parameters
    ----------
    code : str
        A Python statement. The memory is read with built-ins only, so nothing else is imported.
    processes : int
        How many interpreters to start; the median counts.
    """
    read = f"print(open({STATM!r}).read().split()[1])"
    command = [sys.executable, "-c", f"{code}\n{read}"]
    pages = [int(subprocess.check_output(command)) for _ in range(processes)]
    return median(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


def linked_statically():
    """Tell whether this process has no shared libzmq, so that it is inside the extension module."""
    with open("/proc/self/maps") as maps:
        return not any("libzmq" in line for line in maps)
