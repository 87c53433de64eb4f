# SPDX-License-Identifier: BSD-3-Clause
"""The CFFI backend: libzmq for PyPy, and for wherever else it was built."""

from zmq.backend.cffi.context import Context
from zmq.backend.cffi.documentation import document
from zmq.backend.cffi.endpoint import IPC_PATH_MAX_LEN
from zmq.backend.cffi.errors import strerror, zmq_errno, zmq_version_info
from zmq.backend.cffi.frame import Frame, Message
from zmq.backend.cffi.given import configure
from zmq.backend.cffi.options import OptionAttribute
from zmq.backend.cffi.poll import zmq_poll
from zmq.backend.cffi.proxy import monitored_queue, proxy, proxy_steerable, relay
from zmq.backend.cffi.release import TrackerEvent
from zmq.backend.cffi.socket import Socket
from zmq.backend.cffi.utils import (
    PYZMQ_DRAFT_API,
    build_facts,
    curve_keypair,
    curve_public,
    has,
    tune_allocator,
    z85_decode,
    z85_encode,
)

__all__ = [
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "Context",
    "Frame",
    "Message",
    "OptionAttribute",
    "Socket",
    "TrackerEvent",
    "build_facts",
    "configure",
    "curve_keypair",
    "curve_public",
    "has",
    "monitored_queue",
    "proxy",
    "proxy_steerable",
    "relay",
    "strerror",
    "tune_allocator",
    "z85_decode",
    "z85_encode",
    "zmq_errno",
    "zmq_poll",
    "zmq_version_info",
]

document([globals()[name] for name in __all__])
