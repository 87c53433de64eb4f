# SPDX-License-Identifier: BSD-3-Clause
"""Life: what is known of a socket, and how sockets are opened, watched over and closed."""

from __future__ import annotations

from _weakref import ref
from errno import EMFILE
from itertools import count

from zmq.backend import wording
from zmq.backend.cffi import given, release
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import BUSY, ENOTSOCK, NULL, now, raise_errno
from zmq.constants import LINGER, MAX_SOCKETS
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
MOST_LINGERING = 64  # closed sockets that a context remembers

_serial = count()
#: Living sockets and contexts, oldest first.
_sockets: dict[int, ref[Any]] = {}
_contexts: dict[int, ref[Any]] = {}


class SocketState:
    """All that a socket is, beside its methods: it outlives the socket while it is open."""

    __slots__ = (
        "__weakref__",
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
            state.c.handle = handle
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


# ---- closing ----


def close_handle(state: SocketState) -> None:
    """Close the libzmq socket, for this object and for all that share it."""
    check_sharers(state)  # before anything is changed
    end_monitor(state)
    if state.c.handle == NULL:
        return  # somebody else has closed it meanwhile
    sharers = hold_sharers(state)
    try:
        handle = take_handle(state)
        for other in sharers:
            other.c.handle = NULL
            forget_handle(other)
    finally:
        for other in sharers:
            lib.zmq_core_release(other.c)
    rc = 0 if handle is None else lib.zmq_core_close(handle)
    if rc < 0 and rc != -ENOTSOCK:
        raise_errno(-rc)


def take_handle(state: SocketState) -> Any:
    """Take the libzmq socket away from its object; None when somebody else has closed it."""
    if state.connections or state.bindings:
        note_lingering(state)
    taken = ffi.new("void **")
    rc = lib.zmq_core_take_handle(state.c, taken)
    if rc == -ENOTSOCK:
        return None
    if rc < 0:
        raise_failure(state, rc)
    forget_handle(state)
    return taken[0]


def list_sharers(state: SocketState) -> list[SocketState]:
    """Return the states of other objects with the same libzmq socket."""
    handle = state.c.handle
    states = [each._state for each in living_sockets()]
    return [each for each in states if each.c.handle == handle and each is not state]


def check_sharers(state: SocketState) -> None:
    """Raise ZMQThreadError while a thread is inside libzmq with another object of this socket."""
    if state.c.handle != NULL:
        for other in list_sharers(state):
            check_free(other)


def hold_sharers(state: SocketState) -> list[SocketState]:
    """Keep all threads out of the other objects with this libzmq socket; their states."""
    held: list[SocketState] = []
    for other in list_sharers(state):
        rc = lib.zmq_core_hold(other.c)
        if rc == 0:
            held.append(other)
        elif rc != -ENOTSOCK:
            for each in held:
                lib.zmq_core_release(each.c)
            raise_failure(other, rc)
    return held


def forget_handle(state: SocketState) -> None:
    state.parts.clear()
    if not state.is_shadow and state.context is not None:
        state.context._state.sockets.pop(id(state), None)
    if state.draft_poller is not None:
        lib.zmq_core_poller_destroy(state.draft_poller)
        state.draft_poller = None


def end_monitor(state: SocketState) -> None:
    """Before a socket or the PAIR that receives its events is closed, end the monitoring.

    While both are open this cannot wait for ever, and libzmq gives back the descriptors of both:
    otherwise it keeps them until the context ends.
    """
    observed = state if state.monitored is None else state.monitored
    if observed.monitor_socket is None and observed.monitor_calls == 0:
        return
    rc = lib.zmq_core_hold(state.c)
    if rc == -ENOTSOCK:
        return  # somebody else has closed it meanwhile, and ended that
    if rc < 0:
        raise_failure(state, rc)
    try:
        reader = observed.monitor_socket  # another one by now, perhaps
        mine = reader is not None and (reader._state is state or observed is state)
        if mine and observed.c.handle != NULL:
            switch_monitor(observed, NULL, 0)
        await_switch(observed)
    finally:
        lib.zmq_core_release(state.c)


def await_switch(state: SocketState) -> None:
    """Wait while other threads end the monitor: its PAIR must not go before its last event."""
    while state.monitor_calls:
        lib.zmq_core_pause()


def switch_monitor(state: SocketState, endpoint: Any, mask: int) -> int:
    """Begin or end monitoring, in any thread; what libzmq returned, or a negative errno."""
    reader = state.monitor_socket  # it must not go meanwhile
    state.monitor_socket = None
    state.monitor_calls += 1
    try:
        return lib.zmq_core_monitor(state.c, endpoint, mask)
    finally:
        state.monitor_calls -= 1
        del reader


def note_lingering(state: SocketState) -> None:
    """Remember what may keep the context from ending: a connected socket closed with a LINGER."""
    linger = ffi.new("int *")
    size = ffi.new("size_t *", ffi.sizeof("int"))
    if state.context is None or lib.zmq_core_get(state.c, LINGER, linger, size) < 0:
        return
    if linger[0] == 0:
        return
    closed = state.context._state.lingering
    if len(closed) >= MOST_LINGERING:
        del closed[: MOST_LINGERING // 2]
    endpoints = (*(state.connections or ()), *(state.bindings or ()))
    name = wording.name_type(state.kind)
    closed.append((name, endpoints, linger[0], state.linger_chosen, now()))


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
    state.c.handle = handle


def cut_off() -> None:
    """In a forked child: what was inherited belongs to the parent, whose threads are not here."""
    for context in living_contexts():
        context._state.core.abandon()
        for state in list(context._state.sockets.values()):
            _abandon(state)
    for socket in living_sockets():
        _abandon(socket._state)


def _abandon(state: SocketState) -> None:
    state.c.handle = NULL
    state.c.user = 0
    state.draft_poller = None
