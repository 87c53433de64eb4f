# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to ask several sockets which of them has a message?"""

from functools import partial
from itertools import repeat

import zmq
from harness.sheet import Sheet


def poll(poller, calls):
    """Ask a ``Poller`` `calls` times, without waiting."""
    for _ in repeat(None, calls):
        poller.poll(0)


def poll_list(wanted, calls):
    """Ask the function below the ``Poller`` `calls` times."""
    for _ in repeat(None, calls):
        zmq.zmq_poll(wanted, 0)


def measure(sheet, context, count):
    """Ask `count` sockets: first when none has a message, then when one has."""
    sockets = [context.socket(zmq.PULL) for _ in range(count)]
    poller = zmq.Poller()
    for number, socket in enumerate(sockets):
        socket.bind(f"inproc://{count}-{number}")
        poller.register(socket, zmq.POLLIN)
    calls = max(10, 500 // count)
    sheet.cost(f"Poller.poll(0), {count} idle", partial(poll, poller), calls)
    wanted = [(socket, zmq.POLLIN) for socket in sockets]
    sheet.cost(f"zmq_poll, {count} idle", partial(poll_list, wanted), calls)
    with context.socket(zmq.PUSH) as push:
        push.connect(f"inproc://{count}-0")
        push.send(b"x")
        sheet.cost(f"Poller.poll(0), 1 of {count} ready", partial(poll, poller), calls)
    for socket in sockets:
        socket.close()


def main():
    sheet = Sheet(__doc__)
    context = zmq.Context()
    for count in (1, 10, 100):
        measure(sheet, context, count)
    context.term()
    sheet.show()


if __name__ == "__main__":
    main()
