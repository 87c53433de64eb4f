# SPDX-License-Identifier: BSD-3-Clause
"""The constants of libzmq as enums, and the same names flat.

The enums are the only place where a constant is written down.  The flat names (``zmq.PUB``,
``zmq.EVENT_CONNECTED``), ``__all__`` and the stub ``constants.pyi`` are derived from them; after a
change here run ``python tools/generate_constants_stub.py``.

All names exist whatever libzmq is linked: whether a feature works is a question for ``zmq.has``.
"""

from __future__ import annotations

import errno as _errno
import sys as _sys
from enum import Enum, IntEnum, IntFlag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    # As the standard library does for its own large enums: a third of the time of a class
    # statement.
    from enum import _simple_enum
except ImportError:  # Python 3.10 and older

    def _simple_enum(base: Any) -> Any:
        """Decorate a plain class to make it an enum of that base."""

        def convert(cls: Any) -> Any:
            namespace = type(base).__prepare__(cls.__name__, (base,))
            for name, value in vars(cls).items():
                if name not in ("__dict__", "__weakref__"):
                    namespace[name] = value
            return type(base)(cls.__name__, (base,), namespace)

        return convert


class _OptType(Enum):
    """How libzmq represents the value of a socket option.

    ``int`` is a C int, ``int64`` any 64-bit integer, ``bytes`` a block of bytes or a C string,
    ``fd`` a socket descriptor of the operating system.
    """

    int = "int"
    int64 = "int64"
    bytes = "bytes"
    fd = "fd"


_INT = _OptType.int
_INT64 = _OptType.int64
_BYTES = _OptType.bytes
_FD = _OptType.fd


def _combine_quickly(cls: Any) -> Any:
    """Make ``|``, ``&`` and ``^`` of a flag class look their result up instead of building it.

    The enum module spends about a microsecond on each combination, as long as several sends.
    A result seen before comes out of a dict here; everything else (new values, operands that are
    no integers) goes the way of `enum.IntFlag`, so types, reprs and errors are the standard ones.
    """
    named = {member.value: member for member in cls}
    ready = dict(named)

    def find_member(value: int) -> Any:
        member = cls(value)
        if len(ready) >= 256:  # start afresh: numbers from outside cannot make it grow for ever
            ready.clear()
            ready.update(named)
        ready[value] = member
        return member

    # Written out three times because one more call would double what an operator costs.
    def __or__(
        self: int, other: Any, _ready: dict[int, Any] = ready, _combine: Any = int.__or__
    ) -> Any:
        value = _combine(self, other)
        try:
            return _ready[value]
        except KeyError:
            return value if value is NotImplemented else find_member(value)

    def __and__(
        self: int, other: Any, _ready: dict[int, Any] = ready, _combine: Any = int.__and__
    ) -> Any:
        value = _combine(self, other)
        try:
            return _ready[value]
        except KeyError:
            return value if value is NotImplemented else find_member(value)

    def __xor__(
        self: int, other: Any, _ready: dict[int, Any] = ready, _combine: Any = int.__xor__
    ) -> Any:
        value = _combine(self, other)
        try:
            return _ready[value]
        except KeyError:
            return value if value is NotImplemented else find_member(value)

    cls.__or__ = cls.__ror__ = __or__
    cls.__and__ = cls.__rand__ = __and__
    cls.__xor__ = cls.__rxor__ = __xor__
    return cls


# libzmq numbers the errors that a platform lacks from here on, and its own after them.
_HAUSNUMERO = 156384712

# libzmq sees the numbers of the C run-time library on Windows, while the errno module of Python
# has those of Winsock under the same names there.
_WINDOWS_ERRNO = {
    "EADDRINUSE": 100,
    "EADDRNOTAVAIL": 101,
    "EAFNOSUPPORT": 102,
    "ECONNABORTED": 106,
    "ECONNREFUSED": 107,
    "ECONNRESET": 108,
    "EHOSTUNREACH": 110,
    "EINPROGRESS": 112,
    "EMSGSIZE": 115,
    "ENETDOWN": 116,
    "ENETRESET": 117,
    "ENETUNREACH": 118,
    "ENOBUFS": 119,
    "ENOTCONN": 126,
    "ENOTSOCK": 128,
    "ENOTSUP": 129,
    "EPROTONOSUPPORT": 135,
    "ETIMEDOUT": 138,
}


