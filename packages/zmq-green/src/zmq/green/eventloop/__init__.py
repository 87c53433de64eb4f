# SPDX-License-Identifier: BSD-3-Clause
"""Tornado's event loop in gevent programs; needs the extra: `pip install zmq-green[eventloop]`."""

from zmq.green.eventloop import _needs  # isort: skip
from zmq.green.eventloop.ioloop import IOLoop
from zmq.green.eventloop.zmqstream import ZMQStream

__all__ = ["IOLoop", "ZMQStream"]
