# SPDX-License-Identifier: BSD-3-Clause
"""An endless stream of messages over tcp from another process."""

from contextlib import contextmanager
from multiprocessing import get_context

import zmq


def pour(endpoint, size, copy, keys):
    """Send messages of `size` bytes to `endpoint` until this process is killed."""
    push = zmq.Context().socket(zmq.PUSH)
    if keys:
        push.curve_serverkey, (push.curve_publickey, push.curve_secretkey) = keys
    push.connect(endpoint)
    payload = b"x" * size
    while True:
        push.send(payload, copy=copy)


@contextmanager
def stream(size, *, copy=True, curve=False):
    """Start a process that sends without end, and kill it afterwards.

    Parameters
    ----------
    size : int
        Size of each message in bytes.
    copy : bool
        Whether the sender copies its messages.
    curve : bool
        Whether the messages are encrypted with CURVE.

    Yields
    ------
    zmq.Socket
        The socket on which the messages arrive.
    """
    context = zmq.Context()
    pull = context.socket(zmq.PULL)
    pull.setsockopt(zmq.LINGER, 0)
    keys = _secure(pull) if curve else None
    pull.bind("tcp://127.0.0.1:*")
    endpoint = pull.getsockopt_string(zmq.LAST_ENDPOINT)
    sender = get_context("spawn").Process(target=pour, args=(endpoint, size, copy, keys))
    sender.daemon = True
    sender.start()
    try:
        yield pull
    finally:
        sender.kill()
        sender.join()
        pull.close()
        context.term()


def _secure(pull):
    public, secret = zmq.curve_keypair()
    pull.curve_server = True
    pull.curve_secretkey = secret
    return public, zmq.curve_keypair()
