# SPDX-License-Identifier: BSD-3-Clause
"""How this package was built, and what others need to build on it."""

from __future__ import annotations

import os

from zmq import backend
from zmq.sugar.version import __version__ as API_LEVEL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def build_info() -> dict[str, Any]:
    """What this installation is made of.

    Returns
    -------
    dict
        `version` (of the distribution zmq-core), `api` (the pyzmq API level), `backend`, `libzmq`
        (version), `libzmq_linked` (how), `libzmq_origin` (where it came from), `libsodium`
        (its version, where libzmq was built with this package), `drafts`, `curve` (whether there is
        libsodium), `cflags`, and the version of `cython` or `cffi`.
    """
    facts = backend.build_facts() if hasattr(backend, "build_facts") else {}
    return {"api": API_LEVEL, "backend": backend.backend_name, **facts}


def get_includes() -> list[str]:
    """The directories of headers and declarations for `cimport zmq`.

    Returns
    -------
    list of str
        That of `zmq.h`, that of `zmq_capi.h` (which ends in "utils"), that of the package itself.
    """
    return [
        os.path.join(_PACKAGE, "include"),
        os.path.join(_PACKAGE, "utils"),
        os.path.dirname(_PACKAGE),
    ]


def get_library_dirs() -> list[str]:
    """The directory to search for a libzmq of this package; nothing has to be linked.

    Returns
    -------
    list of str
    """
    return [_PACKAGE]
