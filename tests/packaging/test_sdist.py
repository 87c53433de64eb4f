# SPDX-License-Identifier: BSD-3-Clause
"""The sdist: sources only, and all of them."""

import tarfile

import pytest


@pytest.fixture(scope="module")
def names(sdist):
    """The files, without the directory that all are in."""
    with tarfile.open(sdist) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def test_nothing_compiled_or_generated(names):
    unwanted = (".so", ".o", ".a", ".c", ".cpp", ".pyc", ".dylib", ".pyd")
    found = [name for name in names if name.endswith(unwanted)]
    assert found == ["src/zmq/backend/cffi/calls.c"]  # which is written by hand
    assert not [name for name in names if "include/" in name or name.endswith("_docstrings.py")]


def test_all_that_a_build_needs(names):
    for name in (
        "pyproject.toml",
        "hatch_build.py",
        "buildtools/choose.py",
        "README.md",
        "LICENSE",
        "licenses/libzmq.txt",
        "licenses/libsodium.txt",
        "licenses/MPL-2.0.txt",
        "src/zmq/__init__.py",
        "src/zmq/__init__.pxd",
        "src/zmq/py.typed",
        "src/zmq/backend/cython/_zmq.pyx",
        "src/zmq/backend/cython/_zmq.pxd",
        "src/zmq/backend/cython/socket.pxi",
        "src/zmq/backend/cython/native.h",
        "src/zmq/backend/native/relay.h",
        "src/zmq/backend/native/lane.h",
        "src/zmq/utils/zmq_capi.h",
    ):
        assert name in names


def test_nothing_from_elsewhere(names):
    tops = {name.split("/")[0] for name in names}
    assert tops <= {
        "src",
        "buildtools",
        "licenses",
        "hatch_build.py",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "PKG-INFO",
        ".gitignore",
    }
