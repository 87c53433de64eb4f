# SPDX-License-Identifier: BSD-3-Clause
"""Frame: one part of a message.  The native class is complete; `Message` is its old name."""

from __future__ import annotations

import sys

from zmq.backend import Frame, backend_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

Message = Frame


#: Whether frames export their memory to everybody.
_EXPORTS = backend_name != "cffi" or (
    sys.version_info >= (3, 12) and sys.implementation.name != "pypy"
)


def as_buffer(frame: Frame) -> Buffer:
    """Return what stands for the memory of a frame where a buffer is asked for: itself, if it can.

    Classes of Python, as the frames of the CFFI backend are, cannot export memory on CPython before
    3.12, nor to C code on PyPy; then it is a memoryview.
    """
    return frame if _EXPORTS else frame.buffer


__all__ = ["Frame", "Message", "as_buffer"]
