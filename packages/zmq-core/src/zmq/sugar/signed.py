# SPDX-License-Identifier: BSD-3-Clause
"""Signed objects: messages that nobody without the key can make or change."""

from zmq.constants import SNDMORE
from zmq.error import SignatureError

#: What signed messages begin with, unlike text, JSON and pickles.  The last byte is the version.
TAG = b"\xffZS\x01"
#: Bytes of the signature, HMAC-SHA-256 over the tag and the content.
SIGNATURE_SIZE = 32
#: Bytes that a key has at least: shorter ones can be found by trying.
SHORTEST_KEY = 16

_HEAD = len(TAG) + SIGNATURE_SIZE

# Loaded when first used: `import zmq` shall not pay for them.
hmac = None
pickle = None


def _load_modules():
    global hmac, pickle
    import hmac
    import pickle


class Signed:
    """The methods that send and receive signed objects.

    A message is one part: the tag (4 bytes), the signature (32 bytes), the serialized object.
    """

    __slots__ = ()

    def send_signed(self, obj, key, flags=0, *, dumps=None, **kwargs):
        """Send an object with a signature, in one part.

        Who knows the key can make messages, and run code at the receiver when the content is a
        pickle.  The content is not hidden, and nothing tells a message from a copy of it that
        somebody sends again: that takes CURVE, or a number in the object.

        Parameters
        ----------
        obj : object
        key : bytes
            The secret that the receiver has too: 16 bytes or more, for instance from
            `secrets.token_bytes`.
        flags : int
            As for `send`; without SNDMORE, because a signed object ends its message.
        dumps : callable, optional
            Makes bytes of the object; a pickle by default.
        **kwargs
            `timeout`, `routing_id` and `group` go to `send`.

        Raises
        ------
        TypeError
            For a key, or a result of `dumps`, that is not bytes.
        ValueError
            For a key that is too short, and for SNDMORE.
        """
        check_key(key)
        if flags & SNDMORE:
            raise ValueError("a signed object ends its message: send other parts before it")
        if pickle is None:
            _load_modules()
        content = pickle.dumps(obj, 4) if dumps is None else dumps(obj)
        return self.send(seal(content, key), flags, **kwargs)

    def recv_signed(self, key, flags=0, *, loads=None, **kwargs):
        """Receive an object that was sent with `send_signed`.

        The signature is checked before anything is loaded.  A message that fails is gone; those
        after it are not.

        Parameters
        ----------
        key : bytes
            The secret that the sender has too.
        flags : int
            As for `recv`.
        loads : callable, optional
            Makes the object of the bytes; the counterpart of `dumps`.
        **kwargs
            `timeout` goes to `recv_multipart`.

        Returns
        -------
        object

        Raises
        ------
        SignatureError
            When the message was signed with another key, was changed or cut off, is not a signed
            one, or has more parts.
        TypeError, ValueError
            For what cannot be a key; nothing is received then.
        """
        check_key(key)
        if pickle is None:
            _load_modules()
        load = pickle.loads if loads is None else loads
        received = self.recv_multipart(flags, **kwargs)
        return self._deserialize(received, lambda parts: load(unseal(parts, key)))


def check_key(key):
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


def seal(content, key):
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


def unseal(parts, key):
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


def _sign(content, key):
    found = hmac.new(key, TAG, "sha256")
    found.update(content)
    return found.digest()
