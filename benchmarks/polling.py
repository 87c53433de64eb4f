# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to ask one socket whether a message is there?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet


def poll(socket, calls):
    """Ask `calls` times, without waiting."""
    for _ in repeat(None, calls):
        socket.poll(0)


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        sheet.cost("poll(0), nothing there", partial(poll, pull), 500, target=3.0)
        push.send(b"x")
        sheet.cost("poll(0), ready", partial(poll, pull), 500, target=3.0)
    sheet.show()


if __name__ == "__main__":
    main()
