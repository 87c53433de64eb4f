# SPDX-License-Identifier: BSD-3-Clause
"""Tunnels: opening them, and connecting sockets through them."""

from __future__ import annotations

from typing import Any

from zmq.ssh._addresses import make_target, parse_address
from zmq.ssh._answers import Answers, Password
from zmq.ssh._errors import (
    AuthenticationError,
    ForwardError,
    HostKeyError,
    MaxRetryExceeded,
    TunnelError,
    TunnelTimeout,
)
from zmq.ssh._opening import DEFAULT_TIMEOUT, KeyFile, choose, launch, listen, settle
from zmq.ssh._tunnel import Keeping, Tunnel

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


def tunnel_connection(
    socket: Any,
    addr: str,
    server: str,
    keyfile: KeyFile = None,
    password: Password = None,
    paramiko: bool | None = None,
    timeout: float | None = 60,
    *,
    config: KeyFile = None,
    host_key_policy: str | None = None,
    keepalive: float | None = 15,
    reconnect: bool = False,
    connect_timeout: float | None = None,
) -> Tunnel:
    """Connect a socket to an address that only an ssh server can reach (`zmq_connect`).

    Parameters
    ----------
    socket : zmq.Socket
        Of any kind, also an asynchronous one; this call blocks, though.

    The other parameters, and what is raised, are those of `open_tunnel`.

    Returns
    -------
    Tunnel
        It stays open when this is not kept.

    Raises
    ------
    TunnelError
        See `open_tunnel`.
    zmq.ZMQError
        The socket cannot be connected; the tunnel is closed then.
    """
    tunnel = open_tunnel(
        addr,
        server,
        keyfile,
        password,
        paramiko,
        timeout,
        config=config,
        host_key_policy=host_key_policy,
        keepalive=keepalive,
        reconnect=reconnect,
        connect_timeout=connect_timeout,
    )
    try:
        socket.connect(tunnel.endpoint)
    except BaseException:
        tunnel.close()
        raise
    return tunnel


def open_tunnel(
    addr: str,
    server: str,
    keyfile: KeyFile = None,
    password: Password = None,
    paramiko: bool | None = None,
    timeout: float | None = 60,
    *,
    config: KeyFile = None,
    host_key_policy: str | None = None,
    keepalive: float | None = 15,
    reconnect: bool = False,
    connect_timeout: float | None = None,
) -> Tunnel:
    """Open a tunnel to an address that only an ssh server can reach.

    Parameters
    ----------
    addr : str
        "tcp://host:port" as seen from the server: 127.0.0.1 is the server itself.
    server : str
        "host", "user@host:port", "user@[::1]:port", or an alias of the ssh configuration.
    keyfile : path or None
        A private key to use instead of those of the configuration.
    password : str, callable, False or None
        The password, or the passphrase of the key. A function is given each question, also of jump
        hosts and for second factors, and returns the answer, or None. None: ask on the terminal,
        if there is one, at most once for each connection. False: never ask.
    paramiko : bool or None
        Whether to use paramiko instead of OpenSSH's client; None: only if that is missing.
    timeout : float or None
        Seconds for opening it; and then, seconds without any connection after which it closes, or
        None if it shall not close for that.
    config : path or None
        A configuration to use instead of ~/.ssh/config and the system's.
    host_key_policy : {"reject", "accept-new", "ignore"} or None
        What to do about the server's key: reject one that is not in known_hosts, accept and note
        it if there is none yet, or accept any. None: as configured, which by default is "reject".
    keepalive : float or None
        Seconds between two questions whether the server is still there; after three without an
        answer the connection counts as lost. None: as configured.
    reconnect : bool
        Make a lost connection again, until the tunnel is closed. The endpoint stays the same.
    connect_timeout : float or None
        Seconds for opening it; None: `timeout`, or 60.

    Returns
    -------
    Tunnel
        Which is also a pair: `url, tunnel = open_tunnel(...)`.

    Raises
    ------
    TunnelError
        With the reason in ssh's words; it is a `HostKeyError`, `AuthenticationError`,
        `MaxRetryExceeded`, `ForwardError` or `TunnelTimeout` where that is the reason.
    ValueError
        An argument makes no sense.
    FileNotFoundError
        There is no such key or configuration.
    """
    return launch(
        choose(paramiko),
        0,
        parse_address(addr),
        server,
        Answers(password),
        keyfile=keyfile,
        timeout=timeout,
        config=config,
        host_key_policy=host_key_policy,
        keepalive=keepalive,
        reconnect=reconnect,
        connect_timeout=connect_timeout,
    )


