# SPDX-License-Identifier: BSD-3-Clause
"""What `bind` and `connect` return: the endpoint, and the way to leave it."""

from __future__ import annotations

from zmq._typing import AnySocket, Generic
from zmq.constants import Errno
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zmq._typing import Endpoint

#: How endpoints begin at which only processes of this machine can be.
SHELTERED = (
    *("inproc://", "ipc://"),
    *(
        f"{transport}://{host}"
        for transport in ("tcp", "ws", "wss", "udp")
        for host in ("127.", "[::1]", "[::ffff:127.")
    ),
)


class BoundEndpoint(Generic[AnySocket]):
    """One bind or connect of a socket; as a context manager it is undone at the end.

    Attributes
    ----------
    socket : Socket
    kind : str
        "bind" or "connect".
    addr : str
        The endpoint as given.
    endpoint : str
        The endpoint as resolved by libzmq: `tcp://127.0.0.1:49153` where `tcp://127.0.0.1:0` was
        bound.
    """

    __slots__ = ("socket", "kind", "addr", "endpoint")

    def __init__(self, socket: AnySocket, kind: str, addr: Endpoint, endpoint: str) -> None:
        self.socket = socket
        self.kind = kind
        self.addr = addr
        self.endpoint = endpoint

    @property
    def port(self) -> int | None:
        """The TCP or UDP port as an int, or None where the transport has no ports."""
        port = self.endpoint.rpartition(":")[2].partition(";")[0]
        return int(port) if port.isdigit() else None

    def __enter__(self) -> AnySocket:
        return self.socket

    def __exit__(self, *args: object) -> None:
        if self.socket.closed:
            return
        leave = self.socket.unbind if self.kind == "bind" else self.socket.disconnect
        try:
            leave(self.endpoint)
        except ZMQError as exc:
            # Undone already, or the context is gone: there is nothing left to undo.  And libzmq
            # cannot leave a udp endpoint.
            gone = exc.errno in (Errno.ETERM, Errno.ENOTSOCK)
            if not gone and not self.endpoint.startswith("udp:"):
                raise

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self.kind}={self.endpoint!r}) of {self.socket!r}>"
