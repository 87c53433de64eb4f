# SPDX-License-Identifier: BSD-3-Clause
"""Describes the native module of the CFFI backend, `zmq.backend.cffi._calls`."""

from . import docstrings, extension

NAME = "zmq.backend.cffi._calls"
#: Python code that C calls; Py_AddPendingCall, which leads there, is CPython's.
CALLED = 'extern "Python" void zmq_core_drain (void);\n'
BEFORE = "static void zmq_core_drain (void);\n"


def describe(sources, work, library):
    """Return the setuptools Extension, made by cffi.

    Parameters
    ----------
    sources : pathlib.Path
        The directory that holds the package `zmq`.
    work : pathlib.Path
        A directory for everything that this makes.
    library : Library
        The libzmq to build with.
    """
    from cffi import FFI

    package = sources / "zmq" / "backend" / "cffi"
    native = package.parent / "native"
    ffi = FFI()
    for path in (package / "libzmq.h", package / "calls.h", package / "proxy.h"):
        ffi.cdef(path.read_text(encoding="utf-8"))
    ffi.cdef(CALLED)
    ffi.set_source(NAME, f'{BEFORE}#include "calls.c"\n')
    made = work / "c" / "_calls.c"
    made.parent.mkdir(parents=True, exist_ok=True)
    ffi.emit_c_code(str(made))
    return extension.describe(NAME, [made], [package, native], work, library)


def write_documentation(sources, work):
    """Write the docstrings that both backends share; return the file and its name in a wheel.

    Parameters
    ----------
    sources, work : pathlib.Path
        As for `describe`.

    Returns
    -------
    dict of str to pathlib.Path
    """
    made = work / "built" / "zmq" / "backend" / "cffi" / "_docstrings.py"
    made.parent.mkdir(parents=True, exist_ok=True)
    found = docstrings.collect(sorted((sources / "zmq/backend/cython").glob("*.pxi")))
    made.write_text(docstrings.write(found), encoding="utf-8")
    return {str(made.relative_to(work / "built")): made}


def version():
    """Return the version of cffi."""
    import cffi

    return cffi.__version__


def generator_errors():
    """Return the classes of what cffi raises."""
    from cffi import CDefError, VerificationError

    return (CDefError, VerificationError)
