# SPDX-License-Identifier: BSD-3-Clause
"""Release: who keeps memory alive that was lent to libzmq, and who is told when it is done with it.

libzmq calls C when it lets go of a message, from any of its threads; what was returned waits there
until `drain` comes by.  On CPython the main thread is asked to; on PyPy each collection does it, as
it is what frees memory there.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from _thread import RLock
from itertools import count

from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import NULL, now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PYPY = sys.implementation.name == "pypy"  # whose memoryviews know one order: that in memory

#: Milliseconds between two looks whether a signal has come, while something is waited for.
SLICE = 50

_numbers = count(1)
#: By number: the owner of the memory, what pins it, and its address.
_loans: dict[int, tuple[Any, Any, int]] = {}
#: By address: the numbers of the loans of this memory.
_addresses: dict[int, list[int]] = {}
_lock = RLock()
exiting = False


class TrackerEvent:
    """Whether libzmq is done with a message: the native side of `zmq.MessageTracker`."""

    __slots__ = ("__weakref__", "tally")

    tally: Any

    def __init_subclass__(cls) -> None:
        raise TypeError("type 'TrackerEvent' is not an acceptable base type")

    def is_set(self) -> bool:
        tally = getattr(self, "tally", None)
        return tally is None or bool(lib.zmq_core_is_done(tally))

    def wait(self, timeout: float | None = None) -> bool:
        if self.is_set():
            return True
        left = None if timeout is None or timeout < 0 else int(min(timeout * 1e3, 1e12))
        return wait_tally(self.tally, left, collecting=True)


def wait_tally(tally: Any, timeout: int | None, collecting: bool = False) -> bool:
    """Wait until libzmq is done; milliseconds, None waits for ever.  Signal handlers run.

    Where nothing counts references, what nobody holds may be what is waited for: with `collecting`
    it is looked for, ever more seldom.  One collection finds what the finalizers of the one before
    have let go of.
    """
    deadline = None if timeout is None else now() + timeout
    slices = 0
    while True:
        left = SLICE if deadline is None else max(0, min(SLICE, deadline - now()))
        if lib.zmq_core_wait_tally(tally, left):
            return True
        if deadline is not None and now() >= deadline:
            return False
        slices += 1
        if collecting and PYPY and slices & (slices - 1) == 0:
            _collect()


def _collect() -> None:
    """Collect garbage; a handler that raises waits, for it would be lost in a finalizer."""
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        gc.collect()
        for _ in range(1000):
            pass  # let the finalizers run, here where nothing interrupts them
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def new_tally(pending: int) -> Any:
    """Return a count of messages that libzmq holds."""
    made = lib.zmq_core_new_tally(pending)
    if made == NULL:
        raise MemoryError
    return ffi.gc(made, lib.zmq_core_forget_tally)


def new_event(pending: int) -> TrackerEvent:
    """Return an event that is set when `pending` messages have been let go of."""
    event = TrackerEvent()
    event.tally = new_tally(pending)
    return event


def get_buffer(source: Any) -> Any:
    """Return the memory of an object as a char[], or raise what is wrong with it."""
    if isinstance(source, str):
        raise TypeError("str cannot be sent as it is: use send_string, or encode it")
    if hasattr(source, "_part"):
        source = source.buffer  # a Frame, which exports its memory itself only on some Pythons
    try:
        if isinstance(source, memoryview) and not source.c_contiguous:
            raise BufferError("memoryview: underlying buffer is not C-contiguous")
        return ffi.from_buffer(source)
    except (BufferError, ValueError) as exc:
        return _straighten(source, exc)
    except TypeError as exc:
        if _exports(source):
            return _straighten(source, exc)
        name = type(source).__name__
        raise TypeError(f"a bytes-like object or a zmq.Frame is needed, not {name}") from None


def _exports(source: Any) -> bool:
    try:
        memoryview(source).release()
    except TypeError:
        return False
    except (BufferError, ValueError):
        pass
    return True


def _straighten(source: Any, exc: Exception) -> Any:
    """The memory of an array whose first index runs fastest: cffi takes it only in C's order."""
    try:
        view = memoryview(source)
        if view.f_contiguous or view.c_contiguous:
            return ffi.from_buffer(view.tobytes() if PYPY else view.tobytes(order="A"))
    except (BufferError, ValueError):
        pass
    raise BufferError(
        f"the memory of this {type(source).__name__} is not contiguous: send a contiguous copy of"
        " it"
    ) from exc


def lend(part: Any, data: Any, tally: Any) -> None:
    """Make a part share the memory of `data`, which is kept until libzmq has let go of it."""
    drain()
    view = get_buffer(data)
    number = next(_numbers)
    address = int(ffi.cast("uintptr_t", view))
    with _lock:
        _loans[number] = (data, view, address)
        _addresses.setdefault(address, []).append(number)
    if lib.zmq_core_lend(part, view, len(view), number, NULL if tally is None else tally) < 0:
        _take_back(number)
        raise MemoryError("no memory for a message")


def find_owner(data: Any) -> Any:
    """Return whose memory this is that libzmq was lent; None when it is libzmq's own."""
    if not _addresses:
        return None
    with _lock:
        numbers = _addresses.get(int(ffi.cast("uintptr_t", data)))
        return _loans[numbers[-1]][0] if numbers else None


def _take_back(number: int) -> None:
    with _lock:
        loan = _loans.pop(number)
        numbers = _addresses[loan[2]]
        numbers.remove(number)
        if not numbers:
            del _addresses[loan[2]]
    # What the owner does when it goes, now that nothing holds `loan`, is done without the lock.


def drain() -> None:
    """Let go of what libzmq has returned."""
    loan = lib.zmq_core_returned_loans()
    while loan != NULL:
        following, number = loan.next, loan.number
        lib.zmq_core_free_loan(loan)
        _take_back(number)
        loan = following


class _Collected:
    """Drains at each collection of garbage, as its end is the beginning of the next."""

    def __del__(self) -> None:
        if not exiting:
            drain()
            _Collected()


def _renew_lock() -> None:
    """In a forked child: a thread that is not here may have held the lock."""
    global _lock
    _lock = RLock()


def _stop() -> None:
    """At interpreter exit: whatever libzmq lets go of later is left alone."""
    global exiting
    exiting = True
    lib.zmq_core_stop_calling()
    drain()


if PYPY:
    _Collected()
else:
    ffi.def_extern(name="zmq_core_drain")(drain)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)
atexit.register(_stop)
