# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to send and to receive text?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet

TEXT = "ten chars."


def send(socket, calls):
    """Send the text `calls` times."""
    for _ in repeat(None, calls):
        socket.send_string(TEXT)


def receive(socket, calls):
    """Receive `calls` texts."""
    for _ in repeat(None, calls):
        socket.recv_string()


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        fill, drain = partial(send, push), partial(receive, pull)
        sheet.cost("send_string, 10 characters", fill, 1000, after=drain, target=4.0)
        sheet.cost("recv_string, 10 characters", drain, 1000, before=fill, target=4.0)
    sheet.show()


if __name__ == "__main__":
    main()
