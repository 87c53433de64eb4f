# SPDX-License-Identifier: BSD-3-Clause
"""How long does a request to another Python thread take?"""

from functools import partial
from itertools import repeat
from statistics import median
from threading import Thread

import zmq
from harness.pairs import pair
from harness.sheet import Sheet

PAYLOAD = b"x" * 10


def serve(rep, calls):
    """Answer `calls` requests."""
    for _ in repeat(None, calls):
        rep.send(rep.recv())


def ask(req, rep, calls):
    """Make `calls` requests, which another thread answers."""
    server = Thread(target=serve, args=(rep, calls))
    server.start()
    for _ in repeat(None, calls):
        req.send(PAYLOAD)
        req.recv()
    server.join()


def main():
    sheet = Sheet(__doc__)
    for transport in ("inproc", "tcp"):
        with pair(zmq.REQ, zmq.REP, transport) as sockets:
            name, loop = f"two threads, REQ/REP, {transport}", partial(ask, *sockets)
            sheet.cost(name, loop, 1000, pick=median)
    sheet.show()


if __name__ == "__main__":
    main()
