# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to receive into memory that is there already?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet, size_name

SIZES = (10, 1 << 10, 64 << 10)
BATCH_BYTES = 8 << 20


def send(socket, payload, calls):
    """Send `payload` `calls` times."""
    for _ in repeat(None, calls):
        socket.send(payload)


def receive(socket, buffer, calls):
    """Receive `calls` messages into `buffer`."""
    for _ in repeat(None, calls):
        socket.recv_into(buffer)


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        for size in SIZES:
            fill = partial(send, push, b"x" * size)
            loop = partial(receive, pull, bytearray(size))
            calls = min(1000, BATCH_BYTES // size)
            sheet.cost(f"recv_into, {size_name(size)}", loop, calls, before=fill)
    sheet.show()


if __name__ == "__main__":
    main()
