# SPDX-License-Identifier: BSD-3-Clause
"""How late does another Python thread wake up beside a tight send and receive loop?"""

from itertools import repeat
from statistics import mean, quantiles
from threading import Thread
from time import perf_counter, sleep

import zmq
from harness.pairs import pair
from harness.sheet import Sheet

NAP = 0.001
# A percentile needs more naps than fit into the time of one ordinary number.
STRETCH = 5


def nap(deadline, late):
    """Sleep again and again until `deadline`; append each lateness in milliseconds to `late`."""
    while (start := perf_counter()) < deadline:
        sleep(NAP)
        late.append((perf_counter() - start - NAP) * 1e3)


def main():
    sheet = Sheet(__doc__)
    late = []
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        deadline = perf_counter() + sheet.seconds * STRETCH
        sleeper = Thread(target=nap, args=(deadline, late))
        sleeper.start()
        while perf_counter() < deadline:
            for _ in repeat(None, 100):
                push.send(b"x")
                pull.recv()
        sleeper.join()
    sheet.add("lateness of a 1 ms sleeper, mean", mean(late), "ms", target=1.0)
    sheet.add("lateness of a 1 ms sleeper, p99", quantiles(late, n=100)[-1], "ms", target=1.0)
    sheet.show()


if __name__ == "__main__":
    main()
