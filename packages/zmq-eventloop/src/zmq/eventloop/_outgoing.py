# SPDX-License-Identifier: BSD-3-Clause
"""Messages that wait to be sent: checked and made safe from changes when they are queued."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any, Callable

from zmq import Frame

#: Of a callback: the parts as they were given, and a MessageTracker, None, or an exception.
SendCallback = Callable[[list[Any], Any], Any]

#: What is not for `json.dumps`.
SEND_OPTIONS = ("copy", "track", "routing_id", "group")

_OPTIONS = {"routing_id", "group"}
_SINGLE = (str, bytes, bytearray, memoryview, Frame)


class Outgoing:
    """A message that waits.

    Parameters
    ----------
    parts : iterable of bytes-like or Frame
    flags : int
    copy, track : bool
    options : dict
        `routing_id`, `group`.

    Attributes
    ----------
    shown : list
        The parts as they were given, for the callback.
    parts : list
        The parts as they will be sent.
    callback : callable or None
        What is called when it is sent.
    error : TypeError, BufferError or None
        Names the part that cannot be sent.  It is raised when its turn has come: released programs
        queue such messages, and go on.

    Raises
    ------
    TypeError
        For one part instead of several, and for unknown options.
    ValueError
        For a message without parts, and for untracked frames that are to be tracked.
    """

    __slots__ = ("callback", "copy", "error", "flags", "options", "parts", "shown", "track")

    def __init__(
        self,
        parts: Iterable[Any],
        flags: int,
        copy: bool,
        track: bool,
        options: dict[str, Any],
    ) -> None:
        self.shown = self.parts = parts[:] if type(parts) is list else list_parts(parts)
        self.flags = check_number("flags", flags)
        self.copy = copy
        self.track = track and not copy
        self.callback: SendCallback | None = None
        self.options = options
        self.error: Exception | None = None
        for part in self.parts:
            if type(part) is not bytes:
                self._freeze()
                break
        if not self.parts:
            raise ValueError("a message has at least one part, and this is an empty list")
        if options and not options.keys() <= _OPTIONS:
            unknown = ", ".join(sorted(options.keys() - _OPTIONS))
            raise TypeError(f"sending takes no argument {unknown}; see zmq.Socket.send_multipart")
        if self.track:
            check_tracked(self.parts)

    def _freeze(self) -> None:
        try:
            self.parts = freeze_parts(self.parts, self.copy)
        except (TypeError, BufferError) as error:
            self.error = error

    def is_trackable(self) -> bool:
        """Whether it can be sent with `track=True`."""
        return all(getattr(part, "tracker", True) is not None for part in self.parts)


def check_number(name: str, value: Any) -> int:
    """An argument as an int.

    Raises
    ------
    TypeError
        Naming it, when it is none.
    """
    try:
        return index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {value!r}") from None


def list_parts(parts: Iterable[Any]) -> list[Any]:
    """The parts of a message as a list.

    Raises
    ------
    TypeError
        For what is one part, or none.
    """
    if isinstance(parts, _SINGLE):
        kind = type(parts).__name__
        raise TypeError(
            f"a multipart message is a sequence of parts, not one {kind}: put it in [ ]"
        )
    return list(parts)


def freeze_parts(parts: list[Any], copy: bool) -> list[Any]:
    """Parts that stay as they are now: copied, unless that is not wanted or not needed.

    Raises
    ------
    TypeError, BufferError
        Naming what cannot be sent.
    """
    frozen = []
    for place, part in enumerate(parts):
        if part is None:
            raise TypeError(f"part {place}: a bytes-like object or a zmq.Frame is needed, not None")
        if not isinstance(part, (bytes, Frame)):
            try:
                frame = Frame(part, copy=copy)
            except (TypeError, BufferError) as error:
                raise type(error)(f"part {place}: {error}") from None
            part = frame.bytes if copy else part
        frozen.append(part)
    return frozen


def check_tracked(parts: list[Any]) -> None:
    """Refuse to track frames that were made untracked."""
    for place, part in enumerate(parts):
        if getattr(part, "tracker", True) is None:
            raise ValueError(f"part {place}: this Frame is not tracked: make it with track=True")