def ssh_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: KeyFile = None,
    password: Password = None,
    timeout: float | None = 60,
    **options: Any,
) -> Tunnel:
    """Open a tunnel from a port of this machine: by OpenSSH's client, or else by paramiko.

    Parameters
    ----------
    lport : int
        On 127.0.0.1; 0: one that is free, to be read from the result.
    rport : int
        To be reached on `remoteip`, as seen from the server.
    server : str
    remoteip : str
        An address or name.
    **options
        `config`, `host_key_policy`, `keepalive`, `reconnect`, `connect_timeout` as for
        `open_tunnel`, as are the other parameters.

    Returns
    -------
    Tunnel

    Raises
    ------
    TunnelError
        See `open_tunnel`; also when `lport` is taken.
    """
    tunnel = paramiko_tunnel if choose(None) == "paramiko" else openssh_tunnel
    return tunnel(lport, rport, server, remoteip, keyfile, password, timeout, **options)


def openssh_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: KeyFile = None,
    password: Password = None,
    timeout: float | None = 60,
    **options: Any,
) -> Tunnel:
    """Open a tunnel from a port of this machine by OpenSSH's client.

    Parameters, results and errors are those of `ssh_tunnel`.
    """
    target = make_target(remoteip, rport, "remoteip and rport")
    options.update(keyfile=keyfile, timeout=timeout)
    return launch("openssh", lport, target, server, Answers(password), **options)


def paramiko_tunnel(
    lport: int,
    rport: int,
    server: str,
    remoteip: str = "127.0.0.1",
    keyfile: KeyFile = None,
    password: Password = None,
    timeout: float | None = 60,
    **options: Any,
) -> Tunnel:
    """Open a tunnel from a port of this machine by paramiko.

    Parameters, results and errors are those of `ssh_tunnel`.
    """
    target = make_target(remoteip, rport, "remoteip and rport")
    options.update(keyfile=keyfile, timeout=timeout)
    return launch("paramiko", lport, target, server, Answers(password), **options)


def try_passwordless_ssh(
    server: str,
    keyfile: KeyFile = None,
    paramiko: bool | None = None,
    *,
    timeout: float = 60,
    config: KeyFile = None,
    host_key_policy: str | None = None,
) -> bool:
    """Whether the server lets us in without a password.

    Parameters
    ----------
    server, keyfile, paramiko, config, host_key_policy
        As for `open_tunnel`.
    timeout : float
        Seconds.

    Raises
    ------
    TunnelError
        There is no saying, because the server cannot be reached or its key is not known.
    """
    settings = settle(
        choose(paramiko),
        server,
        None,
        keyfile=keyfile,
        timeout=timeout,
        config=config,
        host_key_policy=host_key_policy,
    )
    keeping = Keeping(settings, Answers(False), None)
    try:
        keeping.open(settings["connect_timeout"])
    except AuthenticationError:
        return False
    keeping.watch()
    keeping.close(DEFAULT_TIMEOUT)
    return True


def select_random_ports(n: int) -> list[int]:
    """Choose ports of 127.0.0.1 that are free.

    Somebody else may take one before it is used. `open_tunnel`, and a `lport` of 0, avoid that.

    Parameters
    ----------
    n : int
        How many.

    Returns
    -------
    list of int

    Raises
    ------
    OSError
        There are not as many.
    """
    listeners = []
    try:
        for _ in range(n):
            listeners.append(listen(0))
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()
