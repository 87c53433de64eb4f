# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to create and close a socket?"""

from functools import partial
from itertools import repeat
from time import sleep

import zmq
from harness.sheet import Sheet


def open_and_close(context, calls):
    """Open and close `calls` sockets."""
    for _ in repeat(None, calls):
        context.socket(zmq.PUSH).close()


def settle(calls):
    """Let libzmq's own thread finish with the closed sockets."""
    sleep(0.001)


def main():
    sheet = Sheet(__doc__)
    context = zmq.Context()
    loop = partial(open_and_close, context)
    sheet.cost("create + close a socket", loop, 50, after=settle, target=2.5)
    context.term()
    sheet.show()


if __name__ == "__main__":
    main()
