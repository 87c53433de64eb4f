# SPDX-License-Identifier: BSD-3-Clause
"""What the calls of asynchronous sockets return: futures.

For type checkers only: there is no such module at run time.  `_coroutinetypes.pyi` is generated from
this one by tools/generate_coroutine_stub.py.
"""

from asyncio import Future
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeVar, overload

from typing_extensions import Self

from zmq._typing import BufferLike, MessagePart, Timeout
from zmq.backend import Frame
from zmq.sugar.tracker import MessageTracker

_Loaded = TypeVar("_Loaded")

class FutureCalls:
    """The calls that wait, and iteration."""

    @overload
    def send(
        self,
        data: MessagePart,
        flags: int = 0,
        copy: bool = True,
        track: Literal[False] = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: Timeout = None,
    ) -> Future[None]: ...
    @overload
    def send(
        self,
        data: MessagePart,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: Literal[True],
        routing_id: int | None = None,
        group: str | None = None,
        timeout: Timeout = None,
    ) -> Future[MessageTracker]: ...
    @overload
    def send(
        self,
        data: MessagePart,
        flags: int,
        copy: Literal[False],
        track: Literal[True],
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: Timeout = None,
    ) -> Future[MessageTracker]: ...
    @overload
    def send(
        self,
        data: MessagePart,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | None = None,
        *,
        timeout: Timeout = None,
    ) -> Future[MessageTracker] | Future[None]: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[MessagePart],
        flags: int = 0,
        copy: bool = True,
        track: Literal[False] = False,
        *,
        routing_id: int | None = None,
        group: str | None = None,
        timeout: Timeout = None,
    ) -> Future[None]: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[MessagePart],
        flags: int = 0,
        *,
        copy: Literal[False],
        track: Literal[True],
        routing_id: int | None = None,
        group: str | None = None,
        timeout: Timeout = None,
    ) -> Future[MessageTracker]: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[MessagePart],
        flags: int,
        copy: Literal[False],
        track: Literal[True],
        *,
        routing_id: int | None = None,
        group: str | None = None,
        timeout: Timeout = None,
    ) -> Future[MessageTracker]: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[MessagePart],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        routing_id: int | None = None,
        group: str | None = None,
        timeout: Timeout = None,
    ) -> Future[MessageTracker] | Future[None]: ...
    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Future[MessageTracker | None]: ...
    def send_many(
        self,
        messages: Iterable[MessagePart | Sequence[MessagePart]],
        flags: int = 0,
        *,
        timeout: Timeout = None,
    ) -> Future[int]: ...
    @overload
    def recv(
        self,
        flags: int = 0,
        copy: Literal[True] = True,
        track: bool = False,
        *,
        timeout: Timeout = None,
    ) -> Future[bytes]: ...
    @overload
    def recv(
        self,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: bool = False,
        timeout: Timeout = None,
    ) -> Future[Frame]: ...
    @overload
    def recv(
        self,
        flags: int,
        copy: Literal[False],
        track: bool = False,
        *,
        timeout: Timeout = None,
    ) -> Future[Frame]: ...
    @overload
    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Future[bytes] | Future[Frame]: ...
    @overload
    def recv_multipart(
        self,
        flags: int = 0,
        copy: Literal[True] = True,
        track: bool = False,
        *,
        timeout: Timeout = None,
    ) -> Future[list[bytes]]: ...
    @overload
    def recv_multipart(
        self,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: bool = False,
        timeout: Timeout = None,
    ) -> Future[list[Frame]]: ...
    @overload
    def recv_multipart(
        self,
        flags: int,
        copy: Literal[False],
        track: bool = False,
        *,
        timeout: Timeout = None,
    ) -> Future[list[Frame]]: ...
    @overload
    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Timeout = None
    ) -> Future[list[bytes]] | Future[list[Frame]]: ...
    def recv_into(
        self, buffer: BufferLike, /, *, nbytes: int = 0, flags: int = 0, timeout: Timeout = None
    ) -> Future[int]: ...
    def recv_string(
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: Timeout = None
    ) -> Future[str]: ...
    def recv_many(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> Future[list[bytes]]: ...
    def recv_many_multipart(
        self,
        max_messages: int,
        max_bytes: int | None = None,
        timeout: Timeout = None,
        *,
        flags: int = 0,
    ) -> Future[list[list[bytes]]]: ...
    def poll(self, timeout: Timeout = None, flags: int = 1) -> Future[int]: ...

    #: `for message in socket` is refused: it takes `async for`.
    __iter__: None
    __next__: None
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Future[bytes]: ...

class FutureObjectCalls:
    """The calls that send and receive objects."""

    def send_serialized(
        self,
        msg: Any,
        serialize: Callable[[Any], Iterable[MessagePart]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Any,
    ) -> Future[MessageTracker | None]: ...
    @overload
    def recv_serialized(
        self,
        deserialize: Callable[[list[bytes]], _Loaded],
        flags: int = 0,
        copy: Literal[True] = True,
        **kwargs: Any,
    ) -> Future[_Loaded]: ...
    @overload
    def recv_serialized(
        self,
        deserialize: Callable[[list[Frame]], _Loaded],
        flags: int = 0,
        *,
        copy: Literal[False],
        **kwargs: Any,
    ) -> Future[_Loaded]: ...
    @overload
    def recv_serialized(
        self,
        deserialize: Callable[[list[Any]], _Loaded],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Any,
    ) -> Future[_Loaded]: ...
    def send_json(
        self, obj: Any, flags: int = 0, **kwargs: Any
    ) -> Future[MessageTracker | None]: ...
    def recv_json(self, flags: int = 0, **kwargs: Any) -> Future[Any]: ...
    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int | None = None, **kwargs: Any
    ) -> Future[MessageTracker | None]: ...
    def recv_pyobj(self, flags: int = 0, **kwargs: Any) -> Future[Any]: ...
    def send_signed(
        self,
        obj: Any,
        key: bytes,
        flags: int = 0,
        *,
        dumps: Callable[[Any], bytes | bytearray | memoryview] | None = None,
        **kwargs: Any,
    ) -> Future[MessageTracker | None]: ...
    def recv_signed(
        self,
        key: bytes,
        flags: int = 0,
        *,
        loads: Callable[[bytes], Any] | None = None,
        **kwargs: Any,
    ) -> Future[Any]: ...
    def send_array(
        self, array: BufferLike, flags: int = 0, copy: bool = True, track: bool = False, **kwargs: Any
    ) -> Future[MessageTracker | None]: ...
    def recv_array(
        self, flags: int = 0, copy: bool = True, track: bool = False, **kwargs: Any
    ) -> Future[Any]: ...
    def send_unicode(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Future[MessageTracker | None]: ...
    def recv_unicode(
        self, flags: int = 0, encoding: str = "utf-8", **kwargs: Any
    ) -> Future[str]: ...
