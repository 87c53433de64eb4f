# SPDX-License-Identifier: BSD-3-Clause
"""The versions: which API is implemented here, and which libzmq does the work."""

from __future__ import annotations

from zmq.backend import zmq_version_info

VERSION_MAJOR = 27
VERSION_MINOR = 3
VERSION_PATCH = 0
VERSION_EXTRA = ""

#: The pyzmq API implemented by this package, which programs compare with pyzmq's versions.
#: The version of the package itself is in `zmq.build_info`.
__version__ = f"{VERSION_MAJOR}.{VERSION_MINOR}.{VERSION_PATCH}{VERSION_EXTRA}"

#: Always empty; pyzmq kept the git revision of a development build here.
__revision__ = ""

version_info = (VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH)


def pyzmq_version() -> str:
    """Return the pyzmq API implemented by this package, such as ``"27.3.0"``.

    Programs compare it with pyzmq's versions.  The version of the package itself is in
    `zmq.build_info`.

    Returns
    -------
    str
        Three numbers with dots between.
    """
    return __version__


def pyzmq_version_info() -> tuple[int, int, int]:
    """Return the pyzmq API implemented by this package as numbers, such as ``(27, 3, 0)``.

    Programs compare it with pyzmq's versions.  The version of the package itself is in
    `zmq.build_info`.

    Returns
    -------
    tuple of int
        Major, minor and patch number.
    """
    return version_info


def zmq_version() -> str:
    """Return the version of the linked libzmq (`zmq_version`), such as ``"4.3.5"``.

    Returns
    -------
    str
        Three numbers with dots between.
    """
    return "{}.{}.{}".format(*zmq_version_info())


__all__ = [
    "__revision__",
    "__version__",
    "pyzmq_version",
    "pyzmq_version_info",
    "zmq_version",
    "zmq_version_info",
]
