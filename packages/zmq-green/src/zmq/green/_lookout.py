# SPDX-License-Identifier: BSD-3-Clause
"""Lookout: watches one descriptor of libzmq's in a hub."""

from __future__ import annotations

import os
from typing import Any, Callable

#: gevent's io watchers: until readable.
READ = 1


class Lookout:
    """Calls back while a descriptor is readable.

    Parameters
    ----------
    hub : gevent.hub.Hub
    descriptor : int
    apart : bool
        Somebody else may close it: watch a duplicate then, for event loops do not survive the end
        of what they watch.
    """

    __slots__ = ("_hub", "_own", "_watcher")

    def __init__(self, hub: Any, descriptor: int, apart: bool) -> None:
        self._own = os.dup(descriptor) if apart else None
        self._hub = hub
        self._watcher = hub.loop.io(descriptor if self._own is None else self._own, READ)

    @property
    def apart(self) -> bool:
        """Whether it watches a descriptor of its own."""
        return self._own is not None

    def start(self, callback: Callable[..., Any], *args: Any) -> None:
        """Begin to watch."""
        self._watcher.start(callback, *args)

    def stop(self) -> None:
        """Watch no longer; it may be started again."""
        if self._hub.loop is not None:  # else the hub was destroyed, and its watchers with it
            self._watcher.stop()

    def close(self) -> None:
        """Watch no longer, for good."""
        own, self._own = self._own, None
        if self._hub.loop is not None:
            self._watcher.close()
        if own is not None:
            os.close(own)
