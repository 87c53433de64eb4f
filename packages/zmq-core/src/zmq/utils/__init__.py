# SPDX-License-Identifier: BSD-3-Clause
"""Helpers around the core; each is imported where it is needed."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is loaded when first touched
    from zmq.utils import garbage as garbage
    from zmq.utils import interop as interop
    from zmq.utils import jsonapi as jsonapi
    from zmq.utils import monitor as monitor
    from zmq.utils import strtypes as strtypes
    from zmq.utils import win32 as win32
    from zmq.utils import z85 as z85
else:
    from zmq.utils._lazy import __getattr__
