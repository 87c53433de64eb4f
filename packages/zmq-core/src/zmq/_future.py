# SPDX-License-Identifier: BSD-3-Clause
"""Sockets and pollers whose waiting calls return awaitables: what the event loops share.

`zmq.asyncio` is the flavour of the standard library.  A flavour for another loop subclasses these
and overrides `_get_loop`.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import warnings

from zmq._loops import (
    attach_reader,
    chain_awaitable,
    detach_reader,
    find_loop,
    get_running_loop,
)
from zmq._pollcall import begin_poll
from zmq._typing import FutureObjectCalls
from zmq.backend import Socket as BackendSocket
from zmq.constants import POLLIN, Errno
from zmq.error import TimeoutExpired, ZMQError
from zmq.sugar.poll import Poller as SyncPoller
from zmq.sugar.socket import Socket as SyncSocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeVar

    from typing_extensions import Self

    from zmq._typing import Endpoint, Timeout
    from zmq.backend import Context as BackendContext
    from zmq.backend import Frame
    from zmq.backend.cython import AwaitableSocket
    from zmq.sugar.endpoint import BoundEndpoint

    _Result = TypeVar("_Result")


def _choose_backend() -> Any:
    """The module with the class that has the calls: native, or the same in plain Python.

    ZMQ_CORE_PLAIN_ASYNC=1 in the environment chooses the latter, which serves the backends that
    have none of their own.
    """
    native = sys.modules[BackendSocket.__module__]
    if hasattr(native, "AwaitableSocket") and not os.environ.get("ZMQ_CORE_PLAIN_ASYNC"):
        return native
    import zmq._plainsocket

    return zmq._plainsocket


_backend = _choose_backend()
_backend.configure_awaitables(
    future_class=asyncio.Future,
    cancelled_error=asyncio.CancelledError,
    invalid_state_error=asyncio.InvalidStateError,
    running_loop=get_running_loop,
    find_loop=find_loop,
    attach_reader=attach_reader,
    detach_reader=detach_reader,
    chain_awaitable=chain_awaitable,
    copy_context=contextvars.copy_context,
)
if not TYPE_CHECKING:  # whichever it is, it has the types of the native one
    AwaitableSocket = _backend.AwaitableSocket


def refuse_threadsafe() -> NoReturn:
    """Raise what `threadsafe=True` leads to."""
    raise TypeError(
        "an asynchronous socket is used by the thread of its event loop, and cannot be "
        "threadsafe: make one in each loop, or a threadsafe one in a zmq.Context"
    )


def warn_of_loop(what: str) -> None:
    """Warn that a loop was given, which is no longer of use."""
    warnings.warn(
        f"the io_loop argument of {what} is deprecated and ignored: the running loop is used",
        DeprecationWarning,
        stacklevel=1,  # such warnings come from this module
    )


class _AsyncSocket(  # type: ignore[misc]  # futures instead of results
    FutureObjectCalls, AwaitableSocket, SyncSocket["asyncio.Future[bytes]"]
):
    """A socket whose waiting calls return awaitables; all else is as with `zmq.Socket`.

    A call begins when it is made, not when it is awaited.  Its awaitable passes for a future of
    asyncio.  The loop is the one that runs when the call is made.

    Parameters
    ----------
    context : Context or Socket
        The context to make it in; or a socket to shadow.
    socket_type : SocketType or int
        `zmq.PUSH`, `zmq.REP`, ...
    io_loop : object, optional
        Deprecated and ignored.
    **kwargs
        As for `zmq.Socket`.

    Raises
    ------
    TypeError
        For `threadsafe=True`: an asynchronous socket is used where its loop runs.
    """

    _sync_shadow: SyncSocket[bytes] | None = None

    def __init__(
        self,
        context: BackendContext | BackendSocket | None = None,
        socket_type: int = -1,
        io_loop: Any = None,
        _from_socket: BackendSocket | None = None,
        **kwargs: Any,
    ) -> None:
        if io_loop is not None:
            warn_of_loop("an asynchronous Socket")
        if kwargs and kwargs.pop("threadsafe", False):
            refuse_threadsafe()
        if _from_socket is not None:
            kwargs["shadow"] = _from_socket
        super().__init__(context, socket_type, **kwargs)

    @classmethod
    def from_socket(cls, socket: BackendSocket, io_loop: Any = None) -> Self:
        """An asynchronous socket that shares the libzmq socket of another one.

        Parameters
        ----------
        socket : zmq.Socket
        io_loop : object, optional
            Deprecated and ignored.

        Returns
        -------
        Socket
        """
        return cls(_from_socket=socket, io_loop=io_loop)

    @property
    def _shadow_sock(self) -> SyncSocket[bytes]:
        """A `zmq.Socket` that shares the libzmq socket."""
        if self._sync_shadow is None:
            if self.closed:
                raise ZMQError(Errno.ENOTSOCK, f"this {self._type_name} socket is closed")
            self._sync_shadow = SyncSocket(self.context, shadow=self.underlying)
            self._mark()
        return self._sync_shadow

    # ---- what may use up an edge of the descriptor ----

    def bind(self, addr: Endpoint) -> BoundEndpoint[Self]:
        """Accept connections at an endpoint: as `zmq.Socket.bind`."""
        endpoint = super().bind(addr)
        self._mark()
        return endpoint

    def connect(self, addr: Endpoint) -> BoundEndpoint[Self]:
        """Connect to an endpoint: as `zmq.Socket.connect`."""
        endpoint = super().connect(addr)
        self._mark()
        return endpoint

    def unbind(self, addr: Endpoint) -> None:
        """Undo a `bind`: as `zmq.Socket.unbind`."""
        super().unbind(addr)
        self._mark()

    def disconnect(self, addr: Endpoint) -> None:
        """Undo a `connect`: as `zmq.Socket.disconnect`."""
        super().disconnect(addr)
        self._mark()

    def _take_notification(self, timeout: Timeout, hold: bool) -> Frame | None:
        """Take a notification from libzmq: calls that wait for it find it held."""
        frame = super()._take_notification(timeout, hold)
        self._mark()
        return frame

    # ---- what waits for connections ----

    async def wait_connected(  # type: ignore[override]
        self, n: int = 1, timeout: Timeout = None
    ) -> int:
        """Wait until so many connections are up: as `zmq.Socket.wait_connected`, to be awaited."""
        return await self._try_until(super().wait_connected, (n,), timeout)

    async def wait_subscribers(  # type: ignore[override]
        self, topic: str | bytes, n: int = 1, timeout: Timeout = None
    ) -> int:
        """Wait for subscribers: as `zmq.Socket.wait_subscribers`, to be awaited."""
        return await self._try_until(super().wait_subscribers, (topic, n), timeout)

    async def _try_until(
        self, method: Callable[..., _Result], args: tuple[Any, ...], timeout: Timeout
    ) -> _Result:
        loop = find_loop()
        limit = None if timeout is None or timeout < 0 else loop.time() + timeout / 1000
        while True:
            try:
                return method(*args, timeout=0)
            except TimeoutExpired as exc:
                if limit is not None and loop.time() >= limit:
                    raise TimeoutExpired(exc.strerror.replace(" 0 ms", f" {timeout} ms")) from None
            await asyncio.sleep(0.005)

    # ---- life ----

    async def aclose(self, linger: int | None = None) -> None:
        """Close the socket, as `close` does."""
        self.close(linger)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        self.close()


class _AsyncPoller(SyncPoller):
    """A `zmq.Poller` whose `poll` returns an awaitable."""

    _socket_class: type[_AsyncSocket] = _AsyncSocket
    _turns = 0

    def poll(  # type: ignore[override]
        self, timeout: Timeout = -1
    ) -> asyncio.Future[list[tuple[Any, int]]]:
        """Wait until something is ready.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        asyncio.Future of list of (socket, int)
            What is ready, and its events; a descriptor, also of an object, as an int.
        """
        return begin_poll(self, self._get_loop(), timeout)

    def _poll_now(self) -> list[tuple[Any, int]]:
        """What is ready now; it may use up edges, of which the asynchronous sockets are told."""
        found = SyncPoller.poll(self, 0)
        for thing, flags in self.sockets:
            if not isinstance(thing, AwaitableSocket):
                continue
            thing._mark()
            # The native poll knows what was put back, and has no such attribute.
            if flags & POLLIN and getattr(thing, "_held", None):
                others = [each for each in found if each[0] is not thing]
                found = [*others, (thing, dict(found).get(thing, 0) | POLLIN)]
        return found

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        """The running loop, or the one that would run."""
        return find_loop()
