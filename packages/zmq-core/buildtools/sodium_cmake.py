# SPDX-License-Identifier: BSD-3-Clause
"""Builds libsodium where there is no sh for its configure script: on Windows, by cmake.

What its project for Visual Studio compiles is all that is there, with the settings below; only that
the C library is the shared one, as in Python and in our libzmq.
"""

import os

from . import compiler, msvc, trees
from .report import BuildError, say

LISTS = """\
cmake_minimum_required(VERSION 3.15)
project(libsodium C)
file(GLOB_RECURSE sources src/libsodium/*.c)
set(headers ${CMAKE_CURRENT_SOURCE_DIR}/src/libsodium/include)
configure_file(builds/msvc/version.h ${headers}/sodium/version.h COPYONLY)
add_library(libsodium STATIC ${sources})
set_target_properties(libsodium PROPERTIES PREFIX "")
target_include_directories(libsodium PRIVATE ${headers} ${headers}/sodium)
target_compile_definitions(libsodium PRIVATE
  inline=__inline NATIVE_LITTLE_ENDIAN SODIUM_STATIC _CRT_SECURE_NO_WARNINGS)
"""
SETTINGS = {"CMAKE_BUILD_TYPE": "Release", "CMAKE_POSITION_INDEPENDENT_CODE": "ON"}


def build(tree, work):
    """Build the sources of libsodium.

    Parameters
    ----------
    tree : pathlib.Path
        Where they are; a file is added.
    work : pathlib.Path
        A directory for everything else that this makes.

    Returns
    -------
    tuple of pathlib.Path
        The directory of sodium.h, and the library.

    Raises
    ------
    BuildError
        A tool is missing, or they do not compile.
    """
    if not (tree / "builds" / "msvc" / "version.h").is_file():
        raise BuildError(f"{tree} is not complete: libsodium's releases have builds/msvc/version.h")
    say("building libsodium statically, with cmake")
    (tree / "CMakeLists.txt").write_text(LISTS, encoding="utf-8")
    settings = {**SETTINGS, **(msvc.cmake_settings() if msvc.is_used() else {})}
    definitions = [f"-D{name}={value}" for name, value in settings.items()]
    cmake, made = compiler.find_cmake(), work / "libsodium-built"
    failure = "libsodium did not build; see what cmake printed above."
    trees.run([cmake, "-S", str(tree), "-B", str(made), *definitions], failure)
    processors = str(os.cpu_count() or 1)
    build = [cmake, "--build", str(made), "--parallel", processors, "--config", "Release"]
    trees.run(build, failure)
    libraries = [*made.rglob("libsodium.lib"), *made.rglob("libsodium.a")]
    if not libraries:
        raise BuildError("cmake made no library of libsodium; see what it printed above.")
    return tree / "src" / "libsodium" / "include", libraries[0]
