# SPDX-License-Identifier: BSD-3-Clause
"""Poller for trio and anyio: waiting for several sockets and descriptors."""

from __future__ import annotations

from anyio import create_task_group, lowlevel, move_on_after, sleep, sleep_forever
from anyio import wait_readable as until_readable
from anyio import wait_writable as until_writable

from zmq._anyio_room import (
    POLLIN,
    POLLOUT,
    Room,
    look,
    read_events,
    seconds_of,
)
from zmq._anyio_socket import WatchedSocket
from zmq.backend import Socket as BackendSocket
from zmq.backend import zmq_poll
from zmq.sugar.poll import Poller as SyncPoller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from zmq._typing import Timeout
    from zmq.sugar.socket import Socket

#: Seconds between two looks for errors of a descriptor.
LOOK_AGAIN = 0.05


class Poller(SyncPoller):
    """A list of sockets and descriptors to wait for: `poll` is a coroutine function.

    Takes anyio sockets and synchronous ones, descriptors and objects with `fileno()`.  A
    synchronous socket is looked at ten times a second, for somebody else may take in its news.
    """

    async def poll(  # type: ignore[override]
        self, timeout: Timeout = None
    ) -> list[tuple[Any, int]]:
        """Wait until something is ready.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        list of (socket, int)
            As of `zmq.Poller.poll`; empty when the time was over first.

        Raises
        ------
        SocketClosed
            When one of the sockets is closed meanwhile.
        anyio.BusyResourceError
            When another task waits for the same descriptor.
        """
        seconds = seconds_of(timeout)
        await lowlevel.checkpoint()
        found = self._look()
        if found or seconds == 0:
            return found
        with move_on_after(seconds):
            while not found:
                await self._wait()
                found = self._look()
        return found

    def _look(self) -> list[tuple[Any, int]]:
        try:
            if self._shared:
                from zmq.sugar.sharedpoll import poll_shared

                return poll_shared(self.sockets, 0)
            return zmq_poll(self.sockets, 0)
        finally:
            for thing, _ in self.sockets:
                if isinstance(thing, WatchedSocket) and thing._room.count and not thing.closed:
                    thing._room.settle(thing)

    async def _wait(self) -> None:
        if not self.sockets:
            await sleep_forever()
        failures: list[Exception] = []
        async with create_task_group() as group:

            async def watch(wait: Callable[..., Awaitable[object]], *args: Any) -> None:
                try:
                    await wait(*args)
                except Exception as exc:
                    failures.append(exc)
                group.cancel_scope.cancel()

            for thing, flags in self.sockets:
                for wait in list_waits(thing, flags):
                    group.start_soon(watch, *wait)
        if failures:
            raise failures[0]


def list_waits(thing: Any, flags: int) -> list[tuple[Any, ...]]:
    """What to wait for, as tuples of a coroutine function and its arguments."""
    if isinstance(thing, BackendSocket):
        return [(until_ready, thing, flags)]
    waits: list[tuple[Any, ...]] = []
    if flags & POLLIN:
        waits.append((until_readable, thing))
    if flags & POLLOUT:
        waits.append((until_writable, thing))
    return waits or [(sleep, LOOK_AGAIN)]  # for errors alone event loops do not wait


async def until_ready(socket: Socket[Any], flags: int) -> None:
    """Wait until a socket, of any kind, is ready."""
    watched = isinstance(socket, WatchedSocket)
    room = socket._room if watched else Room(shared=True)
    await look(socket, room, lambda: read_events(socket) & flags, flags)
