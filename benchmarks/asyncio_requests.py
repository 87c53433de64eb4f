# SPDX-License-Identifier: BSD-3-Clause
"""How long do a request and its reply take in asyncio, client and server in one loop?"""

import asyncio
from functools import partial
from itertools import repeat
from statistics import median

import zmq
from harness.eventloops import async_pair, event_loop, event_loops
from harness.sheet import Sheet

PAYLOAD = b"x" * 10
TARGETS = {"inproc": 3.0, "tcp": 1.0}


async def reply(server, calls):
    """Answer `calls` requests."""
    for _ in repeat(None, calls):
        await server.send(await server.recv())


async def request(client, server, calls):
    """Ask `calls` times."""
    replying = asyncio.ensure_future(reply(server, calls))
    for _ in repeat(None, calls):
        await client.send(PAYLOAD)
        await client.recv()
    await replying


def run(loop, sockets, calls):
    """Ask in a loop."""
    loop.run_until_complete(request(*sockets, calls))


def main():
    sheet = Sheet(__doc__)
    for name, make in event_loops():
        for transport, target in TARGETS.items():
            with event_loop(make) as loop, async_pair(zmq.REQ, zmq.REP, transport) as sockets:
                ask = partial(run, loop, sockets)
                title = f"await REQ/REP, {transport}, {name}"
                sheet.cost(title, ask, 500, pick=median, target=target)
    sheet.show()


if __name__ == "__main__":
    main()
