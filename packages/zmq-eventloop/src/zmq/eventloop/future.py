# SPDX-License-Identifier: BSD-3-Clause
"""Contexts, sockets and pollers for coroutines on tornado's loop: those of `zmq.asyncio`.

tornado's loop is one of asyncio, and its futures are asyncio's.  In addition, these sockets are
closed by `IOLoop.close(all_fds=True)`.
"""

from __future__ import annotations

import weakref
from asyncio import CancelledError
from typing import Any

from tornado.ioloop import IOLoop

import zmq.asyncio
from zmq._future import _AsyncPoller, _AsyncSocket
from zmq._loops import get_running_loop
from zmq.eventloop._keeping import close_with

__all__ = ["CancelledError", "Context", "Poller", "Socket"]


class Socket(_AsyncSocket):
    __doc__ = _AsyncSocket.__doc__

    _noted: Any = None

    def __init__(
        self,
        context: Any = None,
        socket_type: int = -1,
        io_loop: Any = None,
        _from_socket: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(context, socket_type, io_loop, _from_socket, **kwargs)
        if get_running_loop() is not None:
            self._get_loop()

    def _get_loop(self) -> Any:
        loop = super()._get_loop()
        if self._noted is None or self._noted() is not loop:
            self._noted = weakref.ref(loop)
            close_with(IOLoop.current(), self)
        return loop


class Poller(_AsyncPoller):
    __doc__ = _AsyncPoller.__doc__

    _socket_class = Socket


class Context(zmq.asyncio.Context):
    __doc__ = zmq.asyncio.Context.__doc__

    io_loop = None
    _socket_class = Socket
    _instance = None  # its own, not that of other contexts
    _instance_pid = None
