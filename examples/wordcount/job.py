# SPDX-License-Identifier: BSD-3-Clause
"""The job: a ventilator deals out batches of lines, a sink merges what comes back.

            PUSH --> PULL               PUSH --> PULL
ventilator ------------------> workers ------------------> sink

Both ends are in this process and share one poll loop; the workers are other processes.
"""

import json
import time
from collections import Counter

import zmq

LOOPBACK = "tcp://127.0.0.1:0"  # port 0: the system chooses a free one
TICK = 100  # ms
FAREWELL = 2  # seconds


class Job:
    """One distributed count, and the figures about it.

    Parameters
    ----------
    context : zmq.Context
    crew : Crew
        Not started yet.
    patience : float
        Seconds without a message from any worker after which the job is given up.
    show : callable
        Called with this object in every turn of the loop.
    """

    def __init__(self, context, crew, patience, show):
        self.crew, self.patience, self.show = crew, patience, show
        self.tasks = context.socket(zmq.PUSH)
        self.tasks.sndhwm = 4  # A short queue for each worker: whoever is quick gets more.
        self.tasks.linger = 0  # What an abandoned job has not sent, nobody waits for.
        self.results = context.socket(zmq.PULL)
        self.poller = zmq.Poller()
        self.poller.register(self.results, zmq.POLLIN)
        self.batch = None
        self.counts = Counter()
        self.tasks_sent = self.results_received = self.lines = 0
        self.bytes_sent = self.bytes_received = 0
        self.batches_of = {}
        self.heard_of = {}
        self.quiet = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.tasks.close()
        self.results.close()

    def start(self):
        """Start the workers and wait until each has said that it is ready."""
        tasks, results = self.tasks.bind(LOOPBACK), self.results.bind(LOOPBACK)
        self.crew.start(tasks.endpoint, results.endpoint)
        while len(self.batches_of) < self.crew.size:
            self.turn(None)

    def run(self, batches):
        """Deal out all batches, merge all results, and let the workers go."""
        self.batch = next(batches, None)
        if self.batch:
            self.poller.register(self.tasks, zmq.POLLOUT)
        while self.batch or self.results_received < self.tasks_sent:
            self.turn(batches)
        self.dismiss()

    def turn(self, batches):
        """Wait a moment for room or for results, use what there is, look after the workers."""
        events = dict(self.poller.poll(TICK))
        if self.tasks in events:
            self.send_batch(batches)
        if self.results in events:
            self.take_result()
        self.show(self)
        self.crew.check()
        # Turns are counted, not the clock: being suspended (Ctrl-Z) is not their silence.
        self.quiet = 0 if events else self.quiet + TICK / 1000
        if self.quiet > self.patience:
            self.crew.give_up(self.quiet, self.heard_of)

    def send_batch(self, batches):
        """Ventilator: hand the next batch to a worker that has room for it."""
        lines, block = self.batch
        self.tasks.send_multipart([b"%d" % lines, block], zmq.NOBLOCK)
        self.tasks_sent += 1
        self.bytes_sent += len(block)
        self.batch = next(batches, None)
        if self.batch is None:
            self.poller.unregister(self.tasks)

    def take_result(self):
        """Sink: merge one result; a worker's first message only says that it is there."""
        number, counts, lines = self.results.recv_multipart()
        number = int(number)
        self.heard_of[number] = time.monotonic()
        if counts == b"ready":
            self.batches_of[number] = 0
            return
        self.counts.update(json.loads(counts))
        self.batches_of[number] += 1
        self.results_received += 1
        self.bytes_received += len(counts)
        self.lines += int(lines)

    def dismiss(self):
        """Send every worker the empty batch that ends it."""
        try:
            for _ in range(self.crew.size):
                self.tasks.send_multipart([b"0", b""], zmq.NOBLOCK)
        except zmq.Again:
            pass  # One died after its last result; the others get theirs, or are killed.
        self.crew.wait(FAREWELL)
