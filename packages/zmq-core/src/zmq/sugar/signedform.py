# SPDX-License-Identifier: BSD-3-Clause
"""The form of a signed message: a tag, a signature, a content."""

from __future__ import annotations

import hmac
import pickle

from zmq.error import SignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

#: What signed messages begin with, unlike text, JSON and pickles.  The last byte is the version.
TAG = b"\xffZS\x01"
#: Bytes of the signature, HMAC-SHA-256 over the tag and the content.
SIGNATURE_SIZE = 32
#: Bytes that a key has at least: shorter ones can be found by trying.
SHORTEST_KEY = 16

_HEAD = len(TAG) + SIGNATURE_SIZE


def check_key(key: bytes) -> None:
    """Raise what is wrong with a key.

    Parameters
    ----------
    key : bytes

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(key, (bytes, bytearray)):
        raise TypeError(
            f"a key is bytes, such as secrets.token_bytes(32), not {type(key).__name__}"
        )
    if len(key) < SHORTEST_KEY:
        raise ValueError(
            f"a key of {len(key)} bytes is too short: it has {SHORTEST_KEY} or more, such as"
            " secrets.token_bytes(32)"
        )


def dump_pickle(obj: Any) -> bytes:
    """Serialize an object if nothing else is wished."""
    return pickle.dumps(obj, 4)


load_pickle = pickle.loads


def seal(content: bytes | bytearray | memoryview, key: bytes) -> bytes:
    """Sign a content.

    Parameters
    ----------
    content : bytes-like
    key : bytes

    Returns
    -------
    bytes
        The message.

    Raises
    ------
    TypeError
        For a content that is not bytes-like.
    """
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise TypeError(f"dumps makes bytes of an object, not {type(content).__name__}")
    return b"".join((TAG, _sign(content, key), content))


def unseal(parts: Sequence[bytes], key: bytes) -> bytes:
    """Check a message.

    Parameters
    ----------
    parts : list of bytes
        The message.
    key : bytes

    Returns
    -------
    bytes
        The content.

    Raises
    ------
    SignatureError
    """
    if len(parts) != 1:
        raise SignatureError(f"a signed message has one part, and this one has {len(parts)}")
    message = memoryview(parts[0])
    if message[: len(TAG)] != TAG:
        if message[: len(TAG) - 1] == TAG[:-1] and len(message) >= len(TAG):
            form = message[len(TAG) - 1]
            raise SignatureError(f"signed in form {form}, which this version does not know")
        raise SignatureError("not a signed message: it was not sent with send_signed")
    if len(message) < _HEAD:
        raise SignatureError(f"cut off: only {len(message)} bytes of a signed message are there")
    content = message[_HEAD:]
    if not hmac.compare_digest(message[len(TAG) : _HEAD], _sign(content, key)):
        raise SignatureError("the signature is wrong: made with another key, or for another text")
    return bytes(content)


def _sign(content: bytes | bytearray | memoryview, key: bytes) -> bytes:
    found = hmac.new(key, TAG, "sha256")
    found.update(content)
    return found.digest()
