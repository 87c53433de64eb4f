# SPDX-License-Identifier: BSD-3-Clause
"""Overflow: what a socket does with a message that a peer has no room for."""

from __future__ import annotations

from zmq._typing import SocketMixin
from zmq.backend import Socket as BackendSocket
from zmq.constants import ROUTER_MANDATORY, SNDTIMEO, XPUB_NODROP, Errno, SocketType
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq._typing import OnFull

#: The option that keeps a type of socket from dropping messages.
KEEPING: dict[int, int] = {
    SocketType.PUB: XPUB_NODROP,
    SocketType.XPUB: XPUB_NODROP,
    SocketType.ROUTER: ROUTER_MANDATORY,
}

CHOICES = ("drop", "block", "raise")


class Overflow(SocketMixin):
    """The attribute `on_full`, for the types of sockets that drop messages."""

    __slots__ = ()

    _on_full: OnFull | None = None  # what it was set to
    _former_sndtimeo = -1  # SNDTIMEO before "raise"

    @property
    def on_full(self) -> OnFull | None:
        """What `send` does when the queue of a peer is full: for PUB, XPUB and ROUTER sockets.

        ``"drop"``, as libzmq does
            PUB, XPUB: the subscribers that are full miss the message, the others get it.  ROUTER:
            the message is dropped; so is one for a peer that is not there.
        ``"block"``
            PUB, XPUB (XPUB_NODROP): waits until all subscribers of the message have room, SNDTIMEO
            at the longest; nobody gets it before.  ROUTER (ROUTER_MANDATORY): waits until the peer
            has room; raises EHOSTUNREACH for one that is not there.
        ``"raise"``
            As "block", but raises `Again` at once instead of waiting; then nobody has got the
            message.  It sets SNDTIMEO to 0; the others set it back.

        Set it before the first message.  None when it has not been set here.

        Raises
        ------
        ValueError
            For another value.
        ZMQError
            EINVAL when set on another type of socket.
        """
        return self._on_full

    @on_full.setter
    def on_full(self: Any, value: OnFull) -> None:
        option = KEEPING.get(self._socket_type)
        if option is None:
            raise ZMQError(
                Errno.EINVAL,
                f"on_full is for PUB, XPUB and ROUTER sockets. A {self._type_name} socket does not "
                "drop what it has no room for: send() waits, SNDTIMEO at the longest, or raises "
                "Again with zmq.DONTWAIT",
            )
        if value not in CHOICES:
            raise ValueError(f"on_full is 'drop', 'block' or 'raise', not {value!r}")
        BackendSocket.set(self, option, value != "drop")
        if value == "raise" and self._on_full != "raise":
            self._former_sndtimeo = BackendSocket.get(self, SNDTIMEO)
            BackendSocket.set(self, SNDTIMEO, 0)
        elif (
            value != "raise" and self._on_full == "raise" and BackendSocket.get(self, SNDTIMEO) == 0
        ):
            BackendSocket.set(self, SNDTIMEO, self._former_sndtimeo)
        self._on_full = value


def set_on_full(socket: Any, value: OnFull) -> None:
    """Set `on_full` of a new socket, and close it if that fails."""
    try:
        socket.on_full = value
    except BaseException:
        socket.close()
        raise
