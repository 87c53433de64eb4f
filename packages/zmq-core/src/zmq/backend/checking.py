# SPDX-License-Identifier: BSD-3-Clause
"""Checking: what is wrong with an argument, said before libzmq sees it, for all backends."""

from __future__ import annotations

from zmq.backend.wording import name_option
from zmq.constants import (
    CONFLATE,
    PLAIN_PASSWORD,
    PLAIN_USERNAME,
    PUB,
    SOCKS_PROXY,
    XPUB_VERBOSER,
    ZAP_DOMAIN,
    Errno,
)
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST_GROUP = 255
#: Options that None takes back.
OPTIONAL = frozenset([ZAP_DOMAIN, PLAIN_USERNAME, PLAIN_PASSWORD, SOCKS_PROXY])


def endpoint_bytes(addr: Any) -> bytes:
    """Return an endpoint as bytes."""
    if isinstance(addr, str):
        endpoint = addr.encode("utf-8")
    elif isinstance(addr, bytes):
        endpoint = bytes(addr)  # of subclasses, too
    else:
        raise TypeError(f"an endpoint is str or bytes, like 'tcp://127.0.0.1:5555', not {addr!r}")
    if b"\0" in endpoint:
        raise ValueError(f"an endpoint cannot contain a NUL character: {addr!r}")
    return endpoint


def has_port(endpoint: bytes) -> bool:
    """Whether what stands in place of a port is one: libzmq takes 65541 and 5x for port 5."""
    if not endpoint.startswith(b"tcp://"):
        return True
    port = endpoint.rpartition(b":")[2]
    return not port[:1].isdigit() or (port.isdigit() and len(port) < 9 and int(port) <= 65535)


def group_name(value: Any) -> bytes:
    """Return the name of a RADIO-DISH group as bytes."""
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"a group is str or bytes, not {value!r}")
    name = value.encode() if isinstance(value, str) else bytes(value)
    if b"\0" in name:
        raise ValueError(f"a group cannot contain a NUL byte: {value!r}")
    if len(name) > LONGEST_GROUP:  # libzmq would cut it off in silence
        raise ZMQError(Errno.EINVAL, f"a group has at most {LONGEST_GROUP} bytes: {value!r}")
    return name


def option_bytes(option: int, value: Any, frame_class: type) -> bytes | None:
    """Return the value of an option that takes bytes; None for one that is taken back."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, frame_class):
        return value.bytes  # type: ignore[attr-defined, no-any-return]
    if isinstance(value, str):
        raise TypeError(
            f"option {name_option(option)} takes bytes, not text: use setsockopt_string or encode "
            "it"
        )
    if value is None and option in OPTIONAL:
        return None
    raise TypeError(f"option {name_option(option)} takes bytes, not {value!r}")


def check_key(option: int, key: bytes, decode: Callable[[bytes], bytes]) -> None:
    """Say what is wrong with a CURVE key; never show one.  `decode` reads Z85."""
    if len(key) == 41 and key.endswith(b"\0"):
        key = key[:40]
    name = name_option(option)
    if len(key) not in (32, 40):
        raise ZMQError(
            Errno.EINVAL,
            f"{name}: a key has 40 characters of Z85, or 32 bytes, and this one has {len(key)}",
        )
    if len(key) == 40:
        try:
            decode(key)
        except ValueError:
            raise ZMQError(
                Errno.EINVAL, f"{name}: this key has 40 characters that are not Z85"
            ) from None


def check_counted(option: int, value: Any, kind: int) -> None:
    """Refuse the options that would make the counts of a socket's subscribers wrong."""
    name = name_option(option)
    if option == XPUB_VERBOSER and value:
        return
    if name.startswith(("XPUB_VERBOSE", "XPUB_MANUAL")) or (option == CONFLATE and kind == PUB):
        raise ZMQError(
            Errno.EINVAL,
            f"{name} cannot be set to {value!r} on a socket that counts its subscribers: make one "
            "without observe and count_subscribers",
        )
