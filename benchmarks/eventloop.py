# SPDX-License-Identifier: BSD-3-Clause
"""How fast do messages go through tornado's loop, with callbacks and with coroutines?"""

import asyncio
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from statistics import median
from threading import Thread

from tornado.ioloop import IOLoop

import zmq
import zmq.eventloop.future
from harness.pairs import pair
from harness.sheet import Sheet
from zmq.eventloop.zmqstream import ZMQStream

PAYLOAD = b"x" * 10
CALLS = 5000


@contextmanager
def tornado_loop():
    """Make a loop of tornado the current one, and close it in the end."""
    loop = IOLoop(make_current=False)
    asyncio.set_event_loop(loop.asyncio_loop)
    try:
        yield loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def fill(push, calls):
    """Send `calls` messages without a loop."""
    for _ in repeat(None, calls):
        push.send(PAYLOAD)


def empty(pull, calls):
    """Receive `calls` messages without a loop."""
    for _ in repeat(None, calls):
        pull.recv()


class Counter:
    """Runs a loop until so many callbacks have been called."""

    def __init__(self, loop):
        self.loop = loop
        self.left = 0

    def count(self, *args):
        """Be a callback."""
        self.left -= 1
        if not self.left:
            self.loop.stop()

    def run(self, calls):
        """Run the loop."""
        self.left = calls
        self.loop.start()


def receive_beside(push, receive, calls):
    """Send in a thread what is received here."""
    sender = Thread(target=fill, args=(push, calls))
    sender.start()
    receive(calls)
    sender.join()


def ask_on_recv(sheet, loop, transport):
    """Measure a callback for received messages, which another thread sends."""
    with pair(zmq.PUSH, zmq.PULL, transport, hwm=1000) as (push, pull):
        stream, counter = ZMQStream(pull, loop), Counter(loop)
        stream.on_recv(counter.count)
        receive = partial(receive_beside, push, counter.run)
        sheet.cost(f"on_recv, {transport}", receive, 2 * CALLS, pick=median, target=5)
        stream.close()


def send(stream, counter, calls):
    """Queue messages, and run the loop until they are sent."""
    for _ in repeat(None, calls):
        stream.send(PAYLOAD)
    counter.run(calls)


def ask_send(sheet, loop, transport):
    """Measure sending with a callback."""
    with pair(zmq.PUSH, zmq.PULL, transport) as (push, pull):
        stream, counter = ZMQStream(push, loop), Counter(loop)
        stream.on_send(counter.count)
        work, after = partial(send, stream, counter), partial(empty, pull)
        sheet.cost(f"send, {transport}", work, CALLS, after=after, target=4)
        stream.close()


async def await_messages(pull, calls):
    """Receive `calls` messages."""
    for _ in repeat(None, calls):
        await pull.recv()


def ask_future(sheet, loop, transport):
    """Measure a coroutine that receives what another thread sends."""
    with pair(zmq.PUSH, zmq.PULL, transport, hwm=1000) as (push, pull):
        waiting = zmq.eventloop.future.Socket(pull)

        def run(calls):
            loop.run_sync(partial(await_messages, waiting, calls))

        receive = partial(receive_beside, push, run)
        title = f"await recv, {transport}"
        sheet.cost(title, receive, 2 * CALLS, pick=median, target=10)
        waiting.close()


def main():
    sheet = Sheet(__doc__)
    for ask in (ask_on_recv, ask_send, ask_future):
        for transport in ("inproc", "tcp"):
            with tornado_loop() as loop:
                ask(sheet, loop, transport)
    sheet.show()


if __name__ == "__main__":
    main()
