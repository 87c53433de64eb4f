# SPDX-License-Identifier: BSD-3-Clause
"""AwaitableSocket in plain Python, for backends that have no native one.

Its calls go to a synchronous socket that shares the libzmq socket; see `draining.pxi` of the native
backend for what there is to know about the descriptor.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import OrderedDict
from operator import index
from threading import get_ident
from time import monotonic

from zmq._loops import attach_reader, detach_reader, find_loop, get_running_loop
from zmq._plaincall import BLOCKED, CANCELLED, FINISHED, Call, Waker, finish
from zmq._plainmethods import PlainCalls
from zmq.constants import (
    DONTWAIT,
    EVENTS,
    POLLIN,
    POLLOUT,
    PUB,
    RCVMORE,
    RCVTIMEO,
    REQ_RELAXED,
    SNDTIMEO,
    Errno,
    SocketType,
)
from zmq.error import Again, TimeoutExpired, ZMQError
from zmq.sugar.socket import Socket as SyncSocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from zmq._typing import Timeout

    Lane = OrderedDict[Call, None]

#: Seconds between two looks where something could use up an edge of the descriptor unseen.
_BETWEEN_CHECKS = 0.05

#: Seconds of immediate successes before the loop gets a turn: fewer than with the native class, for
#: all else in a turn takes longer here.
_LONGEST_TURN = 0.001

#: Immediate successes between two looks at the clock: what follows a long pause is made at once.
_CLOCK_TICKS = 16

#: Drains in which a task may go on with a message, before the others that send.
_PATIENCE = 8

#: Milliseconds; what is longer is for ever, as far as loops can tell.
_LONGEST_TIMEOUT = 0x7FFFFFFF

_LOCKSTEP = (SocketType.REQ, SocketType.REP)


def configure_awaitables(**handed_down: Any) -> None:
    """Accept what the native classes are handed down; these here import it."""


def _check_timeout(timeout: Timeout) -> None:
    if timeout is None:
        return
    if not isinstance(timeout, (int, float)):
        raise TypeError(f"a time-out is a number of milliseconds, not {timeout!r}")
    if timeout != timeout:
        raise ValueError("a time-out cannot be NaN")


class AwaitableSocket(PlainCalls):
    """The part of an asynchronous socket that is native where the backend has it."""

    # Any of these is None while there is none.
    _loop: Any
    _waker: Any
    _checking: Any
    _descriptor: Any
    _thread: Any
    _missed: int | None
    _beginner: Call | None
    _loop = _waker = _checking = _descriptor = _thread = _missed = _beginner = None
    _dirty = _relaxed = _told_more = _part_more = _begun = False
    _number = _streak = _patience = _unlooked = 0
    _began = 0.0
    _blocking: Any = None
    _reading: Any
    _writing: Any
    _polling: Any
    _reading = _writing = _polling = ()

    #: What was taken from libzmq and is to be received, with numbers in the order of libzmq.
    _held: Any = ()
    #: Messages and bytes received, apart from what `_sync` has counted.
    _more_in: Any = ()

    _budget = 2048

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading, self._writing, self._polling = OrderedDict(), OrderedDict(), OrderedDict()
        self._held, self._more_in = [], [0, 0]

    @property
    def budget(self) -> int:
        """How many calls in a row may succeed at once before the loop gets a turn; 0: no limit."""
        return self._budget

    @budget.setter
    def budget(self, value: int) -> None:
        if index(value) < 0:
            raise ValueError(f"budget is a number of calls, or 0 for no limit, not {value!r}")
        self._budget = value

    @property
    def _sync(self) -> Any:
        if self._blocking is None:
            self._blocking = SyncSocket(self.context, shadow=self.underlying)
            self._blocking.copy_threshold = self.copy_threshold
        return self._blocking

    @property
    def _lanes(self) -> tuple[Lane, Lane, Lane]:
        return self._writing, self._reading, self._polling

    # ---- making calls ----

    def _begin(
        self,
        name: str,
        lane: Lane,
        attempt: Callable[[Any], Any],
        flags: int,
        timeout: Timeout,
        **settings: Any,
    ) -> Call:
        """Make a call now, or have it wait."""
        call = Call(name, self, attempt)
        vars(call).update(settings)
        call.patient = not flags & DONTWAIT or lane is self._polling
        _check_timeout(timeout)
        untried = True
        expecting = lane is self._writing and self._is_expecting()
        inside = lane is self._writing and self._begun and not expecting
        self._mark()  # whatever comes of it may use up an edge
        try:
            self._check_open()
            if lane and not call.patient and not inside:
                self._drain()
            free = not lane and not expecting and (not call.patient or self._has_time())
            if inside or free:
                untried = False
                self._missed = 0
                found = attempt(None)
                if found is not BLOCKED:
                    self._streak += 1
                    return finish(found)
            if not call.patient:
                return finish(error=self._describe_miss(untried))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as exc:
            return finish(error=exc)
        return self._wait(call, lane, timeout, untried)

    def _check_open(self) -> None:
        if self.closed:
            raise ZMQError(Errno.ENOTSOCK, f"this {self._type_name} socket is closed")

    def _has_time(self) -> bool:
        if not self._budget:
            return True
        if not self._streak:
            self._began = monotonic()
        if self._streak >= self._budget:
            return False
        return self._streak % _CLOCK_TICKS != 0 or monotonic() - self._began < _LONGEST_TURN

    def _is_expecting(self) -> bool:
        """Whether a task is about to go on with a message, the first part of which had to wait."""
        call = self._beginner
        if call is not None and (call.seen or self._patience <= 0 or not self._begun):
            self._beginner = None
        return self._beginner is not None

    def _expect(self, call: Call) -> None:
        awaited = self._begun and (call.watchers or call.callbacks)
        self._beginner, self._patience = (call, _PATIENCE) if awaited else (None, 0)

    def _describe_miss(self, untried: bool) -> ZMQError:
        return ZMQError(Errno.EFSM) if self._missed == Errno.EFSM and not untried else Again()

    def _wait(self, call: Call, lane: Lane, timeout: Timeout, untried: bool) -> Call:
        limit = timeout
        call.limited = timeout is not None
        if not call.limited:
            limit = self._sync.get(SNDTIMEO if lane is self._writing else RCVTIMEO)
        if limit == 0 and not untried:
            return finish(0) if lane is self._polling else finish(error=self._expired(call))
        loop = get_running_loop()
        if loop is None or loop is not self._loop:
            loop = self._get_loop()  # what a flavour knows of it may be more
        if loop is not self._loop:
            self._join(loop)
        self._thread = get_ident()  # it may run in another one than before
        call.loop, call.lane = loop, lane
        lane[call] = None
        if untried or lane is self._writing or sum(map(len, self._lanes)) > 1 or not self._missed:
            self._mark()
        elif self._must_check():
            self._check_later()
        if limit is not None and limit >= 0:
            seconds = min(limit, _LONGEST_TIMEOUT) / 1000
            call.timer = loop.call_later(seconds, self._expire, call)
        return call

    def _expired(self, call: Call) -> ZMQError:
        error = Again()
        if call.limited:
            error = TimeoutExpired(f"the time for this {call.name}() ran out")
        return error if call.batch is None else call.batch.explain(error)

    def _expire(self, call: Call) -> None:
        """The time is over, unless what the call waited for is there: the loop may be late."""
        call.timer = None
        try:
            self._drain()
        finally:
            if call.done():
                pass
            elif call.name == "poll":
                call.end(FINISHED, 0)
            else:
                call.end(FINISHED, error=self._expired(call))

    # ---- the loop ----

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        """The running loop, or the one that would run."""
        return find_loop()

    def _join(self, loop: asyncio.AbstractEventLoop) -> None:
        self._part()
        self._descriptor = self._sync.FD
        self._waker = self._waker or Waker(self)
        attach_reader(loop, self._descriptor, self._waker)
        self._loop, self._thread, self._dirty = loop, get_ident(), False

    def _part(self) -> None:
        loop, self._loop = self._loop, None
        if self._checking is not None:
            self._checking.cancel()
            self._checking = None
        if loop is None:
            return
        detach_reader(loop, self._descriptor, self._waker, self._thread)
        if loop.is_closed():
            text = "the event loop was closed while the call waited"
            for lane in self._lanes:
                for call in [each for each in lane if each.loop is loop]:
                    call.end(CANCELLED, error=asyncio.CancelledError(text))

    def _mark(self) -> None:
        """Have the loop look at all that waits, in its next turn."""
        if self._dirty or not any(self._lanes) or self._loop is None or self._loop.is_closed():
            return
        self._dirty = True
        if get_ident() == self._thread:
            self._loop.call_soon(self._waker.turn)
        else:
            self._loop.call_soon_threadsafe(self._waker.turn)

    def _must_check(self) -> bool:
        """Whether others may use the libzmq socket, which is not known here: always."""
        return True

    def _check_later(self) -> None:
        if self._checking is None and self._loop is not None and not self._loop.is_closed():
            self._checking = self._loop.call_later(_BETWEEN_CHECKS, self._waker.check)

    def _rest(self) -> None:
        """After a call has ended: if it was the last that waited, there is nothing to check."""
        if any(self._lanes):
            return
        self._waker.held = None
        if self._checking is not None:
            self._checking.cancel()
            self._checking = None

    def _hold(self) -> None:
        """Have the loop hold this socket while it waits: somebody awaits a call."""
        self._waker.held = self

    def _drain(self) -> None:
        """Do all that can be done for those who wait."""
        self._streak = 0
        if self.closed:
            self._retire()
            return
        for call in list(self._polling):
            call.serve()
        for _ in range(4):
            progress = self._serve(self._writing)
            progress = self._serve(self._reading) or progress
            if self.closed:
                return
            try:
                events = self._look()
            except ZMQError as exc:
                for call in list(self._polling):
                    call.end(FINISHED, error=exc)
                return
            for call in list(self._polling):
                call.serve()
            if self._writing and self._begun and self._patience > 0:
                self._patience -= 1
                self._mark()  # the task that has begun a message runs first
                break
            if not progress or not (
                (self._reading and events & POLLIN) or (self._writing and events & POLLOUT)
            ):
                break
        else:
            self._mark()
        if any(self._lanes) and self._must_check():
            self._check_later()

    def _serve(self, lane: Lane) -> bool:
        progress = False
        while lane and not self.closed:
            if lane is self._writing and self._begun and self._patience > 0:
                break
            call = next(iter(lane))
            self._missed = 0
            if not call.serve():
                return progress or not self._missed
            progress = True
            if lane is self._writing:
                self._expect(call)
        return progress

    # ---- what is held, and the state of the socket ----

    def _take_back(self, frames: list[tuple[int, Any]]) -> None:
        if self.closed:
            return
        for numbered in frames:
            insort(self._held, numbered)
            self._tally(numbered[1], -1)
        self._mark()

    def _take_notification(self, timeout: Any, hold: bool) -> Any:
        """Take what a peer says of its subscriptions from libzmq, and hold it with the rest.

        What the socket itself held `_sync` would not know.
        """
        frame = super()._take_notification(timeout, False)
        if frame is not None and hold:
            self._number += 1
            self._held.append((self._number, frame))
        self._mark()
        return frame

    def _tally(self, frame: Any, sign: int) -> None:
        self._more_in[0] += sign * (not frame.more)
        self._more_in[1] += sign * len(frame)

    def _counters(self) -> dict[str, int]:
        """What was received and sent: by `_sync`, and what was held."""
        found = super()._counters()
        found["messages_in"], found["bytes_in"] = self._more_in
        if self._blocking is not None:
            for name, count in self._blocking._counters().items():
                found[name] += count
        return found

    def _look(self) -> int:
        """EVENTS, and what is held counts as readable."""
        events: int = self._sync.get(EVENTS)
        if self._socket_type == PUB:
            return events & ~POLLIN  # to libzmq it is an XPUB if it counts its subscribers
        if self._held:
            events |= POLLIN
            if self._socket_type in _LOCKSTEP and not self._relaxed:
                events &= ~POLLOUT
        return events

    def get(self, option: Any = None, *, key: Any = None) -> Any:
        """Read a socket option (`zmq_getsockopt`), as `zmq.Socket.get` does."""
        option = key if option is None else option
        if option == RCVMORE and self._told_more:
            return int(self._part_more)
        if option != EVENTS:
            return super().get(option)
        self._check_open()
        events = self._look()
        self._mark()
        return events

    def getsockopt(self, option: int) -> Any:
        """Read a socket option: the same as `get`."""
        return self.get(option)

    def set(self, option: int, optval: Any) -> None:
        """Set a socket option (`zmq_setsockopt`), as `zmq.Socket.set` does."""
        super().set(option, optval)
        if option == REQ_RELAXED:
            self._relaxed = bool(optval)
        self._mark()

    def setsockopt(self, option: int, optval: Any) -> None:
        """Set a socket option: the same as `set`."""
        self.set(option, optval)

    # ---- the end ----

    @property
    def _recv_futures(self) -> list[Call]:
        """The receives that wait."""
        return list(self._reading)

    @property
    def _send_futures(self) -> list[Call]:
        """The sends that wait."""
        return list(self._writing)

    def close(self, linger: int | None = None) -> None:
        """Close the socket (`zmq_close`), and cancel the calls that wait."""
        if not self.closed and linger is not None:
            self.linger = linger
        self._retire()
        super().close()

    def _retire(self) -> None:
        self._part()
        for lane in self._lanes:
            for call in list(lane):
                if call.iterating:
                    call.end(FINISHED, error=StopAsyncIteration())
                    continue
                text = f"this {self._type_name} socket was closed while {call.name}() waited"
                call.end(CANCELLED, error=asyncio.CancelledError(text))
        self._held, self._beginner = [], None

    def _detach(self) -> None:
        """Have no loop watch the socket any more; calls that wait are cancelled."""
        self._retire()

    def __del__(self) -> None:
        if self._loop is not None:
            self._part()
        super().__del__()
