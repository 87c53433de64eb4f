# SPDX-License-Identifier: BSD-3-Clause
"""Bench peer: the process at the other end of `bench`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from time import perf_counter

import zmq


def main() -> None:
    """Do what the control socket says until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that was started
    threading.Thread(target=end_with_input, daemon=True).start()
    endpoint = sys.argv[1]
    context = zmq.Context()
    control = context.socket(zmq.PAIR)
    control.connect(endpoint)
    numbers = iter(range(sys.maxsize))
    while True:
        task = {"count": count, "echo": echo}[control.recv_json()]
        where = "tcp://127.0.0.1:0" if endpoint.startswith("tcp") else f"{endpoint}{next(numbers)}"
        task(context, control, where)


def end_with_input() -> None:
    """End this process at once when the other one has ended, or wants this one to."""
    try:
        sys.stdin.buffer.read()
    finally:
        os._exit(0)


def count(context: zmq.SyncContext, control: zmq.SyncSocket, where: str) -> None:
    """Count messages until an empty one comes."""
    with context.socket(zmq.PULL) as pull:
        control.send_json(pull.bind(where).endpoint)
        pull.recv()
        start, number = perf_counter(), 0
        while pull.recv():
            number += 1
        control.send_json([number, perf_counter() - start])


def echo(context: zmq.SyncContext, control: zmq.SyncSocket, where: str) -> None:
    """Send messages back until an empty one comes."""
    with context.socket(zmq.REP) as rep:
        control.send_json(rep.bind(where).endpoint)
        message = b"?"
        while message:
            message = rep.recv()
            rep.send(message)
        control.send_json("done")
