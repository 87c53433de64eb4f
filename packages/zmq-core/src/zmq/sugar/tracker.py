# SPDX-License-Identifier: BSD-3-Clause
"""MessageTracker: whether libzmq is done with messages."""

import time

from zmq.backend import Frame
from zmq.error import NotDone


class MessageTracker:
    """Tell when libzmq is done with the memory of one or several messages.

    Parameters
    ----------
    *towatch : MessageTracker, Frame, or event
        What to watch: other trackers, tracked frames, or events (objects with `is_set` and `wait`, such as
        `threading.Event`).

    Raises
    ------
    ValueError
        For a Frame that is not tracked.
    TypeError
        For anything else that cannot be watched.
    """

    __slots__ = ("events", "peers", "__weakref__")

    def __init__(self, *towatch):
        self.events = set()
        self.peers = set()
        for each in towatch:
            if isinstance(each, Frame):
                if each.tracker is None:
                    raise ValueError(f"{each!r} is not tracked: make it with track=True")
                self.peers.add(each.tracker)
            elif isinstance(each, MessageTracker):
                self.peers.add(each)
            elif hasattr(each, "is_set"):
                self.events.add(each)
            else:
                raise TypeError(f"trackers, frames and events can be watched, not {each!r}")

    @property
    def done(self):
        """Whether libzmq is done with all that is watched.

        Returns
        -------
        bool
        """
        return all(event.is_set() for event in self.events) and all(peer.done for peer in self.peers)

    def wait(self, timeout=-1):
        """Wait until libzmq is done with all that is watched.

        Parameters
        ----------
        timeout : float
            Seconds; -1 or None waits for ever.

        Raises
        ------
        NotDone
            When the time is over first.
        """
        forever = timeout is None or timeout < 0
        deadline = None if forever else time.monotonic() + timeout
        for event in self.events:
            if not event.wait(None if forever else max(0.0, deadline - time.monotonic())):
                raise NotDone(f"libzmq still holds the message after {timeout} s")
        for peer in self.peers:
            peer.wait(-1 if forever else max(0.0, deadline - time.monotonic()))


_FINISHED_TRACKER = MessageTracker()
