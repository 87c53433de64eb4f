# SPDX-License-Identifier: BSD-3-Clause
"""Frame: one part of a message.  The native class is complete; `Message` is its old name."""

from zmq.backend import Frame

Message = Frame

__all__ = ["Frame", "Message"]
