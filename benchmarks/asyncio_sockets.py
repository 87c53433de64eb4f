# SPDX-License-Identifier: BSD-3-Clause
"""What do many asynchronous sockets cost: making and closing one, and a hundred at once?"""

import asyncio
from contextlib import ExitStack
from functools import partial
from itertools import repeat
from statistics import median

import zmq
import zmq.asyncio
from harness.eventloops import async_pair, event_loop, event_loops
from harness.sheet import Sheet

PAYLOAD = b"x" * 10
PAIRS = 50


async def reply(server, calls):
    """Answer `calls` requests."""
    for _ in repeat(None, calls):
        await server.send(await server.recv())


async def request(client, calls):
    """Ask `calls` times."""
    for _ in repeat(None, calls):
        await client.send(PAYLOAD)
        await client.recv()


async def talk(pairs, calls):
    """Ask `calls` times in all, each pair as often as every other."""
    tasks = [reply(server, calls // PAIRS) for _, server in pairs]
    await asyncio.gather(*tasks, *[request(client, calls // PAIRS) for client, _ in pairs])


async def make_and_close(context, calls):
    """Make and close `calls` sockets."""
    for _ in repeat(None, calls):
        context.socket(zmq.PULL).close()


def run(loop, function, subject, calls):
    """Do it in a loop."""
    loop.run_until_complete(function(subject, calls))


def main():
    sheet = Sheet(__doc__)
    for name, make in event_loops():
        with event_loop(make) as loop, ExitStack() as stack:
            pairs = [stack.enter_context(async_pair(zmq.REQ, zmq.REP)) for _ in range(PAIRS)]
            ask = partial(run, loop, talk, pairs)
            sheet.cost(f"REQ/REP, 100 sockets, {name}", ask, 1000, pick=median, target=3)
        with event_loop(make) as loop, zmq.asyncio.Context() as context:
            create = partial(run, loop, make_and_close, context)
            sheet.cost(f"create + close an async socket, {name}", create, 200, target=4)
    sheet.show()


if __name__ == "__main__":
    main()
