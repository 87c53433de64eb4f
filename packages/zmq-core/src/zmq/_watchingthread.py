# SPDX-License-Identifier: BSD-3-Clause
"""WatchingThread: watches descriptors for an event loop that cannot, as Windows' proactor loop."""

from __future__ import annotations

import os
import selectors
import socket
from contextlib import suppress
from sys import is_finalizing
from threading import Lock, Thread, current_thread
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from typing import Any

    Callback = Callable[[], object]

_EVENTS = (selectors.EVENT_READ, selectors.EVENT_WRITE)

#: Seconds between two looks whether the loop is still there, should nobody say that it ends.
_BETWEEN_LOOKS = 1.0


class WatchingThread:
    """`add_reader` and its kin for one loop; the thread ends when the loop is closed or gone.

    What is ready is not watched again before the loop has called what it was to call.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = ref(loop, lambda _: self._wake())
        self._lock = Lock()
        self._callbacks: dict[tuple[int, int], Callback] = {}  # (descriptor, event) -> callable
        self._wanted: dict[
            int, tuple[int, int]
        ] = {}  # descriptor -> the events to watch now, the number of the wish
        self._wishes = 0
        self._unused: list[int] = []  # descriptors to close when they are not watched any more
        self._ended = self._finished = False
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self._thread = Thread(target=self._watch, name="zmq-asyncio-watcher", daemon=True)
        self._end_with(loop)
        self._thread.start()

    def add_reader(self, descriptor: int, callback: Callback) -> None:
        """Have the loop call something whenever a descriptor is readable."""
        self._add(descriptor, selectors.EVENT_READ, callback)

    def add_writer(self, descriptor: int, callback: Callback) -> None:
        """Have the loop call something whenever a descriptor is writable."""
        self._add(descriptor, selectors.EVENT_WRITE, callback)

    def remove_reader(self, descriptor: int) -> bool:
        """Undo `add_reader`; whether there was anything to undo."""
        return self._remove(descriptor, selectors.EVENT_READ)

    def remove_writer(self, descriptor: int) -> bool:
        """Undo `add_writer`; whether there was anything to undo."""
        return self._remove(descriptor, selectors.EVENT_WRITE)

    def close_descriptor(self, descriptor: int) -> None:
        """Close a descriptor, after the thread has ceased to watch it.

        To close one that a selector still knows would leave it with events of a file that others
        have open, and nobody could tell it to forget them.
        """
        with self._lock:
            if not self._finished:
                self._wanted.pop(descriptor, None)
                self._unused.append(descriptor)
                self._wake()
                return
        os.close(descriptor)

    def end(self) -> None:
        """End the thread, and wait until it has ended."""
        self._ended = True
        self._wake()
        # At the end of the interpreter this thread will not run again: nobody can wait for it.
        if self._thread is not current_thread() and not is_finalizing():
            self._thread.join()
        self._callbacks.clear()

    def _end_with(self, loop: Any) -> None:
        close = loop.close

        def close_both() -> None:
            self.end()
            close()

        with suppress(AttributeError):  # one that takes no attributes: see _BETWEEN_LOOKS
            loop.close = close_both

    def _add(self, descriptor: int, event: int, callback: Callback) -> None:
        with self._lock:
            self._callbacks[descriptor, event] = callback
            self._want(descriptor, self._get_wanted(descriptor) | event)
        self._wake()

    def _remove(self, descriptor: int, event: int) -> bool:
        with self._lock:
            found = self._callbacks.pop((descriptor, event), None)
            self._want(descriptor, self._get_wanted(descriptor) & ~event)
        self._wake()
        return found is not None

    def _get_wanted(self, descriptor: int) -> int:
        return self._wanted.get(descriptor, (0, 0))[0]

    def _want(self, descriptor: int, events: int) -> None:
        """Note what to watch, as a new wish: the number may be that of another file by now."""
        self._wishes += 1
        if events:
            self._wanted[descriptor] = events, self._wishes
        else:
            self._wanted.pop(descriptor, None)

    def _wake(self) -> None:
        with suppress(OSError):  # full: it wakes all the same
            self._mouth.send(b"w")

    def _call(self, descriptor: int, event: int) -> None:
        """In the loop: call what is to be called, then watch again."""
        callback = self._callbacks.get((descriptor, event))
        if callback is None:
            return
        try:
            callback()
        finally:
            if self._callbacks.get((descriptor, event)) is callback:
                self._add(descriptor, event, callback)

    # ---- in the thread ----

    def _watch(self) -> None:
        selector = selectors.DefaultSelector()
        try:
            while self._is_needed():
                try:
                    self._match(selector)
                    ready = selector.select(_BETWEEN_LOOKS)
                except (OSError, ValueError):  # a descriptor was closed: begin anew without it
                    selector.close()
                    selector = selectors.DefaultSelector()
                    self._forget_closed()
                    continue
                self._report(ready)
        finally:
            selector.close()
            with self._lock:
                self._finished = True
                self._close_unused()
                self._ear.close()
                self._mouth.close()

    def _is_needed(self) -> bool:
        loop = self._loop()
        return not self._ended and loop is not None and not loop.is_closed()

    def _match(self, selector: selectors.BaseSelector) -> None:
        """Have the selector watch what is wanted now."""
        with self._lock:
            wanted = dict(self._wanted)
            wanted[self._ear.fileno()] = selectors.EVENT_READ, 0
            for key in list(selector.get_map().values()):
                if wanted.get(key.fd) != (key.events, key.data):
                    selector.unregister(key.fd)
                else:
                    del wanted[key.fd]
            self._close_unused()
        for descriptor, (events, wish) in wanted.items():
            selector.register(descriptor, events, wish)

    def _close_unused(self) -> None:
        while self._unused:
            os.close(self._unused.pop())

    def _forget_closed(self) -> None:
        with self._lock:
            for descriptor in list(self._wanted):
                with selectors.DefaultSelector() as selector:
                    try:
                        selector.register(descriptor, self._get_wanted(descriptor))
                        selector.select(0)
                    except (OSError, ValueError):
                        del self._wanted[descriptor]

    def _report(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        loop = self._loop()
        for key, events in ready:
            if key.fd == self._ear.fileno():
                with suppress(OSError):
                    self._ear.recv(4096)
                continue
            with self._lock:
                if self._wanted.get(key.fd) != (key.events, key.data):
                    continue  # it has changed meanwhile
                self._want(key.fd, key.events & ~events)
            for event in _EVENTS:
                if loop is not None and events & event:
                    with suppress(RuntimeError):  # it was closed meanwhile
                        loop.call_soon_threadsafe(self._call, key.fd, event)
