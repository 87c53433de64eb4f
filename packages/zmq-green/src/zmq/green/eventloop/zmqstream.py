# SPDX-License-Identifier: BSD-3-Clause
"""ZMQStream: callbacks for the messages of a green socket."""

from __future__ import annotations

from typing import Any

from zmq.eventloop import zmqstream
from zmq.green.eventloop.ioloop import IOLoop


class ZMQStream(zmqstream.ZMQStream):
    """A `zmq.eventloop.zmqstream.ZMQStream` on a loop that lets other greenlets run.

    Parameters
    ----------
    socket : zmq.green.Socket
    io_loop : IOLoop, optional
        `zmq.green.eventloop.IOLoop.current()` by default.
    """

    def __init__(self, socket: Any, io_loop: Any = None) -> None:
        super().__init__(socket, io_loop or IOLoop.current())
