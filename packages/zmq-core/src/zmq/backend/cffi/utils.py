# SPDX-License-Identifier: BSD-3-Clause
"""Utilities of libzmq: capabilities, CURVE keys, Z85, how this was built."""

from __future__ import annotations

from zmq.backend.cffi._calls import ffi, lib
from zmq.backend.cffi.errors import raise_errno, zmq_version_info
from zmq.backend.cffi.numbers import as_number
from zmq.backend.cffi.release import get_buffer
from zmq.constants import Errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

Z85_DIGITS = (
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # 62, and 23 more:
    b".-:+=^!/*?&<>()[]{}@%$#"
)
_VALUES = {digit: value for value, digit in enumerate(Z85_DIGITS)}
#: In the order in which C has them.
FACTS = ("version", "libzmq_linked", "libzmq_origin", "libsodium", "cflags", "cffi")


def has(capability: str) -> bool:
    if not isinstance(capability, str):
        raise TypeError(f"a capability is a str like 'curve', not {capability!r}")
    return bool(lib.zmq_has(capability.encode()))


PYZMQ_DRAFT_API = bool(lib.zmq_core_drafts()) and has("draft")


def build_facts() -> dict[str, Any]:
    said = {
        name: ffi.string(lib.zmq_core_fact(number)).decode() for number, name in enumerate(FACTS)
    }
    libzmq = ".".join(map(str, zmq_version_info()))
    return {**said, "libzmq": libzmq, "drafts": PYZMQ_DRAFT_API, "curve": has("curve")}


def curve_keypair() -> tuple[bytes, bytes]:
    public_key, secret_key = ffi.new("char[41]"), ffi.new("char[41]")
    if lib.zmq_curve_keypair(public_key, secret_key) < 0:
        _raise_curve(lib.zmq_errno())
    return ffi.string(public_key), ffi.string(secret_key)


def curve_public(secret_key: Any) -> bytes:
    if isinstance(secret_key, str):
        secret_key = secret_key.encode("utf-8")
    if not isinstance(secret_key, (bytes, bytearray)):
        raise TypeError(f"a secret key is bytes, not {type(secret_key).__name__}")
    secret = bytes(secret_key)
    if len(secret) != 40:
        raise ValueError(f"a secret key has 40 characters of Z85, not {len(secret)}")
    z85_decode(secret)
    public_key = ffi.new("char[41]")
    if lib.zmq_curve_public(public_key, secret) < 0:
        _raise_curve(lib.zmq_errno())
    return ffi.string(public_key)


def _raise_curve(number: int) -> NoReturn:
    if number == Errno.ENOTSUP:
        raise_errno(number, "this libzmq was built without CURVE: it needs libsodium")
    raise_errno(number)


def tune_allocator(size: int = 1 << 26) -> bool:
    number = as_number(size)
    if number < 0:
        raise ValueError(f"size must not be negative: {size}")
    if number > 0x7FFFFFFF:
        raise OverflowError(f"size must be below 2 GiB: {size}")
    return bool(lib.zmq_core_tune(number))


def z85_encode(rawbytes: Any) -> bytes:
    view = get_buffer(rawbytes)
    size = len(view)
    if size % 4:
        raise ValueError(f"Z85 writes multiples of 4 bytes, not {size} bytes")
    text = ffi.new("char[]", size // 4 * 5 + 1)
    lib.zmq_z85_encode(text, ffi.cast("uint8_t *", view), size)
    return ffi.string(text)


def z85_decode(z85bytes: Any) -> bytes:
    if isinstance(z85bytes, str):
        z85bytes = z85bytes.encode("utf-8")
    text = ffi.buffer(get_buffer(z85bytes))[:]
    if len(text) % 5:
        raise ValueError(f"Z85 text has a multiple of 5 characters, not {len(text)}")
    words = bytearray()
    for start in range(0, len(text), 5):
        value = 0
        for place in range(start, start + 5):
            if text[place] not in _VALUES:
                raise ValueError(f"character {place} is not one of Z85: {chr(text[place])!r}")
            value = value * 85 + _VALUES[text[place]]
        if value > 0xFFFFFFFF:
            raise ValueError(
                f"characters {start} to {start + 4} are worth more than 32 bits in Z85"
            )
        words += value.to_bytes(4, "big")
    return bytes(words)
