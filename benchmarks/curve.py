# SPDX-License-Identifier: BSD-3-Clause
"""How fast do encrypted messages go from one process to another?"""

from functools import partial
from itertools import repeat
from statistics import median

from harness.sheet import Sheet
from harness.streams import stream


def receive(pull, calls):
    """Receive `calls` messages."""
    for _ in repeat(None, calls):
        pull.recv()


def main():
    sheet = Sheet(__doc__)
    with stream(100, curve=True) as pull:
        sheet.cost("CURVE between processes, 100 B", partial(receive, pull), 5000, pick=median)
    sheet.show()


if __name__ == "__main__":
    main()
