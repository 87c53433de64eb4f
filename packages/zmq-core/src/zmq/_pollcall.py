# SPDX-License-Identifier: BSD-3-Clause
"""PollCall: an asynchronous wait for several sockets and descriptors."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

from zmq._loops import ask_watcher, close_watched
from zmq.backend import Context as BackendContext
from zmq.constants import POLLERR, POLLIN, POLLOUT
from zmq.sugar.socket import Socket as SyncSocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq._future import _AsyncPoller
    from zmq._typing import Timeout

    Ready = list[tuple[Any, int]]

#: Polls in a row that may succeed at once before the loop gets a turn.
_BUDGET = 64


def begin_poll(poller: _AsyncPoller, loop: asyncio.AbstractEventLoop, timeout: Timeout) -> PollCall:
    """Look what is ready, and if nothing is, wait.

    Parameters
    ----------
    poller : zmq.asyncio.Poller
    loop : asyncio.AbstractEventLoop
    timeout : int or float, optional
        Milliseconds; None or a negative number waits for ever.

    Returns
    -------
    asyncio.Future of list of (socket, int)
    """
    BackendContext._check_timeout(timeout)
    call = PollCall(poller, loop)
    try:
        found = poller._poll_now()
    except Exception as exc:
        call.set_exception(exc)
        return call
    if found or timeout == 0:
        poller._turns += 1
        if poller._turns % _BUDGET:
            call.set_result(found)
        else:
            loop.call_soon(call.finish, found)
        return call
    try:
        call.watch(timeout)
    except BaseException:
        call.forget()
        raise
    return call


class PollCall(asyncio.Future["Ready"]):
    """The result of a poll that waits, and what it has had registered for that.

    Parameters
    ----------
    poller : zmq.asyncio.Poller
    loop : asyncio.AbstractEventLoop
    """

    def __init__(self, poller: _AsyncPoller, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.poller = poller
        self.timer: asyncio.TimerHandle | None = None
        self.calls: list[asyncio.Future[int]] = []  # of sockets
        self.shadows: list[Any] = []  # of synchronous sockets
        self.descriptors: list[int] = []  # copies: others may watch the original in this loop
        self.process = os.getpid()

    def watch(self, timeout: Timeout) -> None:
        """Register everything.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds.
        """
        for thing, flags in self.poller.sockets:
            if isinstance(thing, SyncSocket):
                self._watch_socket(thing, flags)
            else:
                self._watch_descriptor(thing, flags)
        if timeout is not None and timeout > 0:
            self.timer = self._loop.call_later(timeout / 1000, self._expire)

    def _watch_socket(self, socket: Any, flags: int) -> None:
        if not hasattr(socket, "_mark"):
            socket = self.poller._socket_class(_from_socket=socket)
            self.shadows.append(socket)
        call = socket.poll(-1, flags)
        self.calls.append(call)
        call.add_done_callback(self._look)

    def _watch_descriptor(self, thing: Any, flags: int) -> None:
        descriptor = thing if isinstance(thing, int) else thing.fileno()
        with suppress(OSError):  # Windows: a socket is no file there, and the original must do
            descriptor = os.dup(descriptor)
            self.descriptors.append(descriptor)
        if flags & (POLLIN | POLLERR):
            ask_watcher(self._loop, "add_reader", descriptor, self._look)
        if flags & POLLOUT:
            ask_watcher(self._loop, "add_writer", descriptor, self._look)
        if descriptor not in self.descriptors:
            self.descriptors.append(~descriptor)

    def _look(self, call: asyncio.Future[int] | None = None) -> None:
        """Something has happened: see what is ready."""
        if self.done():
            return
        try:
            found = self.poller._poll_now() if call is None or not call.cancelled() else None
            if found is None:
                self.cancel()  # a socket was closed
            elif found:
                self.finish(found)
            elif call is not None:
                self.forget_calls()
                for thing, flags in self.poller.sockets:
                    if isinstance(thing, SyncSocket):
                        self._watch_socket(thing, flags)
        except Exception as exc:
            self.forget()
            self.set_exception(exc)

    def _expire(self) -> None:
        """The time is over; but the loop may be late, so look once more."""
        try:
            found = self.poller._poll_now()
        except Exception as exc:
            self.forget()
            self.set_exception(exc)
        else:
            self.finish(found)

    def finish(self, found: Ready) -> None:
        """End with a result."""
        self.forget()
        if not self.done():
            self.set_result(found)

    def cancel(self, *args: Any, **kwargs: Any) -> bool:
        """Give up waiting; whether that was still possible."""
        self.forget()
        return super().cancel(*args, **kwargs)

    def forget_calls(self) -> None:
        """Undo what was registered for sockets."""
        calls, self.calls = self.calls, []
        for call in calls:
            call.remove_done_callback(self._look)
            if not call.cancel() and not call.cancelled():
                call.exception()  # an error is told by the poll itself
        shadows, self.shadows = self.shadows, []
        for socket in shadows:
            socket._detach()

    def forget(self) -> None:
        """Undo all that was registered."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        self.forget_calls()
        descriptors, self.descriptors = self.descriptors, []
        for descriptor in descriptors:
            original = descriptor if descriptor >= 0 else ~descriptor
            # A forked child has the loop too, and would undo what its parent waits for.
            if not self._loop.is_closed() and self.process == os.getpid():
                ask_watcher(self._loop, "remove_reader", original)
                ask_watcher(self._loop, "remove_writer", original)
            if descriptor >= 0:
                close_watched(self._loop, descriptor)

    def __del__(self) -> None:
        self.forget()
        super().__del__()
