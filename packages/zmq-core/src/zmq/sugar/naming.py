# SPDX-License-Identifier: BSD-3-Clause
"""Names: which endpoint of a socket libzmq means by the name it gives in an event.

An event of a connection that was accepted names the local address, even where the socket is bound
to all of them; one of a connection that is made again names the address that was found for a host's
name.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: Transports whose connections a monitor reports.
REPORTED = (b"tcp://", b"ipc://", b"tipc://", b"ws://", b"wss://", b"vmci://")


def is_reported(endpoint: bytes) -> bool:
    """Whether a monitor reports the connections of an endpoint.

    Parameters
    ----------
    endpoint : bytes

    Returns
    -------
    bool
    """
    return endpoint.startswith(REPORTED)


def find_endpoint(name: bytes, bound: Iterable[bytes], dialled: Iterable[bytes]) -> bytes:
    """The endpoint of the socket that an event is about.

    Parameters
    ----------
    name : bytes
        As the event has it.
    bound, dialled : iterable of bytes
        The endpoints the socket is bound and connected to.

    Returns
    -------
    bytes
        `name` itself when it is none of them.
    """
    if name in bound or name in dialled:
        return name
    # Where a socket is bound to one address, the name is exact.
    for endpoints in (list(filter(_is_any, bound)), dialled):
        same = {endpoint for endpoint in endpoints if _where(endpoint) == _where(name) is not None}
        if len(same) > 1:
            same = {endpoint for endpoint in same if _may_be(endpoint, name)}
        if len(same) == 1:
            return same.pop()
    return name


def _where(endpoint: bytes) -> tuple[bytes, bytes] | None:
    """What names of one tcp endpoint have in common: transport and port; None for others."""
    scheme, _, address = endpoint.partition(b"://")
    return (
        (scheme, address.rpartition(b":")[2].partition(b"/")[0])
        if scheme in (b"tcp", b"ws", b"wss")
        else None
    )


def _is_any(endpoint: bytes) -> bool:
    """Whether an endpoint stands for all addresses of this machine."""
    return endpoint.partition(b"://")[2].startswith((b"0.0.0.0:", b"[::]:", b"*:"))


def _may_be(endpoint: bytes, name: bytes) -> bool:
    """Whether a host's name stands, among others, for the address in another name."""
    from socket import getaddrinfo

    host, address = (
        each.partition(b"://")[2].rpartition(b";")[2].rpartition(b":")[0]
        for each in (endpoint, name)
    )
    try:
        found = getaddrinfo(host.strip(b"[]"), None)
    except OSError:
        return False
    return address.strip(b"[]").decode("utf-8", "replace") in {each[4][0] for each in found}
