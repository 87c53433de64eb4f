# SPDX-License-Identifier: BSD-3-Clause
"""ØMQ sockets for trio and anyio.

The interface is that of `zmq`, with coroutine functions where a method may wait::

    async with zmq.anyio.Context() as context, context.socket(zmq.PULL) as socket:
        socket.bind("tcp://127.0.0.1:5555")
        async for message in socket:
            ...

Nothing else in this package loads this module, or anyio.
"""

from __future__ import annotations

from zmq.sugar.context import Context as SyncContext

try:
    from anyio import move_on_after, notify_closing, sleep  # noqa: F401
except ImportError as exc:
    raise ImportError(
        "zmq.anyio needs anyio 4.10 or newer: pip install 'anyio>=4.10'",
        name="anyio",
    ) from exc

from zmq._anyio_poll import Poller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, overload

    from typing_extensions import Self

    from zmq._anyio_socket import Socket as _Socket
    from zmq._typing import CoroutineCalls, CoroutineObjectCalls, OnFull, SocketT, Timeout

    class Socket(  # type: ignore[misc]  # coroutines instead of results
        CoroutineCalls, CoroutineObjectCalls, _Socket
    ):
        """What it is for type checkers: with overloads for each call."""

else:
    from zmq._anyio_socket import Socket

__all__ = ["Context", "Poller", "Socket"]

#: Seconds between looks whether a context has ended, at first and later.
FIRST_LOOK, LATER_LOOKS = 0.001, 0.05

#: Seconds that the end of a context may take after a cancel.
GRACE = 0.1


class Context(SyncContext[Socket]):
    """A libzmq context that makes anyio sockets.

    As a context manager, with `async with`, it ends with `aclose`.  `Context.instance()` is
    another one than that of `zmq.Context`.

    Parameters
    ----------
    io_threads : int or Context
        Number of I/O threads; or a context, of any kind, to shadow.
    shadow : Context, int or FFI pointer
        As for `zmq.Context`.
    """

    _socket_class: Any = Socket
    _instance = None  # its own, not that of synchronous contexts
    _instance_pid = None

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
        """Make a socket: see `zmq.Context.socket`.

        Raises
        ------
        TypeError
            For `threadsafe=True`.
        """
        if kwargs.get("threadsafe") and issubclass(socket_class or self._socket_class, Socket):
            raise TypeError(
                "an anyio socket is for the tasks of one event loop: make one that several threads "
                "may use with zmq.Context"
            )
        return super().socket(socket_type, socket_class, **kwargs)

    async def aclose(self, linger: int | None = None, timeout: Timeout = None) -> None:
        """Close all sockets of this context and terminate it; other tasks run meanwhile.

        When it is cancelled the context ends by itself, as soon as nothing is left to be sent.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that the unsent messages of each socket may take, -1 for ever: its LINGER,
            set first.
        timeout : int or float, optional
            Milliseconds; None or -1 waits for ever.

        Raises
        ------
        TermTimeout
            When the time is over first: see `zmq.Context.term`.
        """
        limit = self._check_timeout(timeout)
        for socket in self._list_sockets():
            if linger is not None:
                socket._set_linger(linger)
            self._close_socket(socket)
        with move_on_after(GRACE if limit < 0 else min(GRACE, limit / 1000), shield=True):
            await self._wait_for_end()
        if not self.closed and (limit < 0 or limit / 1000 > GRACE):
            with move_on_after(None if limit < 0 else limit / 1000 - GRACE):
                await self._wait_for_end()
        if not self.closed:
            self.term(timeout=0)  # which says what holds it

    async def _wait_for_end(self) -> None:
        pause = FIRST_LOOK
        while not self.closed and not self._finish_term(0):
            await sleep(pause)
            pause = min(pause * 2, LATER_LOOKS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        for socket in self._list_sockets():
            from warnings import warn

            warn(f"unclosed {socket!r}", ResourceWarning, stacklevel=2, source=socket)
        await self.aclose()


Socket.__module__ = Poller.__module__ = __name__