def _find_errno(name: str, offset: Any = None) -> int:
    """Return the number of a POSIX error as libzmq sees it on this platform."""
    if _sys.platform == "win32" and name in _WINDOWS_ERRNO:
        return _WINDOWS_ERRNO[name]
    number = getattr(_errno, name, None)
    return _HAUSNUMERO + offset if number is None else number


@_simple_enum(IntEnum)
class Errno:
    """Error numbers that libzmq calls may leave behind."""

    EAGAIN = _errno.EAGAIN
    EFAULT = _errno.EFAULT
    EINVAL = _errno.EINVAL

    ENOTSUP = _find_errno("ENOTSUP", 1)
    EPROTONOSUPPORT = _find_errno("EPROTONOSUPPORT", 2)
    ENOBUFS = _find_errno("ENOBUFS", 3)
    ENETDOWN = _find_errno("ENETDOWN", 4)
    EADDRINUSE = _find_errno("EADDRINUSE", 5)
    EADDRNOTAVAIL = _find_errno("EADDRNOTAVAIL", 6)
    ECONNREFUSED = _find_errno("ECONNREFUSED", 7)
    EINPROGRESS = _find_errno("EINPROGRESS", 8)
    ENOTSOCK = _find_errno("ENOTSOCK", 9)
    EMSGSIZE = _find_errno("EMSGSIZE", 10)
    EAFNOSUPPORT = _find_errno("EAFNOSUPPORT", 11)
    ENETUNREACH = _find_errno("ENETUNREACH", 12)
    ECONNABORTED = _find_errno("ECONNABORTED", 13)
    ECONNRESET = _find_errno("ECONNRESET", 14)
    ENOTCONN = _find_errno("ENOTCONN", 15)
    ETIMEDOUT = _find_errno("ETIMEDOUT", 16)
    EHOSTUNREACH = _find_errno("EHOSTUNREACH", 17)
    ENETRESET = _find_errno("ENETRESET", 18)

    EFSM = _HAUSNUMERO + 51
    ENOCOMPATPROTO = _HAUSNUMERO + 52
    ETERM = _HAUSNUMERO + 53
    EMTHREAD = _HAUSNUMERO + 54


@_simple_enum(IntEnum)
class ContextOption:
    """Options of a context, for `Context.get` and `Context.set`."""

    IO_THREADS = 1
    MAX_SOCKETS = 2
    SOCKET_LIMIT = 3  # read only
    THREAD_PRIORITY = 3  # write only: libzmq gave both the same number
    THREAD_SCHED_POLICY = 4
    MAX_MSGSZ = 5
    MSG_T_SIZE = 6
    THREAD_AFFINITY_CPU_ADD = 7
    THREAD_AFFINITY_CPU_REMOVE = 8
    THREAD_NAME_PREFIX = 9


@_simple_enum(IntEnum)
class SocketType:
    """Socket types, for `Context.socket`."""

    PAIR = 0
    PUB = 1
    SUB = 2
    REQ = 3
    REP = 4
    DEALER = 5
    ROUTER = 6
    PULL = 7
    PUSH = 8
    XPUB = 9
    XSUB = 10
    STREAM = 11
    SERVER = 12
    CLIENT = 13
    RADIO = 14
    DISH = 15
    GATHER = 16
    SCATTER = 17
    DGRAM = 18
    PEER = 19
    CHANNEL = 20

    XREQ = DEALER
    XREP = ROUTER


