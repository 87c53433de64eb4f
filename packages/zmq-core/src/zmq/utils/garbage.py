# SPDX-License-Identifier: BSD-3-Clause
"""What is left of the thread that once released zero-copy messages.

The native layer releases them itself now, without a thread, a context or a socket of its own.
The names stay because freezers import them and old programs look at their attributes.
"""

from __future__ import annotations

import os
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

gcref = namedtuple("gcref", ["obj", "event"])


class GarbageCollector:
    """A collector with nothing to collect.

    Parameters
    ----------
    context : zmq.Context, optional
        Kept as an attribute and never used.

    Attributes
    ----------
    refs : dict
        What `store` was given, by the number it returned.
    thread : None
        There is no thread.
    url : str
        Empty: there is no socket to bind.
    pid : int
        The process that made this object.
    """

    thread = None
    url = ""

    def __init__(self, context: Any = None) -> None:
        self.context = context
        self.refs: dict[int, gcref] = {}
        self.pid = os.getpid()

    def start(self) -> None:
        """Do nothing: there is no thread to start."""

    def stop(self) -> None:
        """Let go of everything stored, and set the events that were stored with it."""
        while self.refs:
            _, ref = self.refs.popitem()
            if ref.event is not None:
                ref.event.set()

    def is_alive(self) -> bool:
        """Return False: there is no thread."""
        return False

    def store(self, obj: Any, event: Any = None) -> int:
        """Keep an object alive until `stop`.

        Parameters
        ----------
        obj : object
            What to keep.
        event : threading.Event, optional
            Set when the object is let go.

        Returns
        -------
        int
            The key of the object in `refs`.
        """
        ref = gcref(obj, event)
        self.refs[id(ref)] = ref
        return id(ref)


gc = GarbageCollector()

__all__ = ["GarbageCollector", "gc"]
