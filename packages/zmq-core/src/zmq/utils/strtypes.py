# SPDX-License-Identifier: BSD-3-Clause
"""Names from the days of Python 2 for text and bytes.

.. deprecated:: 23
    Use `str` and `bytes`, `str.encode` and `bytes.decode`.
"""

import warnings

bytes = bytes
unicode = str
basestring = (str,)


def _warn(name, instead):
    warnings.warn(
        f"zmq.utils.strtypes.{name} is deprecated; use {instead}", DeprecationWarning, stacklevel=3
    )


def cast_bytes(s, encoding="utf8", errors="strict"):
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


def cast_unicode(s, encoding="utf8", errors="strict"):
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
    "bytes",
    "unicode",
    "basestring",
    "b",
    "u",
    "cast_bytes",
    "cast_unicode",
]
