# SPDX-License-Identifier: BSD-3-Clause
"""Monitor: what happens when a socket connects to an endpoint, or is bound to it, as it happens.

The socket sends nothing. With a type that does not fit to the other side the handshake fails, which
is shown as well. A PULL or PAIR socket takes messages that others would have got.
"""

from __future__ import annotations

import json
import time
from itertools import count, islice

import zmq
from zmq._cli.endpoints import CONNECT, add_endpoint, add_type, attach, open_socket
from zmq._cli.numbers import add_limits
from zmq._cli.waiting import wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from zmq.utils.monitor import SocketEvent

SUMMARY = "show what happens to connections"
EXAMPLES = """\
  zmq monitor tcp://localhost:5557               can this be reached?
  zmq monitor --type SUB tcp://localhost:5556    as a subscriber
  zmq monitor --bind 'tcp://*:5557'              who tries to connect here?
  zmq monitor --json tcp://localhost:5557        for programs
"""

TYPES = ["DEALER", "PAIR", "PUB", "PULL", "PUSH", "REP", "REQ", "ROUTER", "SUB", "XPUB", "XSUB"]


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    add_endpoint(parser, CONNECT)
    add_type(parser, TYPES)
    parser.add_argument("--json", action="store_true", help="print each event as a JSON object")
    add_limits(parser, "events", "each event")


def run(args: Namespace) -> None:
    """Print the events."""
    describe = as_json if args.json else as_text
    with open_socket(args, zmq.SocketType[args.type], delivers=False) as socket:
        with socket.watch_events() as events:
            attach(socket, args)
            for _ in islice(count(), args.count):
                event = wait_for(events.recv, args.timeout, "nothing happened", prints=True)
                print(describe(event), flush=True)  # type: ignore[arg-type]  # it has not ended


def as_text(event: SocketEvent) -> str:
    now = time.time()
    clock = time.strftime("%H:%M:%S", time.localtime(now))
    return f"{clock}.{int(now % 1 * 1000):03} {event}"


def as_json(event: SocketEvent) -> str:
    facts = {
        "time": time.time(),
        "event": event.name,
        "endpoint": event.endpoint,
        "value": int(event.value),
        "error": event.error,
        "protocol_error": event.protocol_error,
    }
    return json.dumps({name: value for name, value in facts.items() if value is not None})
