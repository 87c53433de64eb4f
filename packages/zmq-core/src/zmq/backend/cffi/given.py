# SPDX-License-Identifier: BSD-3-Clause
"""Given: what the classes here need from the layers above them, handed down once."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

tracker_class: Any = None
_defaults: dict[str, Any] = {}
_cast: Any = None
_folder: str | None = None
close_dropped: Any = None
end_dropped: Any = None


def configure(
    *,
    tracker: Any = None,
    defaults: dict[str, Any] | None = None,
    cast: Any = None,
    close: Any = None,
    end: Any = None,
    folder: str | None = None,
) -> None:
    global tracker_class, _defaults, _cast, close_dropped, end_dropped, _folder
    tracker_class = tracker or tracker_class
    _defaults = _defaults if defaults is None else defaults
    _cast = cast or _cast
    close_dropped = close or close_dropped
    end_dropped = end or end_dropped
    _folder = folder or _folder


def default_threshold() -> int:
    """Return zmq.COPY_THRESHOLD, in bytes."""
    return _defaults.get("COPY_THRESHOLD", 65536)


def shares_bytes() -> bool:
    """Whether long bytes are lent to libzmq instead of copied: zmq.SHARE_BYTES."""
    return _defaults.get("SHARE_BYTES") is not False


def address_of(source: Any) -> int:
    """Return the address that an int, an FFI pointer or an object of ours stands for."""
    if hasattr(source, "underlying"):
        source = source.underlying
    elif not isinstance(source, int) and _cast is not None:
        source = _cast(source)
    return source


def find_caller() -> tuple[CodeType, int] | None:
    """Return the innermost line of code that is not this package's own."""
    frame: FrameType | None = sys._getframe(0)  # `inspect` takes long to import
    while frame is not None:
        if _folder is None or not frame.f_code.co_filename.startswith(_folder):
            return frame.f_code, frame.f_lineno
        frame = frame.f_back
    return None
