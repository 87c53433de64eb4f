# SPDX-License-Identifier: BSD-3-Clause
"""Types shared by the annotations of this package.  At run time there are stand-ins for them."""

from collections.abc import Callable
from typing import Any, Literal, Protocol, Union
from typing import Generic as Generic

from typing_extensions import Buffer as Buffer
from typing_extensions import TypeAlias, TypeVar

from zmq._coroutinetypes import CoroutineCalls as CoroutineCalls
from zmq._coroutinetypes import CoroutineObjectCalls as CoroutineObjectCalls
from zmq._futuretypes import FutureObjectCalls as FutureObjectCalls
from zmq._optiontypes import ContextOptions as ContextOptions
from zmq._optiontypes import SocketOptions as SocketOptions
from zmq.sugar.context import Context
from zmq.sugar.socket import Socket
from zmq.sugar.tracker import MessageTracker

#: What has a buffer: bytes, memoryview, array, Frame, ...; also an array of numpy, which tells type
#: checkers so only from Python 3.12 on.
BufferLike: TypeAlias = "Buffer | HasArrayInterface"
#: What can be sent as one message part.
MessagePart: TypeAlias = BufferLike
#: An endpoint such as ``tcp://127.0.0.1:5555``, as text or utf-8.
Endpoint: TypeAlias = Union[str, bytes]
#: The value of a socket or context option.
OptionValue: TypeAlias = Union[int, bytes]
#: Milliseconds; None and what it means depends on the call.
Timeout: TypeAlias = Union[int, float, None]
#: What `Socket.on_full` may be.
OnFull: TypeAlias = Literal["drop", "block", "raise"]
#: What a poll can wait for: a socket, a descriptor, or an object that has one.
Pollable: TypeAlias = "Socket[Any] | int | HasFileno"
#: A file descriptor or an object that has one.
FileLike: TypeAlias = "int | HasFileno"

class HasArrayInterface(Protocol):
    """An array of numpy, or of another library with its protocol."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...

class HasFileno(Protocol):
    """An object with a file descriptor, as the `select` module takes."""

    def fileno(self) -> int: ...

class Waitable(Protocol):
    """What a `MessageTracker` can watch, such as `threading.Event`."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = ..., /) -> Any: ...

#: What the `recv` of a Socket returns: bytes, or for asynchronous ones a future.
Received = TypeVar("Received", default=Any, covariant=True)
#: The class of sockets that a Context makes.
AnySocket = TypeVar("AnySocket", bound="Socket[Any]", default="Socket[Any]", covariant=True)
#: A class of contexts, or of sockets, that is given.
ContextT = TypeVar("ContextT", bound="Context[Any]")
SocketT = TypeVar("SocketT", bound="Socket[Any]")
#: Whatever it is that is passed on.
ValueT = TypeVar("ValueT")

class SocketMixin:
    """What a mixin of sockets finds in the class that it becomes a part of."""

    _on_full: OnFull | None
    _quiet: bool
    _exposed: tuple[tuple[str, bytes, list[bytes]], ...]
    _monitor_socket: Any
    _monitor: Any
    _observer: Any
    _room: Any  # of threadsafe sockets, and of those for anyio

    @property
    def closed(self) -> bool: ...

    @property
    def context(self) -> Any: ...

    @property
    def counting(self) -> Any: ...

    @property
    def _type_name(self) -> str: ...

    @property
    def _socket_type(self) -> int: ...

    @property
    def _bindings(self) -> list[bytes] | None: ...

    @property
    def _connections(self) -> list[bytes] | None: ...

    def close(self, linger: int | None = None) -> None: ...

    def get(self, option: int) -> Any: ...

    def set(self, option: int, optval: Any) -> None: ...

    def send(self, *args: Any, **kwargs: Any) -> MessageTracker | None: ...

    def recv(self, *args: Any, **kwargs: Any) -> Any: ...

    def send_multipart(self, *args: Any, **kwargs: Any) -> MessageTracker | None: ...

    def recv_multipart(self, *args: Any, **kwargs: Any) -> Any: ...

    def _deserialize(self, received: Any, load: Any, /) -> Any: ...

    def _read_events(self) -> None: ...

    def _counters(self) -> dict[str, int]: ...

    def _count_with(self, counting: Any) -> None: ...

    def _take_notification(self, timeout: Timeout, hold: bool) -> Any: ...

class AnyioMixin(SocketMixin):
    """The same of anyio sockets."""

    _budget: int

    def _native(self, name: str, *args: Any, **kwargs: Any) -> Any: ...

    async def _insist(
        self,
        events: int,
        call: Callable[[], ValueT],
        flags: int = 0,
        timeout: Timeout = None,
    ) -> ValueT: ...

    async def _give_turn(self) -> None: ...

    def _need_counting(self, name: str) -> Any: ...

    def _take_subscriptions(self, timeout: Timeout = 0) -> int: ...
