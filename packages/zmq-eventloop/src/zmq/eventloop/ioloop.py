# SPDX-License-Identifier: BSD-3-Clause
"""Deprecated alias of `tornado.ioloop`: sockets work on the loops of tornado as they are."""

from tornado.ioloop import IOLoop as IOLoop
from tornado.ioloop import IOLoop as ZMQIOLoop
from tornado.ioloop import PeriodicCallback as PeriodicCallback

from zmq.eventloop._deprecated import install, warn_of_module

__all__ = ["IOLoop", "PeriodicCallback", "ZMQIOLoop", "install"]

warn_of_module()
