# SPDX-License-Identifier: BSD-3-Clause
"""Life: what is known of a socket, and how sockets are opened and watched over."""

from __future__ import annotations

from _weakref import ref
from errno import EMFILE
from itertools import count

from zmq.backend import wording
from zmq.backend.cffi import given, release
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import BUSY, ENOTSOCK, NULL, now, raise_errno
from zmq.constants import MAX_SOCKETS
from zmq.error import ZMQThreadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from zmq.backend.cffi.context import Context

# Which methods a class has left as they are: others of ours may then go straight to libzmq.
NATIVE_SEND = 1
NATIVE_RECV = 2
NATIVE_GET = 4
NATIVE_SET = 8
NATIVE_LOAD = 16

REAPING_TIME = 1000  # milliseconds

_serial = count()
#: Living sockets and contexts, oldest first.
_sockets: dict[int, ref[Any]] = {}
_contexts: dict[int, ref[Any]] = {}
#: What shares a libzmq socket, by its address.
_sharers: dict[int, list[ref[SocketState]]] = {}


class SocketState:
    """All that a socket is, beside its methods: it outlives the socket while it is open."""

    __slots__ = (
        "__weakref__",
        "address",
        "bindings",
        "c",
        "connections",
        "context",
        "copy_threshold",
        "counted",
        "counting",
        "draft_poller",
        "held",
        "is_shadow",
        "kind",
        "limit",
        "limiter",
        "linger_chosen",
        "made_at",
        "maker",
        "monitor_calls",
        "monitor_socket",
        "monitored",
        "more",
        "native",
        "observed",
        "parts",
        "quiet",
        "relayed",
        "shadowed",
        "share_bytes",
        "socket",
        "timed",
        "would_block",
    )

    def __init__(self, socket: Stateful) -> None:
        self.c: Any = ffi.new("zmq_core_socket *")
        self.socket: Any = ref(socket)
        self.address = 0  # of the libzmq socket, also when that is closed
        self.context: Context | None = None
        self.shadowed: Any = None  # what keeps a shadowed socket alive
        self.is_shadow = False  # the handle belongs to somebody else
        self.kind = 0
        self.native = 0
        self.timed = False  # RCVTIMEO or SNDTIMEO is above 0
        self.limit = 0  # when the call that is going on must end, by its own timeout
        self.limiter = 0  # the thread whose call that is
        self.would_block = 0
        self.counted = False
        self.observed = False
        self.counting: Any = None
        self.held: list[Any] | None = None
        self.more = False
        self.made_at: Any = None
        self.copy_threshold = 0
        self.share_bytes = True
        self.maker = 0
        self.monitor_socket: Any = None
        # Not the socket: the collector may have taken that before the one that reads its events.
        self.monitored: SocketState | None = None
        self.monitor_calls = 0
        self.linger_chosen = False
        self.quiet = False
        self.relayed = False  # a proxy uses it, although it may be outside libzmq for a moment
        self.connections: list[bytes] | None = None
        self.bindings: list[bytes] | None = None
        self.draft_poller: Any = None
        self.parts: list[Any] = []  # for receiving into, when no call is using them


class Stateful:
    """What has the state of a socket: the base of `Socket`."""

    __slots__ = ("__dict__", "__weakref__", "_state")

    _state: SocketState

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = super().__new__(cls)
        object.__setattr__(self, "_state", SocketState(self))
        register(self, _sockets)
        return self


def register(thing: Any, living: dict[int, ref[Any]]) -> None:
    """Note that an object lives."""
    number = next(_serial)
    living[number] = ref(thing, lambda _: living.pop(number, None))


def register_context(context: Context) -> None:
    register(context, _contexts)


def list_living(living: dict[int, ref[Any]]) -> list[Any]:
    found = (ref() for ref in list(living.values()))
    return [each for each in found if each is not None]


def living_sockets() -> list[Any]:
    """Return all sockets that are still held by somebody."""
    return list_living(_sockets)


def living_contexts() -> list[Context]:
    """Return all contexts that are still held by somebody."""
    return list_living(_contexts)


# ---- checks ----


def is_open(state: SocketState) -> bool:
    return state.c.handle != NULL


def check_open(state: SocketState) -> None:
    c = state.c
    if c.user or c.handle == NULL:
        refuse(state)


def check_free(state: SocketState) -> None:
    """Raise ZMQThreadError while another thread uses the socket; closed ones are nobody's."""
    c = state.c
    if c.user and c.handle != NULL:
        raise_failure(state, BUSY)


def refuse(state: SocketState) -> NoReturn:
    """Raise why this socket cannot be used now."""
    if state.c.handle == NULL:
        raise_errno(ENOTSOCK, wording.of_closed(state.kind))
    raise ZMQThreadError(state.socket() or "a socket", state.c.user or state.c.claimant)


