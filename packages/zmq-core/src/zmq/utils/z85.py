# SPDX-License-Identifier: BSD-3-Clause
"""Z85, the text form of binary keys (ZMQ RFC 32): four bytes become five printable characters."""

from __future__ import annotations

from zmq.backend import z85_decode, z85_encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

#: The alphabet: the character for each of the 85 digits.
Z85CHARS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

#: The digit that each character stands for.
Z85MAP = {character: digit for digit, character in enumerate(Z85CHARS)}


def encode(rawbytes: Buffer) -> bytes:
    """Return binary data as Z85 text.

    Parameters
    ----------
    rawbytes : bytes or buffer
        The data; its length is a multiple of 4 bytes.

    Returns
    -------
    bytes
        The text, a quarter longer.

    Raises
    ------
    ValueError
        If the length is no multiple of 4.
    TypeError
        For text and other things that are no bytes.
    """
    if isinstance(rawbytes, str):
        raise TypeError("Z85 is made of bytes, not of str: encode the text first")
    return z85_encode(rawbytes)


def decode(z85bytes: Buffer | str) -> bytes:
    """Return the binary data that a Z85 text stands for.

    Parameters
    ----------
    z85bytes : bytes, buffer or str
        The text; its length is a multiple of 5 characters.

    Returns
    -------
    bytes
        The data, a fifth shorter.

    Raises
    ------
    ValueError
        If the length is no multiple of 5, or the text is no Z85: says which characters are not.
    """
    if isinstance(z85bytes, str) and not z85bytes.isascii():
        number = next(n for n, character in enumerate(z85bytes) if not character.isascii())
        raise ValueError(f"character {number} is not one of Z85: {z85bytes[number]!r}")
    return z85_decode(z85bytes)


__all__ = ["Z85CHARS", "Z85MAP", "decode", "encode"]
