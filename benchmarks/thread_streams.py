# SPDX-License-Identifier: BSD-3-Clause
"""How fast do small messages go from one Python thread to another?"""

from functools import partial
from itertools import repeat
from statistics import median
from threading import Thread

import zmq
from harness.pairs import pair
from harness.sheet import Sheet

PAYLOAD = b"x" * 10


def send(socket, calls):
    """Send `calls` messages."""
    for _ in repeat(None, calls):
        socket.send(PAYLOAD)


def pass_on(push, pull, calls):
    """Send in another thread what this thread receives."""
    sender = Thread(target=send, args=(push, calls))
    sender.start()
    for _ in repeat(None, calls):
        pull.recv()
    sender.join()


def main():
    sheet = Sheet(__doc__)
    for transport in ("inproc", "tcp"):
        with pair(zmq.PUSH, zmq.PULL, transport, hwm=1000) as sockets:
            name, loop = f"two threads, PUSH/PULL, {transport}", partial(pass_on, *sockets)
            sheet.cost(name, loop, 20_000, pick=median, target=1.5)
    sheet.show()


if __name__ == "__main__":
    main()
