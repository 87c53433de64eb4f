# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to send and to receive a message of four parts, in one thread?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet

PARTS = [b"x" * 10] * 4


def send(socket, calls):
    """Send four parts `calls` times."""
    for _ in repeat(None, calls):
        socket.send_multipart(PARTS)


def receive(socket, calls):
    """Receive `calls` messages of four parts."""
    for _ in repeat(None, calls):
        socket.recv_multipart()


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        fill, drain = partial(send, push), partial(receive, pull)
        sheet.cost("send_multipart, 4 parts", fill, 500, after=drain, target=15.0)
        sheet.cost("recv_multipart, 4 parts", drain, 500, before=fill, target=10.0)
    sheet.show()


if __name__ == "__main__":
    main()
