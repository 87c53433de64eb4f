# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to send without a copy and to be told when the memory is free again?"""

from functools import partial
from itertools import repeat
from time import sleep

import zmq
from harness.pairs import pair
from harness.sheet import Sheet, size_name

SIZES = (100, 1 << 10, 16 << 10, 64 << 10, 1 << 20)
# Small, since pyzmq blocks for ever when too many tracked messages are on their way at once.
BATCH_MESSAGES = 20


def track(push, pull, payload, calls):
    """Send with a tracker and receive, `calls` times."""
    for _ in repeat(None, calls):
        push.send(payload, copy=False, track=True)
        pull.recv()


def settle(calls):
    """Let pyzmq's thread take what was handed to it."""
    sleep(0.002)


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        for size in SIZES:
            loop = partial(track, push, pull, b"x" * size)
            name = f"zero-copy with tracker, {size_name(size)}"
            sheet.cost(name, loop, BATCH_MESSAGES, after=settle)
    sheet.show()


if __name__ == "__main__":
    main()