@_simple_enum(IntEnum)
class SocketOption:
    """Options of a socket, for `Socket.get` and `Socket.set`."""

    @property
    def value_type(self: Any) -> type[int | bytes]:
        """Type of the option's value in Python: `bytes` or `int`."""
        return bytes if self._opt_type is _BYTES else int

    HWM = 1  # not libzmq's any more: stands for SNDHWM and RCVHWM together
    AFFINITY = 4
    ROUTING_ID = 5
    SUBSCRIBE = 6
    UNSUBSCRIBE = 7
    RATE = 8
    RECOVERY_IVL = 9
    SNDBUF = 11
    RCVBUF = 12
    RCVMORE = 13
    FD = 14
    EVENTS = 15
    TYPE = 16
    LINGER = 17
    RECONNECT_IVL = 18
    BACKLOG = 19
    RECONNECT_IVL_MAX = 21
    MAXMSGSIZE = 22
    SNDHWM = 23
    RCVHWM = 24
    MULTICAST_HOPS = 25
    RCVTIMEO = 27
    SNDTIMEO = 28
    IPV4ONLY = 31
    LAST_ENDPOINT = 32
    ROUTER_MANDATORY = 33
    TCP_KEEPALIVE = 34
    TCP_KEEPALIVE_CNT = 35
    TCP_KEEPALIVE_IDLE = 36
    TCP_KEEPALIVE_INTVL = 37
    TCP_ACCEPT_FILTER = 38
    IMMEDIATE = 39
    XPUB_VERBOSE = 40
    ROUTER_RAW = 41
    IPV6 = 42
    MECHANISM = 43
    PLAIN_SERVER = 44
    PLAIN_USERNAME = 45
    PLAIN_PASSWORD = 46
    CURVE_SERVER = 47
    CURVE_PUBLICKEY = 48
    CURVE_SECRETKEY = 49
    CURVE_SERVERKEY = 50
    PROBE_ROUTER = 51
    REQ_CORRELATE = 52
    REQ_RELAXED = 53
    CONFLATE = 54
    ZAP_DOMAIN = 55
    ROUTER_HANDOVER = 56
    TOS = 57
    IPC_FILTER_PID = 58
    IPC_FILTER_UID = 59
    IPC_FILTER_GID = 60
    CONNECT_ROUTING_ID = 61
    GSSAPI_SERVER = 62
    GSSAPI_PRINCIPAL = 63
    GSSAPI_SERVICE_PRINCIPAL = 64
    GSSAPI_PLAINTEXT = 65
    HANDSHAKE_IVL = 66
    SOCKS_PROXY = 68
    XPUB_NODROP = 69
    BLOCKY = 70  # in truth an option of the context
    XPUB_MANUAL = 71
    XPUB_WELCOME_MSG = 72
    STREAM_NOTIFY = 73
    INVERT_MATCHING = 74
    HEARTBEAT_IVL = 75
    HEARTBEAT_TTL = 76
    HEARTBEAT_TIMEOUT = 77
    XPUB_VERBOSER = 78
    CONNECT_TIMEOUT = 79
    TCP_MAXRT = 80
    THREAD_SAFE = 81
    MULTICAST_MAXTPDU = 84
    VMCI_BUFFER_SIZE = 85
    VMCI_BUFFER_MIN_SIZE = 86
    VMCI_BUFFER_MAX_SIZE = 87
    VMCI_CONNECT_TIMEOUT = 88
    USE_FD = 89
    GSSAPI_PRINCIPAL_NAMETYPE = 90
    GSSAPI_SERVICE_PRINCIPAL_NAMETYPE = 91
    BINDTODEVICE = 92

    # drafts
    ZAP_ENFORCE_DOMAIN = 93
    LOOPBACK_FASTPATH = 94
    METADATA = 95
    MULTICAST_LOOP = 96
    ROUTER_NOTIFY = 97
    XPUB_MANUAL_LAST_VALUE = 98
    SOCKS_USERNAME = 99
    SOCKS_PASSWORD = 100
    IN_BATCH_SIZE = 101
    OUT_BATCH_SIZE = 102
    WSS_KEY_PEM = 103
    WSS_CERT_PEM = 104
    WSS_TRUST_PEM = 105
    WSS_HOSTNAME = 106
    WSS_TRUST_SYSTEM = 107
    ONLY_FIRST_SUBSCRIBE = 108
    RECONNECT_STOP = 109
    HELLO_MSG = 110
    DISCONNECT_MSG = 111
    PRIORITY = 112
    BUSY_POLL = 113
    HICCUP_MSG = 114
    XSUB_VERBOSE_UNSUBSCRIBE = 115
    TOPICS_COUNT = 116
    NORM_MODE = 117
    NORM_UNICAST_NACK = 118
    NORM_BUFFER_SIZE = 119
    NORM_SEGMENT_SIZE = 120
    NORM_BLOCK_SIZE = 121
    NORM_NUM_PARITY = 122
    NORM_NUM_AUTOPARITY = 123
    NORM_PUSH = 124

    # former names
    IDENTITY = ROUTING_ID
    CONNECT_RID = CONNECT_ROUTING_ID
    DELAY_ATTACH_ON_CONNECT = IMMEDIATE
    FAIL_UNROUTABLE = ROUTER_MANDATORY
    ROUTER_BEHAVIOR = ROUTER_MANDATORY


