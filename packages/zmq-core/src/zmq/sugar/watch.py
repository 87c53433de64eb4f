# SPDX-License-Identifier: BSD-3-Clause
"""Watch: the events of a socket's connections, one after another."""

from __future__ import annotations

import sys
from _thread import allocate_lock, get_ident
from collections import deque
from weakref import ref

from zmq.constants import DONTWAIT, Errno, Event
from zmq.error import TimeoutExpired, ZMQError
from zmq.sugar.context import Context
from zmq.sugar.observer import open_inner
from zmq.sugar.socket import Socket
from zmq.utils.monitor import parse_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from zmq.utils.monitor import SocketEvent

#: After these errors no events can come any more.
THE_END = (Errno.ETERM, Errno.ENOTSOCK)


class EventWatch:
    """What happens to the connections of a socket, from when this was made until it is closed.

    Iterating waits for events, and ends when the socket is closed, its context is terminated, or
    the watch is closed.  A blocking socket's watch may be used in another thread than the socket;
    `close` may be called in any.  What was not read when the socket was closed can still be read.

    Made by `Socket.watch_events`.
    """

    def __init__(self, socket: Any, mask: int) -> None:
        self._lock = allocate_lock()  # guards what follows
        self._arrived: deque[list[bytes]] = deque()  # read of the inlet when the socket was closed
        self._waiter = 0  # the thread of who waits for the inlet
        self._over = False  # the socket is closed: no more can come than has come
        self._ended = True
        self._inlet: Any = open_inner(Context(socket.context))
        try:
            address = socket._name_monitor()
            monitor = socket._begin_monitoring(
                address, mask | Event.MONITOR_STOPPED, exclusive=True
            )
            monitor.watch = ref(self)
            self._inlet.connect(address)
            self._reader = _as_flavour_of(socket, self._inlet)
        except BaseException:
            self._inlet.end()
            raise
        self._ended = False
        self._socket = ref(socket)
        self._name = socket._type_name
        self._is_async = hasattr(self._reader, "__aexit__")

    def __repr__(self) -> str:
        state = "ended" if self._ended else "open"
        return f"<EventWatch of a {self._name} socket, {state}>"

    def __del__(self) -> None:
        if not self._ended:
            self._end()

    @property
    def closed(self) -> bool:
        """Whether it has ended: nothing more can come than what has come already."""
        return self._ended

    def close(self) -> None:
        """End the watch, in any thread; whoever waits for an event is told."""
        socket = self._socket()
        if socket is not None and not self._ended:
            _stop(socket, self._inlet)
        with self._lock:
            self._arrived.clear()
            if not self._is_left_to_the_waiter():
                self._end()

    def recv(self, timeout: float | None = None) -> SocketEvent | None:
        """Wait for an event.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        SocketEvent or None
            None at the end.

        Raises
        ------
        TimeoutExpired
            When there is no event until then.
        """
        if self._is_async:
            raise TypeError(f"the {self._name} socket is asynchronous: use `async for`")
        message = self._begin_wait()
        if message is None and not self._ended:
            try:
                message = self._reader.recv_multipart(timeout=timeout)
            except ZMQError as exc:
                if isinstance(exc, TimeoutExpired) or exc.errno not in THE_END:
                    raise
            finally:
                self._end_wait()
        return self._note(message)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> SocketEvent:
        event = self.recv()
        if event is None:
            raise StopIteration
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # ---- of an asynchronous socket ----

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SocketEvent:
        if not self._is_async:
            raise TypeError(f"the {self._name} socket is a blocking one: use `for`")
        message = self._begin_wait()
        if message is None and not self._ended:
            received = None
            try:
                received = self._reader.recv_multipart()
                message = await received
            except ZMQError as exc:
                if exc.errno not in THE_END:
                    raise
            except BaseException:
                if not (self._ended and _was_closed(received)):
                    raise
            finally:
                self._end_wait()
        event = self._note(message)
        if event is None:
            raise StopAsyncIteration
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    # ---- what both do ----

    def _begin_wait(self) -> list[bytes] | None:
        """What was read already; without that, the inlet is the caller's until it ends its wait."""
        with self._lock:
            if self._waiter:
                raise RuntimeError("somebody is waiting for the next event of this watch already")
            if self._arrived:
                return self._arrived.popleft()
            self._waiter = 0 if self._ended else get_ident()
            return None

    def _end_wait(self) -> None:
        with self._lock:
            self._waiter = 0
            if self._over and not self._ended:
                self._read_all()

    def _is_left_to_the_waiter(self) -> bool:
        """Whether who waits receives the last event, and ends the inlet then.

        A task cannot do so before the call that closes something in its own thread returns.
        """
        return self._waiter != 0 and not (self._is_async and self._waiter == get_ident())

    def _note(self, message: list[bytes] | None) -> SocketEvent | None:
        """What to hand out for a message; ends with the one that is the last, and without any."""
        if message is None and self._arrived:  # it was read for the one who waited
            message = self._arrived.popleft()
        event = None if message is None else parse_event(message)
        if event is not None and event.kind != Event.MONITOR_STOPPED:
            return event
        with self._lock:
            self._end()
        return None

    def _end_with_socket(self) -> None:
        """The socket is about to be closed: keep what has come, and do not hold the context."""
        self._inlet._end_monitor()
        with self._lock:
            self._over = True
            if not self._ended and not self._is_left_to_the_waiter():
                self._read_all()

    def _read_all(self) -> None:
        """Nobody may come to do it later, and until then the inlet would hold the context."""
        try:
            while True:
                self._arrived.append(self._inlet.recv_multipart(DONTWAIT))
        except ZMQError:  # no more, or the context is gone
            self._end()

    def _end(self) -> None:
        self._ended = True
        if self._reader is not self._inlet:
            self._inlet._end_monitor()
            self._reader.close()  # which closes the inlet, too
        self._inlet.end()


def _stop(socket: Any, inlet: Any) -> None:
    """End the monitor, in any thread, if it is still that of the inlet."""
    if socket._observer is None:
        inlet._end_monitor()
    elif socket._monitor is not None and socket._monitor.reads(inlet):
        socket._observer.end_relay(socket)


def _was_closed(received: Any) -> bool:
    """Whether asyncio's awaitable was cancelled because its socket was closed, and not its task."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not hasattr(received, "cancelled") or not received.cancelled():
        return False
    task = asyncio.current_task()
    return task is None or not hasattr(task, "cancelling") or not task.cancelling()


def _as_flavour_of(socket: Any, inlet: Any) -> Any:
    """The inlet, to be waited for as one waits for the socket: shared with a socket of its class.

    A subclass of the user's may be made in another way, so it is the one of ours below it.
    """
    for cls in type(socket).__mro__:
        part = cls.__module__.split(".")
        if part[0] == "zmq" and issubclass(cls, Socket) and part[1] not in ("sugar", "backend"):
            return cls(inlet)
    return inlet


__all__ = ["EventWatch"]
