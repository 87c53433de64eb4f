# SPDX-License-Identifier: BSD-3-Clause
"""Signed objects: messages that nobody without the key can make or change."""

from __future__ import annotations

from zmq._typing import SocketMixin
from zmq.constants import SNDMORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from zmq.sugar.tracker import MessageTracker


class Signed(SocketMixin):
    """The methods that send and receive signed objects.

    A message is one part: the tag (4 bytes), the signature (32 bytes), the serialized object.
    """

    __slots__ = ()

    def send_signed(
        self,
        obj: Any,
        key: bytes,
        flags: int = 0,
        *,
        dumps: Callable[[Any], bytes | bytearray | memoryview] | None = None,
        **kwargs: Any,
    ) -> MessageTracker | None:
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
        from zmq.sugar.signedform import check_key, dump_pickle, seal

        check_key(key)
        if flags & SNDMORE:
            raise ValueError("a signed object ends its message: send other parts before it")
        return self.send(seal((dumps or dump_pickle)(obj), key), flags, **kwargs)

    def recv_signed(
        self,
        key: bytes,
        flags: int = 0,
        *,
        loads: Callable[[bytes], Any] | None = None,
        **kwargs: Any,
    ) -> Any:
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
        from zmq.sugar.signedform import check_key, load_pickle, unseal

        check_key(key)
        load = loads or load_pickle
        received = self.recv_multipart(flags, **kwargs)
        return self._deserialize(received, lambda parts: load(unseal(parts, key)))
