# SPDX-License-Identifier: BSD-3-Clause
"""Compiles the native module `zmq.backend.cython._zmq`."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from . import choose, compiler, facts, options
from .report import BuildError

NAME = "zmq.backend.cython._zmq"
#: After whatever Python and $CFLAGS say, so that these win.
FLAGS = ["-O3", "-fvisibility=hidden"]
DIRECTIVES = {
    "language_level": 3,
    "embedsignature": True,
    "embedsignature.format": "clinic",
    "binding": False,
}


def build(sources, work, version):
    """Build the module.

    Parameters
    ----------
    sources : pathlib.Path
        The directory that holds the package `zmq`.
    work : pathlib.Path
        A directory for everything that this makes.
    version : str
        The distribution's version.

    Returns
    -------
    dict of str to pathlib.Path
        Names inside the wheel, and the files that belong there.

    Raises
    ------
    BuildError
        It does not build; the message says what to do.
    """
    wanted = options.read()
    os.environ["CC"] = shlex.join(compiler.find_c())  # setuptools reads it too
    library = choose.choose(wanted, work)
    module = _compile(_describe(sources, work, version, library), sources, work)
    name = str(module.relative_to(work / "built"))
    return {name: module, "zmq/include/zmq.h": library.header}


def install_in_place(files, sources):
    """Copy what was built into the source tree, for editable installs."""
    for name, built in files.items():
        target = sources / name
        target.parent.mkdir(exist_ok=True)
        fresh = target.with_name(target.name + ".new")
        shutil.copyfile(built, fresh)
        os.replace(fresh, target)  # a running program keeps the file it has mapped


def _describe(sources, work, version, library):
    """Return the setuptools Extension."""
    import Cython
    from setuptools import Extension

    package = sources / "zmq" / "backend" / "cython"
    flags = [*library.compile_flags, *FLAGS]
    link_flags = [*library.link_flags, *_export_only_init(work)]
    asked = shlex.split(os.environ.get("CFLAGS", ""))
    if "-g" not in asked:  # Python's own flags have it too
        flags.append("-g0")
        link_flags.append("-Wl,-x" if sys.platform == "darwin" else "-Wl,-s")
    facts.write(work, version, Cython.__version__, library, [*asked, *flags])
    return Extension(
        NAME,
        [str(package / "_zmq.pyx")],
        include_dirs=[
            str(work),
            str(package),
            str(package.parent / "native"),
            str(sources / "zmq" / "utils"),
            *library.include_dirs,
        ],
        define_macros=[("ZMQ_CORE_BUILD", "1"), *library.defines],
        library_dirs=library.library_dirs,
        libraries=library.libraries,
        extra_objects=library.archives,
        extra_compile_args=flags,
        extra_link_args=link_flags,
    )


def _export_only_init(work):
    """Return the linker flags that hide all symbols but the one Python calls."""
    name = f"PyInit_{NAME.rpartition('.')[2]}"
    if sys.platform == "darwin":
        return [f"-Wl,-exported_symbol,_{name}"]
    script = work / "exports.map"
    script.write_text(f"{{ global: {name}; local: *; }};\n")
    return [f"-Wl,--version-script={script}"]


def _compile(extension, sources, work):
    """Return the path of the module, made from the extension by Cython and the C compiler."""
    from Cython.Build import cythonize
    from Cython.Compiler.Errors import CompileError as CythonError
    from setuptools import Distribution
    from setuptools.errors import CCompilerError, ExecError, PlatformError

    try:
        made = cythonize(
            [extension],
            build_dir=str(work / "c"),
            include_path=[str(sources)],
            compiler_directives=DIRECTIVES,
        )
        command = Distribution({"ext_modules": made}).get_command_obj("build_ext")
        command.build_lib = str(work / "built")
        command.build_temp = str(work / "objects")
        command.ensure_finalized()
        command.run()
    except (CythonError, CCompilerError, ExecError, PlatformError) as error:
        raise BuildError(
            f"{NAME} does not compile ({error}); see what was printed above. If Python.h is "
            "missing, install Python's headers (Debian: python3-dev; Fedora: python3-devel).",
            help="",
        ) from None
    return Path(command.get_ext_fullpath(NAME))
