# SPDX-License-Identifier: BSD-3-Clause
"""Wording: what went wrong in a call, and the way out, for all backends.

Each function takes the errno of a failed libzmq call and returns the text of the exception, or None
where libzmq's own description says it all.
"""

from __future__ import annotations

from errno import EMFILE, ENAMETOOLONG, ENOENT

from zmq import error
from zmq.constants import (
    CURVE_SECRETKEY,
    DRAFT_SOCKET_OPTIONS,
    OPTION_SINCE,
    PLAIN_PASSWORD,
    REQ,
    WRITE_ONLY_OPTIONS,
    Errno,
    SocketOption,
    SocketType,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Transports that libzmq knows, but that not every build or system has.
TRANSPORTS = ("ipc", "norm", "pgm", "epgm", "tipc", "udp", "vmci", "ws", "wss")
#: Capabilities that the names of options begin with.
CAPABILITIES = ("curve", "gssapi", "norm", "vmci", "wss")
_KNOWN = frozenset(map(int, OPTION_SINCE))
PARTICIPLES = {"unbind": "bound", "disconnect": "connected"}


def describe(number: int) -> str:
    """Return libzmq's description of an errno."""
    return error._strerror(number)


def name_type(number: int) -> str:
    """Return the name of a type of socket, or its number when it has none."""
    try:
        return SocketType(number).name
    except ValueError:
        return str(number)


def name_option(number: int) -> str:
    """Return the name of an option, or what stands for it when it has none."""
    try:
        return SocketOption(number).name
    except ValueError:
        return f"number {number}"


def of_closed(kind: int) -> str:
    """Return what to say of the use of a closed socket."""
    return f"{describe(Errno.ENOTSOCK)}: this {name_type(kind)} socket is closed"


def of_missing_drafts(what: str) -> str:
    """Return what to say of a draft feature that this build has not."""
    return (
        f"{what} is a draft feature, and zmq-core was built without drafts: build it with "
        "ZMQ_CORE_DRAFTS=1 against a libzmq that has them"
    )


def of_making(number: int, kind: int, most: int) -> str | None:
    """Return why no socket was made; `most` is how many fit into the context."""
    if number == EMFILE:
        return (
            f"{describe(number)}: no more than {most} sockets fit into this context (MAX_SOCKETS), "
            "or into the process's limit of open files"
        )
    if number == Errno.EINVAL:
        return f"Invalid argument: {kind!r} is not a type of socket"
    return None


def of_unmet(endpoint: bytes) -> str:
    """Return why a context cannot end whose places are taken by sockets that wait for a peer."""
    return (
        "this context cannot end: all places for sockets (MAX_SOCKETS) are taken by closed ones "
        f"that were connected to inproc endpoints which nobody has bound, like {endpoint!r}"
    )


def of_sending(number: int, kind: int, start: bytes = b"") -> str | None:
    """Return why a part was not sent; `start` is how it begins."""
    name = name_type(kind)
    if number == Errno.EHOSTUNREACH:  # a ROUTER was given the routing id as the part
        return f"{describe(number)}: no peer has the routing id {start!r}"
    if number == Errno.ENOTSUP:
        return f"Operation not supported: a {name} socket cannot send this message"
    if number == Errno.EFSM:
        due = "recv() of a reply" if kind == REQ else "recv() of a request"
        return f"{describe(number)}: a {name} socket cannot send now, {due} is due"
    return None


def of_receiving(number: int, kind: int) -> str | None:
    """Return why nothing was received."""
    name = name_type(kind)
    if number == Errno.ENOTSUP:
        return f"Operation not supported: a {name} socket cannot receive"
    if number == Errno.EFSM:
        due = "send() of a request" if kind == REQ else "send() of the reply"
        return f"{describe(number)}: a {name} socket cannot receive now, {due} is due"
    return None


def of_expiry(sending: bool) -> str:
    """Return what to say when the time of a call ran out."""
    action = "sent" if sending else "received"
    return f"the time for this call ran out: no message could be {action}"


def of_endpoint(number: int, endpoint: bytes, action: str, longest_path: int) -> str | None:
    """Return why a socket was not bound, connected and so on."""
    if number == Errno.ETERM:
        return None
    shown = endpoint.decode("utf-8", "replace")
    if number == ENAMETOOLONG:
        return (
            f"the path of {shown!r} has more than {longest_path} bytes, the limit of this system "
            "(zmq.IPC_PATH_MAX_LEN)"
        )
    if number == Errno.EINVAL and b"://" not in endpoint:
        return f"Invalid argument: {shown!r} is not an endpoint like 'tcp://127.0.0.1:5555'"
    if number == ENOENT and action in PARTICIPLES:
        state = PARTICIPLES[action]
        return f"{describe(number)}: cannot {action} {shown!r}, which this socket is not {state} to"
    if number == ENOENT and endpoint.startswith(b"ipc://"):
        return f"{describe(number)}: the directory of {shown!r} does not exist"
    return f"{describe(number)} (addr={shown!r}){_advise(number, shown)}"


def _advise(number: int, endpoint: str) -> str:
    if number == Errno.EPROTONOSUPPORT:
        transport = endpoint.partition("://")[0]
        if transport in TRANSPORTS:
            return f": this libzmq was built without {transport}, or cannot use it here"
        return ": libzmq knows no such transport"
    if number == Errno.EINVAL and endpoint.startswith("tcp://"):
        return (
            ": after 'tcp://' come a host or an interface, a colon, and the number of a port or '*'"
        )
    return ""


def of_group(number: int, kind: int, action: str, group: Any) -> str:
    """Return why a group was not joined or left."""
    return f"{describe(number)}: a {name_type(kind)} socket cannot {action} {group!r}"


def of_option(
    number: int, option: int, kind: int, value: Any, writing: bool, has: Callable[[str], bool]
) -> str | None:
    """Return why an option was not read or written; `has` is `zmq.has`."""
    name = name_option(option)
    if number == Errno.ETERM:
        return None
    if number != Errno.EINVAL:
        return f"{describe(number)} (option {name})"
    lacking = _find_lack(option, name, has)
    if lacking is not None:
        return lacking
    type_name = name_type(kind)
    if not writing:
        write_only = option in WRITE_ONLY_OPTIONS
        reason = (
            "can only be written" if write_only else f"cannot be read from a {type_name} socket"
        )
        return f"Invalid argument: option {name} {reason}"
    shown = "that value" if option in (CURVE_SECRETKEY, PLAIN_PASSWORD) else repr(value)
    return f"Invalid argument: option {name} of a {type_name} socket cannot be set to {shown}"


def _find_lack(option: int, name: str, has: Callable[[str], bool]) -> str | None:
    """What this libzmq lacks for an option."""
    since = OPTION_SINCE.get(SocketOption(option)) if option in _KNOWN else None
    version = error._zmq_version_info()
    if since is not None and version is not None and since > version:
        needed, present = ".".join(map(str, since)), ".".join(map(str, version))
        return f"option {name} needs libzmq {needed}, this is {present}"
    if option in DRAFT_SOCKET_OPTIONS and not has("draft"):
        return f"option {name} is a draft, and this libzmq was built without drafts"
    word = name.partition("_")[0].lower()
    if word in CAPABILITIES and not has(word):
        return f"option {name} needs {word}, and this libzmq was built without it"
    return None
