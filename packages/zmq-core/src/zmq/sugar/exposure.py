# SPDX-License-Identifier: BSD-3-Clause
"""Where a socket listens for strangers, and the warning about pickles from there."""

from __future__ import annotations

from warnings import warn

from zmq.constants import SecurityMechanism, SocketOption
from zmq.error import SecurityWarning
from zmq.sugar.endpoint import SHELTERED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def note_bind(socket: Any, addr: str) -> str:
    """Remember the last bind of a socket if strangers can come in: no loopback, no CURVE.

    Parameters
    ----------
    socket : Socket
    addr : str
        The endpoint as given.

    Returns
    -------
    str
        The endpoint that `unbind` takes.
    """
    resolved = socket._bindings[-1]
    # libzmq tells udp endpoints without their transport.
    endpoint = resolved.decode("utf-8", "surrogateescape") if b"://" in resolved else addr
    # What counts is the mechanism at the time of the bind: libzmq's listeners keep it.
    if (
        not endpoint.startswith(SHELTERED)
        and socket.get(SocketOption.MECHANISM) != SecurityMechanism.CURVE
    ):
        owner = _find_owner(socket)
        owner._exposed = (*owner._exposed, (endpoint, resolved, socket._bindings))
    return endpoint


def warn_of_strangers(socket: Any) -> None:
    """Warn who called `recv_pyobj`, once for each socket, that strangers can send the pickles.

    Parameters
    ----------
    socket : Socket
    """
    owner = _find_owner(socket)
    if owner._warned_of_strangers:
        return
    open_to_all = [shown for shown, resolved, bound in owner._exposed if resolved in bound]
    if not open_to_all:
        return
    owner._warned_of_strangers = True
    warn(
        f"recv_pyobj on {', '.join(open_to_all)}, open beyond this machine without CURVE: whoever"
        " connects can run code in this process.  Use CURVE (the option curve_server), or"
        " send_signed and recv_signed with a key, or send_json and recv_json",
        SecurityWarning,
        stacklevel=3,
    )


def _find_owner(socket: Any) -> Any:
    """The socket itself, or the one that it shadows."""
    while hasattr(getattr(socket, "_shadow_obj", None), "_exposed"):
        socket = socket._shadow_obj
    return socket