def raise_failure(state: SocketState, rc: int, text: str | None = None) -> NoReturn:
    """Raise what the result of a call says that is below 0."""
    if rc == BUSY:
        raise ZMQThreadError(state.socket() or "a socket", state.c.user or state.c.claimant)
    if rc == -ENOTSOCK and text is None:
        text = wording.of_closed(state.kind)
    raise_errno(-rc, text)


class Claimed:
    """Keeps other threads from getting between the parts of a message."""

    __slots__ = ("mine", "state")

    def __init__(self, state: SocketState) -> None:
        self.state = state
        self.mine = 0

    def __enter__(self) -> None:
        self.mine = lib.zmq_core_claim(self.state.c)
        if self.mine < 0:
            raise_failure(self.state, self.mine)

    def __exit__(self, *args: object) -> None:
        if self.mine:
            lib.zmq_core_disclaim(self.state.c)


def is_alive_elsewhere(state: SocketState, rc: int) -> bool:
    """Whether a call failed because of the state of the socket, not of what was asked of libzmq."""
    return rc == BUSY or (rc == -ENOTSOCK and state.c.handle == NULL)


def raise_busy(states: list[SocketState], rc: int) -> NoReturn:
    """Raise why a call that takes several sockets failed, naming the one to blame."""
    for state in states:
        if is_alive_elsewhere(state, rc) and (state.c.handle == NULL or state.c.user):
            raise_failure(state, rc)
    if rc == BUSY:
        raise_failure(states[0], rc)  # it has become free meanwhile
    raise_errno(-rc)


# ---- opening ----


def note_handle(state: SocketState, handle: Any) -> None:
    """Give a state its libzmq socket, which it may share with others."""
    state.address = int(ffi.cast("uintptr_t", handle))
    known = _sharers.setdefault(state.address, [])
    known.append(ref(state, known.remove))  # at once: other threads may note theirs
    state.c.handle = handle


def list_sharers(state: SocketState) -> list[SocketState]:
    """Return the states of other objects with the same libzmq socket."""
    found = [each() for each in tuple(_sharers.get(state.address, ()))]
    handle = state.c.handle
    return [
        each for each in found if each is not None and each is not state and each.c.handle == handle
    ]


def forget_sharers(state: SocketState) -> None:
    """Forget who shared a libzmq socket that is closed."""
    _sharers.pop(state.address, None)


def open_handle(state: SocketState, ctx: Context, kind: int) -> None:
    """Make the libzmq socket.

    A closed socket keeps its place until libzmq's reaper thread has been at it, and sockets can be
    made and closed faster than that: so "too many" counts only when they are open, or when the
    reaper gets nowhere.  Where nothing counts references, those that nobody holds count neither.
    """
    deadline = 0
    collected = not release.PYPY
    while True:
        handle = lib.zmq_core_new_socket(ctx._state.core.c, kind)
        if handle != NULL:
            note_handle(state, handle)
            return
        number = lib.zmq_errno()
        if number == EMFILE and not collected:
            release.collect()
            collected = True
            continue
        deadline = wait_for_place(ctx, number, deadline)
        if not deadline:
            most = lib.zmq_core_context_get(ctx._state.core.c, MAX_SOCKETS)
            raise_errno(number, wording.of_making(number, state.kind, most))
        ctx._check()


def wait_for_place(ctx: Context | None, number: int, deadline: int) -> int:
    """After libzmq refused a socket: give the reaper a moment; 0 when that does not help."""
    if number != EMFILE or ctx is None:
        return 0
    if len(ctx._state.sockets) >= lib.zmq_core_context_get(ctx._state.core.c, MAX_SOCKETS):
        return 0
    if deadline and now() >= deadline:
        return 0
    lib.zmq_core_pause()
    return deadline or now() + REAPING_TIME


def shadow_handle(state: SocketState, source: Any, ctx: Any) -> None:
    """Make a socket that shares the libzmq socket of another one, or of an address."""
    address = given.address_of(source)
    handle = ffi.cast("void *", address)
    kind, size = ffi.new("int *"), ffi.new("size_t *", ffi.sizeof("int"))
    if not address or lib.zmq_getsockopt(handle, 16, kind, size) < 0:
        number = lib.zmq_errno() if address else ENOTSOCK
        raise_errno(number, f"there is no open socket to shadow at {source!r}")
    state.kind = kind[0]
    state.timed = True  # it may have a time-out that was set elsewhere
    state.is_shadow = True
    state.shadowed = source
    state.context = source._state.context if isinstance(source, Stateful) else ctx
    note_handle(state, handle)


def cut_off() -> None:
    """In a forked child: what was inherited belongs to the parent, whose threads are not here."""
    for context in living_contexts():
        context._state.core.abandon()
        for state in list(context._state.sockets.values()):
            _abandon(state)
    for socket in living_sockets():
        _abandon(socket._state)
    _sharers.clear()


def _abandon(state: SocketState) -> None:
    state.c.handle = NULL
    state.c.user = 0
    state.draft_poller = None
