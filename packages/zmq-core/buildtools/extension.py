# SPDX-License-Identifier: BSD-3-Clause
"""Describes and compiles one native module."""

import sys
from pathlib import Path

from . import compiler, msvc
from .report import BuildError

#: After whatever Python and $CFLAGS say, so that these win.
FLAGS = ["-O3", "-fvisibility=hidden"]
#: What -O3 does that makes this code longer and not faster, as counting instructions showed.
SHORTER = [
    "--param=early-inlining-insns=6",
    "-fno-tree-vectorize",
    "-fno-unswitch-loops",
    "-fno-split-paths",
    "-fno-split-loops",
    "-fno-peel-loops",
    "-falign-jumps=1",
    "-falign-loops=1",
    "-falign-labels=1",
]


def flags_for(library):
    """Return what the C compiler is told, after what $CFLAGS tell it."""
    if msvc.is_used():
        return [*library.compile_flags, *msvc.FLAGS]
    debug = ["-g0", *compiler.WITHOUT_TABLES]  # Python's own flags have -g
    if compiler.is_debugged():
        debug = []
    shorter = compiler.accepted(compiler.find_c(), SHORTER)
    return [*library.compile_flags, *FLAGS, *shorter, *debug]


def describe(name, files, include_dirs, work, library):
    """Return the setuptools Extension of a module.

    Parameters
    ----------
    name : str
        The module's full name.
    files : list of pathlib.Path
        Its sources.
    include_dirs : list of pathlib.Path
        Where its headers are, beside libzmq's and those that were made in `work`.
    work : pathlib.Path
    library : Library
    """
    from setuptools import Extension

    link_flags = [*library.link_flags, *_export_only_init(name, work)]
    if not compiler.is_debugged() and not msvc.is_used():
        link_flags.append("-Wl,-x" if sys.platform == "darwin" else "-Wl,-s")
    return Extension(
        name,
        list(map(str, files)),
        include_dirs=[*map(str, [work, *include_dirs]), *library.include_dirs],
        define_macros=[("ZMQ_CORE_BUILD", "1"), *library.defines],
        library_dirs=library.library_dirs,
        libraries=library.libraries,
        extra_objects=library.archives,
        extra_compile_args=flags_for(library),
        extra_link_args=link_flags,
    )


def _export_only_init(name, work):
    """Return the linker flags that hide all symbols but the one Python calls."""
    if msvc.is_used():
        return []  # a DLL exports only what it is told to, which setuptools does
    last = name.rpartition(".")[2]
    names = [f"PyInit_{last}", f"_cffi_pypyinit_{last}"]
    if sys.platform == "darwin":
        return [f"-Wl,-exported_symbol,_{name}" for name in names[:1]]
    script = work / "exports.map"
    script.write_text(f"{{ global: {'; '.join(names)}; local: *; }};\n")
    return [f"-Wl,--version-script={script}"]


def compile_module(module, sources, work, library):
    """Return the path of a module, made by Cython or cffi and the C compiler.

    Parameters
    ----------
    module : module
        `cython_module` or `cffi_module`.
    sources, work : pathlib.Path
        The directory that holds the package `zmq`, and one for everything that this makes.
    library : Library
        The libzmq to build with.

    Raises
    ------
    BuildError
        It does not compile.
    """
    from setuptools import Distribution
    from setuptools.errors import CCompilerError, ExecError, PlatformError

    generator_errors = module.generator_errors()
    try:
        described = module.describe(sources, work, library)
        command = Distribution({"ext_modules": [described]}).get_command_obj("build_ext")
        command.build_lib = str(work / "built")
        command.build_temp = str(work / "objects")
        command.ensure_finalized()
        command.run()
    except (*generator_errors, CCompilerError, ExecError, PlatformError) as error:
        raise BuildError(
            f"{module.NAME} does not compile ({error}); see what was printed above. If Python.h is "
            "missing, install Python's headers (Debian: python3-dev, pypy3-dev; Fedora: "
            "python3-devel).",
            help="",
        ) from None
    return Path(command.get_ext_fullpath(module.NAME))
