# SPDX-License-Identifier: BSD-3-Clause
"""The objects people use: the classes of the backend, and what need not be fast."""

from zmq._lazy import find_in_sugar as __getattr__
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
