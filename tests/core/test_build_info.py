# SPDX-License-Identifier: BSD-3-Clause
"""What the package says about its build, and where it keeps its headers."""

import importlib.metadata
import os

import limits

import zmq


def test_build_info_is_complete():
    info = zmq.build_info()
    assert info["version"] == importlib.metadata.version("zmq-core")
    assert info["api"] == zmq.__version__
    assert info["libzmq"] == zmq.zmq_version()
    assert info["backend"] == ("cffi" if limits.CFFI else "cython")
    assert info[info["backend"]][0].isdigit()
    assert info["drafts"] is zmq.DRAFT_API
    assert info["curve"] is zmq.has("curve")
    assert isinstance(info["cflags"], str)
    assert any(word in info["libzmq_linked"] for word in ("shared", "static"))
    assert info["libzmq_origin"]
    assert info["libsodium"] == "unknown" or info["libsodium"][0].isdigit()


def test_build_info_is_a_copy():
    zmq.build_info()["api"] = "changed"
    assert zmq.build_info()["api"] == zmq.__version__


def test_includes():
    first, second, *_ = zmq.get_includes()
    assert second.endswith("utils")
    assert os.path.isdir(first)
    assert os.path.isdir(second)
    assert any(os.path.exists(os.path.join(d, "zmq.h")) for d in zmq.get_includes())


def test_library_dirs():
    (directory,) = zmq.get_library_dirs()
    assert directory.endswith("zmq")
    assert os.path.isdir(directory)


def test_capabilities():
    assert zmq.has("ipc") is True
    assert zmq.has("no such thing") is False
    for name in ("curve", "draft", "gssapi", "pgm", "norm", "tipc", "vmci"):
        assert type(zmq.has(name)) is bool
