# SPDX-License-Identifier: BSD-3-Clause
"""The objects people use: the classes of the backend, and what need not be fast."""

from zmq.backend import proxy
from zmq.error import (
    Again,
    ContextTerminated,
    DraftFDWarning,
    InterruptedSystemCall,
    NotDone,
    SecurityWarning,
    SignatureError,
    SocketClosed,
    TermTimeout,
    TimeoutExpired,
    ZMQBaseError,
    ZMQBindError,
    ZMQError,
    ZMQThreadError,
    ZMQVersionError,
)
from zmq.sugar.context import Context, SyncContext
from zmq.sugar.ending import end_all as _end_all  # noqa: F401
from zmq.sugar.frame import Frame, Message
from zmq.sugar.poll import Poller, select
from zmq.sugar.socket import Socket, SyncSocket
from zmq.sugar.tracker import MessageTracker
from zmq.sugar.version import (
    __version__,
    pyzmq_version,
    pyzmq_version_info,
    zmq_version,
    zmq_version_info,
)

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is loaded when first touched
    from zmq.sugar.build import build_info, get_includes, get_library_dirs
    from zmq.sugar.legacy import device
    from zmq.sugar.stopwatch import Stopwatch
else:
    from zmq._lazy import find_in_sugar as __getattr__

__all__ = [
    "Again",
    "Context",
    "ContextTerminated",
    "DraftFDWarning",
    "Frame",
    "InterruptedSystemCall",
    "Message",
    "MessageTracker",
    "NotDone",
    "SocketClosed",
    "TermTimeout",
    "TimeoutExpired",
    "Poller",
    "SecurityWarning",
    "SignatureError",
    "Socket",
    "Stopwatch",
    "SyncContext",
    "SyncSocket",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQThreadError",
    "ZMQVersionError",
    "__version__",
    "build_info",
    "device",
    "get_includes",
    "get_library_dirs",
    "proxy",
    "pyzmq_version",
    "pyzmq_version_info",
    "select",
    "zmq_version",
    "zmq_version_info",
]
