# SPDX-License-Identifier: BSD-3-Clause
"""Context: the libzmq context, the sockets in it, and how it ends."""

from __future__ import annotations

import os
import warnings
from _thread import RLock
from errno import EMFILE

from zmq.backend import wording
from zmq.backend.cffi import given, release
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.closing import close_handle
from zmq.backend.cffi.errors import EINVAL, NULL, now, raise_errno
from zmq.backend.cffi.life import (
    REAPING_TIME,
    cut_off,
    living_contexts,
    living_sockets,
    register_context,
)
from zmq.backend.cffi.numbers import as_int, as_milliseconds, as_number
from zmq.constants import IO_THREADS, THREAD_PRIORITY, Errno
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from zmq.backend.cffi.life import SocketState


MANY_UNMET = 200  # closed sockets; libzmq has room for some 500

#: Held for the moment in which an end begins or is over, never while anything is waited for.
_lock = RLock()


class Core:
    """A libzmq context, shared by all that shadow one another.

    It ends in a thread that is not Python's, so that whoever waits for that runs signal handlers,
    and can stop waiting.
    """

    __slots__ = ("c", "ending", "unmet", "unmet_count")

    def __init__(self, handle: Any) -> None:
        self.c: Any = ffi.new("zmq_core_context *")
        self.c.handle = handle
        #: Inproc endpoints that closed sockets were connected to, and how many those were.
        self.unmet: dict[bytes, None] = {}
        self.unmet_count = 0
        self.ending: Any = None  # what tells that it has ended, once that has begun

    def abandon(self) -> None:
        """Forget the handle, in a forked child."""
        self.c.handle = NULL
        self.ending = None

    def meet(self) -> None:
        """Give a peer to closed sockets that are connected to endpoints which nobody has bound.

        libzmq would make a socket for each of them when the context ends, and abort the program
        when it has no place for so many.  One for each endpoint is enough.
        """
        if self.unmet_count < MANY_UNMET:
            return
        end = now() + REAPING_TIME
        for endpoint in list(self.unmet):
            while lib.zmq_core_meet(self.c, endpoint) < 0:
                number = lib.zmq_errno()
                if number != EMFILE:
                    return  # somebody has begun to end it
                if now() >= end:
                    raise_errno(number, wording.of_unmet(endpoint))
                lib.zmq_core_pause()
        self.unmet_count = 0

    def begin(self) -> None:
        """Begin to terminate the context, unless that is going on."""
        if self.ending is None and self.c.handle != NULL:
            self.meet()
        with _lock:
            if self.ending is not None or self.c.handle == NULL:
                return
            tally = release.new_tally(1)
            if lib.zmq_core_term_in_background(self.c, tally) < 0:
                raise RuntimeError("no thread can be started to terminate the context in")
            self.ending = tally

    def settle(self) -> None:
        """Forget the handle when the context has ended."""
        with _lock:
            if self.ending is not None and lib.zmq_core_is_done(self.ending):
                self.c.handle = NULL  # `ending` stays: who has read the handle must not use it
                self.ending = None
        release.drain()

    def wait(self, timeout: int | None) -> bool:
        """Wait until the context has ended; milliseconds, None for ever."""
        ending = self.ending
        if ending is not None and not release.wait_tally(ending, timeout, collecting=True):
            return False
        self.settle()
        return True


def _find_core(address: int) -> Core:
    """Return what stands for the libzmq context at an address."""
    handle = ffi.cast("void *", address)
    for context in living_contexts():
        if context._state.core.c.handle == handle:
            return context._state.core
    return Core(handle)


class ContextState:
    """All that a context is, beside its methods."""

    __slots__ = ("core", "is_shadow", "lingering", "shadowed", "sockets")

    def __init__(self) -> None:
        self.core = Core(NULL)
        self.is_shadow = False
        self.shadowed: Any = None
        self.sockets: dict[int, SocketState] = {}  # the open ones, by id, oldest first
        self.lingering: list[Any] = []

    @property
    def is_over(self) -> bool:
        return self.core.c.handle == NULL


