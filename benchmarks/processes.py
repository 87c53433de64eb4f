# SPDX-License-Identifier: BSD-3-Clause
"""How fast do messages go from one process to another over tcp?"""

from functools import partial
from itertools import repeat
from statistics import median

from harness.sheet import Sheet, size_name
from harness.streams import stream

CASES = ((100, True), (64 << 10, True), (64 << 10, False), (1 << 20, True), (1 << 20, False))
BATCH_BYTES = 16 << 20


def receive(pull, copy, calls):
    """Receive `calls` messages."""
    for _ in repeat(None, calls):
        pull.recv(copy=copy)


def main():
    sheet = Sheet(__doc__)
    for size, copy in CASES:
        name = f"tcp between processes, {size_name(size)}" + ("" if copy else " zero-copy")
        with stream(size, copy=copy) as pull:
            calls = min(20_000, BATCH_BYTES // size)
            sheet.cost(name, partial(receive, pull, copy), calls, pick=median)
    sheet.show()


if __name__ == "__main__":
    main()
