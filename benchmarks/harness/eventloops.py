# SPDX-License-Identifier: BSD-3-Clause
"""The event loops on which the questions about `zmq.asyncio` are asked, and sockets in them."""

import asyncio
from contextlib import contextmanager

import zmq
import zmq.asyncio
from harness.pairs import WILDCARDS

try:
    import uvloop
except ImportError:  # then asyncio's own loop must do
    uvloop = None


@contextmanager
def event_loop(make):
    """Make an event loop the current one, and close it in the end.

    Parameters
    ----------
    make : callable
        Makes it.

    Yields
    ------
    asyncio.AbstractEventLoop
    """
    loop = make()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def event_loops():
    """Return (name, callable that makes one) of the loops that there are."""
    loops = [("asyncio", asyncio.new_event_loop)]
    return loops if uvloop is None else [*loops, ("uvloop", uvloop.new_event_loop)]


@contextmanager
def async_pair(connected, bound, transport="inproc", *, hwm=0, connected_class=None):
    """Open two connected asynchronous sockets, and close them and their context in the end.

    Parameters
    ----------
    connected, bound : int
        The types of the socket that connects and of the one that binds.
    transport : {"inproc", "tcp"}
        How they reach each other.
    hwm : int
        High-water mark of both, in messages; 0 is none.
    connected_class : type, optional
        Of the socket that connects; `zmq.Socket` for one that another thread uses.

    Yields
    ------
    tuple of zmq.asyncio.Socket
        The socket that connected and the one that bound.
    """
    basis = zmq.Context()
    context = zmq.asyncio.Context(basis)
    first = (connected_class or zmq.asyncio.Socket)(context, connected)
    second = context.socket(bound)
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
        basis.term()