class Context:
    __slots__ = ("__dict__", "__weakref__", "_state")

    _state: ContextState

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        object.__setattr__(self, "_state", ContextState())
        register_context(self)
        return self

    def __init__(self, io_threads: Any = 1, shadow: Any = 0) -> None:
        state = self._state
        if not state.is_over:
            raise RuntimeError("a Context cannot be made twice")
        if isinstance(io_threads, Context):
            io_threads, shadow = 1, io_threads
        if not isinstance(shadow, int) or shadow != 0:
            address = given.address_of(shadow)
            if not address:
                raise_errno(int(Errno.EFAULT), f"there is no context to shadow at {shadow!r}")
            state.core = _find_core(address)
            state.is_shadow, state.shadowed = True, shadow
            return
        handle = lib.zmq_ctx_new()
        if handle == NULL:
            raise_errno(lib.zmq_errno())
        state.core = Core(handle)
        if io_threads != 1:
            try:
                Context.set(self, IO_THREADS, io_threads)
            except BaseException:
                lib.zmq_core_term(state.core.c)
                state.core = Core(NULL)
                raise

    def __del__(self) -> None:
        state = self._state
        if state.is_over or state.is_shadow or release.exiting:
            return
        try:
            warn_unclosed(self)
        finally:
            # The collector takes cycles apart in any order: sockets may be left without holders.
            for each in list(state.sockets.values()):
                try:
                    close_handle(each)
                except ZMQError:
                    pass
            if given.end_dropped is None:
                Context.term(self)
            else:
                given.end_dropped(self)

    @property
    def underlying(self) -> int:
        return int(ffi.cast("uintptr_t", self._state.core.c.handle))

    @property
    def closed(self) -> bool:
        if self._state.core.ending is not None:
            self._state.core.settle()
        return self._state.is_over

    @property
    def _shadow(self) -> bool:
        return self._state.is_shadow

    @property
    def _shadow_obj(self) -> Any:
        return self._state.shadowed

    @property
    def _lingering(self) -> list[Any]:
        return self._state.lingering

    @property
    def _open_sockets(self) -> int:
        return len(self._state.sockets)

    @staticmethod
    def _list_contexts() -> list[Any]:
        found = living_contexts()
        return [each for each in found if not each._state.is_over and not each._shadow]

    def _list_sockets(self) -> list[Any]:
        found = living_sockets()
        return [
            each for each in found if each._state.context is self and each._state.c.handle != NULL
        ]

    def _check(self) -> None:
        if self._state.is_over:
            raise_errno(int(Errno.EFAULT), "this context has been terminated")
        if self._state.core.ending is not None:
            raise_errno(int(Errno.ETERM))

    def get(self, option: int) -> int:
        number = as_number(option)
        self._check()
        value = lib.zmq_core_context_get(self._state.core.c, number)
        if value == -1 and lib.zmq_errno() == EINVAL and number != THREAD_PRIORITY:
            raise_errno(EINVAL, f"a context has no readable option {option!r}")
        return value

    def set(self, option: int, optval: int) -> None:
        number = as_number(option)
        value = as_int(option, optval)
        self._check()
        if lib.zmq_core_context_set(self._state.core.c, number, value) < 0:
            failure = lib.zmq_errno()
            text = f"{wording.describe(failure)}: context option {option!r} cannot be {optval!r}"
            raise_errno(failure, text)

    def term(self) -> None:
        while not self._state.is_over:
            self._state.core.begin()
            self._state.core.wait(None)

    @property
    def _is_ending(self) -> bool:
        return self._state.core.ending is not None

    def _begin_term(self) -> None:
        self._state.core.begin()

    def _finish_term(self, timeout: Any) -> bool:
        wait = as_milliseconds(timeout)
        deadline = now() + wait
        while not self._state.is_over:
            self._state.core.begin()
            left = None if wait < 0 else max(0, deadline - now())
            if not self._state.core.wait(left):
                return False
        return True

    @staticmethod
    def _check_timeout(timeout: Any) -> int:
        return as_milliseconds(timeout)

    def _shutdown(self) -> None:
        self._state.core.meet()
        lib.zmq_core_shutdown(self._state.core.c)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a zmq.Context cannot be pickled: make one in each process")


def warn_unclosed(thing: Any) -> None:
    """Say that an object was dropped without being closed; tracemalloc adds where it was made."""
    warnings.warn(f"unclosed {thing!r}", ResourceWarning, stacklevel=3, source=thing)


def _begin_child() -> None:
    """In a forked child: forget what was inherited, and a lock that nobody here holds."""
    global _lock
    _lock = RLock()
    cut_off()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_child)
