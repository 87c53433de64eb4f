# SPDX-License-Identifier: BSD-3-Clause
"""Requests that survive: ask again when no answer comes, and take no answer to another question."""

from __future__ import annotations

from contextlib import nullcontext
from errno import ENOENT
from time import monotonic

from zmq.backend import Frame
from zmq.constants import NOBLOCK, POLLIN, POLLOUT, SocketOption, SocketType
from zmq.error import Again, TimeoutExpired, ZMQError
from zmq.sugar.context import Context
from zmq.sugar.socket import Socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, overload

    from zmq._typing import Endpoint, MessagePart

_BYTES = (bytes, bytearray, memoryview, Frame)


if TYPE_CHECKING:

    @overload
    def request(
        sock_or_endpoint: Endpoint | Socket[Any],
        message: list[MessagePart] | tuple[MessagePart, ...],
        timeout: float = 2500,
        retries: int = 3,
        *,
        context: Context[Any] | None = None,
    ) -> list[bytes]: ...
    @overload
    def request(
        sock_or_endpoint: Endpoint | Socket[Any],
        message: MessagePart,
        timeout: float = 2500,
        retries: int = 3,
        *,
        context: Context[Any] | None = None,
    ) -> bytes: ...


def request(
    sock_or_endpoint: Endpoint | Socket[Any],
    message: MessagePart | list[MessagePart] | tuple[MessagePart, ...],
    timeout: float = 2500,
    retries: int = 3,
    *,
    context: Context[Any] | None = None,
) -> bytes | list[bytes]:
    """Send a request and wait for its reply; send it again when none comes.

    The server may be restarted, or replaced by another at the same endpoint, at any moment: a
    request that was lost with it is repeated, and a reply to an earlier attempt or to an earlier
    request is never taken for this one's.  So the server may see a request more than once.

    Parameters
    ----------
    sock_or_endpoint : str or Socket
        Where to connect to, with a socket of its own that is closed in the end.  Or a REQ socket,
        which gets the options REQ_RELAXED and REQ_CORRELATE, and may be used again afterwards,
        whatever happened.  The requests of several threads over one threadsafe socket are made one
        after another.
    message : bytes-like, or list or tuple of bytes-like
        One part, or all of them.
    timeout : int or float
        Milliseconds to wait for the reply to each attempt; a server that always takes longer is
        never heard.
    retries : int
        How many attempts may follow the first.
    context : Context, optional
        Where the socket for an endpoint is made, with the options of the context as defaults;
        `Context.instance()` by default.

    Returns
    -------
    bytes or list of bytes
        The reply: in the form of the message.

    Raises
    ------
    TimeoutExpired
        When no attempt was answered; it names the endpoint, the attempts and the time.
    TypeError
        For another type of socket, and for a message that is no bytes.
    ValueError
        For an impossible `timeout` or `retries`; and for a reply of several parts to a message that
        was not a list.
    ZMQError
        As `connect`, `send` and `recv` do: `ContextTerminated` when the context ends.
    """
    parts = _list_parts(message)
    if not isinstance(timeout, (int, float)) or not 0 < timeout < float("inf"):
        raise ValueError(f"timeout is in milliseconds and above 0, not {timeout!r}")
    if not isinstance(retries, int):
        raise TypeError(f"retries is how often to ask again, an int, not {retries!r}")
    if retries < 0:
        raise ValueError(f"retries is 0 or more, not {retries!r}")
    if isinstance(sock_or_endpoint, Socket):
        if context is not None:
            raise TypeError("context is for endpoints: this socket has one already")
        with sock_or_endpoint._room.turn if sock_or_endpoint.threadsafe else nullcontext():
            reply = _ask(_prepare(sock_or_endpoint), parts, timeout, retries, None)
    else:
        reply = _ask_endpoint(sock_or_endpoint, parts, timeout, retries, context)
    if isinstance(message, (list, tuple)):
        return reply
    if len(reply) > 1:
        raise ValueError(
            f"the reply has {len(reply)} parts: send the message as a list to get them"
        )
    return reply[0]


