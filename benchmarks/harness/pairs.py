# SPDX-License-Identifier: BSD-3-Clause
"""Two connected sockets in one process."""

from contextlib import contextmanager

import zmq

WILDCARDS = {"inproc": "inproc://pair", "tcp": "tcp://127.0.0.1:*"}


@contextmanager
def pair(connected, bound, transport="inproc", *, hwm=0):
    """Open two connected sockets, and close them and their context in the end.

    Parameters
    ----------
    connected, bound : int
        The types of the socket that connects and of the one that binds.
    transport : {"inproc", "tcp"}
        How they reach each other.
    hwm : int
        High-water mark of both, in messages; 0 is none.

    Yields
    ------
    tuple of zmq.Socket
        The socket that connected and the one that bound.
    """
    context = zmq.Context()
    first, second = context.socket(connected), context.socket(bound)
    try:
        for socket in (first, second):
            socket.set_hwm(hwm)
            socket.setsockopt(zmq.LINGER, 0)
        second.bind(WILDCARDS[transport])
        first.connect(second.getsockopt_string(zmq.LAST_ENDPOINT))
        yield first, second
    finally:
        first.close()
        second.close()
        context.term()
