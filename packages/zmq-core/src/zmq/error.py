# SPDX-License-Identifier: BSD-3-Clause
"""The exceptions and warnings, and which of them stands for which errno of libzmq."""

from __future__ import annotations

import errno as _os_errno

from zmq.constants import Errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

__all__ = [
    "Again",
    "ContextTerminated",
    "DraftFDWarning",
    "InterruptedSystemCall",
    "NotDone",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "SecurityWarning",
    "SignatureError",
    "SocketClosed",
    "TermTimeout",
    "TimeoutExpired",
    "ZMQThreadError",
    "ZMQVersionError",
]


def _errno() -> int:
    """Stand in for `zmq_errno` until a backend is there."""
    return 0


def _strerror(number: int, /) -> str:
    """Stand in for `zmq_strerror` until a backend is there."""
    import os

    return os.strerror(number)


def _zmq_version_info() -> tuple[int, int, int] | None:
    """Stand in for `zmq_version` until a backend is there."""
    return None


def _install(
    zmq_errno: Callable[[], int],
    strerror: Callable[[int], str],
    zmq_version_info: Callable[[], tuple[int, int, int]] | None = None,
) -> None:
    """Let a backend tell what only libzmq knows.

    The backend calls this when it is imported, because this module lies below it.

    Parameters
    ----------
    zmq_errno : callable
        Returns the errno of this thread's last libzmq call (`zmq_errno`).
    strerror : callable
        Takes an errno and returns its description as a str (`zmq_strerror`).
    zmq_version_info : callable, optional
        Returns the version of libzmq as three ints (`zmq_version`).
    """
    global _errno, _strerror, _zmq_version_info
    _errno = zmq_errno
    _strerror = strerror
    if zmq_version_info is not None:
        _zmq_version_info = zmq_version_info


class ZMQBaseError(Exception):
    """Base class of all exceptions of this package."""

    # Only because a class without one has no signature to inspect.
    def __init__(self, *args: object) -> None:
        super().__init__(*args)


class _LazyText:
    """Describe an error by its errno when somebody asks, unless it was given a text of its own.

    Most errors are caught without being read (`Again` in a polling loop), so the text is not made
    before it is needed.  Not a data descriptor: a ``strerror`` set on an instance takes precedence.
    """

    def __get__(self, error: ZMQError | None, owner: type[ZMQError]) -> str:
        number = owner.errno if error is None else error.errno
        return "" if number is None else _strerror(number)


class ZMQError(ZMQBaseError):
    """A libzmq call failed.

    Parameters
    ----------
    errno : int, optional
        Number of the error; that of this thread's last libzmq call (`zmq_errno`) by default.
        A str is taken for the message of an error without a number.
    msg : str, optional
        What happened; by default the description of `errno` (`zmq_strerror`).

    Attributes
    ----------
    errno : int or None
        Number of the error, one of `zmq.Errno` or of the module `errno`.
    strerror : str
        What happened.
    """

    # The native layer makes these objects without `__init__`, so all defaults are on the classes.
    errno: int | None = None
    strerror: str | _LazyText = _LazyText()

    def __init__(self, errno: int | str | None = None, msg: str | None = None) -> None:
        if isinstance(errno, str):
            self.strerror = errno if msg is None else msg
            return
        self.errno = _errno() if errno is None else errno
        if msg is not None:
            self.strerror = msg

    def __str__(self) -> str:
        return str(self.strerror)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_name_errno(self.errno)}, {self.strerror!r})"


def _name_errno(number: int | None) -> str:
    """Return ``EINVAL`` for 22, or the number as text if it has no name."""
    if number is None:
        return "None"
    try:
        return Errno(number).name
    except ValueError:
        return _os_errno.errorcode.get(number, str(number))


class ZMQBindError(ZMQBaseError):
    """`Socket.bind_to_random_port` found no free port."""


class NotDone(ZMQBaseError):
    """`MessageTracker.wait` ran into its timeout: libzmq still holds the message."""


class ContextTerminated(ZMQError):
    """The context was terminated while, or before, one of its sockets was used.

    Both arguments are ignored: the class says it all.
    """

    errno = Errno.ETERM

    def __init__(self, errno: Any = "ignored", msg: Any = "ignored") -> None:
        pass


class Again(ZMQError):
    """The call would block: nothing to receive, or no room to send, now or within the timeout.

    Both arguments are ignored: the class says it all.
    """

    errno = Errno.EAGAIN

    def __init__(self, errno: Any = "ignored", msg: Any = "ignored") -> None:
        pass


class TimeoutExpired(Again, TimeoutError):  # type: ignore[misc]
    """The `timeout` given with a call ran out.

    Parameters
    ----------
    msg : str, optional
        What was waited for, and how long.
    """

    def __init__(self, msg: str = "the time for this call ran out") -> None:
        self.strerror = msg
        self.args = (msg,)


