# SPDX-License-Identifier: BSD-3-Clause
"""Builds libzmq from its sources, as a static library that becomes a part of our module."""

import os
import re
import shlex
import sys
from pathlib import Path

from . import compiler, msvc, sodium, trees
from .library import Library, read_version
from .report import BuildError, say

#: Nothing but the library, and nothing that only some machines have.
SETTINGS = {
    "BUILD_SHARED": "OFF",
    "BUILD_STATIC": "ON",
    "BUILD_TESTS": "OFF",
    "ENABLE_CLANG": "OFF",
    "ENABLE_CPACK": "OFF",
    "ENABLE_CURVE": "ON",
    "ENABLE_PRECOMPILED": "OFF",
    "LIBZMQ_WERROR": "OFF",
    "WITH_DOC": "OFF",
    "WITH_DOCS": "OFF",
    "WITH_LIBBSD": "OFF",
    "WITH_LIBSODIUM": "ON",
    "WITH_NSS": "OFF",
    "WITH_PERF_TOOL": "OFF",
    "WITH_TLS": "OFF",
    "CMAKE_BUILD_TYPE": "Release",
    "CMAKE_POSITION_INDEPENDENT_CODE": "ON",
    # libzmq's cmake file asks for a cmake that is older than what new ones agree to be.
    "CMAKE_POLICY_VERSION_MINIMUM": "3.5",
    "CMAKE_POLICY_DEFAULT_CMP0069": "NEW",
}
OPTIMISED = "-O2 -DNDEBUG -fvisibility=hidden -ffunction-sections -fdata-sections"
#: Sources of libzmq that every message goes through: -O3 makes them faster, and others only larger.
HOT = ("msg", "pipe", "zmq", "lb", "fq")
EXCEPTIONS = re.compile(r"\btry\s*\{|\bcatch\s*\(|\bthrow\s+[\w:]+\s*\(|\bthrow\s*;")


def build(options, source, work, origin):
    """Build libzmq from a directory or archive.

    Parameters
    ----------
    source : path
        What to build.
    work : pathlib.Path
        A directory for everything that this makes.
    origin : str
        Where the source came from, in words.

    Returns
    -------
    Library

    Raises
    ------
    BuildError
        The sources are not libzmq's, a tool is missing, or it does not compile.
    """
    cc = compiler.find_c()
    cxx = compiler.find_cxx(cc)
    cmake = compiler.find_cmake()
    crypto = sodium.provide(options, work)
    tree = _unpack(Path(source).expanduser(), work / "source")
    lto = compiler.lto_flags(cc)
    kind = "static" if crypto.static else "dynamic"
    say(
        f"building libzmq statically {'with' if lto else 'WITHOUT'} link-time optimisation, "
        f"with {kind} libsodium"
    )
    settings = {
        **SETTINGS,
        "CMAKE_INTERPROCEDURAL_OPTIMIZATION": "ON" if lto else "OFF",
        "ENABLE_DRAFTS": "ON" if options.drafts else "OFF",
        "SODIUM_INCLUDE_DIRS": crypto.include,
        "SODIUM_LIBRARIES": crypto.library,
        "WITH_LIBSODIUM_STATIC": "ON" if crypto.static else "OFF",
    }
    if msvc.is_used():
        settings.update(msvc.cmake_settings())
    else:
        settings.update({"CMAKE_C_COMPILER": cc[0], "CMAKE_CXX_COMPILER": cxx[0]})
        settings.update(_flag_settings(tree, work))
    archive = _run_cmake(cmake, tree, work / "libzmq", settings)
    return Library(
        header=tree / "include" / "zmq.h",
        origin=origin,
        linkage="static",
        sodium=1,
        sodium_version=crypto.version,
        include_dirs=[str(tree / "include")],
        libraries=_list_libraries(),
        archives=[str(archive), *crypto.objects, crypto.library],
        defines=[("ZMQ_STATIC", None), ("ZMQ_NO_EXPORT", None)]
        + [("ZMQ_BUILD_DRAFT_API", "1")] * options.drafts,
        compile_flags=lto,
        link_flags=msvc.LINKED if msvc.is_used() else ["-O3", *_without_unused(), *lto],
    )


