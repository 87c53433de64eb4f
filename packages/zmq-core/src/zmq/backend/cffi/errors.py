# SPDX-License-Identifier: BSD-3-Clause
"""Errors: from what a libzmq call returned to an exception."""

from __future__ import annotations

import errno as _os_errno
import time

from zmq import error
from zmq.backend import wording
from zmq.backend.cffi._calls import ffi, lib
from zmq.constants import Errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

NULL = ffi.NULL
#: What a call returns when another thread is inside libzmq with the socket.
BUSY = -0x7FFFFFFF
EAGAIN = int(Errno.EAGAIN)
EINTR = _os_errno.EINTR
EINVAL = int(Errno.EINVAL)
ENOTSOCK = int(Errno.ENOTSOCK)


def raise_errno(number: int, text: str | None = None) -> NoReturn:
    """Raise what stands for this errno; `text` replaces libzmq's description."""
    if number == EAGAIN and text is None:
        raise error.Again
    cls = error.ERROR_CLASSES.get(number, error.ZMQError)
    if cls is error.ZMQError:
        raise cls(number, text)
    exc = cls()
    if text is not None:
        exc.strerror = text
    raise exc


def raise_without_drafts(what: str) -> NoReturn:
    """Raise the error for a draft feature that this build has not."""
    raise error.ZMQVersionError(None, wording.of_missing_drafts(what))


def strerror(errno: int) -> str:
    text: bytes = ffi.string(lib.zmq_strerror(errno))
    return text.decode("utf-8", "replace")


def zmq_errno() -> int:
    return lib.zmq_errno()


def zmq_version_info() -> tuple[int, int, int]:
    numbers = ffi.new("int[3]")
    lib.zmq_version(numbers, numbers + 1, numbers + 2)
    return tuple(numbers)


def now() -> int:
    """Return milliseconds of a clock that never goes back."""
    return time.monotonic_ns() // 1_000_000


error._install(zmq_errno, strerror, zmq_version_info)
