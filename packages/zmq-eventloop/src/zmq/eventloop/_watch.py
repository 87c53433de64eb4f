# SPDX-License-Identifier: BSD-3-Clause
"""When to look at a socket again: what a loop is told to call, and when.

The descriptor of a socket only tells that something has changed since libzmq was last asked, and
whatever anybody does with the socket may use that up.  So a look ends by asking for the EVENTS, and
is repeated by a timer where somebody may have come in between: soon while there is traffic, once a
second when there is none.
"""

from __future__ import annotations

import weakref
from contextvars import copy_context
from threading import get_ident
from typing import Any

from tornado.ioloop import IOLoop

from zmq._loops import attach_reader, detach_reader, get_running_loop
from zmq.eventloop._keeping import Entry

#: Seconds between two looks that nothing has called for.
SOONEST, LATEST = 0.05, 1.0


class _Waker:
    """What the loop calls.  It does not keep the stream alive, so that a dropped loop is freed."""

    def __init__(self, watch: Watch) -> None:
        self._reference = weakref.ref(watch)

    def __call__(self) -> None:
        watch = self._reference()
        if watch is not None and not watch.scheduled:
            watch.target.look()


class Watch:
    """Has a loop call `target.look()` when its socket may have become ready.

    Parameters
    ----------
    io_loop : tornado.ioloop.IOLoop
    socket : zmq.Socket
    target : object
        Has `look()`, and `close_with_loop()` for when the loop is closed with its descriptors.
    """

    def __init__(self, io_loop: IOLoop, socket: Any, target: Any) -> None:
        self.target = target
        self.scheduled = False
        self.active = False  # something has been done since the timer was set
        self._pause = SOONEST
        self._timer: Any = None
        self._loop: Any = io_loop.asyncio_loop  # type: ignore[attr-defined]
        self._context = copy_context()  # callbacks have that of who made the stream
        self._descriptor = socket.fileno()
        self._waker = _Waker(self)
        self._ended = False
        if self._loop.is_running() and get_running_loop() is not self._loop:
            self._loop.call_soon_threadsafe(self._attach)
        else:
            self._attach()
        self._entry = Entry(io_loop, target.close_with_loop)

    def _attach(self) -> None:
        if not self._ended:
            attach_reader(self._loop, self._descriptor, self._waker)

    def schedule(self) -> None:
        """Have the loop look in its next turn, from whatever thread."""
        if self.scheduled:
            return
        self.scheduled = True
        here = get_running_loop() is self._loop
        call = self._loop.call_soon if here else self._loop.call_soon_threadsafe
        try:
            # A copy, because loops that are run inside of callbacks enter it again.
            call(self._look, context=self._context.copy())
        except RuntimeError:  # the loop is closed
            self.scheduled = False

    def _look(self) -> None:
        self.scheduled = False
        self.target.look()

    def check_later(self) -> None:
        """Look again some time later, whatever the descriptor tells; called where the loop runs."""
        if self._timer is None and not self._loop.is_closed():
            self._timer = self._loop.call_later(
                self._pause, self._check, context=self._context.copy()
            )

    def _check(self) -> None:
        self._timer = None
        self._pause = SOONEST if self.active else min(2 * self._pause, LATEST)
        self.active = False
        self.target.look()

    def end(self) -> None:
        """Let the loop forget the socket, from whatever thread and also when it is closed."""
        here = get_running_loop() is self._loop
        self._ended = True
        detach_reader(self._loop, self._descriptor, self._waker, get_ident() if here else 0)
        self._entry.forget()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