def _list_libraries():
    """The system's libraries that libzmq needs."""
    if msvc.is_used():
        return msvc.LIBRARIES
    # gcc would link libstdc++ only for g++: without the name it is missed when imported.
    return ["c++" if sys.platform == "darwin" else "stdc++", "pthread"]


def _flag_settings(tree, work):
    """What cmake is told of the flags of gcc and clang."""
    settings = {}
    prefix_map = shlex.quote(f"-ffile-prefix-map={tree}=libzmq")  # no paths of this machine
    special = {f"{name}.cpp": "-O3" for name in HOT}
    less = ""
    throwing = find_exceptions(tree)
    if throwing is not None and not compiler.is_debugged():
        less = f"-fno-exceptions {' '.join(compiler.WITHOUT_TABLES)}"
        special.update({name: f"{special.get(name, '')};-fexceptions" for name in throwing})
    for language in ("C", "CXX"):
        settings[f"CMAKE_{language}_FLAGS_RELEASE"] = (
            f"{OPTIMISED} {less} -DZMQ_NO_EXPORT {prefix_map}"
        )
    settings["CMAKE_PROJECT_ZeroMQ_INCLUDE"] = _write_flags(special, work / "flags.cmake")
    return settings


def find_exceptions(tree):
    """Return which of libzmq's sources deal with exceptions, or None if a header does.

    No exception leaves libzmq: where the others cannot have memory the program is aborted, whether
    or not there are tables by which an exception would find nobody who catches it.

    Parameters
    ----------
    tree : pathlib.Path
        Its sources.

    Returns
    -------
    list of str, or None
    """
    found = [
        path
        for path in sorted([*tree.glob("src/*.cpp"), *tree.glob("src/*.hpp")])
        if EXCEPTIONS.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    if any(path.suffix == ".hpp" for path in found):
        return None
    return [path.name for path in found]


def _write_flags(special, path):
    """Write down for cmake which sources get flags of their own; returns the file's name."""
    lines = [
        f'set_property(SOURCE "${{CMAKE_CURRENT_SOURCE_DIR}}/src/{name}" '
        f'APPEND PROPERTY COMPILE_OPTIONS "{flags}")\n'
        for name, flags in sorted(special.items())
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")
    return str(path)


def _without_unused():
    """The linker flags that leave out functions nobody calls."""
    return ["-Wl,-dead_strip" if sys.platform == "darwin" else "-Wl,--gc-sections"]


def _unpack(source, directory):
    """Return the directory with libzmq's cmake file: `source`, or what is in that archive."""
    if not source.exists():
        raise BuildError(f"ZMQ_CORE_LIBZMQ_SOURCE names {source}, which does not exist.")
    if source.is_dir():
        candidates = [source]
    else:
        trees.unpack(source, directory)
        candidates = [directory, *sorted(directory.iterdir())]
    for tree in candidates:
        if (tree / "CMakeLists.txt").is_file() and (tree / "include" / "zmq.h").is_file():
            read_version(tree / "include" / "zmq.h")
            return tree.resolve()
    raise BuildError(f"{source} does not hold libzmq's sources (CMakeLists.txt, include/zmq.h).")


def _run_cmake(cmake, tree, directory, settings):
    definitions = [f"-D{name}={value}" for name, value in settings.items()]
    _run([cmake, "-S", str(tree), "-B", str(directory), *definitions])
    configured = (directory / "platform.hpp").read_text(encoding="utf-8")
    if "#define ZMQ_USE_LIBSODIUM" not in configured:
        raise BuildError("libzmq's cmake did not accept libsodium; see what it printed above.")
    processors = str(os.cpu_count() or 1)
    build = [cmake, "--build", str(directory), "--parallel", processors]
    _run([*build, "--config", "Release"] if msvc.is_used() else build)
    pattern = "libzmq*.lib" if msvc.is_used() else "libzmq*.a"
    archives = sorted(directory.rglob(pattern))
    if not archives:
        raise BuildError(f"cmake made no {pattern}; see what it printed above.")
    return archives[0]


def _run(command):
    shown = " ".join(command)
    trees.run(command, f"libzmq did not build; see what cmake printed above. It ran:\n  {shown}")
