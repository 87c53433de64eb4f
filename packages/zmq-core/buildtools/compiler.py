# SPDX-License-Identifier: BSD-3-Clause
"""The C and C++ compilers, and questions put to them by small programs."""

import functools
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from . import msvc
from .report import BuildError

#: No tables by which debuggers and exceptions find the way out.
WITHOUT_TABLES = ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables"]
PARTNERS = {"gcc": "g++", "clang": "clang++", "cc": "c++"}


def find_c():
    """Return the command of the C compiler: $CC, else the one Python was built with, else cc.

    Raises
    ------
    BuildError
        There is none.
    """
    if msvc.is_used():
        return ["cl"]
    asked = os.environ.get("CC")
    command = _first_present([asked] if asked else [sysconfig.get_config_var("CC"), "cc"])
    if command is None:
        raise BuildError(
            f"there is no C compiler ({asked or 'cc'} was not found). "
            "Install one (Debian: gcc; Fedora: gcc; macOS: xcode-select --install), "
            "or name one in CC."
        )
    return command


def find_cxx(c):
    """Return the command of the C++ compiler that goes with this C compiler; $CXX wins.

    Raises
    ------
    BuildError
        There is none.
    """
    if msvc.is_used():
        return ["cl"]
    asked = os.environ.get("CXX")
    name = Path(c[0]).name
    partner = re.sub(r"(gcc|clang|cc)(?=$|-\d)", lambda found: PARTNERS[found[1]], name)
    command = _first_present([asked] if asked else [str(Path(c[0]).with_name(partner)), partner])
    if command is None:
        raise BuildError(
            f"there is no C++ compiler ({asked or partner} was not found), which libzmq's "
            "sources need. Install one (Debian: g++; Fedora: gcc-c++; macOS: "
            "xcode-select --install), or name one in CXX."
        )
    return command


def find_cmake():
    """Return the path of cmake.

    Raises
    ------
    BuildError
        There is none.
    """
    cmake = shutil.which("cmake")
    if cmake is None:
        raise BuildError(
            "cmake was not found, which sources are built with. Install it "
            "(Debian, Fedora and Homebrew: cmake; or: pip install cmake)."
        )
    return cmake


def _first_present(commands):
    for command in filter(None, commands):
        words = shlex.split(command)
        if shutil.which(words[0]):
            return words
    return None


def preprocess(compiler, code, flags=()):
    """Return the preprocessed C code, or None if the preprocessor fails."""
    done = subprocess.run(
        [*compiler, *flags, "-E", "-x", "c", "-"], input=code, capture_output=True, text=True
    )
    return done.stdout if done.returncode == 0 else None


def find_header(compiler, name, flags=()):
    """Return where the compiler finds a header, or None."""
    output = preprocess(compiler, f"#include <{name}>\n", flags)
    found = re.search(rf'^# \d+ "([^"]*\b{re.escape(name)})"', output or "", re.MULTILINE)
    return Path(found[1]).resolve() if found else None


def links(compiler, code, flags=(), shared=True):
    """Return whether the C code compiles and links into a shared object (or a program)."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "probe.c"
        source.write_text(code)
        kind = ["-shared", "-fPIC"] if shared else []
        command = [*compiler, *kind, str(source), "-o", str(source.with_suffix(".out")), *flags]
        return subprocess.run(command, capture_output=True).returncode == 0


def lto_flags(compiler):
    """Return the flags for link-time optimisation, or none if the compiler has no such thing."""
    if msvc.is_used():
        return msvc.LTO
    code = "int answer(void) { return 42; }\n"
    for flag in ("-flto=auto", "-flto"):  # gcc's "auto" uses all processors
        if links(compiler, code, ["-O3", flag, "-Werror"]):
            return [flag]
    return []


def is_debugged():
    """Return whether $CFLAGS ask for what debuggers need."""
    return "-g" in shlex.split(os.environ.get("CFLAGS", ""))


def accepted(compiler, flags):
    """Return those of these flags that the compiler knows."""
    return [flag for flag in flags if _is_accepted(tuple(compiler), flag)]


@functools.cache
def _is_accepted(compiler, flag):
    return links(compiler, "int answer(void) { return 42; }\n", ["-O3", flag, "-Werror"])
