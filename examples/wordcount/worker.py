# SPDX-License-Identifier: BSD-3-Clause
"""A worker: takes batches of lines, returns how often each word is in them.

It is a program of its own: ``python worker.py NUMBER TASKS RESULTS PARENT``.
"""

import json
import os
import sys
from collections import Counter

import zmq
from text import split_words

CHECK_PARENT = 1000  # ms between two looks at whether the parent is still there


def insist(parent, call, *args):
    """Repeat a call that times out, for as long as process `parent` is our parent."""
    while True:
        try:
            return call(*args)
        except zmq.Again:
            if os.getppid() != parent:
                sys.exit(f"worker: process {parent}, which started me, is gone")


def work(number, tasks, results, parent):
    """Count the words of one batch after another until an empty batch says stop."""
    insist(parent, results.send_multipart, [number, b"ready", b"0"])
    while True:
        lines, block = insist(parent, tasks.recv_multipart)
        if lines == b"0":
            return
        counts = json.dumps(Counter(split_words(block))).encode()
        insist(parent, results.send_multipart, [number, counts, lines])


def main(number, tasks_endpoint, results_endpoint, parent):
    with zmq.Context() as context:
        # Defaults for the sockets made below: give up a wait now and then to
        # look for the parent, and never wait for a reader that is gone.
        context.rcvtimeo = context.sndtimeo = CHECK_PARENT
        context.linger = 2 * CHECK_PARENT
        # A short queue, so that a slow worker does not sit on work others could do.
        context.rcvhwm = 4
        with context.socket(zmq.PULL) as tasks, context.socket(zmq.PUSH) as results:
            tasks.connect(tasks_endpoint)
            results.connect(results_endpoint)
            work(number.encode(), tasks, results, int(parent))


if __name__ == "__main__":
    main(*sys.argv[1:])
