# SPDX-License-Identifier: BSD-3-Clause
"""Advice: what is wrong with an endpoint, and what may have been meant."""

from __future__ import annotations

import os
import re
import socket
from errno import EADDRNOTAVAIL, ENODEV

import zmq

#: What other processes are reached by.
TRANSPORTS = ("tcp", "ipc", "ws", "wss", "tipc", "vmci")

_TCP = re.compile(r"(?:[^;/]+;)?(?P<host>\[[^\]]+\]|[^:\[\]/]*):(?P<port>\d+|\*)")


class EndpointError(ValueError):
    """An endpoint is wrong; the text says why, and what would be right."""


def check(endpoint: str, bind: bool) -> None:
    """Refuse an endpoint that cannot work.

    Parameters
    ----------
    endpoint : str
    bind : bool
        Whether it is to be bound; otherwise it will be connected to.

    Raises
    ------
    EndpointError
    """
    transport, delimiter, address = endpoint.partition("://")
    if not delimiter:
        raise EndpointError(f"{endpoint}: no transport. {_guess(endpoint)}")
    if transport == "inproc":
        raise EndpointError(
            f"{endpoint}: inproc reaches only the program that has bound it. Have the program "
            "bind tcp or ipc, too"
        )
    if transport not in TRANSPORTS:
        known = ", ".join(f"{each}://" for each in TRANSPORTS[:2])
        raise EndpointError(f"{endpoint}: {transport}:// is no transport. There are {known}")
    if transport in ("ws", "wss") and not zmq.has(transport):
        raise EndpointError(f"{endpoint}: this libzmq has no {transport}")
    if transport == "tcp":
        _check_tcp(endpoint, address, bind)
    if transport == "ipc" and not address:
        raise EndpointError(f"{endpoint}: the path is missing. Did you mean ipc:///tmp/log?")
    if transport == "ipc" and len(os.fsencode(address)) > zmq.IPC_PATH_MAX_LEN:
        raise EndpointError(
            f"{endpoint}: the path is too long: it may have {zmq.IPC_PATH_MAX_LEN} bytes"
        )


def _check_tcp(endpoint: str, address: str, bind: bool) -> None:
    found = _TCP.fullmatch(address)
    if found is None:
        host = address.partition(":")[0] or "127.0.0.1"
        meant = "" if ":" in address else f" Did you mean tcp://{host}:5555?"
        raise EndpointError(f"{endpoint}: this is not tcp://HOST:PORT.{meant}")
    host, port = found["host"], found["port"]
    if port != "*" and int(port) > 65535:
        raise EndpointError(f"{endpoint}: ports end at 65535")
    if not host:
        name = "*" if bind else "127.0.0.1"
        raise EndpointError(f"{endpoint}: no host. Did you mean tcp://{name}:{port}?")
    if bind:
        return
    if host in ("*", "0.0.0.0", "[::]"):
        raise EndpointError(
            f"{endpoint}: {host} is every interface of this machine, to bind to. Did you mean "
            f"tcp://127.0.0.1:{port}, or --bind?"
        )
    if port in ("*", "0"):
        raise EndpointError(f"{endpoint}: any free port is something to bind to, with --bind")


def _guess(text: str) -> str:
    if text.isdigit():
        return f"Did you mean tcp://127.0.0.1:{text}?"
    if re.fullmatch(r"[\w.*-]+:\d+", text):
        return f"Did you mean tcp://{text}?"
    if "/" in text or os.path.exists(text):
        return f"Did you mean ipc://{text}?"
    return "Endpoints look like tcp://127.0.0.1:5555 and ipc:///tmp/log"


def explain(error: zmq.ZMQError, bind: bool) -> str:
    """What libzmq has refused, and what may help."""
    text = str(error)
    if error.errno == zmq.EADDRINUSE:
        return f"{text}. If the program with the log has bound it, connect instead: without --bind"
    if error.errno in (EADDRNOTAVAIL, ENODEV) and bind:
        return f"{text}. The address is not one of this machine: connect instead, without --bind"
    return text


def explain_silence(endpoint: str) -> str:
    """Why there may be no connection to an endpoint yet."""
    transport, _, address = endpoint.partition("://")
    found = _TCP.fullmatch(address) if transport == "tcp" else None
    if found is not None:
        try:
            socket.getaddrinfo(found["host"].strip("[]"), None)
        except OSError as exc:
            return f"{endpoint}: the host is not known ({exc.strerror or exc}). Trying on"
    if transport == "ipc" and not address.startswith("@") and not os.path.exists(address):
        return f"{endpoint}: there is no such file yet. Waiting for it"
    return (
        f"{endpoint}: nobody answers yet. Is the program running, and has it bound this? Trying on"
    )
