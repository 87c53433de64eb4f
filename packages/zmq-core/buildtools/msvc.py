# SPDX-License-Identifier: BSD-3-Clause
"""What is different on Windows, where Visual Studio compiles: setuptools and cmake find it."""

import os
import re
import sys
import sysconfig

from .report import BuildError

FLAGS = ["/O2"]
#: Link-time optimisation, and what the linker is told: of it, and to leave out the static C library
#: that libsodium's releases for Visual Studio ask for.
LTO, LINKED = ["/GL"], ["/LTCG", "/NODEFAULTLIB:LIBCMT"]
#: What libzmq calls.
LIBRARIES = ["ws2_32", "iphlpapi", "advapi32", "rpcrt4"]
#: How Visual Studio, and libsodium, name what a Python is for.
ARCHITECTURES = {
    "win-amd64": ("x64", "x64"),
    "win32": ("Win32", "Win32"),
    "win-arm64": ("ARM64", "ARM64"),
}
MISSING = (
    "Set ZMQ_CORE_LIBSODIUM_SOURCE to `download`, to libsodium's sources, to what its releases "
    "have for Visual Studio (libsodium-...-msvc.zip, or that unpacked), or to a directory with "
    "include\\sodium.h and lib\\libsodium.lib (vcpkg: installed\\x64-windows-static-md)."
)


def is_used():
    """Whether this Python's modules are compiled by Visual Studio."""
    return sys.platform == "win32"


def cmake_settings():
    """Return what cmake is told beside what it is told everywhere.

    Returns
    -------
    dict of str to str
    """
    settings = {
        "CMAKE_POLICY_DEFAULT_CMP0091": "NEW",
        "CMAKE_MSVC_RUNTIME_LIBRARY": "MultiThreadedDLL",  # as Python has it
    }
    if os.environ.get("CMAKE_GENERATOR", "Visual Studio").startswith("Visual Studio"):
        settings["CMAKE_GENERATOR_PLATFORM"] = _architecture()[0]
    return settings


def find_sodium(tree):
    """Return the directory of sodium.h and the static libsodium.lib for this Python.

    Parameters
    ----------
    tree : pathlib.Path
        An unpacked release for Visual Studio, or a directory with include and lib.

    Raises
    ------
    BuildError
        They are not there.
    """
    headers = sorted(tree.rglob("include/sodium.h"))
    built = tree.rglob(f"{_architecture()[1]}/Release/v*/static/libsodium.lib")
    newest = sorted(built, key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0))
    libraries = newest or sorted(tree.rglob("lib/libsodium.lib"))
    if not headers or not libraries:
        raise BuildError(f"{tree} does not hold libsodium for Visual Studio. {MISSING}")
    return headers[0].parent, libraries[-1]


def _architecture():
    platform = sysconfig.get_platform()
    if platform not in ARCHITECTURES:
        raise BuildError(f"zmq-core cannot be built for {platform} yet.")
    return ARCHITECTURES[platform]