class TermTimeout(ZMQError, TimeoutError):  # type: ignore[misc]
    """The context could not be terminated in time.

    It is shut down all the same: its sockets refuse every call but `close`.  Close what is listed,
    then call `term` again.

    Parameters
    ----------
    msg : str
        What holds the context.
    sockets : list of Socket
        Those that are open.

    Attributes
    ----------
    sockets : list of Socket
        Those that were open.
    """

    errno = _os_errno.ETIMEDOUT

    def __init__(
        self, msg: str = "the context could not be terminated in time", sockets: Iterable[Any] = ()
    ) -> None:
        self.strerror = msg
        self.args = (msg,)
        self.sockets = list(sockets)


class SocketClosed(ZMQError):
    """The socket was closed by another thread, or another task, while this one was waiting."""

    errno = Errno.ENOTSOCK

    def __init__(self, msg: str = "the socket was closed while this call was waiting") -> None:
        self.strerror = msg
        self.args = (msg,)


class SignatureError(ZMQBaseError, ValueError):
    """A received message is not what a holder of the key has sent: nothing of it was loaded."""


class SecurityWarning(UserWarning):
    """What a program does lets strangers do more than it may be aware of.

    Parameters
    ----------
    *args
        The text: what is open to whom, and the way out.
    """

    # Only because a class without one has no signature to inspect.
    def __init__(self, *args: object) -> None:
        super().__init__(*args)


class ZMQThreadError(ZMQError):
    """A socket was used while another thread was in a call of it.

    Parameters
    ----------
    socket : Socket or str
        The socket; or the whole message.
    user : int, optional
        The ident of the thread that is using it.
    """

    errno = _os_errno.EBUSY

    def __init__(self, socket: Any = "a socket is in use by another thread", user: int = 0) -> None:
        msg = socket
        if not isinstance(socket, str):
            msg = (
                f"{socket!r} is in use by {_name_thread(user)} and cannot be used by"
                f" {_name_thread()} meanwhile: make a socket for each thread, or this one with"
                " ctx.socket(..., threadsafe=True)"
            )
        self.strerror = msg
        self.args = (msg,)


def _name_thread(ident: int | None = None) -> str:
    """Return ``thread 'MainThread' (1234)`` for a thread, this one by default."""
    import threading

    ident = threading.get_ident() if ident is None else ident
    known = {thread.ident: thread.name for thread in threading.enumerate()}
    return f"thread {known[ident]!r} ({ident})" if ident in known else f"thread {ident}"


class InterruptedSystemCall(ZMQError, InterruptedError):  # type: ignore[misc]
    """A signal interrupted the call.

    Blocking calls are resumed after a signal, so programs hardly ever see it.
    Both arguments are ignored: the class says it all.
    """

    errno = _os_errno.EINTR

    def __init__(self, errno: Any = "ignored", msg: Any = "ignored") -> None:
        pass


class ZMQVersionError(NotImplementedError):
    """The linked libzmq is too old, or was not built, for what was asked of it.

    Parameters
    ----------
    min_version : str, tuple of int or None
        The libzmq that is needed, such as ``"4.3.2"`` or ``(4, 3, 2)``.  None if it is not a
        question of versions; `msg` is the whole message then.
    msg : str, optional
        What needs it.

    Attributes
    ----------
    min_version : str or None
        The libzmq that is needed.
    version : str or None
        The libzmq that is there; None if no backend is loaded.
    msg : str
        What needs it.
    """

    min_version: str | None = None
    version: str | None = None
    msg: str = "Feature"

    def __init__(self, min_version: str | tuple[int, ...] | None, msg: str = "Feature") -> None:
        self.min_version = _format_version(min_version)
        self.version = _format_version(_zmq_version_info())
        self.msg = msg

    def __str__(self) -> str:
        if self.min_version is None:
            return self.msg
        linked = f", and {self.version} is linked" if self.version else ""
        return f"{self.msg} requires libzmq >= {self.min_version}{linked}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


def _format_version(version: str | tuple[int, ...] | None) -> str | None:
    """Return ``"4.3.2"`` for ``(4, 3, 2)``, and anything but a tuple or list as it is."""
    if isinstance(version, (tuple, list)):
        return ".".join(str(number) for number in version)
    return version


class DraftFDWarning(RuntimeWarning):
    """`SocketOption.FD` was read from a socket type for which libzmq has none.

    The descriptor is made up of a `zmq_poller` then.

    Parameters
    ----------
    msg : str, optional
        The text of the warning, if another one fits better.
    """

    def __init__(self, msg: str = "") -> None:
        super().__init__(
            msg
            or "libzmq has no FD for thread-safe sockets yet; this one comes from a poller that"
            " watches the socket, which is experimental. To accept that:"
            " warnings.simplefilter('ignore', zmq.error.DraftFDWarning)"
        )


#: Which class stands for an errno; all others are plain `ZMQError`.
ERROR_CLASSES: dict[int, type[ZMQError]] = {
    int(cls.errno): cls  # pyright: ignore[reportArgumentType]
    for cls in (Again, ContextTerminated, InterruptedSystemCall)
}
