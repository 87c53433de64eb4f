# SPDX-License-Identifier: BSD-3-Clause
"""Names from the days of Python 2 for text and bytes.

.. deprecated:: 23
    Use `str` and `bytes`, `str.encode` and `bytes.decode`.
"""

from __future__ import annotations

import builtins
import warnings

bytes = builtins.bytes
unicode = str
basestring = (str,)


def _warn(name: str, instead: str) -> None:
    warnings.warn(
        f"zmq.utils.strtypes.{name} is deprecated; use {instead}", DeprecationWarning, stacklevel=3
    )


def cast_bytes(s: str | bytes, encoding: str = "utf8", errors: str = "strict") -> bytes:
    """Return text encoded, and bytes as they are.

    Raises
    ------
    TypeError
        If `s` is neither.
    """
    _warn("cast_bytes", "str.encode()")
    if isinstance(s, bytes):
        return s
    if isinstance(s, str):
        return s.encode(encoding, errors)
    raise TypeError(f"expected str or bytes, not {s!r} ({type(s).__name__})")


def cast_unicode(s: str | bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """Return bytes decoded, and text as it is.

    Raises
    ------
    TypeError
        If `s` is neither.
    """
    _warn("cast_unicode", "bytes.decode()")
    if isinstance(s, str):
        return s
    if isinstance(s, bytes):
        return s.decode(encoding, errors)
    raise TypeError(f"expected str or bytes, not {s!r} ({type(s).__name__})")


b = asbytes = cast_bytes
u = cast_unicode

__all__ = [
    "asbytes",
    "b",
    "basestring",
    "bytes",
    "cast_bytes",
    "cast_unicode",
    "u",
    "unicode",
]
