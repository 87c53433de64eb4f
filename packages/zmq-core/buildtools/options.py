# SPDX-License-Identifier: BSD-3-Clause
"""The environment variables that steer the build."""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from .report import BuildError

WAYS = ("system", "source", "download")
BACKENDS = ("cython", "cffi")


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    way: str  # one of WAYS, or "" for the first that works
    source: str  # a directory, an archive, or for "download" a URL
    sha256: str  # of the archive behind that URL
    prefix: str  # a directory with include/zmq.h and the library, or ""
    pkg_config: tuple  # the command
    drafts: bool
    sodium: str = ""  # libsodium's sources: a directory, an archive or a URL; or "download"
    backends: tuple = BACKENDS[:1]  # some of BACKENDS


def read(environ=os.environ):
    """Return the options.

    Raises
    ------
    BuildError
        The variables contradict one another.
    """
    way = environ.get("ZMQ_CORE_LIBZMQ", "").strip().lower()
    source = environ.get("ZMQ_CORE_LIBZMQ_SOURCE", "").strip()
    prefix = environ.get("ZMQ_PREFIX", "").strip()
    if prefix == "bundled":  # as for pyzmq
        prefix, way = "", way or "download"
    if way and way not in WAYS:
        raise BuildError(f"ZMQ_CORE_LIBZMQ is {way!r}, which is none of {', '.join(WAYS)}.")
    if not way and source:
        way = "download" if "://" in source else "source"
    if way == "source" and not source:
        raise BuildError(
            "ZMQ_CORE_LIBZMQ=source needs a directory or archive with libzmq's sources "
            "in ZMQ_CORE_LIBZMQ_SOURCE."
        )
    return Options(
        way=way,
        source=source,
        sha256=environ.get("ZMQ_CORE_LIBZMQ_SHA256", "").strip().lower(),
        prefix=str(Path(prefix).expanduser()) if prefix else "",
        pkg_config=tuple(shlex.split(environ.get("PKG_CONFIG", "") or "pkg-config")),
        sodium=environ.get("ZMQ_CORE_LIBSODIUM_SOURCE", "").strip(),
        backends=read_backends(environ),
        drafts=any(_is_on(environ, name) for name in ("ZMQ_CORE_DRAFTS", "ZMQ_DRAFT_API")),
    )


def read_backends(environ=os.environ):
    """Return the backends to build: the one for this Python, or those in ZMQ_CORE_BACKENDS.

    Raises
    ------
    BuildError
        There is no such backend, or not for this Python.
    """
    pypy = sys.implementation.name == "pypy"
    asked = environ.get("ZMQ_CORE_BACKENDS", "").replace(",", " ").lower().split()
    if not asked:
        return ("cffi",) if pypy else ("cython",)
    for name in asked:
        if name not in BACKENDS:
            raise BuildError(
                f"ZMQ_CORE_BACKENDS names {name!r}, which is none of {', '.join(BACKENDS)}.", ""
            )
    if pypy and "cython" in asked:
        raise BuildError(
            "ZMQ_CORE_BACKENDS names cython, whose backend is for CPython: PyPy has cffi.", ""
        )
    return tuple(name for name in BACKENDS if name in asked)


def _is_on(environ, name):
    return environ.get(name, "").strip().lower() not in {"", "0", "no", "off", "false"}
