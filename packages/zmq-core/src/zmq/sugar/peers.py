# SPDX-License-Identifier: BSD-3-Clause
"""Whether this process has connections to endpoints, as the operating system sees it."""

from __future__ import annotations

import os
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def find_peers(endpoints: Iterable[bytes], silent: bool = True) -> bool:
    """Whether a connection to one of these endpoints is up.

    libzmq does not tell after the fact whether a socket has peers, so the connections of the whole
    process are looked at.  Where they cannot be listed the answer is no; for transports without
    connections it is yes.

    Parameters
    ----------
    endpoints : iterable of bytes
        What was connected to.
    silent : bool
        Whether connections over which nothing has come yet count.

    Returns
    -------
    bool
    """
    wanted = {_what_is_dialled(endpoint) for endpoint in endpoints}
    return None in wanted or not wanted.isdisjoint(_list_peers(silent))


def _what_is_dialled(endpoint: bytes) -> int | bytes | None:
    """The port of a tcp endpoint, the path of an ipc one, None for other transports."""
    scheme, _, address = endpoint.partition(b"://")
    if scheme == b"tcp":
        return int(address.rpartition(b":")[2] or 0)
    if scheme == b"ipc":
        return b"\0" + address[1:] if address.startswith(b"@") else address
    return None


def _list_peers(silent: bool) -> Iterator[int | bytes]:
    """The ports and paths that the sockets of this process are connected to."""
    for name in _list_descriptors():
        try:
            descriptor = os.dup(int(name))
        except OSError:
            continue
        try:
            s = wrap(descriptor)
        except OSError:  # a file, or something else that is no socket
            os.close(descriptor)
            continue
        with s:
            try:
                peer = s.getpeername()
            except OSError:  # not connected
                continue
            if not silent and _is_silent(s):
                continue
            own = s.getsockname()
        if isinstance(peer, tuple):
            yield peer[1]
            yield own[1]  # of one that was accepted
        elif peer:
            yield peer if isinstance(peer, bytes) else os.fsencode(peer)


def wrap(descriptor: int) -> socket.socket:
    """A socket object for a descriptor, whose blocking mode stays: libzmq uses it, too.

    PyPy sets the mode that new sockets have, and libzmq would wait for ever in a blocking one.
    """
    if sys.implementation.name != "pypy":
        return socket.socket(fileno=descriptor)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(None if os.get_blocking(descriptor) else 0)
    try:
        return socket.socket(fileno=descriptor)
    finally:
        socket.setdefaulttimeout(before)


def _is_silent(s: socket.socket) -> bool:
    """Whether the other end of a TCP connection has never said a word, as every peer does at once.

    Something else may have accepted the connection, or nobody: a listening system does it, too.
    """
    if s.family == socket.AF_UNIX or not hasattr(socket, "TCP_INFO") or sys.platform != "linux":
        return False
    info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
    # tcpi_bytes_received, since Linux 4.1
    return len(info) == 136 and not any(info[128:136])


def _list_descriptors() -> list[str]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return os.listdir(folder)
        except OSError:
            continue
    return []
