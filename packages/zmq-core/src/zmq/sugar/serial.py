# SPDX-License-Identifier: BSD-3-Clause
"""Serialization: objects as messages, in terms of `send` and `recv`."""

from __future__ import annotations

from zmq._typing import SocketMixin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Literal, TypeVar, overload

    from zmq._typing import MessagePart
    from zmq.backend import Frame
    from zmq.sugar.tracker import MessageTracker

    _Loaded = TypeVar("_Loaded")

# Loaded when first used: `import zmq` shall not pay for them, nor each call for an import
# statement.
json: Any = None
pickle: Any = None


def _load_json() -> Any:
    global json
    import json

    return json


def _load_pickle() -> Any:
    global pickle
    import pickle

    return pickle


def _load_text(content: bytes) -> Any:
    # To guess the encoding, as `json.loads` does for bytes, takes as long as to parse a small
    # object.
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return json.loads(content)
    return json.loads(text if not text.startswith("\ufeff") and "\0" not in text else content)


class Serial(SocketMixin):
    """The methods that send and receive objects, for sockets that return their results at once."""

    __slots__ = ()

    def send_serialized(
        self,
        msg: Any,
        serialize: Callable[[Any], Iterable[MessagePart]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Any,
    ) -> MessageTracker | None:
        """Send an object as the frames that a function makes of it.

        Parameters
        ----------
        msg : object
        serialize : callable
            Takes the object, returns an iterable of frames (bytes-like).
        flags, copy
            As for `send_multipart`, which takes the further keyword arguments too.
        """
        return self.send_multipart(serialize(msg), flags=flags, copy=copy, **kwargs)

    if TYPE_CHECKING:

        @overload
        def recv_serialized(
            self,
            deserialize: Callable[[list[bytes]], _Loaded],
            flags: int = 0,
            copy: Literal[True] = True,
            **kwargs: Any,
        ) -> _Loaded: ...
        @overload
        def recv_serialized(
            self,
            deserialize: Callable[[list[Frame]], _Loaded],
            flags: int = 0,
            *,
            copy: Literal[False],
            **kwargs: Any,
        ) -> _Loaded: ...
        @overload
        def recv_serialized(
            self,
            deserialize: Callable[[list[Any]], _Loaded],
            flags: int = 0,
            copy: bool = True,
            **kwargs: Any,
        ) -> _Loaded: ...

    def recv_serialized(
        self,
        deserialize: Callable[[list[Any]], Any],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Receive an object that a function makes of a message's frames.

        Parameters
        ----------
        deserialize : callable
            Takes the list of frames, returns the object.
        flags, copy
            As for `recv_multipart`, which takes the further keyword arguments too.
        """
        return self._deserialize(self.recv_multipart(flags=flags, copy=copy, **kwargs), deserialize)

    def send_json(self, obj: Any, flags: int = 0, **kwargs: Any) -> MessageTracker | None:
        """Send an object as JSON, in one part of UTF-8 text.

        Parameters
        ----------
        obj : object
            Whatever `json.dumps` takes.
        flags : int
            As for `send`.
        **kwargs
            `routing_id`, `group` and `timeout` go to `send`, the others to `json.dumps`.
        """
        dumps = (json or _load_json()).dumps
        if not kwargs:
            return self.send(dumps(obj).encode(), flags)
        send_options = {
            key: kwargs.pop(key) for key in ("routing_id", "group", "timeout") if key in kwargs
        }
        return self.send(dumps(obj, **kwargs).encode(), flags=flags, **send_options)

    def recv_json(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive an object that was sent as JSON.

        Parameters
        ----------
        flags : int
            As for `recv`.
        **kwargs
            `timeout` goes to `recv`, the others to `json.loads`.

        Raises
        ------
        ValueError
            When the message is not JSON.
        """
        loads = (json or _load_json()).loads
        if not kwargs:
            return self._deserialize(self.recv(flags), _load_text)
        options = {"timeout": kwargs.pop("timeout")} if "timeout" in kwargs else {}
        return self._deserialize(
            self.recv(flags, **options), lambda content: loads(content, **kwargs)
        )

    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int | None = None, **kwargs: Any
    ) -> MessageTracker | None:
        """Send an object as a pickle; read `recv_pyobj` first.

        Parameters
        ----------
        obj : object
        flags : int
            As for `send`, which takes the further keyword arguments too.
        protocol : int, optional
            The pickle protocol; by default that of `pickle.dumps`.
        """
        return self.send((pickle or _load_pickle()).dumps(obj, protocol), flags, **kwargs)

    def recv_pyobj(self, flags: int = 0, **kwargs: Any) -> Any:
        """Receive an object that was sent as a pickle.

        Unpickling runs whatever code the sender has put in: only for messages that nobody else can
        send.  For others there are `recv_signed`, `recv_json` and `recv_array`.

        Parameters
        ----------
        flags : int
            As for `recv`, which takes the further keyword arguments too.

        Warns
        -----
        SecurityWarning
            Once for each socket, before it takes a message, when it is bound beyond the loopback
            without CURVE.
        """
        if self._exposed or getattr(self, "_shadow", False):
            from zmq.sugar.exposure import warn_of_strangers

            warn_of_strangers(self)
        return self._deserialize(self.recv(flags, **kwargs), (pickle or _load_pickle()).loads)

    def _deserialize(self, received: Any, load: Callable[[Any], Any]) -> Any:
        return load(received)
