# SPDX-License-Identifier: BSD-3-Clause
"""Closing: how libzmq sockets are closed, which several objects may share."""

from __future__ import annotations

from zmq.backend import wording
from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import ENOTSOCK, NULL, now, raise_errno
from zmq.backend.cffi.life import check_free, forget_sharers, list_sharers, raise_failure
from zmq.constants import LINGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.backend.cffi.life import SocketState

MOST_LINGERING = 64  # closed sockets that a context remembers
MOST_UNMET = 1024  # endpoints of closed sockets: about as many as sockets have a place


def close_handle(state: SocketState) -> None:
    """Close the libzmq socket, for this object and for all that share it."""
    check_sharers(state)  # before anything is changed
    end_monitor(state)
    if state.c.handle == NULL:
        return  # somebody else has closed it meanwhile
    sharers = hold_sharers(state)
    try:
        handle = take_handle(state)
        if handle is not None:
            forget_sharers(state)
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
        note_unmet(state)
    taken = ffi.new("void **")
    rc = lib.zmq_core_take_handle(state.c, taken)
    if rc == -ENOTSOCK:
        return None
    if rc < 0:
        raise_failure(state, rc)
    forget_handle(state)
    return taken[0]


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


def note_unmet(state: SocketState) -> None:
    """Remember to which inproc endpoints a socket is connected that is closed: see `Core.meet`."""
    if state.context is None:
        return
    core = state.context._state.core
    for endpoint in state.connections or ():
        if endpoint.startswith(b"inproc:"):
            core.unmet_count += 1
            if len(core.unmet) >= MOST_UNMET:
                core.unmet.pop(next(iter(core.unmet)), None)
            core.unmet[endpoint] = None
