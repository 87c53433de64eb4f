# SPDX-License-Identifier: BSD-3-Clause
"""Socket: the class.  What its methods do is in the files around this one."""

from __future__ import annotations

from zmq.backend import wording
from zmq.backend.cffi import given, release
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.batch import receive_many, send_batch, try_receive
from zmq.backend.cffi.closing import await_switch, close_handle, switch_monitor
from zmq.backend.cffi.context import Context, warn_unclosed
from zmq.backend.cffi.counting import BETWEEN_LOOKS, begin_counting, take_notification
from zmq.backend.cffi.endpoint import connect_to_peer, reach, reach_group
from zmq.backend.cffi.errors import ENOTSOCK, NULL, now, raise_errno, raise_without_drafts
from zmq.backend.cffi.frame import Frame
from zmq.backend.cffi.life import (
    NATIVE_GET,
    NATIVE_LOAD,
    NATIVE_RECV,
    NATIVE_SEND,
    NATIVE_SET,
    Stateful,
    check_free,
    check_open,
    is_open,
    living_sockets,
    open_handle,
    refuse,
    shadow_handle,
    wait_for_place,
)
from zmq.backend.cffi.multipart import receive_parts, receive_text, send_parts, send_text
from zmq.backend.cffi.numbers import FOREVER, as_int, as_milliseconds, as_number
from zmq.backend.cffi.options import read_option, write_option
from zmq.backend.cffi.poll import poll_socket
from zmq.backend.cffi.receiving import receive_into
from zmq.backend.cffi.transfer import limited, receive_bytes, receive_frame, send_data, send_memory
from zmq.backend.cffi.utils import has
from zmq.backend.checking import endpoint_bytes
from zmq.constants import DRAFT_SOCKET_TYPES, LINGER, PUB, XPUB
from zmq.error import ContextTerminated, ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from typing_extensions import Self

    from zmq.backend.cffi.life import SocketState

#: Bytes up to here are sent at once; from there on there is more to decide.
SHORT = 32768


def _find_native(cls: type[Socket]) -> int:
    """Which methods a class has left as they are."""
    found = 0
    for flag, names in (
        (NATIVE_SEND, ("send",)),
        (NATIVE_RECV, ("recv",)),
        (NATIVE_GET, ("get", "getsockopt")),
        (NATIVE_SET, ("set", "setsockopt")),
        (NATIVE_LOAD, ("_deserialize",)),
    ):
        if all(getattr(cls, name) is getattr(Socket, name) for name in names):
            found |= flag
    return found


