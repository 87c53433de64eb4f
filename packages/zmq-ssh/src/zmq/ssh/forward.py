# SPDX-License-Identifier: BSD-3-Clause
"""Forwarding a local port through a transport of paramiko that somebody else has opened."""

from __future__ import annotations

import logging
import socketserver
from typing import Any

from zmq.ssh._keeper.channel import ChannelStream
from zmq.ssh._keeper.relay import SocketStream, join

__all__ = ["ForwardServer", "Handler", "forward_tunnel"]

log = logging.getLogger("zmq.ssh")


class ForwardServer(socketserver.ThreadingTCPServer):
    """Listens on the local port; a thread for each connection, which does not keep the program."""

    daemon_threads = True
    allow_reuse_address = True


class Handler(socketserver.BaseRequestHandler):
    """Passes one connection on.  A subclass says where to.

    Attributes
    ----------
    chain_host : str
        Where to, as seen from the ssh server.
    chain_port : int
    ssh_transport : paramiko.Transport
        Connected and authenticated.
    """

    chain_host: str
    chain_port: int
    ssh_transport: Any

    def handle(self) -> None:
        """Pass bytes both ways until both sides are done.

        What the server does not let through is logged, and the connection closed.
        """
        from paramiko import SSHException  # where the transport comes from

        target = (self.chain_host, self.chain_port)
        try:
            channel = self.ssh_transport.open_channel(
                "direct-tcpip", target, self.request.getpeername()
            )
        except (SSHException, EOFError) as exc:
            log.warning("the ssh server does not connect us to %s:%s: %s", *target, exc)
            return
        join(SocketStream(self.request), ChannelStream(channel))


def forward_tunnel(local_port: int, remote_host: str, remote_port: int, transport: Any) -> None:
    """Forward a port of this machine, until the program ends or an exception is raised.

    Parameters
    ----------
    local_port : int
        Of 127.0.0.1.
    remote_host : str
    remote_port : int
        Where to, as seen from the ssh server.
    transport : paramiko.Transport
        Connected and authenticated.

    Raises
    ------
    OSError
        The port is taken.
    """
    attributes = {
        "chain_host": remote_host,
        "chain_port": remote_port,
        "ssh_transport": transport,
    }
    handler = type("BoundHandler", (Handler,), attributes)
    with ForwardServer(("127.0.0.1", local_port), handler) as server:
        server.serve_forever()
