# SPDX-License-Identifier: BSD-3-Clause
"""Deprecated alias of nothing: what had to be done to use sockets on a loop, and needs no doing."""

from __future__ import annotations

import warnings


def warn_of_module() -> None:
    """Warn whoever imports `zmq.eventloop.ioloop`."""
    warnings.warn(
        "zmq.eventloop.ioloop is deprecated: use tornado.ioloop, sockets need no loop of their own",
        DeprecationWarning,
        stacklevel=3,
    )


def install() -> None:
    """Do nothing, but warn: sockets work on every loop of tornado."""
    warnings.warn(
        "zmq.eventloop.ioloop.install is deprecated and does nothing: leave it out",
        DeprecationWarning,
        stacklevel=2,
    )