class Socket(Stateful):
    __slots__ = ()

    if TYPE_CHECKING:  # what the layer above adds
        _begin_observation: Any
        _end_observation: Any
        _take_subscriptions: Any

    def __init__(
        self,
        ctx_or_socket: Any = None,
        socket_type: int = 0,
        *,
        shadow: Any = 0,
        copy_threshold: int | None = None,
        observe: bool = False,
        count_subscribers: bool = False,
        threadsafe: bool = False,
    ) -> None:
        state = self._state
        if is_open(state):
            raise RuntimeError("a Socket cannot be made twice")
        if threadsafe:
            raise TypeError(
                "a threadsafe socket is made by ctx.socket(socket_type, threadsafe=True)"
            )
        state.native = _find_native(type(self))
        default = given.default_threshold() if copy_threshold is None else copy_threshold
        state.copy_threshold = as_number(default)
        state.share_bytes = given.shares_bytes()
        if isinstance(ctx_or_socket, Socket):
            shadow, ctx_or_socket = ctx_or_socket, None
        if not isinstance(shadow, int) or shadow != 0:
            shadow_handle(state, shadow, ctx_or_socket)
            return
        _open(state, ctx_or_socket, socket_type, count_subscribers)
        if observe or count_subscribers:
            state.observed = True
            self._begin_observation(observe, count_subscribers)

    def __del__(self) -> None:
        state = self._state
        if state.c.handle == NULL or state.is_shadow or release.exiting:
            return
        try:
            if not state.quiet:
                warn_unclosed(self)
        finally:
            if given.close_dropped is None:
                self.close()
            else:
                given.close_dropped(self)

    # ---- life ----

    @property
    def underlying(self) -> int:
        return int(ffi.cast("uintptr_t", self._state.c.handle))

    @property
    def _socket_type(self) -> int:
        return self._state.kind

    @property
    def _shadow(self) -> bool:
        return self._state.is_shadow

    @property
    def _shadow_obj(self) -> Any:
        return self._state.shadowed

    @property
    def _made_at(self) -> Any:
        return self._state.made_at

    @property
    def _linger_chosen(self) -> bool:
        return self._state.linger_chosen

    @property
    def _connections(self) -> list[bytes] | None:
        return self._state.connections

    @property
    def _bindings(self) -> list[bytes] | None:
        return self._state.bindings

    @property
    def counting(self) -> Any:
        return self._state.counting

    @property
    def copy_threshold(self) -> int:
        return self._state.copy_threshold

    @copy_threshold.setter
    def copy_threshold(self, value: int) -> None:
        self._state.copy_threshold = as_number(value)

    @property
    def share_bytes(self) -> bool:
        return self._state.share_bytes

    @share_bytes.setter
    def share_bytes(self, value: bool) -> None:
        self._state.share_bytes = bool(value)

    @property
    def _quiet(self) -> bool:
        return self._state.quiet

    @_quiet.setter
    def _quiet(self, value: bool) -> None:
        self._state.quiet = bool(value)

    @staticmethod
    def _list_all() -> list[Any]:
        return [each for each in living_sockets() if is_open(each._state) and not each._shadow]

    def _receive_events_of(self, observed: Socket) -> None:
        self._state.monitored = observed._state
        observed._state.monitor_socket = self

    def _end_monitor(self) -> None:
        observed = self._state.monitored
        if observed is None:
            return
        if is_open(observed) and observed.monitor_socket is self:
            switch_monitor(observed, NULL, 0)
        await_switch(observed)

    @property
    def _in_use(self) -> bool:
        return self._state.c.user != 0 or self._state.relayed

    def _wait_unused(self) -> None:
        c = self._state.c
        while c.user and c.handle != NULL:
            lib.zmq_core_pause()

    def _set_linger(self, linger: int) -> None:
        value = as_int("LINGER", linger)
        if is_open(self._state):
            self._state.linger_chosen = True
            lib.zmq_core_set_linger(self._state.c, value)

    @property
    def _maker(self) -> int:
        return self._state.maker

    @property
    def context(self) -> Any:
        return self._state.context

    @context.setter
    def context(self, value: Any) -> None:
        self._state.context = value

    @property
    def closed(self) -> bool:
        return self._state.c.handle == NULL

    def close(self, linger: int | None = None) -> None:
        state = self._state
        if not is_open(state):
            return
        if linger is not None:
            try:
                write_option(state, LINGER, linger)
            except ContextTerminated:
                pass  # options are out of reach then, and closing must not fail
            except ZMQError:
                if is_open(state):
                    raise
        check_free(state)
        if state.observed or state.monitor_socket is not None:
            state.observed = False
            self._end_observation()
        close_handle(state)
        release.drain()

    def bind(self, addr: Any) -> Any:
        reach(self._state, "bind", addr)

    def unbind(self, addr: Any) -> None:
        reach(self._state, "unbind", addr)

    def connect(self, addr: Any) -> Any:
        reach(self._state, "connect", addr)

    def connect_peer(self, addr: Any) -> int:
        return connect_to_peer(self._state, addr)

    def disconnect(self, addr: Any) -> None:
        reach(self._state, "disconnect", addr)

    def monitor(self, addr: Any, events: int = 65535) -> None:
        check_open(self._state)
        self._switch_monitor(addr, events)

    def _switch_monitor(self, addr: Any, events: int) -> None:
        state = self._state
        mask = as_number(events)
        endpoint = NULL if addr is None else endpoint_bytes(addr)
        deadline = 0
        while True:
            if not is_open(state):
                refuse(state)
            rc = switch_monitor(state, endpoint, mask)
            if rc == 0:
                return
            deadline = wait_for_place(state.context, -rc, deadline)
            if not deadline:
                raise_errno(-rc, f"{wording.describe(-rc)}: monitor at {addr!r}")

    def join(self, group: Any) -> None:
        reach_group(self._state, "join", group)

    def leave(self, group: Any) -> None:
        reach_group(self._state, "leave", group)

    # ---- options ----

    def get(self, option: int) -> Any:
        return read_option(self._state, option)

    def getsockopt(self, option: int) -> Any:
        return read_option(self._state, option)

    def set(self, option: int, optval: Any) -> None:
        write_option(self._state, option, optval)

    def setsockopt(self, option: int, optval: Any) -> None:
        write_option(self._state, option, optval)

    # ---- messages ----

    def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: Any = None,
        *,
        timeout: Any = None,
    ) -> Any:
        state = self._state
        if timeout is not None:
            check_open(state)
            arguments = (self, data, flags, copy, track, routing_id, group)
            return limited(state, timeout, Socket.send, *arguments)
        if state.counted and state.c.messages_out % BETWEEN_LOOKS == 0:
            check_open(state)
            self._take_subscriptions()
        if type(data) is bytes and copy and routing_id is None and group is None:
            if len(data) < SHORT:
                return send_memory(state, data, len(data), flags)
        return send_data(state, data, flags, copy, track, routing_id, group)

    def recv(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Any = None
    ) -> Any:
        if timeout is not None:
            return limited(self._state, timeout, Socket.recv, self, flags, copy, track)
        if copy:
            return receive_bytes(self._state, flags)
        return receive_frame(self._state, flags, track)

    def recv_into(
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: Any = None
    ) -> int:
        state = self._state
        if timeout is not None:
            options = {"nbytes": nbytes, "flags": flags}
            return limited(state, timeout, Socket.recv_into, self, buffer, **options)
        check_open(state)
        return receive_into(state, buffer, nbytes, flags)

    def send_multipart(
        self,
        msg_parts: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        routing_id: int | None = None,
        group: Any = None,
        timeout: Any = None,
    ) -> Any:
        if timeout is None:
            track = track and not copy
            return send_parts(self._state, msg_parts, flags, copy, track, routing_id, group)
        options = {"routing_id": routing_id, "group": group}
        call = (Socket.send_multipart, self, msg_parts, flags, copy, track)
        return limited(self._state, timeout, *call, **options)

    def recv_multipart(
        self, flags: int = 0, copy: bool = True, track: bool = False, *, timeout: Any = None
    ) -> list[Any]:
        if timeout is None:
            return receive_parts(self._state, flags, copy, track)
        return limited(self._state, timeout, Socket.recv_multipart, self, flags, copy, track)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> Any:
        return send_text(self._state, u, flags, copy, encoding, kwargs)

    def recv_string(self, flags: int = 0, encoding: str = "utf-8", *, timeout: Any = None) -> Any:
        return receive_text(self._state, flags, encoding, timeout)

    def try_recv(self) -> Any:
        return try_receive(self._state, False)

    def try_recv_multipart(self) -> Any:
        return try_receive(self._state, True)

    def recv_many(
        self, max_messages: int, max_bytes: Any = None, timeout: Any = None, *, flags: int = 0
    ) -> list[Any]:
        if timeout is None:
            return receive_many(self._state, max_messages, max_bytes, flags, False)
        call = (Socket.recv_many, self, max_messages, max_bytes)
        return limited(self._state, timeout, *call, flags=flags)

    def recv_many_multipart(
        self, max_messages: int, max_bytes: Any = None, timeout: Any = None, *, flags: int = 0
    ) -> list[Any]:
        if timeout is None:
            return receive_many(self._state, max_messages, max_bytes, flags, True)
        call = (Socket.recv_many_multipart, self, max_messages, max_bytes)
        return limited(self._state, timeout, *call, flags=flags)

    def send_many(self, messages: Any, flags: int = 0, *, timeout: Any = None) -> int:
        if timeout is None:
            return send_batch(self._state, messages, flags)
        return limited(self._state, timeout, Socket.send_many, self, messages, flags)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if not is_open(self._state):
            raise StopIteration
        try:
            return self.recv()
        except ContextTerminated:
            raise StopIteration from None
        except ZMQError as exc:
            if not is_open(self._state) and exc.errno == ENOTSOCK:
                raise StopIteration from None
            raise

    def _count_with(self, counting: Any) -> None:
        check_open(self._state)
        begin_counting(self._state, counting)

    def _take_notification(self, timeout: Any, hold: bool) -> Frame | None:
        state = self._state
        check_open(state)
        wait = as_milliseconds(timeout)
        frame = take_notification(state, FOREVER if wait < 0 else 0 if wait == 0 else now() + wait)
        if frame is not None and hold and state.held is not None:
            state.held.append(frame)
        return frame

    def _counters(self) -> dict[str, int]:
        c = self._state.c
        return {
            "messages_in": c.messages_in,
            "bytes_in": c.bytes_in,
            "messages_out": c.messages_out,
            "bytes_out": c.bytes_out,
            "would_block": self._state.would_block,
        }

    def _deserialize(self, recvd: Any, load: Any) -> Any:
        return load(recvd)

    def poll(self, timeout: Any = None, flags: int = 1) -> int:
        return poll_socket(self._state, timeout, flags)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a zmq.Socket cannot be pickled: make one in each process")


def _open(state: SocketState, ctx: Any, socket_type: Any, count_subscribers: bool) -> None:
    """Make the libzmq socket in a context."""
    if ctx is None:
        raise TypeError("a Socket needs the Context it is made in, or another socket to shadow")
    if not isinstance(ctx, Context):
        raise TypeError(f"a Socket is made in a zmq.Context, not in {ctx!r}")
    ctx._check()
    state.kind = as_number(socket_type)
    name = wording.name_type(state.kind)
    if state.kind in DRAFT_SOCKET_TYPES and not (lib.zmq_core_drafts() and has("draft")):
        raise_without_drafts(f"a {name} socket")
    if count_subscribers and state.kind not in (PUB, XPUB):
        raise ValueError(f"subscribers can be counted on PUB and XPUB, not on {name}")
    open_handle(state, ctx, XPUB if count_subscribers else state.kind)
    state.context = ctx
    state.maker = lib.zmq_core_thread()
    state.made_at = given.find_caller()
    ctx._state.sockets[id(state)] = state
