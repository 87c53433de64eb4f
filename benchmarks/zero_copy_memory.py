# SPDX-License-Identifier: BSD-3-Clause
"""Does memory stay flat over many zero-copy sends of 1 MiB?"""

from itertools import repeat
from time import sleep

import zmq
from harness.pairs import pair
from harness.rss import resident
from harness.sheet import Sheet

SIZE = 1 << 20
SENDS_PER_SECOND = 250_000
# pyzmq hands each buffer that is done with to a thread; more than this at once can block it.
BATCH = 100
WARM_UP_BATCHES = 10
LIMIT = 2.0


def pass_on(push, pull, batches):
    """Send new buffers without a copy and receive them, with a pause after each batch."""
    for _ in repeat(None, batches):
        for _ in repeat(None, BATCH):
            push.send(bytes(SIZE), copy=False)
            pull.recv(copy=False)
        sleep(0.001)


def main():
    sheet = Sheet(__doc__)
    batches = int(sheet.seconds * SENDS_PER_SECOND) // BATCH
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        pass_on(push, pull, WARM_UP_BATCHES)
        before = resident()
        pass_on(push, pull, batches)
        growth = resident() - before
    name = f"memory growth, {batches * BATCH} zero-copy sends"
    sheet.add(name, growth, "MB", limit=LIMIT, steady=True)
    sheet.show()


if __name__ == "__main__":
    main()
