# SPDX-License-Identifier: BSD-3-Clause
"""ØMQ for Python.

The layout, lower rooms first; a module imports only from those above it:

    zmq.constants, zmq.error    enums and exceptions
    zmq.backend                 the native module: libzmq, and every hot path
    zmq.sugar                   Context, Socket, Poller, MessageTracker: what people use
    zmq.utils                   small tools: monitoring, Z85, headers for Cython

Other distributions add directories of their own beside these: zmq.auth, zmq.devices, zmq.eventloop,
zmq.green, zmq.log, zmq.ssh.
"""

from zmq._portions import find_portions as _find_portions

__path__ = _find_portions(__path__, __name__)

from zmq import backend, constants, error, sugar  # noqa: E402
from zmq._missing import install as _install_finder  # noqa: E402
from zmq.backend import (  # noqa: E402
    IPC_PATH_MAX_LEN,
    PYZMQ_DRAFT_API,
    curve_keypair,
    curve_public,
    has,
    proxy_steerable,
    strerror,
    tune_allocator,
    zmq_errno,
    zmq_poll,
)
from zmq.backend import (
    configure as _configure,
)
from zmq.constants import *  # noqa: E402, F403
from zmq.sugar import (  # noqa: E402
    Again,
    Context,
    ContextTerminated,
    DraftFDWarning,
    Frame,
    InterruptedSystemCall,
    Message,
    MessageTracker,
    NotDone,
    Poller,
    SecurityWarning,
    SignatureError,
    Socket,
    SocketClosed,
    SyncContext,
    SyncSocket,
    TermTimeout,
    TimeoutExpired,
    ZMQBaseError,
    ZMQBindError,
    ZMQError,
    ZMQThreadError,
    ZMQVersionError,
    __version__,
    proxy,
    pyzmq_version,
    pyzmq_version_info,
    select,
    zmq_version,
    zmq_version_info,
)

TYPE_CHECKING = False
if TYPE_CHECKING:  # what is loaded when first touched
    from zmq import _typing as _typing
    from zmq import utils as utils
    from zmq.sugar import Stopwatch, build_info, device, get_includes, get_library_dirs
    from zmq.sugar.request import request as request
    from zmq.sugar.version import __revision__ as __revision__
else:
    from zmq._lazy import __getattr__

#: In bytes: shorter messages are copied even with `copy=False`.  The default of sockets made from
#: now on.
COPY_THRESHOLD = 65536

#: Whether bytes that are long enough (see COPY_THRESHOLD) are lent to libzmq instead of copied.  As
#: above.
SHARE_BYTES = True

#: Whether both libzmq and this package were built with the draft API.
DRAFT_API = PYZMQ_DRAFT_API

_configure(defaults=globals())
_install_finder()

__all__ = [
    "COPY_THRESHOLD",
    "DRAFT_API",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "SHARE_BYTES",
    "Again",
    "Context",
    "ContextTerminated",
    "DraftFDWarning",
    "Frame",
    "InterruptedSystemCall",
    "Message",
    "MessageTracker",
    "NotDone",
    "Poller",
    "SecurityWarning",
    "SignatureError",
    "Socket",
    "SocketClosed",
    "Stopwatch",
    "SyncContext",
    "SyncSocket",
    "TermTimeout",
    "TimeoutExpired",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQThreadError",
    "ZMQVersionError",
    "__version__",
    "backend",
    "build_info",
    "constants",
    "curve_keypair",
    "curve_public",
    "device",
    "error",
    "get_includes",
    "get_library_dirs",
    "has",
    "proxy",
    "proxy_steerable",
    "pyzmq_version",
    "pyzmq_version_info",
    "select",
    "strerror",
    "sugar",
    "tune_allocator",
    "zmq_errno",
    "zmq_poll",
    "zmq_version",
    "zmq_version_info",
]
__all__ += constants.__all__