# How libzmq takes the values: as a C int, but for these.
SocketOption._opt_type = _INT
for _name in (
    "ROUTING_ID",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "LAST_ENDPOINT",
    "TCP_ACCEPT_FILTER",
    "PLAIN_USERNAME",
    "PLAIN_PASSWORD",
    "CURVE_PUBLICKEY",
    "CURVE_SECRETKEY",
    "CURVE_SERVERKEY",
    "ZAP_DOMAIN",
    "CONNECT_ROUTING_ID",
    "GSSAPI_PRINCIPAL",
    "GSSAPI_SERVICE_PRINCIPAL",
    "SOCKS_PROXY",
    "XPUB_WELCOME_MSG",
    "BINDTODEVICE",
    "METADATA",
    "SOCKS_USERNAME",
    "SOCKS_PASSWORD",
    "WSS_KEY_PEM",
    "WSS_CERT_PEM",
    "WSS_TRUST_PEM",
    "WSS_HOSTNAME",
    "HELLO_MSG",
    "DISCONNECT_MSG",
    "HICCUP_MSG",
):
    SocketOption[_name]._opt_type = _BYTES
for _name in (
    "AFFINITY",
    "MAXMSGSIZE",
    "VMCI_BUFFER_SIZE",
    "VMCI_BUFFER_MIN_SIZE",
    "VMCI_BUFFER_MAX_SIZE",
):
    SocketOption[_name]._opt_type = _INT64
for _name in ("FD",):
    SocketOption[_name]._opt_type = _FD
del _name


@_simple_enum(IntEnum)
class MessageOption:
    """Properties of a message, for `Frame.get`."""

    MORE = 1
    SRCFD = 2
    SHARED = 3


@_combine_quickly
@_simple_enum(IntFlag)
class Flag:
    """Flags of a send or receive."""

    DONTWAIT = 1
    SNDMORE = 2

    NOBLOCK = DONTWAIT


@_simple_enum(IntEnum)
class SecurityMechanism:
    """What the `SocketOption.MECHANISM` of a socket may be."""

    NULL = 0
    PLAIN = 1
    CURVE = 2
    GSSAPI = 3


@_simple_enum(IntEnum)
class ReconnectStop:
    """When to give up reconnecting; values of `SocketOption.RECONNECT_STOP`."""

    CONN_REFUSED = 1
    HANDSHAKE_FAILED = 2
    AFTER_DISCONNECT = 4


