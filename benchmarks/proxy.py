# SPDX-License-Identifier: BSD-3-Clause
"""How fast do messages go through a proxy that runs in a thread?"""

from itertools import repeat
from threading import Thread
from time import perf_counter_ns

import zmq
from harness.sheet import Sheet

PAYLOAD = b"x" * 100
MESSAGES = 20_000


def run(frontend, backend):
    """Forward messages until the context is terminated."""
    try:
        zmq.proxy(frontend, backend)
    except zmq.ContextTerminated:
        frontend.close(0)
        backend.close(0)


def open_socket(context, kind, attach, endpoint):
    """Open a socket without a high-water mark."""
    socket = context.socket(kind)
    socket.set_hwm(0)
    getattr(socket, attach)(endpoint)
    return socket


def forward():
    """Put messages before a proxy, start it, and return the nanoseconds each took to come out."""
    context = zmq.Context()
    frontend = open_socket(context, zmq.PULL, "bind", "inproc://frontend")
    backend = open_socket(context, zmq.PUSH, "bind", "inproc://backend")
    source = open_socket(context, zmq.PUSH, "connect", "inproc://frontend")
    sink = open_socket(context, zmq.PULL, "connect", "inproc://backend")
    for _ in repeat(None, MESSAGES):
        source.send(PAYLOAD)
    forwarder = Thread(target=run, args=(frontend, backend))
    start = perf_counter_ns()
    forwarder.start()
    for _ in repeat(None, MESSAGES):
        sink.recv()
    cost = (perf_counter_ns() - start) / MESSAGES
    source.close(0)
    sink.close(0)
    context.term()
    forwarder.join()
    return cost


def main():
    sheet = Sheet(__doc__)
    best = min(forward() for _ in range(max(3, int(sheet.seconds * 20))))
    sheet.add("proxy in a thread, 100 B", best, "ns", target=1.0)
    sheet.show()


if __name__ == "__main__":
    main()
