# SPDX-License-Identifier: BSD-3-Clause
"""Tracker: waiting for libzmq to be done with a message while other greenlets run."""

from __future__ import annotations

from time import monotonic

from gevent import sleep

from zmq.error import NotDone
from zmq.sugar.tracker import MessageTracker

#: Seconds between two looks: libzmq says in one of its own threads that it is done.
FIRST_LOOK, LATER_LOOKS = 0.0005, 0.05


class Tracker(MessageTracker):
    """A `zmq.MessageTracker` whose `wait` blocks the greenlet only."""

    __slots__ = ()

    def wait(self, timeout: float | None = -1) -> None:
        """Wait until libzmq is done with all that is watched.

        Parameters
        ----------
        timeout : float, optional
            Seconds; -1 or None waits for ever.

        Raises
        ------
        NotDone
            When the time is over first.
        """
        deadline = None if timeout is None or timeout < 0 else monotonic() + timeout
        pause = FIRST_LOOK
        while not self.done:
            left = LATER_LOOKS if deadline is None else deadline - monotonic()
            if left <= 0:
                raise NotDone(f"libzmq still holds the message after {timeout} s")
            sleep(min(pause, left))
            pause = min(2 * pause, LATER_LOOKS)


def as_green(tracker: MessageTracker | None) -> Tracker | None:
    """A tracker of the same, or None for none."""
    return None if tracker is None else Tracker(tracker)
