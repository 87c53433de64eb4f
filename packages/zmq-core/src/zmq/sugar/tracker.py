# SPDX-License-Identifier: BSD-3-Clause
"""MessageTracker: whether libzmq is done with messages."""

from __future__ import annotations

import time

from zmq.backend import Frame
from zmq.error import NotDone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq._typing import Waitable


class MessageTracker:
    """Tell when libzmq is done with the memory of one or several messages.

    Parameters
    ----------
    *towatch : MessageTracker, Frame, or event
        What to watch: other trackers, tracked frames, or events (objects with `is_set` and `wait`,
        such as `threading.Event`).

    Raises
    ------
    ValueError
        For a Frame that is not tracked.
    TypeError
        For anything else that cannot be watched.
    """

    __slots__ = ("_watched", "__weakref__")

    def __init__(self, *towatch: MessageTracker | Frame | Waitable) -> None:
        # Tracked sends make one of these for each message: what can be done later is.
        for each in towatch:
            if not hasattr(each, "is_set"):
                towatch = tuple(map(_find_watchable, towatch))
                break
        self._watched: Any = towatch

    @property
    def events(self) -> set[Any]:
        """The events that are watched, as a new set."""
        return {each for each in self._watched if not isinstance(each, MessageTracker)}

    @property
    def peers(self) -> set[MessageTracker]:
        """The other trackers that are watched, as a new set."""
        return {each for each in self._watched if isinstance(each, MessageTracker)}

    def is_set(self) -> bool:
        """Whether it is done: trackers can be watched like events."""
        return self.done

    @property
    def done(self) -> bool:
        """Whether libzmq is done with all that is watched.

        Returns
        -------
        bool
        """
        for each in self._watched:
            if not each.is_set():
                return False
        return True

    def wait(self, timeout: float | None = -1) -> None:
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
        deadline: Any = None if forever else time.monotonic() + timeout  # type: ignore[operator]
        for each in self._watched:
            left: Any = None if forever else max(0.0, deadline - time.monotonic())
            if isinstance(each, MessageTracker):
                each.wait(-1 if forever else left)
            elif not each.wait(left):
                raise NotDone(f"libzmq still holds the message after {timeout} s")


def _find_watchable(thing: MessageTracker | Frame | Waitable) -> MessageTracker | Waitable:
    """The event or tracker of something to watch."""
    if isinstance(thing, Frame):
        if thing.tracker is None:
            raise ValueError(f"{thing!r} is not tracked: make it with track=True")
        return thing.tracker
    if not hasattr(thing, "is_set"):
        raise TypeError(f"trackers, frames and events can be watched, not {thing!r}")
    return thing


_FINISHED_TRACKER = MessageTracker()
