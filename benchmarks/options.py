# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to read and to set an option, by a call and as an attribute?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet


def read_by_call(socket, calls):
    """Read the type with ``getsockopt``."""
    for _ in repeat(None, calls):
        socket.getsockopt(zmq.TYPE)


def read_attribute(socket, calls):
    """Read the receive high-water mark as an attribute."""
    for _ in repeat(None, calls):
        socket.rcvhwm  # noqa: B018 (reading it is the point)


def set_by_call(socket, calls):
    """Set the receive high-water mark with ``setsockopt``."""
    for _ in repeat(None, calls):
        socket.setsockopt(zmq.RCVHWM, 1000)


def set_attribute(socket, calls):
    """Set the receive high-water mark as an attribute."""
    for _ in repeat(None, calls):
        socket.rcvhwm = 1000


def main():
    sheet = Sheet(__doc__)
    with pair(zmq.PUSH, zmq.PULL) as (_, pull):
        sheet.cost("getsockopt(TYPE)", partial(read_by_call, pull), 500, target=10.0)
        sheet.cost("setsockopt(RCVHWM, n)", partial(set_by_call, pull), 500)
        sheet.cost("read attribute rcvhwm", partial(read_attribute, pull), 500, target=20.0)
        sheet.cost("set attribute rcvhwm", partial(set_attribute, pull), 500)
    sheet.show()


if __name__ == "__main__":
    main()
