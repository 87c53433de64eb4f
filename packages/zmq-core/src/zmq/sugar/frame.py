# SPDX-License-Identifier: BSD-3-Clause
"""Frame: one part of a message.  The native class is complete; `Message` is its old name."""

from __future__ import annotations

from zmq.backend import Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

Message = Frame


def as_buffer(frame: Frame) -> Buffer:
    """Return what stands for the memory of a frame where a buffer is asked for: the frame, if it can.

    Classes of Python, as the frames of the CFFI backend are, cannot export memory on CPython before
    3.12; then it is a memoryview.
    """
    try:
        memoryview(frame).release()
    except TypeError:
        return frame.buffer
    return frame


__all__ = ["Frame", "Message", "as_buffer"]
