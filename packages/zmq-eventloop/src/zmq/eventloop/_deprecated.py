# SPDX-License-Identifier: BSD-3-Clause
"""What zmq.eventloop.ioloop consists of: tornado's classes, and nothing that needs doing."""

from __future__ import annotations

import warnings
from typing import Any

from tornado import ioloop

#: Names, and whose they are.
_CLASSES = {
    "IOLoop": ioloop.IOLoop,
    "PeriodicCallback": ioloop.PeriodicCallback,
    "ZMQIOLoop": ioloop.IOLoop,
}


def __getattr__(name: str) -> Any:
    if name not in _CLASSES:
        raise AttributeError(f"module 'zmq.eventloop.ioloop' has no attribute {name!r}")
    own = _CLASSES[name].__name__
    warnings.warn(
        f"zmq.eventloop.ioloop.{name} is deprecated: use tornado.ioloop.{own}, sockets need no "
        "loop of their own",
        DeprecationWarning,
        stacklevel=2,
    )
    return _CLASSES[name]


def install() -> None:
    """Do nothing, but warn: sockets work on every loop of tornado."""
    warnings.warn(
        "zmq.eventloop.ioloop.install is deprecated and does nothing: leave it out",
        DeprecationWarning,
        stacklevel=2,
    )
