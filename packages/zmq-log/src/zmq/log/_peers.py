# SPDX-License-Identifier: BSD-3-Clause
"""Peers: how many there are of a socket that does not count its subscribers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import zmq
from zmq.sugar.peers import wrap


def count_subscribers(socket: Any, topic: bytes) -> int | None:
    """How many a message with this topic is for.

    Parameters
    ----------
    socket : zmq.Socket
        A PUB or XPUB.  One that does not count its subscribers tells how many peers there are.
    topic : bytes

    Returns
    -------
    int or None
        None when it cannot be told.
    """
    try:
        count = socket.wait_subscribers(topic, 0, timeout=0)
    except zmq.ZMQError:  # it does not count
        return count_peers(socket)
    if isinstance(count, int):
        return count
    count.close()  # of an asynchronous socket, to be awaited in its loop only
    return count_peers(socket)


def count_peers(socket: Any) -> int | None:
    """How many connections to the endpoints of a socket this process has.

    Parameters
    ----------
    socket : zmq.Socket

    Returns
    -------
    int or None
        None for a transport or a system where it cannot be told.
    """
    bound = {_identify(endpoint) for endpoint in socket._bindings or ()}
    dialled = {_identify(endpoint) for endpoint in socket._connections or ()}
    if None in bound | dialled:
        return None
    count = _count_inproc(socket, bound | dialled)
    if all(isinstance(name, tuple) for name in bound | dialled):
        return count
    ends = list(_list_connections())
    if not ends:
        return None
    return count + sum(own in bound or peer in dialled for own, peer in ends)


def _identify(endpoint: bytes) -> Any:
    """The port of a tcp endpoint, the path of an ipc one, a tuple for inproc."""
    scheme, _, address = endpoint.partition(b"://")
    if scheme == b"tcp":
        port = address.rpartition(b":")[2]
        return int(port) if port.isdigit() else None
    if scheme == b"ipc":
        return b"\0" + address[1:] if address.startswith(b"@") else address
    return (endpoint,) if scheme == b"inproc" else None


def _count_inproc(socket: Any, names: set[Any]) -> int:
    here = [name[0] for name in names if isinstance(name, tuple)]
    if not here:
        return 0
    return sum(
        name in (*(other._bindings or ()), *(other._connections or ()))
        for other in zmq.Socket._list_all()
        if other.underlying != socket.underlying
        for name in here
    )


def _list_connections() -> Iterator[tuple[Any, Any]]:
    """Own end and other end, each a port or a path, of the connections of this process."""
    for descriptor in _list_descriptors():
        try:
            copy = os.dup(descriptor)
        except OSError:
            continue
        try:
            end = wrap(copy)
        except OSError:  # a file, or something else that is no socket
            os.close(copy)
            continue
        with end:
            try:
                names = _name(end.getsockname()), _name(end.getpeername())
            except (OSError, LookupError, TypeError):  # not connected, or of another family
                continue
        yield names


def _name(address: Any) -> Any:
    if isinstance(address, tuple):
        return address[1]
    return address if isinstance(address, bytes) else os.fsencode(address)


def _list_descriptors() -> list[int]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return [int(name) for name in os.listdir(folder)]
        except OSError:
            continue
    return []
