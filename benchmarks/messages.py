# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to send a message, and what to receive it, in one thread?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet, size_name

SIZES = (10, 100, 1 << 10, 16 << 10, 64 << 10, 1 << 20)
SEND_TARGETS = {10: 4.0}
RECV_TARGETS = {10: 1.6}
BATCH_BYTES = 8 << 20


def send(socket, payload, calls):
    """Send `payload` `calls` times."""
    for _ in repeat(None, calls):
        socket.send(payload)


def receive(socket, calls):
    """Receive `calls` messages."""
    for _ in repeat(None, calls):
        socket.recv()


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        drain = partial(receive, pull)
        for size in SIZES:
            fill = partial(send, push, b"x" * size)
            calls = min(1000, BATCH_BYTES // size)
            name, target = f"send {size_name(size)}", SEND_TARGETS.get(size, 1.0)
            sheet.cost(name, fill, calls, after=drain, target=target)
            name, target = f"recv {size_name(size)}", RECV_TARGETS.get(size, 1.0)
            sheet.cost(name, drain, calls, before=fill, target=target)
    sheet.show()


if __name__ == "__main__":
    main()
