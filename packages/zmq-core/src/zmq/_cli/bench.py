# SPDX-License-Identifier: BSD-3-Clause
"""Bench: how fast messages get from one process to another on this machine.

Throughput is of a PUSH and a PULL socket; latency is half of a round trip of REQ and REP.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from time import perf_counter

import zmq
from zmq._cli.complaint import Complaint
from zmq._cli.numbers import read_sizes, read_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator
    from typing import Any

SUMMARY = "measure throughput and latency between two processes"
EXAMPLES = """\
  zmq bench                                      over tcp, in a few seconds
  zmq bench --transport ipc --sizes 10,1000000   other messages, another way
  zmq bench --seconds 5 --json > today.json      longer, and for programs
"""

#: Milliseconds that the other process may take to begin, or to answer when a measurement is over.
PATIENCE = 20_000

#: The other process imports what this one does, wherever it is started.
PEER = "import sys; sys.path[:] = sys.argv[2:]; from zmq._cli.benchpeer import main; main()"

#: Messages between two looks at the clock.
BATCH = 50


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    parser.add_argument(
        "--sizes",
        type=read_sizes,
        default=[10, 1000, 10_000, 100_000],
        metavar="BYTES,...",
        help="sizes of messages (default: 10,1000,10000,100000)",
    )
    parser.add_argument(
        "--transport", choices=["tcp", "ipc"], default="tcp", help="tcp (the default) or ipc"
    )
    parser.add_argument(
        "--seconds",
        type=read_time,
        default=0.5,
        help="how long each measurement takes (default: 0.5)",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON array")


def run(args: Namespace) -> None:
    """Measure, and print a table that grows."""
    rows = []
    with start_peer(args.transport) as peer:
        if not args.json:
            print(
                f"{'bytes':>9} {'messages/s':>12} {'MB/s':>9} {'latency µs':>11} {'99 %':>9}",
                flush=True,
            )
        for size in args.sizes:
            rows.append(measure(peer, size, args.seconds))
            if not args.json:
                print(
                    "{bytes:>9} {messages_per_second:>12,.0f} {megabytes_per_second:>9,.1f} "
                    "{latency_us:>11,.1f} {latency_99_us:>9,.1f}".format(**rows[-1]),
                    flush=True,
                )
    if args.json:
        print(json.dumps(rows, indent=1))


def measure(peer: Peer, size: int, seconds: float) -> dict[str, float]:
    """Both figures for one size of messages."""
    rate = measure_throughput(peer, size, seconds)
    times = sorted(measure_latency(peer, size, seconds))
    return {
        "bytes": size,
        "messages_per_second": rate,
        "megabytes_per_second": rate * size / 1e6,
        "latency_us": times[len(times) // 2] * 1e6,
        "latency_99_us": times[len(times) * 99 // 100] * 1e6,
    }


def measure_throughput(peer: Peer, size: int, seconds: float) -> float:
    """Messages per second, as the other process counts them."""
    message = bytes(size)
    with peer.connect("count", zmq.PUSH) as push:
        end = perf_counter() + seconds
        push.send(message)
        while perf_counter() < end:
            push.send_many([message] * BATCH)
        push.send(b"")
        count, elapsed = peer.answer()
    return count / elapsed  # type: ignore[no-any-return]


def measure_latency(peer: Peer, size: int, seconds: float) -> list[float]:
    """Half of the time of each round trip, in seconds."""
    times: list[float]
    message, times = bytes(size), []
    with peer.connect("echo", zmq.REQ) as req:
        end = now = perf_counter() + seconds
        while not times or now < end:
            start = perf_counter()
            req.send(message)
            req.recv()
            now = perf_counter()
            times.append((now - start) / 2)
        req.send(b"")
        req.recv()
        peer.answer()
    return times


class Peer:
    """The other process.

    Parameters
    ----------
    context : zmq.Context
    control : zmq.Socket
        Connected to it.
    """

    def __init__(self, context: zmq.SyncContext, control: zmq.SyncSocket) -> None:
        self.context = context
        self.control = control

    def connect(self, task: str, kind: int) -> zmq.SyncSocket:
        """Have it do something, and connect a socket to the one that it uses for that."""
        self.control.send_json(task)
        socket = self.context.socket(kind)
        socket.rcvtimeo = socket.sndtimeo = PATIENCE
        socket.connect(self.answer())
        return socket

    def answer(self) -> Any:
        """What it says next."""
        try:
            return self.control.recv_json(timeout=PATIENCE)
        except zmq.TimeoutExpired:
            raise Complaint("the other process does not answer") from None


@contextmanager
def start_peer(transport: str) -> Iterator[Peer]:
    """Start the other process; it ends when its standard input does."""
    with tempfile.TemporaryDirectory(prefix="zmq") as folder:
        endpoint = "tcp://127.0.0.1:0" if transport == "tcp" else f"ipc://{folder}/control"
        context = zmq.Context()
        try:
            control = context.socket(zmq.PAIR)
            bound = control.bind(endpoint)
            command = [sys.executable, "-c", PEER, bound.endpoint, *sys.path]
            with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
                try:
                    yield Peer(context, control)
                finally:
                    process.stdin.close()  # type: ignore[union-attr]  # it has a pipe
        finally:
            context.destroy(linger=0)
