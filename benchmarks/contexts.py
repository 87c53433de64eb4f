# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to create and terminate a context, unused and with one socket?"""

from itertools import repeat

import zmq
from harness.sheet import Sheet


def unused(calls):
    """Create and terminate `calls` contexts."""
    for _ in repeat(None, calls):
        zmq.Context().term()


def used(calls):
    """Do it with a socket in each, for which libzmq starts its threads."""
    for _ in repeat(None, calls):
        context = zmq.Context()
        context.socket(zmq.PUSH).close()
        context.term()


def main():
    sheet = Sheet(__doc__)
    sheet.cost("create + term a context", unused, 50)
    sheet.cost("create + term a context with a socket", used, 10)
    sheet.show()


if __name__ == "__main__":
    main()
