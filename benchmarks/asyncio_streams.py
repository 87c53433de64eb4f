# SPDX-License-Identifier: BSD-3-Clause
"""How fast do messages of a thread reach a task that awaits them?"""

from functools import partial
from itertools import repeat
from statistics import median
from threading import Thread

import zmq
from harness.eventloops import async_pair, event_loop, event_loops
from harness.sheet import Sheet

PAYLOAD = b"x" * 10


def send(push, calls):
    """Send `calls` messages."""
    for _ in repeat(None, calls):
        push.send(PAYLOAD)


async def receive(pull, calls):
    """Receive `calls` messages."""
    for _ in repeat(None, calls):
        await pull.recv()


def pass_on(loop, push, pull, calls):
    """Send in a thread what a task receives."""
    sender = Thread(target=send, args=(push, calls))
    sender.start()
    loop.run_until_complete(receive(pull, calls))
    sender.join()


def main():
    sheet = Sheet(__doc__)
    for name, make in event_loops():
        for transport in ("inproc", "tcp"):
            sockets = async_pair(
                zmq.PUSH, zmq.PULL, transport, hwm=1000, connected_class=zmq.Socket
            )
            with event_loop(make) as loop, sockets as (push, pull):
                stream = partial(pass_on, loop, push, pull)
                title = f"thread to task, {transport}, {name}"
                sheet.cost(title, stream, 10_000, pick=median, target=10)
    sheet.show()


if __name__ == "__main__":
    main()
