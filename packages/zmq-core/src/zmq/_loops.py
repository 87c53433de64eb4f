# SPDX-License-Identifier: BSD-3-Clause
"""Event loops: which one it is, and how it is told to watch a socket's descriptor."""

from __future__ import annotations

import asyncio
import os
import warnings
from asyncio import _get_running_loop as get_running_loop
from contextlib import suppress
from threading import get_ident
from weakref import WeakKeyDictionary, WeakValueDictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from zmq._watchingthread import WatchingThread

    _Loaded = TypeVar("_Loaded")
    _Received = TypeVar("_Received")
    Waker = Callable[[], object]

#: For each loop: for each descriptor, who wants to know.  The loop holds that: so it goes with the
#: loop even while sockets, that hold the loop, are held by it.
_watched: WeakKeyDictionary[AbstractEventLoop, Any] = WeakKeyDictionary()


def find_loop() -> AbstractEventLoop:
    """The running loop, or outside of one the loop that would be run.

    Returns
    -------
    asyncio.AbstractEventLoop

    Raises
    ------
    RuntimeError
        When nothing runs in this thread and no loop has been set.
    """
    loop = get_running_loop()
    if loop is not None:
        return loop
    with warnings.catch_warnings():
        # Who says `loop.run_until_complete(s.recv())` calls outside of a loop, and may.
        warnings.simplefilter("ignore", DeprecationWarning)
        return asyncio.get_event_loop()


def chain_awaitable(
    received: Awaitable[_Received], load: Callable[[_Received], _Loaded]
) -> asyncio.Future[_Loaded]:
    """A future of what a function makes of a result that is still to come.

    Parameters
    ----------
    received : awaitable
    load : callable

    Returns
    -------
    asyncio.Future
    """

    async def receive() -> _Loaded:
        return load(await received)

    return asyncio.ensure_future(receive(), loop=find_loop())


class _Watch:
    """Several callbacks on one descriptor, of which a loop knows only one.

    A process that was forked has the loop too, and shares with its parent what the loop watches:
    there nothing may be taken from it.
    """

    def __init__(self) -> None:
        self.wakers: list[Waker] = []
        self.process = os.getpid()

    def __call__(self) -> None:
        for waker in tuple(self.wakers):
            waker()


def attach_reader(loop: AbstractEventLoop, descriptor: int, waker: Waker) -> None:
    """Have a loop call something whenever a descriptor is readable, besides those it calls already.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    descriptor : int
    waker : callable
    """
    watch = _watched.setdefault(loop, WeakValueDictionary()).setdefault(descriptor, _Watch())
    watch.wakers.append(waker)
    watch.process = os.getpid()
    _register(loop, descriptor, watch)


def detach_reader(loop: AbstractEventLoop, descriptor: int, waker: Waker, thread: int) -> None:
    """Undo `attach_reader`, from whatever thread; a loop that is closed has forgotten already.

    Parameters
    ----------
    loop, descriptor, waker
        As for `attach_reader`.
    thread : int
        The ident of the loop's thread.
    """
    if loop.is_closed():
        _watched.pop(loop, None)
    elif get_ident() == thread or not loop.is_running():
        _detach(loop, descriptor, waker)
    else:
        with suppress(RuntimeError):  # it was closed meanwhile
            loop.call_soon_threadsafe(_detach, loop, descriptor, waker)


def _detach(loop: AbstractEventLoop, descriptor: int, waker: Waker) -> None:
    watch = _watched.get(loop, {}).get(descriptor)
    if watch is None:
        return
    if waker in watch.wakers:
        watch.wakers.remove(waker)
    if watch.process != os.getpid():
        return
    if watch.wakers:
        _register(loop, descriptor, watch)
    elif not loop.is_closed():
        _watched.get(loop, {}).pop(descriptor, None)
        ask_watcher(loop, "remove_reader", descriptor)


def _register(loop: AbstractEventLoop, descriptor: int, watch: _Watch) -> None:
    try:
        ask_watcher(loop, "add_reader", descriptor, watch)
    except FileNotFoundError:
        # Its predecessor of the same number was closed behind the loop's back.
        ask_watcher(loop, "remove_reader", descriptor)
        ask_watcher(loop, "add_reader", descriptor, watch)


#: Loops that cannot watch descriptors, as Windows' proactor loop, and the threads that do it for
#: them.
_threads: WeakKeyDictionary[AbstractEventLoop, WatchingThread] = WeakKeyDictionary()


def ask_watcher(loop: AbstractEventLoop, method: str, *args: Any) -> Any:
    """Call `add_reader` or one of its kin: of the loop, or of a thread for a loop that cannot.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    method : str
        `add_reader`, `remove_reader`, `add_writer`, `remove_writer`.
    *args
        Its arguments: a descriptor, a callable.
    """
    thread = _threads.get(loop)
    if thread is None:
        try:
            return getattr(loop, method)(*args)
        except NotImplementedError:
            from zmq._watchingthread import WatchingThread

            thread = _threads[loop] = WatchingThread(loop)
    return getattr(thread, method)(*args)


def close_watched(loop: AbstractEventLoop, descriptor: int) -> None:
    """Close a descriptor after its `remove_reader` and `remove_writer`.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    descriptor : int
    """
    thread = _threads.get(loop)
    if thread is None:
        os.close(descriptor)
    else:
        thread.close_descriptor(descriptor)  # it may be waiting for it at this moment


__all__ = [
    "ask_watcher",
    "attach_reader",
    "chain_awaitable",
    "close_watched",
    "detach_reader",
    "find_loop",
    "get_running_loop",
]
