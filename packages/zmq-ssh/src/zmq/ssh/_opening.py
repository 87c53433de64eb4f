# SPDX-License-Identifier: BSD-3-Clause
"""Opening: from the arguments of the functions to a running keeper."""

from __future__ import annotations

import os
import shutil
import socket
from typing import Any, Union

from zmq.ssh._addresses import Target, parse_port, parse_server
from zmq.ssh._answers import Answers
from zmq.ssh._errors import TunnelError
from zmq.ssh._tunnel import Keeping, Tunnel

KeyFile = Union[str, "os.PathLike[str]", None]

#: Seconds for opening a tunnel that never closes for being idle.
DEFAULT_TIMEOUT = 60.0


def choose(paramiko: bool | None) -> str:
    """Return the name of the back end."""
    if paramiko is None:
        paramiko = shutil.which("ssh") is None
    return "paramiko" if paramiko else "openssh"


def launch(
    back_end: str, lport: int, target: Target, server: str, answers: Answers, **options: Any
) -> Tunnel:
    """Open a tunnel.

    Parameters
    ----------
    back_end : {"openssh", "paramiko"}
    lport : int
        The local port; 0 takes one that is free.
    target : Target
    server : str
    answers : Answers
    **options
        Those of `settle`.

    Raises
    ------
    TunnelError
        It could not be opened.
    """
    settings = settle(back_end, server, target, **options)
    settings["silent"] = not answers.possible
    settings["insistent"] = answers.given
    listener = reserve(parse_port(lport, "lport", lowest=0))
    port = listener.getsockname()[1]
    keeping = Keeping(settings, answers, listener)
    keeping.open(settings["connect_timeout"])
    keeping.watch()
    return Tunnel(keeping, port, server, target)


def settle(
    back_end: str,
    server: str,
    target: Target | None,
    *,
    keyfile: KeyFile = None,
    timeout: float | None = 60,
    config: KeyFile = None,
    host_key_policy: str | None = None,
    keepalive: float | None = 15,
    reconnect: bool = False,
    connect_timeout: float | None = None,
) -> dict[str, Any]:
    """Return what the keeper needs to know, after a look at it."""
    if host_key_policy not in (None, "reject", "accept-new", "ignore"):
        raise ValueError(
            f"host_key_policy={host_key_policy!r}: 'reject', 'accept-new', 'ignore' or None"
        )
    times = {"timeout": timeout, "keepalive": keepalive, "connect_timeout": connect_timeout}
    for name, seconds in times.items():
        if seconds is not None and not seconds > 0:
            raise ValueError(f"{name}={seconds!r}: seconds, more than 0, or None")
    return {
        "name": f"tunnel to {target} by way of {server}" if target else f"login at {server}",
        "back_end": back_end,
        "server": parse_server(server),
        "target": target,
        "keyfile": find_file(keyfile, "keyfile"),
        "config": find_file(config, "config"),
        "host_key_policy": host_key_policy,
        "keepalive": keepalive,
        "reconnect": bool(reconnect),
        "idle": timeout,
        "connect_timeout": connect_timeout or timeout or DEFAULT_TIMEOUT,
        "silent": True,
        "insistent": False,
    }


def find_file(path: KeyFile, what: str) -> str | None:
    """Return the absolute path of a file, for the keeper may be asked later on."""
    if path is None or path == "":
        return None
    found = os.path.abspath(os.path.expanduser(os.fspath(path)))
    if not os.path.exists(found):
        raise FileNotFoundError(f"{what}: there is no {found}")
    return found


def listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


def reserve(port: int) -> socket.socket:
    """Return what listens on a port: from now on, so that nobody else can come in between."""
    try:
        return listen(port)
    except OSError as exc:
        raise TunnelError(
            f"the local end, 127.0.0.1:{port}, cannot be opened: {exc.strerror}; "
            "an lport of 0 takes one that is free"
        ) from exc
