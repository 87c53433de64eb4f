# SPDX-License-Identifier: BSD-3-Clause
"""Proxies: the functions that join two sockets; the loop is C, and is the same for all backends."""

from __future__ import annotations

import sys
import warnings

from zmq.backend import joining
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import ENOTSOCK, NULL, raise_errno, zmq_version_info
from zmq.backend.cffi.life import Stateful, check_open, raise_busy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.cffi.life import SocketState

FAILED, ENDED, ATTENTION, UNKNOWN = -1, 0, 1, 2
COUNTERS = 8


def _states(names: str, sockets: tuple[Any, ...]) -> list[SocketState | None]:
    """The states of sockets; a TypeError names what is none."""
    for name, socket in zip(names.split(), sockets):
        required = name in ("frontend", "backend", "in_socket", "out_socket", "mon_socket")
        if not isinstance(socket, Stateful) and (required or socket is not None):
            raise TypeError(f"{name} must be a zmq.Socket, not {socket!r}")
    return [None if socket is None else socket._state for socket in sockets]


def _place(relay: Any, states: list[SocketState | None]) -> None:
    """Put the sockets into their places, which must be the ones the relay began with."""
    for place, state in enumerate(states):
        if state is None:
            continue
        check_open(state)
        if lib.zmq_core_relay_place(relay, place, state.c.handle) < 0:
            raise_errno(ENOTSOCK, "a signal handler replaced a socket under the proxy that used it")


def _run(relay: Any, states: list[SocketState | None], attentive: bool) -> int:
    """Run the loop while other threads are kept out of the sockets; why it returned."""
    _place(relay, states)
    once = list({id(state): state for state in states if state is not None}.values())
    users = ffi.new("zmq_core_socket *[]", [state.c for state in once])
    outcome: int = lib.zmq_core_run_relay(users, len(once), relay, attentive)
    if outcome < FAILED:
        raise_busy(once, outcome)
    return outcome


def _watch(relay: Any, states: list[SocketState | None]) -> None:
    """Run the relay until it has ended, and do what it returns for."""
    attentive = joining.handles_signals()
    while True:
        outcome = _run(relay, states, attentive)
        if outcome == ENDED:
            return
        if outcome == FAILED:
            raise_errno(lib.zmq_core_relay_error(relay))
        if outcome == UNKNOWN:
            quote = lib.zmq_core_relay_quote(relay)
            _report(ffi.buffer(quote, lib.zmq_core_relay_quoted(relay))[:])


class _Unraisable:
    """What `sys.unraisablehook` is given."""

    err_msg = "Exception ignored in a proxy"
    object = None

    def __init__(self, exc: BaseException) -> None:
        self.exc_type, self.exc_value, self.exc_traceback = type(exc), exc, exc.__traceback__


def _report(command: bytes) -> None:
    """Warn, but never end: what a peer sends must not stop the proxy."""
    try:
        warnings.warn(joining.describe_command(command), RuntimeWarning, stacklevel=5)
    except RuntimeWarning as exc:
        sys.unraisablehook(_Unraisable(exc))  # type: ignore[arg-type]


def _join(
    states: list[SocketState | None], in_prefix: bytes | None, out_prefix: bytes | None
) -> tuple[int, ...]:
    """Pass messages on until TERMINATE: then the counters.  For the places see joining.py."""
    for state in states:
        if state is not None:
            state.relayed = True
    try:
        return _relay(states, in_prefix, out_prefix)
    finally:
        for state in states:
            if state is not None:
                state.relayed = False


def _relay(
    states: list[SocketState | None], in_prefix: bytes | None, out_prefix: bytes | None
) -> tuple[int, ...]:
    made = lib.zmq_core_relay_new()
    if made == NULL:
        raise MemoryError
    relay = ffi.gc(made, lib.zmq_core_relay_free)
    _place(relay, states)
    front, back = states[0], states[1]
    assert front is not None
    assert back is not None
    kinds = [None if state is None else state.kind for state in states]
    alike = front.c.handle == back.c.handle
    version = zmq_version_info()
    for lane in joining.plan_lanes(kinds, alike, in_prefix is not None, version):
        lib.zmq_core_relay_lay(relay, *lane)
    for number, prefix in enumerate((in_prefix, out_prefix)):
        if prefix is not None:
            if lib.zmq_core_relay_prefix(relay, number, prefix, len(prefix)) < 0:
                raise MemoryError
    try:
        _watch(relay, states)
        values = ffi.new("uint64_t[]", COUNTERS)
        lib.zmq_core_relay_count(relay, values)
        return tuple(values)
    finally:
        ffi.release(relay)  # the messages that it holds go now


def proxy(frontend: Any, backend: Any, capture: Any = None) -> int:
    _join(
        [*_states("frontend backend capture", (frontend, backend, capture)), None, None], None, None
    )
    return 0


def proxy_steerable(frontend: Any, backend: Any, capture: Any = None, control: Any = None) -> int:
    states = _states("frontend backend capture control", (frontend, backend, capture, control))
    _join([*states, None], None, None)
    return 0


def monitored_queue(
    in_socket: Any,
    out_socket: Any,
    mon_socket: Any,
    in_prefix: bytes = b"in",
    out_prefix: bytes = b"out",
) -> int:
    states = _states("in_socket out_socket mon_socket", (in_socket, out_socket, mon_socket))
    _join([*states, None, None], _as_prefix(in_prefix), _as_prefix(out_prefix))
    return 0


def relay(
    frontend: Any,
    backend: Any,
    capture: Any = None,
    control: Any = None,
    owner: Any = None,
    *,
    in_prefix: bytes | None = None,
    out_prefix: bytes | None = None,
) -> tuple[int, ...]:
    joining.check_prefixes(in_prefix, out_prefix)
    sockets = (frontend, backend, capture, control, owner)
    states = _states("frontend backend capture control owner", sockets)
    if in_prefix is None or out_prefix is None:
        return _join(states, None, None)
    return _join(states, _as_prefix(in_prefix), _as_prefix(out_prefix))


def _as_prefix(prefix: Any) -> bytes:
    if not isinstance(prefix, bytes):
        raise TypeError(f"a prefix is bytes, not {prefix!r}")
    return prefix
