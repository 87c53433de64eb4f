# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to find out, by an exception, that no message is there?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet


def receive(socket, calls):
    """Fail to receive `calls` times."""
    nowait, again = zmq.NOBLOCK, zmq.Again
    for _ in repeat(None, calls):
        try:
            socket.recv(nowait)
        except again:
            pass


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (_, pull):
        sheet.cost("recv(NOBLOCK) raising Again", partial(receive, pull), 500, target=2.5)
    sheet.show()


if __name__ == "__main__":
    main()
