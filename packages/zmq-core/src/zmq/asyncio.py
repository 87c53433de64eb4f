# SPDX-License-Identifier: BSD-3-Clause
"""Contexts, sockets and pollers for asyncio: every call that would wait returns an awaitable."""

from __future__ import annotations

import asyncio
import selectors
import warnings

from zmq._future import _AsyncPoller, _AsyncSocket, refuse_threadsafe, warn_of_loop
from zmq.sugar.context import Context as SyncContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, overload

    from typing_extensions import Self

    from zmq._typing import OnFull, SocketT
    from zmq.backend import Context as BackendContext


class Socket(_AsyncSocket):
    __doc__ = _AsyncSocket.__doc__


class Poller(_AsyncPoller):
    __doc__ = _AsyncPoller.__doc__

    _socket_class = Socket


class Context(SyncContext[Socket]):
    """A context that makes asynchronous sockets.

    Its `instance` is another than that of `zmq.Context`.  To share the sockets' libzmq context with
    synchronous code, shadow it: ``Context(zmq.Context.instance())``.

    Parameters
    ----------
    io_threads : int or Context
        Number of I/O threads; or a context to shadow.
    shadow : Context, int or FFI pointer
        A context, or the address of a libzmq context, to share instead of making one.
    io_loop : object, optional
        Deprecated and ignored.
    """

    _socket_class: Any = Socket
    _instance = None  # its own, not that of synchronous contexts
    _instance_pid = None

    def __init__(
        self, io_threads: int | BackendContext = 1, shadow: Any = 0, io_loop: Any = None
    ) -> None:
        if io_loop is not None:
            warn_of_loop("an asynchronous Context")
        super().__init__(io_threads, shadow)

    if TYPE_CHECKING:

        @overload
        def socket(
            self,
            socket_type: int,
            socket_class: None = None,
            *,
            on_full: OnFull | None = None,
            **kwargs: Any,
        ) -> Socket: ...
        @overload
        def socket(
            self,
            socket_type: int,
            socket_class: type[SocketT],
            *,
            on_full: OnFull | None = None,
            **kwargs: Any,
        ) -> SocketT: ...
        @overload
        def socket(
            self,
            socket_type: int,
            socket_class: Callable[..., SocketT],
            *,
            on_full: OnFull | None = None,
            **kwargs: Any,
        ) -> SocketT: ...

    def socket(self, socket_type: int, socket_class: Any = None, **kwargs: Any) -> Any:
        """Make a socket, as `zmq.Context.socket` does, but not a threadsafe one."""
        if kwargs.get("threadsafe"):
            refuse_threadsafe()
        return super().socket(socket_type, socket_class, **kwargs)

    async def aclose(self, linger: int | None = None) -> None:
        """Close all sockets of this context and terminate it, without blocking the loop.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that the unsent messages of each socket may take, -1 for ever: its LINGER,
            set first.
        """
        sockets = self._list_sockets()
        if linger is not None:
            for socket in sockets:
                socket._set_linger(linger)
        for socket in sockets:
            self._close_socket(socket)
        pause = 0.001
        while not self.closed and not self._finish_term(0):
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.05)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()


class ProactorSelectorThreadWarning(RuntimeWarning):
    """Never issued: the thread that watches sockets for Windows' proactor loop is our own."""


class ZMQEventLoop(asyncio.SelectorEventLoop):
    """Deprecated alias of `asyncio.SelectorEventLoop`: the sockets work with every loop.

    Parameters
    ----------
    selector : selectors.BaseSelector, optional
    """

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        _warn_of_integration("ZMQEventLoop")
        super().__init__(selector or selectors.DefaultSelector())


def install() -> None:
    """Do nothing, but warn: the sockets work with every loop."""
    _warn_of_integration("install")


def _warn_of_integration(name: str) -> None:
    warnings.warn(
        f"zmq.asyncio.{name} is deprecated: sockets work with any event loop of asyncio",
        DeprecationWarning,
        stacklevel=3,
    )


__all__ = ["Context", "Poller", "Socket", "ZMQEventLoop", "install"]
