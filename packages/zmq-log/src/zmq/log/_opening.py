# SPDX-License-Identifier: BSD-3-Clause
"""Opening: the sockets that a handler or a receiver makes for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import zmq

#: Milliseconds that unsent records may take at the end, unless the context or the options say it.
LINGER = 1000

#: Records that are kept for each subscriber which is behind, as above.
HIGH_WATER_MARK = 10_000

#: Types that can tell a publisher's subscribers apart.
PUBLISHERS = (zmq.PUB, zmq.XPUB)


class Place(NamedTuple):
    """Where a socket is to be, and what it is to be like.

    Attributes
    ----------
    kind : int
        The type of the socket.
    endpoints : sequence of str or bytes
    connect : bool
        To connect to them; otherwise to bind.
    options : mapping of str to object
        Attributes of the socket, set before it is bound; a list is set one by one.
    context : Context or None
    """

    kind: int
    endpoints: Sequence[str | bytes]
    connect: bool
    options: Mapping[str, Any]
    context: zmq.Context[Any] | None


def open_socket(place: Place, **making: Any) -> tuple[Any, zmq.Context[Any] | None]:
    """Open a blocking socket, whatever kind of sockets the context makes.

    Parameters
    ----------
    place : Place
    **making
        For the class of sockets.

    Returns
    -------
    zmq.Socket
    Context or None
        One that was made for it, and ends with it.

    Raises
    ------
    ZMQError
        Naming the endpoint that was refused.
    AttributeError
        For an unknown option.
    """
    context, own = place.context, None
    if context is None:
        context = own = zmq.Context()
    if place.kind in PUBLISHERS:
        making.setdefault("count_subscribers", True)
    try:
        socket = context.socket(place.kind, socket_class=zmq.Socket, **making)
        try:
            _prepare(socket, place, context.sockopts or {})
        except BaseException:
            socket.close(linger=0)
            raise
    except BaseException:
        if own is not None:
            own.term()
        raise
    return socket, own


def _prepare(socket: Any, place: Place, defaults: Mapping[int, Any]) -> None:
    if zmq.LINGER not in defaults:
        socket.linger = LINGER
    for option in (zmq.SNDHWM, zmq.RCVHWM):
        if option not in defaults:
            socket.set(option, HIGH_WATER_MARK)
    for name, value in place.options.items():
        for each in value if isinstance(value, list) else [value]:
            setattr(socket, name, each)
    for endpoint in place.endpoints:
        socket.connect(endpoint) if place.connect else socket.bind(endpoint)


def is_waiting(socket: Any) -> bool:
    """Whether the methods of a socket wait in an event loop, instead of blocking or returning."""
    return any(
        cls.__module__.startswith("zmq.")
        and not cls.__module__.startswith(("zmq.sugar.", "zmq.backend."))
        for cls in type(socket).__mro__
    )


def make_blocking(socket: Any) -> Any:
    """A socket's own self, or the same without its event loop."""
    return zmq.Socket.shadow(socket) if is_waiting(socket) else socket
