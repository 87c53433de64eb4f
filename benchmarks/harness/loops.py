# SPDX-License-Identifier: BSD-3-Clause
"""The inner loops whose instructions are counted: ``python -m harness.loops NAME CALLS``."""

import os
import sys

import messages
import polling
import zmq
from harness.pairs import pair

PAYLOAD = b"x" * 10
MOST_CALLS = 20_000


def send(push, pull, calls):
    """Send small messages."""
    messages.send(push, PAYLOAD, calls)


def recv(push, pull, calls):
    """Receive small messages; as many are sent whatever `calls`, so that these cancel out."""
    messages.send(push, PAYLOAD, MOST_CALLS)
    messages.receive(pull, calls)


def poll(push, pull, calls):
    """Poll while nothing is there."""
    polling.poll(pull, calls)


LOOPS = {function.__name__: function for function in (send, recv, poll)}

if __name__ == "__main__":
    with pair(zmq.PUSH, zmq.PULL) as sockets:
        LOOPS[sys.argv[1]](*sockets, int(sys.argv[2]))
        os._exit(0)  # at once: throwing away the messages that are left is not to be counted
