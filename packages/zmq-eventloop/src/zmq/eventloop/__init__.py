# SPDX-License-Identifier: BSD-3-Clause
"""ØMQ on tornado's event loop.

The layout, lower files first:

    _keeping        entries in a loop's table of what it closes with itself
    _watch          when to look at a socket: its descriptor, the loop's next turn, a timer
    _outgoing       messages that wait to be sent
    _traffic        messages to and from a socket, in turns of the loop
    zmqstream       ZMQStream: callbacks for messages
    future          Context, Socket, Poller: for coroutines
    ioloop          deprecated names
"""

from tornado.ioloop import IOLoop

from zmq.eventloop.zmqstream import ZMQStream

__all__ = ["IOLoop", "ZMQStream"]
