# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to combine two flags?"""

from itertools import repeat

import zmq
from harness.sheet import Sheet


def combine(calls):
    """Combine two flags `calls` times."""
    for _ in repeat(None, calls):
        zmq.NOBLOCK | zmq.SNDMORE


def main():
    sheet = Sheet(__doc__)
    sheet.cost("NOBLOCK | SNDMORE", combine, 1000)
    sheet.show()


if __name__ == "__main__":
    main()