def _list_parts(message: Any) -> list[bytes | Frame]:
    parts = message if isinstance(message, (list, tuple)) else [message]
    if not parts:
        raise ValueError("a request has at least one part")
    for part in parts:
        if not isinstance(part, _BYTES):
            hint = ": encode it" if isinstance(part, str) else ", or a list of them"
            raise TypeError(f"a request is bytes, not {type(part).__name__}{hint}")
    return [part if isinstance(part, Frame) else bytes(part) for part in parts]


def _prepare(socket: Socket[Any]) -> Socket[Any]:
    """Let a REQ socket ask again, and know which reply is for what."""
    if socket.get(SocketOption.TYPE) != SocketType.REQ:
        raise TypeError(f"request needs a REQ socket or an endpoint, not {socket!r}")
    socket.set(SocketOption.REQ_RELAXED, 1)
    socket.set(SocketOption.REQ_CORRELATE, 1)
    return socket


def _ask_endpoint(
    endpoint: Endpoint,
    parts: list[bytes | Frame],
    timeout: float,
    retries: int,
    context: Context[Any] | None,
) -> list[bytes]:
    if not isinstance(endpoint, (str, bytes)):
        raise TypeError(f"request needs a REQ socket or an endpoint, not {endpoint!r}")
    with (Context.instance() if context is None else context).socket(SocketType.REQ) as socket:
        socket.set(SocketOption.LINGER, 0)
        socket.connect(endpoint)
        return _ask(_prepare(socket), parts, timeout, retries, endpoint)


def _ask(
    socket: Socket[Any],
    parts: list[bytes | Frame],
    timeout: float,
    retries: int,
    endpoint: Endpoint | None,
) -> list[bytes]:
    """Send until a reply comes; with an endpoint, over a new connection each time."""
    begin = monotonic()
    for attempt in range(retries + 1):
        if attempt and endpoint is not None:
            _reconnect(socket, endpoint)
        reply = _ask_once(socket, parts, monotonic() + timeout / 1000)
        if reply is not None:
            return reply
    attempts = f"{retries + 1} attempts" if retries else "1 attempt"
    raise TimeoutExpired(
        f"no reply from {_name_peers(socket)} after {attempts} of {timeout} ms,"
        f" {monotonic() - begin:.1f} s in all"
    )


def _reconnect(socket: Socket[Any], endpoint: Endpoint) -> None:
    """Leave a connection whose other end may have vanished, and what waits to be sent over it."""
    try:
        socket.disconnect(endpoint)
    except ZMQError as exc:
        if exc.errno != ENOENT:  # the connection has ended by itself
            raise
    socket.connect(endpoint)


def _ask_once(
    socket: Socket[Any], parts: list[bytes | Frame], deadline: float
) -> list[bytes] | None:
    """The reply to one attempt, or None when there is none in time."""
    if not _is_ready(socket, POLLOUT, deadline):
        return None
    try:
        socket.send_multipart(parts, NOBLOCK)
    except Again:
        return None
    while _is_ready(socket, POLLIN, deadline):
        try:
            return socket.recv_multipart(NOBLOCK)
        except Again:
            pass  # it was the reply to an earlier attempt
    return None


def _is_ready(socket: Socket[Any], event: int, deadline: float) -> int:
    ready = socket.poll(max(0, (deadline - monotonic()) * 1000), event)
    if not isinstance(ready, int):
        raise TypeError(f"request needs a socket that blocks, not {socket!r}")
    return ready


def _name_peers(socket: Socket[Any]) -> str:
    endpoints = [*(socket._connections or ()), *(socket._bindings or ())]
    return b", ".join(endpoints).decode("utf-8", "replace") or "nobody: connect the socket first"
