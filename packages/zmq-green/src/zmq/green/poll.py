# SPDX-License-Identifier: BSD-3-Clause
"""Poller: waiting for several sockets and descriptors while other greenlets run."""

from __future__ import annotations

from typing import Any

from zmq.green._wait import poll_all
from zmq.sugar.poll import Poller as SyncPoller
from zmq.sugar.poll import merge_lists
from zmq.sugar.poll import select as select_now


class Poller(SyncPoller):
    """A `zmq.Poller` whose `poll` blocks the greenlet only.

    Takes green sockets and others, descriptors and objects with `fileno()`.
    """

    def poll(self, timeout: float | None = -1) -> Any:
        """Wait until something is ready: as `zmq.Poller.poll`.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        list of (socket, int)
            What is ready, and its events; a descriptor, also of an object, as an int.

        Raises
        ------
        SocketClosed
            When one of the sockets is closed meanwhile.
        """
        return poll_all(self.sockets, timeout)


def select(
    rlist: list[Any], wlist: list[Any], xlist: list[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """Wait for lists of sockets and descriptors: as `zmq.select`, but only this greenlet waits.

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
    wanted = merge_lists(rlist, wlist, xlist)
    poll_all(list(wanted.items()), None if timeout is None or timeout < 0 else timeout * 1000)
    return select_now(rlist, wlist, xlist, 0)


Poller.__module__ = "zmq.green"