@_combine_quickly
@_simple_enum(IntFlag)
class Event:
    """Events of a socket monitor, and the details of a failed handshake that come with one."""

    CONNECTED = 0x0001
    CONNECT_DELAYED = 0x0002
    CONNECT_RETRIED = 0x0004
    LISTENING = 0x0008
    BIND_FAILED = 0x0010
    ACCEPTED = 0x0020
    ACCEPT_FAILED = 0x0040
    CLOSED = 0x0080
    CLOSE_FAILED = 0x0100
    DISCONNECTED = 0x0200
    MONITOR_STOPPED = 0x0400
    HANDSHAKE_FAILED_NO_DETAIL = 0x0800
    HANDSHAKE_SUCCEEDED = 0x1000
    HANDSHAKE_FAILED_PROTOCOL = 0x2000
    HANDSHAKE_FAILED_AUTH = 0x4000
    ALL_V1 = 0xFFFF
    ALL = ALL_V1
    PIPES_STATS = 0x10000
    ALL_V2 = ALL_V1 | PIPES_STATS

    # No events: the values that go with HANDSHAKE_FAILED_PROTOCOL.
    PROTOCOL_ERROR_ZMTP_UNSPECIFIED = 0x10000000
    PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND = 0x10000001
    PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE = 0x10000002
    PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE = 0x10000003
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED = 0x10000011
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_MESSAGE = 0x10000012
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO = 0x10000013
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_INITIATE = 0x10000014
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR = 0x10000015
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_READY = 0x10000016
    PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME = 0x10000017
    PROTOCOL_ERROR_ZMTP_INVALID_METADATA = 0x10000018
    PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC = 0x11000001
    PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH = 0x11000002
    PROTOCOL_ERROR_ZAP_UNSPECIFIED = 0x20000000
    PROTOCOL_ERROR_ZAP_MALFORMED_REPLY = 0x20000001
    PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID = 0x20000002
    PROTOCOL_ERROR_ZAP_BAD_VERSION = 0x20000003
    PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE = 0x20000004
    PROTOCOL_ERROR_ZAP_INVALID_METADATA = 0x20000005
    PROTOCOL_ERROR_WS_UNSPECIFIED = 0x30000000


@_combine_quickly
@_simple_enum(IntFlag)
class PollEvent:
    """What to wait for in a poll, and what it found."""

    POLLIN = 1
    POLLOUT = 2
    POLLERR = 4
    POLLPRI = 8


@_simple_enum(IntEnum)
class RouterNotify:
    """Values of `SocketOption.ROUTER_NOTIFY`."""

    CONNECT = 1
    DISCONNECT = 2


@_simple_enum(IntEnum)
class NormMode:
    """Congestion control of the NORM transport; values of `SocketOption.NORM_MODE`."""

    FIXED = 0
    CC = 1
    CCL = 2
    CCE = 3
    CCE_ECNONLY = 4


@_simple_enum(IntEnum)
class DeviceType:
    """Kinds of a `zmq.device`; libzmq treats them alike."""

    STREAMER = 1
    FORWARDER = 2
    QUEUE = 3


#: Socket types that exist only where libzmq and this package were built with drafts.
DRAFT_SOCKET_TYPES = frozenset(t for t in SocketType if t >= SocketType.SERVER)

#: Options that libzmq calls drafts.  Some of them work without a draft build all the same, so this
#: explains a refusal of libzmq and is no reason to refuse one oneself.
DRAFT_SOCKET_OPTIONS = frozenset(o for o in SocketOption if o >= SocketOption.ZAP_ENFORCE_DOMAIN)

#: Options that no libzmq can read back.
WRITE_ONLY_OPTIONS = frozenset(
    {
        SocketOption.SUBSCRIBE,
        SocketOption.UNSUBSCRIBE,
        SocketOption.ROUTER_MANDATORY,
        SocketOption.TCP_ACCEPT_FILTER,
        SocketOption.XPUB_VERBOSE,
        SocketOption.ROUTER_RAW,
        SocketOption.PROBE_ROUTER,
        SocketOption.REQ_CORRELATE,
        SocketOption.REQ_RELAXED,
        SocketOption.ROUTER_HANDOVER,
        SocketOption.IPC_FILTER_PID,
        SocketOption.IPC_FILTER_UID,
        SocketOption.IPC_FILTER_GID,
        SocketOption.CONNECT_ROUTING_ID,
        SocketOption.XPUB_NODROP,
        SocketOption.XPUB_MANUAL,
        SocketOption.XPUB_WELCOME_MSG,
        SocketOption.STREAM_NOTIFY,
        SocketOption.XPUB_VERBOSER,
        SocketOption.METADATA,
        SocketOption.XPUB_MANUAL_LAST_VALUE,
        SocketOption.WSS_KEY_PEM,
        SocketOption.WSS_CERT_PEM,
        SocketOption.WSS_TRUST_PEM,
        SocketOption.WSS_HOSTNAME,
        SocketOption.WSS_TRUST_SYSTEM,
        SocketOption.ONLY_FIRST_SUBSCRIBE,
        SocketOption.HELLO_MSG,
        SocketOption.DISCONNECT_MSG,
        SocketOption.HICCUP_MSG,
        SocketOption.XSUB_VERBOSE_UNSUBSCRIBE,
    }
)

