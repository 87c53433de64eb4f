# SPDX-License-Identifier: BSD-3-Clause
"""Entries in a loop's table of handlers, for `IOLoop.close(all_fds=True)` to close."""

from __future__ import annotations

import weakref
from itertools import count
from typing import Any, Callable

from tornado.ioloop import IOLoop

#: Below any number that a descriptor has, so that nothing else is ever in the way.
_numbers = count(-1000, -1)


class Entry:
    """Something to close, which the loop keeps alive until it is forgotten or the loop closes.

    It is in the table without being watched: the descriptor of a socket may be shared, and is
    watched in another way.

    Parameters
    ----------
    io_loop : tornado.ioloop.IOLoop
    close : callable
    """

    def __init__(self, io_loop: IOLoop, close: Callable[[], Any]) -> None:
        self.close = close
        self._number = next(_numbers)
        self._io_loop = io_loop
        io_loop.add_handler(self, _ignore, 0)

    def fileno(self) -> int:
        """The number under which it is in the table."""
        return self._number

    def forget(self) -> None:
        """Take it out of the table."""
        self._io_loop.remove_handler(self._number)


def close_with(io_loop: IOLoop, socket: Any) -> None:
    """Have a loop close a socket with itself, without keeping it alive.

    Parameters
    ----------
    io_loop : tornado.ioloop.IOLoop
    socket : zmq.Socket
    """

    def close() -> None:
        alive = reference()
        if alive is not None:
            alive.close()

    entry = Entry(io_loop, close)
    reference = weakref.ref(socket, lambda _: entry.forget())


def _ignore(thing: object, events: int) -> None:
    """Handle events that nobody asked for."""
