# SPDX-License-Identifier: BSD-3-Clause
"""The text of certificates: ZPL (ZMQ RFC 4), as far as czmq's `zcert` uses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

KEY_LENGTH = 40  # characters of Z85, for 32 bytes

_KEY = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_NAME = re.compile(r"[A-Za-z0-9$\-_@.&+/]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class Certificate(NamedTuple):
    """What a certificate file holds.

    Attributes
    ----------
    public_key : bytes
        40 characters of Z85.
    secret_key : bytes or None
        The same, where the file has one.
    metadata : dict of str to str
    """

    public_key: bytes
    secret_key: bytes | None
    metadata: dict[str, str]

    def __repr__(self) -> str:
        # A named tuple would show its secret key.
        secret = "" if self.secret_key is None else ", with its secret key"
        return f"<Certificate of {self.public_key.decode()}{secret}>"


def parse(text: str) -> Certificate:
    """Read a certificate.

    Parameters
    ----------
    text : str

    Returns
    -------
    Certificate

    Raises
    ------
    ValueError
        There is no public key, or something is wrong; says in which line, but never what stands
        there, for it may be secret.
    """
    keys: dict[str, bytes] = {}
    metadata: dict[str, str] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        name, value = _split(line, number)
        if not line[:1].isspace():
            section = name if value is None and name else section if not name else ""
        if value is None:
            continue
        if section == "metadata":
            metadata[name] = value
        elif section in ("curve", "") and name in ("public-key", "secret-key"):
            if name in keys:
                raise ValueError(f"line {number}: a second {name}")
            keys[name] = _as_key(value, name, number)
    if "public-key" not in keys:
        raise ValueError("no public key in it")
    return Certificate(keys["public-key"], keys.get("secret-key"), metadata)


def _split(line: str, number: int) -> tuple[str, str | None]:
    """The name in a line, empty if there is none, and its value, if it has one."""
    name, equals, rest = line.partition("=")
    if not equals or "#" in name:
        return line.partition("#")[0].strip(), None
    rest = rest.strip()
    quote = rest[:1]
    if quote not in ('"', "'") or not quote:
        return name.strip(), rest.partition("#")[0].strip()
    value, end, tail = rest[1:].partition(quote)
    if not end or tail.partition("#")[0].strip():
        raise ValueError(f"line {number}: the quoted value does not end where it should")
    return name.strip(), value


def _as_key(value: str, name: str, number: int) -> bytes:
    if not _KEY.fullmatch(value):
        raise ValueError(f"line {number}: the {name} is not {KEY_LENGTH} characters of Z85")
    return value.encode("ascii")


def compose(certificate: Certificate, banner: str) -> str:
    """Write a certificate.

    Parameters
    ----------
    certificate : Certificate
    banner : str
        Lines of comment to begin with.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For metadata that ZPL cannot express, or keys that are none.
    """
    lines = ["metadata", *(_assign(*pair) for pair in certificate.metadata.items()), "curve"]
    keys = {"public-key": certificate.public_key, "secret-key": certificate.secret_key}
    for name, key in keys.items():
        if key is not None:
            text = key.decode("ascii", "replace")
            if not _KEY.fullmatch(text):
                raise ValueError(f"the {name} is not {KEY_LENGTH} characters of Z85")
            lines.append(f'    {name} = "{text}"')
    return "\n".join([banner.rstrip("\n"), "", *lines, ""])


def _assign(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"the metadata name {name!r} is not made of ASCII letters, digits and $-_@.&+/"
        )
    for quote in ('"', "'"):
        if quote not in value and not _CONTROL.search(value):
            return f"    {name} = {quote}{value}{quote}"
    raise ValueError(
        f"the metadata {name!r} has a line break or another control character, or both kinds of "
        "quotes, which a certificate cannot hold"
    )


def clean_metadata(
    metadata: Mapping[str | bytes, object] | None, encoding: str = "utf-8"
) -> dict[str, str]:
    """Metadata as text.

    Parameters
    ----------
    metadata : mapping, optional
        Names to values, either of them text, or bytes in the encoding; numbers become text.
    encoding : str

    Returns
    -------
    dict of str to str
    """

    def as_text(thing: object) -> str:
        return thing.decode(encoding) if isinstance(thing, bytes) else str(thing)

    return {as_text(name): as_text(value) for name, value in (metadata or {}).items()}
