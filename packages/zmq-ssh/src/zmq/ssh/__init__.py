# SPDX-License-Identifier: BSD-3-Clause
"""Tunnels: ØMQ connections by way of an ssh server.

The layout, lower files first:

    _errors, _addresses         why it failed; user@host:port and tcp://host:port
    _answers                    passwords, passphrases, second factors
    _link                       what a program and the keeper of its tunnel tell one another
    _keeper/                    the process that holds a tunnel: OpenSSH or paramiko, and a relay
    _tunnel                     the tunnel as the program sees it
    _opening                    from arguments to a tunnel
    tunnel                      the functions
    forward                     forwarding through a transport of paramiko
"""

from zmq.ssh.tunnel import (
    AuthenticationError,
    ForwardError,
    HostKeyError,
    MaxRetryExceeded,
    Tunnel,
    TunnelError,
    TunnelTimeout,
    open_tunnel,
    openssh_tunnel,
    paramiko_tunnel,
    select_random_ports,
    ssh_tunnel,
    try_passwordless_ssh,
    tunnel_connection,
)

__all__ = [
    "AuthenticationError",
    "ForwardError",
    "HostKeyError",
    "MaxRetryExceeded",
    "Tunnel",
    "TunnelError",
    "TunnelTimeout",
    "open_tunnel",
    "openssh_tunnel",
    "paramiko_tunnel",
    "select_random_ports",
    "ssh_tunnel",
    "try_passwordless_ssh",
    "tunnel_connection",
]
