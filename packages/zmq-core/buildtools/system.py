# SPDX-License-Identifier: BSD-3-Clause
"""Finds a libzmq that is installed: by pkg-config, or in the directory of ZMQ_PREFIX."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from . import compiler, msvc
from .library import Library, dotted, read_version
from .report import BuildError

DRAFT_CALL = "int zmq_join(void *, const char *); int ask(void) { return zmq_join(0, 0); }\n"


def find(options):
    """Return the installed libzmq.

    Raises
    ------
    BuildError
        There is none that will do; the message says why.
    """
    library = _find_in(options) if options.prefix else _ask_pkg_config(options)
    if options.drafts:
        _require_drafts(library)
        library.defines.append(("ZMQ_BUILD_DRAFT_API", "1"))
    return library


def _ask_pkg_config(options):
    command = [*options.pkg_config]
    try:
        subprocess.run([*command, "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise BuildError(
            f"{' '.join(command)} was not found, which says where the system's libzmq is. "
            "Install pkg-config, or name one in PKG_CONFIG."
        ) from None
    found = subprocess.run(
        [*command, "--print-errors", "--modversion", "libzmq"], capture_output=True, text=True
    )
    if found.returncode:
        raise BuildError(f"the system has no libzmq with headers ({_first_line(found.stderr)}).")
    include_flags = _words(command, "--cflags")
    link = _words(command, "--libs")
    header = compiler.find_header(compiler.find_c(), "zmq.h", include_flags)
    if header is None:
        raise BuildError("pkg-config knows libzmq, but the compiler does not find zmq.h.")
    read_version(header)
    directories = [word[2:] for word in link if word.startswith("-L")]
    return Library(
        header=header,
        origin=f"pkg-config libzmq {found.stdout.strip()}",
        linkage="system, shared",
        sodium=int("-lsodium" in _words(command, "--static", "--libs")),
        library_dirs=directories,
        libraries=[word[2:] for word in link if word.startswith("-l")],
        compile_flags=[word for word in include_flags if "DRAFT" not in word],
        link_flags=[f"-Wl,-rpath,{directory}" for directory in directories],
    )


def _words(command, *arguments):
    done = subprocess.run([*command, *arguments, "libzmq"], capture_output=True, text=True)
    return done.stdout.split()


def _first_line(text):
    return (text.strip().splitlines() or ["pkg-config says no more"])[0]


def _find_in(options):
    prefix = Path(options.prefix)
    header = prefix / "include" / "zmq.h"
    if not header.is_file():
        raise BuildError(f"ZMQ_PREFIX is {prefix}, but there is no {header}.")
    version = read_version(header)
    names = {"lib", "lib64", f"lib/{sysconfig.get_config_var('MULTIARCH')}"}
    pattern = "libzmq*.dylib" if sys.platform == "darwin" else "libzmq.so*"
    pattern = "libzmq*.lib" if msvc.is_used() else pattern
    directories = [
        str(prefix / name) for name in sorted(names) if any((prefix / name).glob(pattern))
    ]
    if not directories:
        raise BuildError(f"ZMQ_PREFIX is {prefix}, but no lib directory there has a {pattern}.")
    return Library(
        header=header,
        origin=f"ZMQ_PREFIX, libzmq {dotted(version)}",
        linkage="system, shared",
        sodium=-1,
        include_dirs=[str(header.parent)],
        library_dirs=directories,
        libraries=_name_libraries(directories),
        link_flags=[]
        if msvc.is_used()
        else [f"-Wl,-rpath,{directory}" for directory in directories],
    )


def _name_libraries(directories):
    """Return what to link; for Visual Studio libraries have versions in their names."""
    if not msvc.is_used():
        return ["zmq"]
    found = sorted(Path(directories[0]).glob("libzmq*.lib"))
    return [found[0].stem, *msvc.LIBRARIES]


def _require_drafts(library):
    if msvc.is_used():
        return  # its linker will say what is missing
    where = [f"-L{directory}" for directory in library.library_dirs]
    what = [f"-l{name}" for name in library.libraries]
    if compiler.links(
        compiler.find_c(),
        DRAFT_CALL + "int main(void) { return ask(); }\n",
        [*where, *what],
        shared=False,
    ):
        return
    raise BuildError(
        f"ZMQ_CORE_DRAFTS asks for draft sockets, but the system's libzmq "
        f"({re.sub('^pkg-config ', '', library.origin)}) was built without them."
    )
