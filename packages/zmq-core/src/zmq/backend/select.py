# SPDX-License-Identifier: BSD-3-Clause
"""Choosing the backend: the native module that speaks to libzmq."""

from __future__ import annotations

import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

#: What a backend must have.
public_api = [
    "Context",
    "Socket",
    "Frame",
    "Message",
    "curve_keypair",
    "curve_public",
    "has",
    "proxy",
    "proxy_steerable",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version_info",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
]

#: What our own backends have beyond that; for outside backends `standins` has it.
extensions = [
    "OptionAttribute",
    "build_facts",
    "configure",
    "monitored_queue",
    "relay",
    "tune_allocator",
    "z85_decode",
    "z85_encode",
]

#: Of compiled modules.
SUFFIXES = (".so", ".pyd")
SHORT_NAMES = {"cython": "zmq.backend.cython", "cffi": "zmq.backend.cffi"}


def select_backend(name: str) -> dict[str, Any]:
    """Import a backend.

    Parameters
    ----------
    name : str
        "cython", "cffi", or the full name of a module outside this package.

    Returns
    -------
    dict
        The names of `public_api` and of `extensions`.

    Raises
    ------
    ImportError
        When the module cannot be imported or lacks one of `public_api`; says what to do.
    """
    full_name = SHORT_NAMES.get(name, name)
    try:
        module = import_module(full_name)
    except ImportError as exc:
        raise ImportError(
            f"the backend {full_name!r} of zmq cannot be imported: {exc}. {_advise(name)}",
            name=full_name,
        ) from exc
    missing = [each for each in public_api if not hasattr(module, each)]
    if missing:
        raise ImportError(f"the backend {full_name!r} lacks {', '.join(missing)}", name=full_name)
    names = {each: getattr(module, each) for each in public_api}
    names.update({each: _find_extension(module, each) for each in extensions})
    return names


def _advise(name: str) -> str:
    if name == "cffi":
        return (
            "It is there when zmq-core was built with ZMQ_CORE_BACKENDS=cython,cffi, and needs"
            " cffi: pip install --no-binary zmq-core zmq-core[cffi]"
        )
    if name == "cython" and sys.implementation.name == "pypy":
        return "It is for CPython; PyPy has the one that cffi builds: leave PYZMQ_BACKEND away"
    return "Reinstall zmq-core, or name another backend in PYZMQ_BACKEND"


def _find_extension(module: ModuleType, name: str) -> Any:
    """Look in the module, in that which its sockets come from, then among the stand-ins."""
    for place in (module, sys.modules.get(module.Socket.__module__)):
        if hasattr(place, name):
            return getattr(place, name)
    return getattr(import_module("zmq.backend.standins"), name)


def choose_backend() -> dict[str, Any]:
    """Import the backend that PYZMQ_BACKEND names, by default the compiled one for this Python.

    Returns
    -------
    dict
        As of `select_backend`, and its name as `backend_name`.
    """
    name = os.environ.get("PYZMQ_BACKEND") or ("cython" if _has_cython() else "cffi")
    return {**select_backend(name), "backend_name": name}


def _has_cython() -> bool:
    """Whether to take the Cython backend: on CPython, unless only the other one was built."""
    if sys.implementation.name == "pypy":
        return False
    here = os.path.dirname(__file__)
    return _is_built(here, "cython", "_zmq") or not _is_built(here, "cffi", "_calls")


def _is_built(folder: str, backend: str, module: str) -> bool:
    try:
        names = os.listdir(os.path.join(folder, backend))
    except OSError:
        return False
    return any(name.startswith(f"{module}.") and name.endswith(SUFFIXES) for name in names)
