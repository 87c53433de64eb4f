# SPDX-License-Identifier: BSD-3-Clause
"""Call: what the calls of an asynchronous socket return, in plain Python.

The native `Ready` and `Pending` in one; see there why a task waits for a future of its own.
"""

from __future__ import annotations

import asyncio
import weakref
from contextvars import copy_context

from zmq._loops import find_loop, get_running_loop
from zmq.error import ContextTerminated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextvars import Context
    from typing import Any

WAITING, FINISHED, CANCELLED = "pending", "finished", "cancelled"

#: What an attempt returns that would have to wait.
BLOCKED = object()


class Call:
    """An awaitable that passes for a future of asyncio.

    Parameters
    ----------
    name : str
        The method that was called.
    socket : AwaitableSocket
    attempt : callable
        Makes the call without waiting: takes a list, for the frames that it receives with their
        numbers, and returns the result or `BLOCKED`.
    """

    # Any of these is None while there is none.
    lane: Any
    loop: Any
    timer: Any
    load: Any
    batch: Any
    value: Any
    error: Any
    raw: list[tuple[int, Any]] | None
    lane = loop = timer = load = batch = value = error = raw = None
    state = WAITING
    patient = True
    iterating = limited = seen = False
    watchers = 0

    def __init__(self, name: str, socket: Any, attempt: Any) -> None:
        self.name = name
        self.socket: Any = socket
        self.attempt: Any = attempt
        self.inner: list[Any] = []
        self.callbacks: list[tuple[Callable[[Any], object], Context]] = []

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return asyncio.Future

    _asyncio_future_blocking = False

    def __await__(self) -> Generator[Any, Any, Any]:
        if self.state is WAITING:
            inner: Any = asyncio.Future(loop=self.loop)
            inner._asyncio_future_blocking = True
            self.inner.append(inner)
            self.socket._hold()
            self.watchers += 1
            try:
                yield inner
            except BaseException as exc:
                self.watchers -= 1
                self._give_up(not isinstance(exc, GeneratorExit))
                raise
            self.watchers -= 1
        if self.state is WAITING:
            raise RuntimeError("this call has not ended: await it")
        return self._see()

    __iter__ = __await__

    def _see(self) -> Any:
        """The result of a call that has ended, which now belongs to who asks."""
        self.seen = True
        self.raw = None
        if self.error is not None:
            raise self.error
        return self.value

    def _give_up(self, cancelling: bool) -> None:
        if self.state is WAITING:
            if cancelling or not (self.watchers or self.callbacks):
                self.end(CANCELLED, error=asyncio.CancelledError())
        elif self.raw and not self.seen and not self.watchers:
            self.put_back()
        elif self.error is not None:
            self.seen = True

    def put_back(self) -> None:
        """Give a message that nobody has seen back to the socket."""
        socket, raw = self.socket, self.raw
        self.state, self.error = CANCELLED, asyncio.CancelledError()
        self.seen, self.raw, self.value, self.socket = True, None, None, None
        socket._take_back(raw)

    def end(self, state: str, value: Any = None, error: BaseException | None = None) -> None:
        """End, and tell those who wait."""
        self._leave()
        self.state, self.value, self.error, self.attempt = state, value, as_error(error), None
        self.load = None
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.raw is None:
            self.socket = None
        if (self.inner or self.callbacks) and not self.loop.is_closed():
            running = get_running_loop()
            if running is self.loop or (running is None and not self.loop.is_running()):
                self._notify()
            else:
                self.loop.call_soon_threadsafe(self._notify)

    def _leave(self) -> None:
        if self.lane is not None:
            self.lane.pop(self, None)
            self.lane = None
            self.socket._rest()

    def _notify(self) -> None:
        inner, self.inner = self.inner, []
        callbacks, self.callbacks = self.callbacks, []
        for future in inner:
            if not future.done():
                future.set_result(None)
        for fn, context in callbacks:
            self.loop.call_soon(fn, self, context=context)

    def serve(self) -> bool:
        """Make the call, in a turn of the loop; whether it has been made."""
        self.raw, error = [], None
        try:
            value = self.attempt(self.raw)
            if value is not BLOCKED and self.load is not None:
                self._leave()  # it does not wait any more, should `load` close the socket
                value = self.load(value)
        except (KeyboardInterrupt, SystemExit) as exc:
            if self.raw and self.state is WAITING:
                self.end(FINISHED, error=exc)
            raise
        except BaseException as exc:
            value, error = None, exc
            if self.iterating and isinstance(exc, ContextTerminated):
                error = StopAsyncIteration()
        self.raw = self.raw or None
        if value is BLOCKED:
            return False
        if self.state is WAITING:
            self.end(FINISHED, value, error)
        elif self.raw:
            self.put_back()
        return True

    # ---- what futures have ----

    @property
    def _loop(self) -> Any:
        return self.get_loop()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop in which the call was made, or the current one."""
        return self.loop or find_loop()

    def done(self) -> bool:
        """Whether the call has ended, in whatever way."""
        return self.state is not WAITING

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self.state is CANCELLED

    def cancel(self, msg: Any = None) -> bool:
        """Give up waiting; whether that was still possible."""
        if self.state is not WAITING:
            return False
        self.end(CANCELLED, error=asyncio.CancelledError(*(() if msg is None else (msg,))))
        return True

    def _check(self, waiting: bool) -> None:
        if (self.state is WAITING) is not waiting:
            raise asyncio.InvalidStateError(f"this call is {self.state}")

    def result(self) -> Any:
        """The result; raises InvalidStateError, CancelledError, or what the call raised."""
        self._check(waiting=False)
        return self._see()

    def exception(self) -> BaseException | None:
        """The exception with which the call ended, or None."""
        self._check(waiting=False)
        if self.state is CANCELLED:
            raise self.error
        if self.error is not None:
            self.seen, self.raw = True, None
        return self.error  # type: ignore[no-any-return]

    # Two names that `asyncio.gather` uses of its children, the second up to Python 3.10.

    def _make_cancelled_error(self) -> BaseException:
        return self.error if self.state is CANCELLED else asyncio.CancelledError()

    @property
    def _cancel_message(self) -> Any:
        return self.error.args[0] if self.state is CANCELLED and self.error.args else None

    def set_result(self, result: Any) -> None:
        """End the call with another result than its own."""
        self._check(waiting=True)
        self.end(FINISHED, result)

    def set_exception(self, exception: type[BaseException] | BaseException) -> None:
        """End the call with an exception."""
        self._check(waiting=True)
        self.end(FINISHED, error=exception() if isinstance(exception, type) else exception)

    def add_done_callback(
        self, fn: Callable[[Any], object], *, context: Context | None = None
    ) -> None:
        """Have the loop call `fn` with this object when the call has ended."""
        context = context or copy_context()
        if self.state is WAITING:
            self.socket._hold()
            self.callbacks.append((fn, context))
        else:
            self.get_loop().call_soon(fn, self, context=context)

    def remove_done_callback(self, fn: Callable[[Any], object]) -> int:
        """Forget a callback; how many were removed."""
        kept = [each for each in self.callbacks if each[0] != fn]
        removed = len(self.callbacks) - len(kept)
        self.callbacks = kept
        return removed

    def __del__(self) -> None:
        if self.error is None or self.seen or self.state is not FINISHED or self.iterating:
            return
        self.seen = True
        loop = self.loop or get_running_loop()
        if loop is not None:
            loop.call_exception_handler(
                {
                    "message": "the exception of an asynchronous call of a zmq.Socket was never "
                    "retrieved",
                    "exception": self.error,
                    "future": self,
                }
            )

    def __repr__(self) -> str:
        if self.state is not FINISHED:
            return f"<zmq future {self.state} {self.name}>"
        shown = f"result={self.value!r}" if self.error is None else f"exception={self.error!r}"
        return f"<zmq future finished {shown}>"


def finish(value: Any = None, error: BaseException | None = None) -> Call:
    """A call that ended at once.

    Parameters
    ----------
    value : object
    error : BaseException, optional

    Returns
    -------
    Call
    """
    call = Call("call", None, None)
    call.state, call.value, call.error = FINISHED, value, as_error(error)
    return call


def as_error(error: BaseException | None) -> BaseException | None:
    """An exception that may leave a generator without ending it.

    Parameters
    ----------
    error : BaseException or None

    Returns
    -------
    BaseException or None
    """
    if not isinstance(error, StopIteration):
        return error
    other = RuntimeError("what was to load the message raised StopIteration")
    other.__cause__ = error
    return other


class Waker:
    """What the loop calls; it does not hold the socket, unless somebody awaits a call.

    Parameters
    ----------
    socket : AwaitableSocket
    """

    held: Any = None

    def __init__(self, socket: Any) -> None:
        self.reference = weakref.ref(socket)

    def __call__(self) -> None:
        socket = self.reference()
        if socket is not None:
            socket._drain()

    def turn(self) -> None:
        """Look again, in the turn after."""
        socket = self.reference()
        if socket is not None:
            socket._dirty = False
            socket._drain()

    def check(self) -> None:
        """Look again, some time later."""
        socket = self.reference()
        if socket is not None:
            socket._checking = None
            socket._drain()
