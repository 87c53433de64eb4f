# SPDX-License-Identifier: BSD-3-Clause
"""Authentication: who may connect to the servers of a context (ZAP, ZMQ RFC 27).

The layout, lower files first:

    _zpl, _keyfile, certs       certificate text, files of keys, and what programs call
    _stamp, _keydirectory       whether a file has changed; the public keys in a directory
    _addresses, _passwords      who may try from where; who knows a password
    _zap, _decision             requests and replies; what was decided
    _rules, _policy             rules by domain; what has been configured
    base                        Authenticator: policy and protocol, without a loop
    _workers, _serving          user code that takes its time; a ZAP socket in an event loop
    asyncio, thread             AsyncioAuthenticator, ThreadAuthenticator
    ioloop                      shim for tornado
    _arguments, _commands       the command line: python -m zmq.auth
"""

from zmq.auth._decision import Decision
from zmq.auth.base import CURVE_ALLOW_ANY, Authenticator
from zmq.auth.certs import (
    create_certificates,
    load_certificate,
    load_certificates,
    load_metadata,
)

__all__ = [
    "CURVE_ALLOW_ANY",
    "Authenticator",
    "Decision",
    "create_certificates",
    "load_certificate",
    "load_certificates",
    "load_metadata",
]
