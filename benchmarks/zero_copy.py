# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to pass a message on without copying it when it is sent, in one thread?"""

from functools import partial
from itertools import repeat
from time import sleep

import zmq
from harness.pairs import pair
from harness.sheet import Sheet, size_name

SIZES = (100, 1 << 10, 16 << 10, 64 << 10, 1 << 20)
BATCH_BYTES = 8 << 20
# pyzmq hands each buffer that is done with to a thread; more than this at once can block it.
BATCH_MESSAGES = 100


def to_bytes(push, pull, payload, calls):
    """Send without and receive with a copy, `calls` times."""
    for _ in repeat(None, calls):
        push.send(payload, copy=False)
        pull.recv()


def to_frame(push, pull, payload, calls):
    """Send and receive without a copy, `calls` times."""
    for _ in repeat(None, calls):
        push.send(payload, copy=False)
        pull.recv(copy=False)


def settle(calls):
    """Let pyzmq's thread take what was handed to it."""
    sleep(0.002)


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        for size in SIZES:
            calls = min(BATCH_MESSAGES, BATCH_BYTES // size)
            for name, function in (("bytes", to_bytes), ("Frame", to_frame)):
                loop = partial(function, push, pull, b"x" * size)
                sheet.cost(f"zero-copy to {name}, {size_name(size)}", loop, calls, after=settle)
    sheet.show()


if __name__ == "__main__":
    main()
