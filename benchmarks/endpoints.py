# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to bind and unbind, and to connect and disconnect?"""

from functools import partial
from itertools import repeat

import zmq
from harness.sheet import Sheet

ENDPOINT = "inproc://endpoint"


def bind(socket, calls):
    """Bind and unbind `calls` times."""
    for _ in repeat(None, calls):
        socket.bind(ENDPOINT)
        socket.unbind(ENDPOINT)


def bind_tcp(socket, calls):
    """Bind to a free port of the loopback interface and unbind, `calls` times."""
    for _ in repeat(None, calls):
        socket.bind("tcp://127.0.0.1:*")
        socket.unbind(socket.getsockopt(zmq.LAST_ENDPOINT))


def connect(socket, calls):
    """Connect and disconnect `calls` times."""
    for _ in repeat(None, calls):
        socket.connect(ENDPOINT)
        socket.disconnect(ENDPOINT)


def main():
    sheet = Sheet(__doc__)
    with zmq.Context() as context, context.socket(zmq.PULL) as pull:
        sheet.cost("bind + unbind, inproc", partial(bind, pull), 50)
        sheet.cost("bind + unbind, tcp", partial(bind_tcp, pull), 50)
        pull.bind(ENDPOINT)
        with context.socket(zmq.PUSH) as push:
            # The bound end has to look at its pipes now and then, or they pile up.
            look = partial(_look, pull)
            sheet.cost("connect + disconnect, inproc", partial(connect, push), 50, after=look)
    sheet.show()


def _look(socket, calls):
    socket.getsockopt(zmq.EVENTS)


if __name__ == "__main__":
    main()
