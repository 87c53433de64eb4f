# SPDX-License-Identifier: BSD-3-Clause
"""Context: where sockets are made and ended."""

from __future__ import annotations

import os
from _thread import allocate_lock
from types import GenericAlias

from zmq._typing import AnySocket, ContextOptions, Generic
from zmq.backend import Context as BackendContext
from zmq.constants import ContextOption, Errno, SocketOption
from zmq.error import TermTimeout, ZMQError, ZMQThreadError
from zmq.sugar.attrsettr import AnySpelling
from zmq.sugar.overflow import set_on_full
from zmq.sugar.signature import ClassSignature
from zmq.sugar.socket import Socket, cast_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, overload

    from typing_extensions import Self

    from zmq._typing import OnFull, SocketT, Timeout

#: Guards the making of the one instance of a class.
_instance_lock = allocate_lock()


class Context(  # pyright: ignore[reportIncompatibleMethodOverride]  # `set` names its arguments
    BackendContext, AnySpelling, ContextOptions, Generic[AnySocket]
):
    """A libzmq context: the I/O threads, and the sockets that use them.

    May be used by any thread.  As a context manager it ends with `destroy`.

    Options of sockets are attributes, as defaults for the sockets made afterwards: ``ctx.linger =
    0``.  An option that does not apply to a type of socket is skipped there.

    Parameters
    ----------
    io_threads : int or Context
        Number of I/O threads; or a context to shadow.
    shadow : Context, int or FFI pointer
        A context, or the address of a libzmq context, to share instead of making one.

    Raises
    ------
    ZMQError
        EINVAL for an impossible number of threads, EMFILE when the process has too many open files.
    """

    #: The class of the sockets made here; may be set on an instance, too.
    _socket_class: Callable[..., Any] = Socket
    _instance: Any = None
    _instance_pid: int | None = None
    sockopts: Any = None

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Context[Socket[bytes]], io_threads: int | BackendContext = 1, shadow: Any = 0
        ) -> None: ...
        @overload
        def __init__(self, io_threads: int | BackendContext = 1, shadow: Any = 0) -> None: ...

    def __init__(self, io_threads: int | BackendContext = 1, shadow: Any = 0) -> None:
        super().__init__(io_threads, shadow)
        self.sockopts = {}

    __class_getitem__: Any = classmethod(GenericAlias)
    __signature__ = ClassSignature(lambda io_threads=1, shadow=0: None)

    @property
    def _sockets(self) -> set[Any]:
        """The open sockets made in this context, as a new set."""
        return set(self._list_sockets())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        for socket in self._list_sockets():
            from warnings import warn

            warn(f"unclosed {socket!r}", ResourceWarning, stacklevel=2, source=socket)
        self.destroy()

    def __dir__(self) -> list[str]:
        options = ContextOption.__members__
        return sorted({*super().__dir__(), *options, *(name.lower() for name in options)})

    def __copy__(self) -> Self:
        return type(self).shadow(self)

    def __deepcopy__(self, memo: Any) -> Self:
        return self.__copy__()

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        name = "zmq.Context" if name == "zmq.sugar.context.Context" else name
        count = len(self._sockets)
        sockets = f"{count} socket{'' if count == 1 else 's'}" if count else ""
        return f"<{name}({sockets}) at {id(self):#x}{' closed' if self.closed else ''}>"

    @classmethod
    def shadow(cls, address: Any) -> Self:
        """Share a libzmq context that exists already.

        Parameters
        ----------
        address : Context, int or FFI pointer
            A context, which is kept alive, or the address of a libzmq context, which is not.

        Returns
        -------
        Context
        """
        return cls(shadow=address if isinstance(address, BackendContext) else cast_address(address))

    @classmethod
    def shadow_pyczmq(cls, ctx: Any) -> Self:
        """Share the context of a pyczmq `zctx_t`.

        Parameters
        ----------
        ctx : FFI pointer
            A `zctx_t *`.

        Returns
        -------
        Context
        """
        from pyczmq import zctx  # type: ignore[import-not-found]

        return cls(shadow=cast_address(zctx.underlying(ctx)))

    @classmethod
    def instance(cls, io_threads: int = 1) -> Self:
        """The global context of this class, made when first asked for.

        It is made anew when it is closed, and in a forked child.  A subclass finds that of its
        base class, if there is one already, unless it has `_instance = None` in its body.

        Parameters
        ----------
        io_threads : int
            Number of I/O threads, when it is made.

        Returns
        -------
        Context
        """
        found: Self = cls._instance
        if found is None or found.closed or cls._instance_pid not in (None, os.getpid()):
            with _instance_lock:
                found = cls._instance
                if found is None or found.closed or cls._instance_pid not in (None, os.getpid()):
                    found = cls._instance = cls(io_threads=io_threads)
                    cls._instance_pid = os.getpid()
        return found

    if TYPE_CHECKING:

        @overload
        def socket(
            self,
            socket_type: int,
            socket_class: None = None,
            *,
            threadsafe: bool = False,
            on_full: OnFull | None = None,
            **kwargs: Any,
        ) -> AnySocket: ...
        @overload
        def socket(
            self,
            socket_type: int,
            socket_class: type[SocketT],
            *,
            threadsafe: bool = False,
            on_full: OnFull | None = None,
            **kwargs: Any,
        ) -> SocketT: ...
        @overload
        def socket(
            self,
            socket_type: int,
            socket_class: Callable[..., SocketT],
            *,
            threadsafe: bool = False,
            on_full: OnFull | None = None,
            **kwargs: Any,
        ) -> SocketT: ...

    def socket(
        self, socket_type: int, socket_class: Callable[..., Any] | None = None, **kwargs: Any
    ) -> Any:
        """Make a socket.

        Parameters
        ----------
        socket_type : SocketType or int
            `zmq.PUSH`, `zmq.REP`, ...
        socket_class : type, optional
            Instead of this context's own class of sockets.
        **kwargs
            For the class: `observe` (see `Socket.peers`), `count_subscribers` (see
            `Socket.wait_subscribers`).  With `threadsafe=True` several threads may use the socket
            at once: their calls are made one after another, and those that wait do not keep the
            others out.  `on_full` is set as an attribute: see `Socket.on_full`.

        Returns
        -------
        Socket

        Raises
        ------
        ZMQError
            EMFILE when MAX_SOCKETS are open, EINVAL for an unknown type, ENOTSUP when the context
            is closed (EFAULT when it was a shadow).
        ZMQVersionError
            For draft types, when they are not in this build.
        """
        if self.closed:
            errno = Errno.EFAULT if self._shadow else Errno.ENOTSUP
            raise ZMQError(errno, "this context has been terminated: it makes no more sockets")
        on_full = kwargs.pop("on_full", None) if kwargs else None
        cls = socket_class or self._socket_class
        if kwargs and kwargs.pop("threadsafe", False):
            from zmq.sugar.threadsafe import find_threadsafe_class

            cls = find_threadsafe_class(cls)
        socket = cls(self, socket_type, **kwargs)
        if self.sockopts:
            self._apply_defaults(socket)
        if on_full is not None:
            set_on_full(socket, on_full)
        return socket

    def _apply_defaults(self, socket: Any) -> None:
        for option, value in self.sockopts.items():
            try:
                socket.setsockopt(option, value)
            except ZMQError as exc:
                # One that this type of socket has not is skipped, as documented.
                if exc.errno != Errno.EINVAL:
                    socket.close()
                    raise

    def setsockopt(self, opt: int, value: Any) -> None:
        """Set a socket option as default for the sockets made from now on.

        Parameters
        ----------
        opt : SocketOption or int
        value : int or bytes
        """
        self.sockopts[opt] = value

    def getsockopt(self, opt: int) -> Any:
        """The default set for a socket option.

        Parameters
        ----------
        opt : SocketOption or int

        Raises
        ------
        KeyError
            When there is none.
        """
        return self.sockopts[opt]

    def _find_option(self, key: str) -> Any:
        option = ContextOption.__members__.get(key.upper())
        return super()._find_option(key) if option is None else option

    def _get_attr_opt(self, name: str, option: Any) -> Any:
        if isinstance(option, ContextOption):
            return super()._get_attr_opt(name, option)
        if option not in self.sockopts:
            raise AttributeError(f"this context has no default for the socket option {option.name}")
        return self.sockopts[option]

    def _set_attr_opt(self, name: str, option: Any, value: Any) -> None:
        if isinstance(option, SocketOption):
            self.setsockopt(option, value)
        else:
            self.set(option, value)

    def __delattr__(self, key: str) -> None:
        option = SocketOption.__members__.get(key.upper())
        if option in self.sockopts:
            del self.sockopts[option]
        else:
            super().__delattr__(key)

    def term(self, timeout: Timeout = None) -> None:
        """Terminate the context (`zmq_ctx_term`).

        Waits until its sockets are closed and their messages sent.

        Blocked calls of its sockets raise `ContextTerminated`.  Waits for messages as long as the
        LINGER of each closed socket says; see `destroy` to close the sockets first.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or -1 waits for ever.

        Raises
        ------
        TermTimeout
            When the time is over first; it lists what holds the context.  The context is shut down
            then: its sockets refuse every call but `close`, and no new ones can be made.  It ends
            as soon as nothing holds it any more; `term` may be called again to wait for that.
        """
        limit = self._check_timeout(timeout)
        if limit < 0:
            super().term()
        elif not self._finish_term(limit):
            from zmq.sugar.holders import describe_holders

            raise TermTimeout(describe_holders(self, timeout), self._list_sockets())

    def destroy(self, linger: int | None = None, timeout: Timeout = None) -> None:
        """Close all sockets of this context, then terminate it.

        May be called while other threads use the sockets: their calls raise `ContextTerminated`.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that the unsent messages of each socket may take, -1 for ever: its LINGER,
            set first.
        timeout : int or float, optional
            Milliseconds to wait; None or -1 waits for ever.

        Raises
        ------
        TermTimeout
            As `term` does.
        """
        self._check_timeout(timeout)
        if linger is not None:
            for socket in self._list_sockets():
                socket._set_linger(linger)
        for socket in self._list_sockets():
            self._close_socket(socket)
        if not self.closed:
            self.term() if timeout is None else self.term(timeout=timeout)

    def _close_socket(self, socket: Any) -> None:
        """Close a socket that other threads may be using: their calls end with the context."""
        while not socket.closed:
            if socket._in_use:
                self._shutdown()
                socket._wait_unused()
            try:
                socket.close()  # without arguments: subclasses may take none
                return
            except ZMQThreadError:
                self._shutdown()  # one came in between, or is busy with a shadow


SyncContext = Context[Socket[bytes]]
