# SPDX-License-Identifier: BSD-3-Clause
"""Poller: waiting for several sockets and descriptors."""

from __future__ import annotations

from zmq.backend import zmq_poll
from zmq.constants import POLLERR, POLLIN, POLLOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from zmq._typing import Pollable, Timeout


class Poller:
    """A list of sockets and descriptors to wait for, with the interface of `select.poll`."""

    #: Whether a threadsafe socket has been registered.
    _shared = False

    def __init__(self) -> None:
        self.sockets: list[tuple[Any, int]] = []
        self._map: dict[Any, int] = {}

    def __contains__(self, socket: object) -> bool:
        return socket in self._map

    def register(self, socket: Pollable, flags: int = POLLIN | POLLOUT) -> None:
        """Wait for a socket too, or change what is waited for.

        Parameters
        ----------
        socket : Socket, int or object with `fileno()`
        flags : int
            `zmq.POLLIN`, `zmq.POLLOUT`, `zmq.POLLERR`; 0 unregisters.
        """
        if flags:
            self._shared = self._shared or getattr(socket, "threadsafe", False)
            if socket in self._map:
                self.sockets[self._map[socket]] = (socket, flags)
            else:
                self._map[socket] = len(self.sockets)
                self.sockets.append((socket, flags))
        elif socket in self._map:
            self.unregister(socket)

    def modify(self, socket: Pollable, flags: int = POLLIN | POLLOUT) -> None:
        """Change what a socket is waited for: the same as `register`."""
        self.register(socket, flags)

    def unregister(self, socket: Pollable) -> None:
        """Wait for a socket no longer.

        Parameters
        ----------
        socket : Socket, int or object with `fileno()`

        Raises
        ------
        KeyError
            When it is not registered.
        """
        position = self._map.pop(socket)
        self.sockets.pop(position)
        for other, _ in self.sockets[position:]:
            self._map[other] -= 1

    def poll(self, timeout: Timeout = None) -> list[tuple[Any, int]]:
        """Wait until something is ready (`zmq_poll`).

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        list of (socket, int)
            What is ready, and its events; a descriptor, also of an object, as an int.
        """
        if self._shared:
            from zmq.sugar.sharedpoll import poll_shared

            return poll_shared(self.sockets, timeout)
        return zmq_poll(self.sockets, timeout)


def merge_lists(
    rlist: Iterable[Pollable], wlist: Iterable[Pollable], xlist: Iterable[Pollable]
) -> dict[Any, int]:
    """What the lists of a `select` ask of each thing, as flags of a poll.

    Parameters
    ----------
    rlist, wlist, xlist : list of Socket, int or object with `fileno()`

    Returns
    -------
    dict of (Socket, int or object) to int
    """
    wanted: dict[Any, int] = {}
    for things, flag in ((rlist, POLLIN), (wlist, POLLOUT), (xlist, POLLERR)):
        for thing in things:
            wanted[thing] = wanted.get(thing, 0) | int(flag)
    return wanted


def select(
    rlist: Iterable[Pollable],
    wlist: Iterable[Pollable],
    xlist: Iterable[Pollable],
    timeout: float | None = None,
) -> tuple[list[Any], list[Any], list[Any]]:
    """Wait for lists of sockets and descriptors, with the interface of `select.select`.

    Parameters
    ----------
    rlist, wlist, xlist : list of Socket, int or object with `fileno()`
        To wait for until readable, writable, in error.
    timeout : float, optional
        Seconds; None waits for ever.

    Returns
    -------
    (list, list, list)
        What is readable, writable, in error.
    """
    thing: Any
    wanted = merge_lists(rlist, wlist, xlist)
    milliseconds = -1 if timeout is None or timeout < 0 else timeout * 1000
    # Each kind of thing is asked for by itself, so that it is returned as it was given.
    poll: Any = zmq_poll
    if any(getattr(thing, "threadsafe", False) for thing in wanted):
        from zmq.sugar.sharedpoll import poll_shared as poll
    ready = dict(poll(list(wanted.items()), milliseconds))
    found: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for things, flag, result in zip((rlist, wlist, xlist), (POLLIN, POLLOUT, POLLERR), found):
        for thing in things:
            key = thing.fileno() if thing not in ready and hasattr(thing, "fileno") else thing
            if ready.get(key, 0) & flag:
                result.append(thing)
    return found
