# SPDX-License-Identifier: BSD-3-Clause
"""Reading what a socket monitor says."""

from __future__ import annotations

import struct
from collections import namedtuple

from zmq.backend import strerror
from zmq.constants import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, NamedTuple, overload

    from zmq.sugar.socket import Socket

    class _Facts(NamedTuple):
        kind: Event | int
        endpoint: str
        value: int

else:
    _Facts = namedtuple("_Facts", ["kind", "endpoint", "value"])

_NUMBERS = struct.Struct("=Hi")  # the number of the event and its value, without padding

#: Events whose value is an errno.
_WITH_ERRNO = (
    Event.BIND_FAILED | Event.ACCEPT_FAILED | Event.CLOSE_FAILED | Event.HANDSHAKE_FAILED_NO_DETAIL
)


#: Not what enums remember of numbers they were once asked for.
_MEMBERS = {member.value: member for member in Event.__members__.values()}


class SocketEvent(_Facts):
    """What happened to a connection of a socket: see `Socket.watch_events`.

    Attributes
    ----------
    kind : Event or int
        What; an int for what this version does not know.
    endpoint : str
        Where: the one that the socket is bound or connected to.
    value : int
        Depends on the kind: a descriptor, an errno, a time in milliseconds, a status code, or a
        `zmq.Event` that names the error for ``HANDSHAKE_FAILED_PROTOCOL``.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name of the kind, such as ``"CONNECTED"``; its number in hex when it has none."""
        return _find_name(self.kind)

    @property
    def error(self) -> str | None:
        """What went wrong, as text, for the kinds whose value is an errno; otherwise None."""
        return strerror(self.value) if self.kind & _WITH_ERRNO and self.value > 0 else None

    @property
    def protocol_error(self) -> str | None:
        """How a handshake went wrong, such as ``"ZMTP_CRYPTOGRAPHIC"``, for
        ``HANDSHAKE_FAILED_PROTOCOL``; otherwise None.
        """
        if self.kind != Event.HANDSHAKE_FAILED_PROTOCOL:
            return None
        return _find_name(self.value).replace("PROTOCOL_ERROR_", "", 1)

    def __str__(self) -> str:
        text = f"{self.name} {self.endpoint}".rstrip()
        detail = self.error or self.protocol_error or _describe_value(self)
        return f"{text}: {detail}" if detail else text


def _find_name(number: int) -> str:
    member = _MEMBERS.get(number)
    return f"{int(number):#x}" if member is None else member.name  # type: ignore[return-value]


def _describe_value(event: SocketEvent) -> str:
    if event.kind == Event.CONNECT_RETRIED:
        return f"again in {event.value} ms"
    if event.kind == Event.HANDSHAKE_FAILED_AUTH:
        return f"status code {event.value}"
    return ""


def parse_event(msg: list[bytes]) -> SocketEvent:
    """Return what a message of a socket monitor says.

    Parameters
    ----------
    msg : list of bytes
        The two parts of the message.

    Returns
    -------
    SocketEvent

    Raises
    ------
    RuntimeError
        If this is no message of a monitor.
    """
    number, value = _read_numbers(msg)
    kind = _MEMBERS.get(number, number)
    if kind == Event.HANDSHAKE_FAILED_PROTOCOL:
        value = _MEMBERS.get(value, value)
    return SocketEvent(kind, msg[1].decode("utf-8", "surrogateescape"), value)


def _read_numbers(msg: list[bytes]) -> tuple[int, int]:
    if len(msg) != 2 or len(msg[0]) != _NUMBERS.size:
        raise RuntimeError(
            f"a monitor message has two parts, the first of {_NUMBERS.size} bytes; this is {msg!r}"
        )
    number, value = _NUMBERS.unpack(msg[0])
    return number, value


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
    number, value = _read_numbers(msg)
    event = Event(number)
    if event == Event.HANDSHAKE_FAILED_PROTOCOL:
        value = Event(value)
    return {"event": event, "value": value, "endpoint": msg[1]}


if TYPE_CHECKING:

    @overload
    def recv_monitor_message(socket: Socket[bytes], flags: int = 0) -> dict[str, Any]: ...
    @overload
    def recv_monitor_message(
        socket: Socket[Awaitable[bytes]], flags: int = 0
    ) -> Awaitable[dict[str, Any]]: ...


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


__all__ = ["SocketEvent", "parse_event", "parse_monitor_message", "recv_monitor_message"]
