# SPDX-License-Identifier: BSD-3-Clause
"""IOLoop: a loop of tornado that lets other greenlets run while it waits."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any, Callable
from weakref import WeakKeyDictionary

from gevent import get_hub, getcurrent
from gevent.selectors import GeventSelector
from tornado.platform.asyncio import AsyncIOLoop

#: By hub.
_loops: WeakKeyDictionary[Any, IOLoop] = WeakKeyDictionary()


class EventLoop(asyncio.SelectorEventLoop):
    """A loop of asyncio that waits in gevent's hub, and may be used by other greenlets."""

    _greenlet: Any = None

    def __init__(self) -> None:
        super().__init__(GeventSelector())

    def run_forever(self) -> None:
        """Run until it is stopped, in this greenlet."""
        self._greenlet = getcurrent()
        try:
            super().run_forever()
        finally:
            self._greenlet = None

    def _wake(self) -> None:
        # Asyncio takes who runs in the thread of the loop for a callback of the loop, which then
        # looks at once; another greenlet runs while the loop waits.
        if self._greenlet is not None and getcurrent() is not self._greenlet:
            self.call_soon_threadsafe(_nothing)

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Any = None) -> Any:  # type: ignore[override]
        """Call back in the next turn: as of every loop of asyncio."""
        handle = super().call_soon(callback, *args, context=context)
        self._wake()
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> Any:
        """Call back at a time: as of every loop of asyncio."""
        handle = super().call_at(when, callback, *args, context=context)
        self._wake()
        return handle

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]
        """Watch a descriptor: as of every loop of asyncio."""
        super().add_reader(fd, callback, *args)
        self._wake()

    def add_writer(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]
        """Watch a descriptor: as of every loop of asyncio."""
        super().add_writer(fd, callback, *args)
        self._wake()


def _nothing() -> None:
    pass


class IOLoop(AsyncIOLoop):
    """A loop of tornado that lets other greenlets run while it waits.

    Run one of them in a thread at a time: while it runs asyncio takes every greenlet of the thread
    for a part of it.  Other greenlets may call its methods, and those of its streams.
    """

    def initialize(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Set up; called by tornado."""
        kwargs.setdefault("asyncio_loop", EventLoop())
        super().initialize(**kwargs)

    @staticmethod
    def current(instance: bool = True) -> Any:
        """The loop for the greenlets of this thread, made when it is first asked for.

        Parameters
        ----------
        instance : bool
            False returns None rather than make one.

        Returns
        -------
        IOLoop or None
        """
        hub = get_hub()
        found = _loops.get(hub)
        if found is None or found.asyncio_loop.is_closed():
            found = None
            if instance:
                found = _loops[hub] = IOLoop(make_current=False)
        return found

    instance = current


def install() -> None:
    """Do nothing, but warn: `IOLoop.current` needs no preparation."""
    warnings.warn(
        "zmq.green.eventloop.ioloop.install is deprecated and does nothing: leave it out",
        DeprecationWarning,
        stacklevel=2,
    )
