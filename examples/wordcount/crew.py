# SPDX-License-Identifier: BSD-3-Clause
"""The worker processes: starting them, noticing that one died, leaving none behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WORKER = Path(__file__).with_name("worker.py")


class WorkerLost(Exception):
    """A worker process ended, or went silent, before the work was done."""


class Crew:
    """Worker processes 1 to `size`; leaving its ``with`` block ends all of them.

    Inside the block SIGINT (Ctrl-C) and SIGTERM are only noted, and raised by `check`. A handler
    that raises by itself does so anywhere: between starting a process and noting that it has to
    be ended, or where `Popen.poll` holds a lock that `Popen.wait` would then wait for in vain.
    """

    def __init__(self, size):
        self.size = size
        self.processes = {}
        self.noted = None
        self.handlers = {}

    def start(self, tasks_endpoint, results_endpoint):
        """Start the workers; they connect to the two endpoints."""
        for number in range(1, self.size + 1):
            command = [sys.executable, str(WORKER), str(number)]
            command += [tasks_endpoint, results_endpoint, str(os.getpid())]
            # In a session of its own, so that Ctrl-C reaches only us: we end the workers.
            self.processes[number] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def check(self):
        """Raise KeyboardInterrupt after a signal, WorkerLost when a worker has ended."""
        if self.noted:
            raise KeyboardInterrupt(self.noted)
        for number, process in self.processes.items():
            status = process.poll()
            if status is not None:
                raise WorkerLost(f"{self.name(number)} {describe(status)} before the work was done")

    def give_up(self, seconds, heard_of):
        """Raise WorkerLost for the worker that has been silent for longest."""
        number = min(self.processes, key=lambda number: heard_of.get(number, 0))
        raise WorkerLost(
            f"no worker has answered for {seconds:.0f} s, {self.name(number)} for longest"
        )

    def name(self, number):
        return f"worker {number} (process {self.processes[number].pid})"

    def wait(self, seconds):
        """Give the workers, who were told to stop, some time to do so."""
        deadline = time.monotonic() + seconds
        for process in self.processes.values():
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                return

    def note(self, number, frame):
        self.noted = number

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self.handlers[number] = signal.signal(number, self.note)
        return self

    def __exit__(self, *exc_info):
        # They hold nothing but their share of the work, so there is nothing to be gentle with;
        # a stopped process would not react to anything less.
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)


def describe(status):
    """Put the exit status of a process into words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
