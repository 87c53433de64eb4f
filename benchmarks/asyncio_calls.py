# SPDX-License-Identifier: BSD-3-Clause
"""What does an awaited call cost in asyncio when it need not wait?"""

from functools import partial
from itertools import repeat
from time import perf_counter

import zmq
from harness.eventloops import async_pair, event_loop, event_loops
from harness.pairs import pair
from harness.sheet import Sheet

PAYLOAD = b"x" * 10
CALLS = 5000


async def send(push, calls):
    """Send `calls` messages."""
    for _ in repeat(None, calls):
        await push.send(PAYLOAD)


async def receive(pull, calls):
    """Receive `calls` messages that are there."""
    for _ in repeat(None, calls):
        await pull.recv()


async def receive_multipart(pull, calls):
    """The same as lists of their parts."""
    for _ in repeat(None, calls):
        await pull.recv_multipart()


def receive_at_once(pull, calls):
    """The same with a synchronous socket."""
    for _ in repeat(None, calls):
        pull.recv()


def run(loop, function, socket, calls):
    """Make calls in a loop."""
    loop.run_until_complete(function(socket, calls))


def ask(sheet, name, make):
    """Measure the three calls on one kind of loop."""
    with event_loop(make) as loop, async_pair(zmq.PUSH, zmq.PULL) as (push, pull):
        fill, empty = partial(run, loop, send, push), partial(run, loop, receive, pull)
        empty_whole = partial(run, loop, receive_multipart, pull)
        sheet.cost(f"await send, {name}", fill, CALLS, after=empty, target=15)
        sheet.cost(f"await recv, {name}", empty, CALLS, before=fill, target=50)
        sheet.cost(f"await recv_multipart, {name}", empty_whole, CALLS, before=fill, target=50)


def best_time(function, before):
    """The shortest time of many repeats, in seconds."""
    times = []
    for _ in repeat(None, 20):
        before()
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return min(times)


def compare_with_synchronous(sheet, name, make):
    """How much longer an awaited receive takes than one without a loop."""
    with event_loop(make) as loop, async_pair(zmq.PUSH, zmq.PULL) as (push, pull):
        awaited = best_time(
            partial(run, loop, receive, pull, CALLS), partial(run, loop, send, push, CALLS)
        )
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        at_once = best_time(
            partial(receive_at_once, pull, CALLS),
            lambda: [push.send(PAYLOAD) for _ in repeat(None, CALLS)],
        )
    sheet.add(f"await recv / recv, {name}", awaited / at_once, "times", limit=2.0)


def main():
    sheet = Sheet(__doc__)
    for name, make in event_loops():
        ask(sheet, name, make)
        compare_with_synchronous(sheet, name, make)
    sheet.show()


if __name__ == "__main__":
    main()
