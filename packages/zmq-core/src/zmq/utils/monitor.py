# SPDX-License-Identifier: BSD-3-Clause
"""Reading what a socket monitor says."""

from __future__ import annotations

import struct

from zmq.constants import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any

_NUMBERS = struct.Struct("=Hi")  # the number of the event and its value, without padding


def parse_monitor_message(msg: list[bytes]) -> dict[str, Any]:
    """Return what a message of a socket monitor says (`zmq_socket_monitor`).

    Parameters
    ----------
    msg : list of bytes
        The two parts of the message.

    Returns
    -------
    dict
        ``event`` (`zmq.Event`), ``value`` (int: a descriptor, an errno, a time in milliseconds or
        a status code, depending on the event; a `zmq.Event` that names the error for
        ``HANDSHAKE_FAILED_PROTOCOL``) and ``endpoint`` (bytes).

    Raises
    ------
    RuntimeError
        If this is no message of a monitor.
    """
    if len(msg) != 2 or len(msg[0]) != _NUMBERS.size:
        raise RuntimeError(
            f"a monitor message has two parts, the first of {_NUMBERS.size} bytes; this is {msg!r}"
        )
    number, value = _NUMBERS.unpack(msg[0])
    event = Event(number)
    if event == Event.HANDSHAKE_FAILED_PROTOCOL:
        value = Event(value)
    return {"event": event, "value": value, "endpoint": msg[1]}


def recv_monitor_message(socket: Any, flags: int = 0) -> Any:
    """Receive an event from a monitor socket.

    Parameters
    ----------
    socket : zmq.Socket or zmq.asyncio.Socket
        What `Socket.get_monitor_socket` returned.
    flags : int, optional
        Those of `Socket.recv`, such as `zmq.NOBLOCK`.

    Returns
    -------
    dict or awaitable of dict
        As of `parse_monitor_message`; something to await if the socket is an asynchronous one.

    Raises
    ------
    zmq.Again
        If there is no event now, or within the time-out of the socket.
    RuntimeError
        If the message is none of a monitor.
    """
    msg = socket.recv_multipart(flags)
    if type(msg) is not list:  # of an asynchronous socket, so `inspect` has long been imported
        from inspect import isawaitable

        if isawaitable(msg):
            return _parse_when_received(msg)
    return parse_monitor_message(msg)


async def _parse_when_received(received: Awaitable[list[bytes]]) -> dict[str, Any]:
    return parse_monitor_message(await received)


__all__ = ["parse_monitor_message", "recv_monitor_message"]
