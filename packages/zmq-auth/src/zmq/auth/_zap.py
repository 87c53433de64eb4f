# SPDX-License-Identifier: BSD-3-Clause
"""ZAP (ZMQ RFC 27): the frames of requests and replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zmq.utils import z85

#: Where libzmq asks, in each context.
ENDPOINT = "inproc://zeromq.zap.01"

VERSION = b"1.0"

#: Bytes in a frame: what fits into the properties and commands of ZMTP handshakes.
LONGEST = 255

#: Bytes in the principal of GSSAPI.
LONGEST_PRINCIPAL = 1024

#: How many frames of credentials a mechanism has, and how long they may be.
CREDENTIALS = {
    "NULL": (0, 0),
    "PLAIN": (2, LONGEST),
    "CURVE": (1, 32),
    "GSSAPI": (1, LONGEST_PRINCIPAL),
}

TEXTS = {200: b"OK", 300: b"Try again", 400: b"No access", 500: b"Internal error"}


class Request:
    """A request, as far as it could be understood.

    Parameters
    ----------
    envelope : sequence of bytes
        The frames in front, which say whom to answer.
    request_id : bytes

    Attributes
    ----------
    domain, address, mechanism : str
        See `zmq.auth.Decision`.
    identity : bytes
        The routing id that the client's socket has, if any.
    user_id : str
        Whom the client claims to be: its name, its public key in Z85, its principal.
    credentials : sequence of bytes
        Never shown.
    socket : object
        Where it was received: peers of another one may have the same names.
    """

    def __init__(self, envelope: Sequence[bytes], request_id: bytes) -> None:
        self.envelope = list(envelope)
        self.request_id = request_id
        self.domain = self.address = self.mechanism = self.user_id = ""
        self.identity = b""
        self.credentials: Sequence[bytes] = ()
        self.socket: Any = None

    def __repr__(self) -> str:
        return f"<ZAP request {self.mechanism} from {self.address!r} to {self.domain!r}>"

    def compose_reply(self, status: int, user_id: bytes = b"") -> list[bytes]:
        """The frames of the reply.

        Parameters
        ----------
        status : int
            200, 300, 400 or 500.
        user_id : bytes
            With 200.

        Returns
        -------
        list of bytes
        """
        code = str(status).encode("ascii")
        return [*self.envelope, VERSION, self.request_id, code, TEXTS[status], user_id, b""]


class UnanswerableError(ValueError):
    """A request without what it takes to answer it."""


class MalformedError(ValueError):
    """A request that can be answered, but not be granted.

    Attributes
    ----------
    request : Request
        What was understood before something was wrong.
    """

    def __init__(self, request: Request, reason: str) -> None:
        super().__init__(reason)
        self.request = request


def read_request(frames: Sequence[bytes], encoding: str) -> Request:
    """Understand a request.

    Parameters
    ----------
    frames : sequence of bytes
        As a ROUTER receives them, or a REP.
    encoding : str
        Of the domain and of names.

    Returns
    -------
    Request

    Raises
    ------
    UnanswerableError
        Nobody can be answered: to be dropped.
    MalformedError
        To be refused.
    """
    # A ROUTER puts the peer's address in front, and the peer an empty frame between that and its
    # request.  A REP takes both away, and the request begins with the version.
    start = 0 if frames and frames[0] == VERSION else 2
    if start and (len(frames) < start or frames[1]):
        raise UnanswerableError("the empty frame before the request is missing")
    if len(frames) < start + 2:
        raise UnanswerableError("the version or the request id is missing")
    version, request_id, *rest = frames[start:]
    request = Request(frames[:start], request_id)
    try:
        _check_long(request_id, "request id")
        if version != VERSION:
            raise ValueError("not version 1.0 of the protocol")
        _fill_in(request, rest, encoding)
    except ValueError as exc:
        raise MalformedError(request, f"malformed request: {exc}") from None
    return request


def _fill_in(request: Request, rest: Sequence[bytes], encoding: str) -> None:
    if len(rest) < 4:
        raise ValueError(f"{4 - len(rest)} frames are missing before the credentials")
    request.domain = _as_text(rest[0], "domain", encoding)
    request.address = _as_text(rest[1], "address", encoding)
    _check_long(rest[2], "identity")
    request.identity = rest[2]
    mechanism = _as_text(rest[3], "mechanism", "ascii")
    if mechanism not in CREDENTIALS:
        raise ValueError(f"unknown mechanism {mechanism!r}")
    request.mechanism = mechanism
    count, longest = CREDENTIALS[mechanism]
    credentials = rest[4:]
    if len(credentials) != count:
        raise ValueError(f"{len(credentials)} frames of credentials instead of {count}")
    for frame in credentials:
        _check_long(frame, "credentials", longest)
    if mechanism == "CURVE":
        if len(credentials[0]) != 32:
            raise ValueError("the public key is not 32 bytes long")
        request.user_id = z85.encode(credentials[0]).decode("ascii")
    elif mechanism == "PLAIN":
        request.user_id = decode_name(credentials[0], "user name", encoding)
    elif mechanism == "GSSAPI":
        request.user_id = decode_name(credentials[0], "principal", encoding)
    request.credentials = credentials


def _as_text(frame: bytes, what: str, encoding: str) -> str:
    _check_long(frame, what)
    return decode_name(frame, what, encoding)


def decode_name(frame: bytes, what: str, encoding: str) -> str:
    """Decode a name.

    Parameters
    ----------
    frame : bytes
    what : str
        For the message.
    encoding : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        It cannot be decoded, or has a NUL, at which C programs would cut it.
    """
    try:
        text = bytes(frame).decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(f"the {what} is not {encoding}") from None  # the cause shows the content
    if "\0" in text:
        raise ValueError(f"the {what} has a NUL in it")
    return text


def _check_long(frame: bytes, what: str, longest: int = LONGEST) -> None:
    if len(frame) > longest:
        raise ValueError(f"the {what} is longer than {longest} bytes")
