# SPDX-License-Identifier: BSD-3-Clause
"""Deprecated alias of `tornado.ioloop`: sockets work on the loops of tornado as they are."""

from zmq.eventloop._deprecated import __getattr__ as __getattr__
from zmq.eventloop._deprecated import install as install

# pyright: reportUnsupportedDunderAll=false
__all__ = ["IOLoop", "PeriodicCallback", "ZMQIOLoop", "install"]  # noqa: F822