#: The libzmq that first knew a socket option, for those younger than 4.2.0.
OPTION_SINCE = {
    SocketOption.GSSAPI_PRINCIPAL_NAMETYPE: (4, 2, 3),
    SocketOption.GSSAPI_SERVICE_PRINCIPAL_NAMETYPE: (4, 2, 3),
    SocketOption.BINDTODEVICE: (4, 2, 3),
    SocketOption.ZAP_ENFORCE_DOMAIN: (4, 2, 3),
    SocketOption.LOOPBACK_FASTPATH: (4, 2, 4),
    SocketOption.METADATA: (4, 2, 4),
    SocketOption.MULTICAST_LOOP: (4, 3, 0),
    SocketOption.ROUTER_NOTIFY: (4, 3, 0),
    SocketOption.XPUB_MANUAL_LAST_VALUE: (4, 3, 2),
    SocketOption.SOCKS_USERNAME: (4, 3, 2),
    SocketOption.SOCKS_PASSWORD: (4, 3, 2),
    SocketOption.IN_BATCH_SIZE: (4, 3, 3),
    SocketOption.OUT_BATCH_SIZE: (4, 3, 3),
    SocketOption.WSS_KEY_PEM: (4, 3, 3),
    SocketOption.WSS_CERT_PEM: (4, 3, 3),
    SocketOption.WSS_TRUST_PEM: (4, 3, 3),
    SocketOption.WSS_HOSTNAME: (4, 3, 3),
    SocketOption.WSS_TRUST_SYSTEM: (4, 3, 3),
    SocketOption.ONLY_FIRST_SUBSCRIBE: (4, 3, 3),
    SocketOption.RECONNECT_STOP: (4, 3, 3),
    SocketOption.HELLO_MSG: (4, 3, 3),
    SocketOption.DISCONNECT_MSG: (4, 3, 3),
    SocketOption.PRIORITY: (4, 3, 4),
    SocketOption.BUSY_POLL: (4, 3, 5),
    SocketOption.HICCUP_MSG: (4, 3, 5),
    SocketOption.XSUB_VERBOSE_UNSUBSCRIBE: (4, 3, 5),
    SocketOption.TOPICS_COUNT: (4, 3, 5),
    SocketOption.NORM_MODE: (4, 3, 5),
    SocketOption.NORM_UNICAST_NACK: (4, 3, 5),
    SocketOption.NORM_BUFFER_SIZE: (4, 3, 5),
    SocketOption.NORM_SEGMENT_SIZE: (4, 3, 5),
    SocketOption.NORM_BLOCK_SIZE: (4, 3, 5),
    SocketOption.NORM_NUM_PARITY: (4, 3, 5),
    SocketOption.NORM_NUM_AUTOPARITY: (4, 3, 5),
    SocketOption.NORM_PUSH: (4, 3, 5),
}

# How the members of each enum are called as flat names: what goes before the member's own name.
_FLAT_PREFIXES = {
    Errno: "",
    ContextOption: "",
    SocketType: "",
    SocketOption: "",
    MessageOption: "",
    Flag: "",
    SecurityMechanism: "",
    ReconnectStop: "RECONNECT_STOP_",
    Event: "EVENT_",
    PollEvent: "",
    RouterNotify: "NOTIFY_",
    NormMode: "NORM_",
    DeviceType: "",
}


def _flat_names() -> dict[str, Enum]:
    """Return a dict of all flat names and the members they stand for."""
    names = {}
    for enum_class, prefix in _FLAT_PREFIXES.items():
        for name, member in enum_class.__members__.items():
            names[name if name.startswith("PROTOCOL_ERROR_") else prefix + name] = member
    return names


globals().update(_flat_names())

__all__ = ["Enum", "IntEnum", "IntFlag"]  # visible in pyzmq's modules, so programs may import them
__all__.extend(enum_class.__name__ for enum_class in _FLAT_PREFIXES)
__all__.extend(_flat_names())
