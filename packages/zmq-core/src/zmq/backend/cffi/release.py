# SPDX-License-Identifier: BSD-3-Clause
"""Release: who keeps memory alive that was lent to libzmq, and who is told when it is done with it.

libzmq calls C when it lets go of a message, from any of its threads; what was returned waits there
until `drain` comes by.  On CPython the main thread is asked to; on PyPy each collection does it, as
it is what frees memory there.
"""

from __future__ import annotations

import atexit
import gc
import sys
from itertools import count

from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import NULL, now

try:
    from __pypy__ import add_memory_pressure  # type: ignore[import-not-found]
except ImportError:  # where references are counted there is nothing to wait for
    add_memory_pressure = None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PYPY = sys.implementation.name == "pypy"  # whose memoryviews know one order: that in memory

#: Milliseconds between two looks whether a signal has come, while something is waited for.
SLICE = 50

#: Bytes of libzmq's that are worth telling the collector about: what a frame takes itself.
NOTED = 256

_numbers = count(1)
#: By number: the owner of memory that libzmq holds, and what pins it.
_loans: dict[int, tuple[Any, Any]] = {}
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
            collect()


def note_memory(size: int) -> None:
    """Tell the collector of memory of libzmq's that goes with an object: it knows its own only."""
    if add_memory_pressure is not None and size >= NOTED:
        add_memory_pressure(size)


def collect() -> None:
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
    _loans[number] = (data, view)
    if lib.zmq_core_lend(part, view, len(view), number, NULL if tally is None else tally) < 0:
        del _loans[number]
        raise MemoryError("no memory for a message")


def find_owner(data: Any) -> Any:
    """Return whose memory this is that libzmq was lent; None when it is libzmq's own."""
    while _loans:
        number = lib.zmq_core_find_loan(data)
        if number == 0:
            break
        loan = _loans.get(number)
        if loan is not None:
            return loan[0]
        # It has gone this moment; there may be another one of the same memory.
    return None


def drain() -> None:
    """Let go of what libzmq has returned."""
    number = lib.zmq_core_next_returned()
    while number:
        _loans.pop(number, None)
        number = lib.zmq_core_next_returned()


class _Collected:
    """Drains at each collection of garbage, as its end is the beginning of the next."""

    def __del__(self) -> None:
        if not exiting:
            drain()
            _Collected()


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
lib.zmq_core_guard_forks()
atexit.register(_stop)
