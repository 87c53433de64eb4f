# SPDX-License-Identifier: BSD-3-Clause
"""Describes the native module of the Cython backend, `zmq.backend.cython._zmq`."""

from pathlib import Path

from . import cold, extension

NAME = "zmq.backend.cython._zmq"
DIRECTIVES = {
    "language_level": 3,
    "embedsignature": True,
    "embedsignature.format": "clinic",
    "binding": False,
}


def describe(sources, work, library):
    """Return the setuptools Extension.

    Parameters
    ----------
    sources : pathlib.Path
        The directory that holds the package `zmq`.
    work : pathlib.Path
        A directory for everything that this makes.
    library : Library
        The libzmq to build with.
    """
    from Cython.Build import cythonize

    package = sources / "zmq" / "backend" / "cython"
    described = extension.describe(
        NAME,
        [package / "_zmq.pyx"],
        [package, sources / "zmq" / "backend" / "native", sources / "zmq" / "utils"],
        work,
        library,
    )
    made = cythonize(
        [described],
        build_dir=str(work / "c"),
        include_path=[str(sources)],
        compiler_directives=DIRECTIVES,
    )[0]
    for path in made.sources:
        cold.mark(Path(path))
    return made


def version():
    """Return the version of Cython."""
    import Cython

    return Cython.__version__


def generator_errors():
    """Return the classes of what Cython raises."""
    from Cython.Compiler.Errors import CompileError

    return (CompileError,)
