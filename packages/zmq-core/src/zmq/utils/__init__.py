# SPDX-License-Identifier: BSD-3-Clause
"""Helpers around the core; each is imported where it is needed."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is loaded when first touched
    from zmq.utils import interop as interop
    from zmq.utils import jsonapi as jsonapi
else:
    from zmq.utils._lazy import __getattr__
