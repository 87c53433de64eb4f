# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to send and to receive an object, as JSON and pickled?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet

RECORD = {"name": "sensor 7", "values": [1, 2.5, 3], "valid": True, "note": None}


def send(method, calls):
    """Send the record `calls` times with the bound `method`."""
    for _ in repeat(None, calls):
        method(RECORD)


def receive(method, calls):
    """Receive `calls` records with the bound `method`."""
    for _ in repeat(None, calls):
        method()


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        for kind in ("json", "pyobj"):
            fill = partial(send, getattr(push, f"send_{kind}"))
            drain = partial(receive, getattr(pull, f"recv_{kind}"))
            sheet.cost(f"send_{kind}, small dict", fill, 200, after=drain)
            sheet.cost(f"recv_{kind}, small dict", drain, 200, before=fill)
    sheet.show()


if __name__ == "__main__":
    main()
