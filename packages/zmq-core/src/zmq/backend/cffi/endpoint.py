# SPDX-License-Identifier: BSD-3-Clause
"""Endpoints and groups: what a socket is bound, connected or joined to."""

from __future__ import annotations

from zmq.backend import checking, wording
from zmq.backend.cffi._calls import lib
from zmq.backend.cffi.errors import EINTR, EINVAL, raise_errno, raise_without_drafts
from zmq.backend.cffi.frame import DRAFTS
from zmq.backend.cffi.life import check_open, is_alive_elsewhere, raise_failure
from zmq.backend.cffi.options import read_option
from zmq.constants import LAST_ENDPOINT
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from zmq.backend.cffi.life import SocketState

#: In the order in which C has them.
ACTIONS = ("bind", "connect", "unbind", "disconnect", "join", "leave")
IPC_PATH_MAX_LEN = lib.zmq_core_ipc_path_max()


def reach(state: SocketState, action: str, addr: Any) -> None:
    """Bind, connect, unbind or disconnect."""
    endpoint = checking.endpoint_bytes(addr)
    check_open(state)
    if not checking.has_port(endpoint):
        _raise_endpoint(state, -EINVAL, endpoint, action)
    while True:
        rc = _call(state, ACTIONS.index(action), endpoint)
        if rc == 0:
            _note(state, endpoint, action)
            return
        if rc != -EINTR:
            _raise_endpoint(state, rc, endpoint, action)


def _call(state: SocketState, call: int, endpoint: bytes) -> int:
    if endpoint.startswith(b"inproc:") and state.context is not None:
        core = state.context._state.core.c
        return lib.zmq_core_reach_inproc(state.c, core, call, endpoint)
    return lib.zmq_core_reach(state.c, call, endpoint)


def connect_to_peer(state: SocketState, addr: Any) -> int:
    """Connect a PEER socket; the peer's routing id."""
    endpoint = checking.endpoint_bytes(addr)
    if not DRAFTS:
        raise_without_drafts("connect_peer")
    check_open(state)
    routing_id = lib.zmq_core_connect_peer(state.c, endpoint)
    if routing_id < 0:
        _raise_endpoint(state, routing_id, endpoint, "connect")
    _note(state, endpoint, "connect")
    return routing_id


def reach_group(state: SocketState, action: str, group: Any) -> None:
    """Join or leave a group."""
    if not DRAFTS:
        raise_without_drafts(f"to {action} a group")
    name = checking.group_name(group)
    rc = lib.zmq_core_reach(state.c, ACTIONS.index(action), name)
    if rc < 0:
        if is_alive_elsewhere(state, rc):
            raise_failure(state, rc)
        raise_errno(-rc, wording.of_group(-rc, state.kind, action, group))


def _raise_endpoint(state: SocketState, rc: int, endpoint: bytes, action: str) -> NoReturn:
    if is_alive_elsewhere(state, rc):
        raise_failure(state, rc)
    raise_errno(-rc, wording.of_endpoint(-rc, endpoint, action, IPC_PATH_MAX_LEN))


def _note(state: SocketState, endpoint: bytes, action: str) -> None:
    """Keep the lists of what a socket is bound and connected to."""
    if action == "connect":
        state.connections = [*(state.connections or ()), endpoint]
    elif action == "bind":
        try:
            endpoint = read_option(state, LAST_ENDPOINT) or endpoint
        except ZMQError:
            pass
        state.bindings = [*(state.bindings or ()), endpoint]
    else:
        known = state.connections if action == "disconnect" else state.bindings
        if known is not None and endpoint in known:
            known.remove(endpoint)
