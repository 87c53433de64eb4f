# SPDX-License-Identifier: BSD-3-Clause
"""`cimport zmq` from somebody else's Cython code, against installed wheels of both kinds."""

import sys

import pytest

MODULE = """\
# cython: language_level=3
from libc.string cimport memcpy

cimport zmq
from zmq cimport Context, Frame, Socket, libzmq


def version():
    cdef int major, minor, patch
    libzmq.zmq_version(&major, &minor, &patch)
    return (major, minor, patch)


def send(Socket socket, bytes data):
    cdef libzmq.zmq_msg_t msg
    cdef int rc
    assert libzmq.zmq_msg_init_size(&msg, len(data)) == 0
    memcpy(libzmq.zmq_msg_data(&msg), <char *> data, len(data))
    with nogil:
        rc = libzmq.zmq_msg_send(&msg, socket.handle, 0)
    return rc


def recv(zmq.Socket socket):
    cdef libzmq.zmq_msg_t msg
    cdef int rc
    assert libzmq.zmq_msg_init(&msg) == 0
    with nogil:
        rc = libzmq.zmq_msg_recv(&msg, socket.handle, 0)
    if rc < 0:
        return libzmq.zmq_strerror(libzmq.zmq_errno())
    try:
        return (<char *> libzmq.zmq_msg_data(&msg))[:libzmq.zmq_msg_size(&msg)]
    finally:
        libzmq.zmq_msg_close(&msg)


def size(Frame frame):
    return libzmq.zmq_msg_size(&frame.zmq_msg)


def own_pair():
    cdef void *context = libzmq.zmq_ctx_new()
    cdef void *left = libzmq.zmq_socket(context, libzmq.ZMQ_PAIR)
    cdef void *right = libzmq.zmq_socket(context, libzmq.ZMQ_PAIR)
    cdef char buffer[16]
    assert libzmq.zmq_bind(left, b"inproc://own") == 0
    assert libzmq.zmq_connect(right, b"inproc://own") == 0
    assert libzmq.zmq_send(left, b"hello", 5, 0) == 5
    cdef int got = libzmq.zmq_recv(right, buffer, 16, 0)
    libzmq.zmq_close(left)
    libzmq.zmq_close(right)
    assert libzmq.zmq_ctx_term(context) == 0
    return buffer[:got]
"""
SETUP = """\
import zmq
from Cython.Build import cythonize
from setuptools import Extension, setup

sources = ["ours.pyx"]
module = Extension("ours", sources, include_dirs=zmq.get_includes())
setup(name="ours", ext_modules=cythonize([module]), script_args=["build_ext", "--inplace"])
"""
USE = """
import ours, zmq

assert ours.version() == zmq.zmq_version_info()
assert ours.own_pair() == b"hello"
assert ours.size(zmq.Frame(b"123")) == 3
with zmq.Context() as context:
    with context.socket(zmq.PULL) as sink, context.socket(zmq.PUSH) as source:
        sink.rcvtimeo = 5000
        source.connect(sink.bind("tcp://127.0.0.1:0").endpoint)
        assert ours.send(source, b"native") == 6
        assert sink.recv() == b"native"
        source.send(b"back")
        assert ours.recv(sink) == b"back"
        sink.rcvtimeo = 1
        print(ours.recv(sink).decode())
"""


@pytest.fixture
def ours(installed_wheels, kind, tmp_path, run):
    """The directory of an extension module of somebody else's, built against the wheel."""
    (tmp_path / "ours.pyx").write_text(MODULE)
    (tmp_path / "setup.py").write_text(SETUP)
    run(sys.executable, "setup.py", cwd=tmp_path, PYTHONPATH=str(installed_wheels[kind]))
    return tmp_path


def test_sends_and_receives(ours, python):
    assert "unavailable" in python(USE, ours)


def test_needs_no_libzmq(ours, run):
    (module,) = ours.glob("*.so")
    assert "libzmq" not in run("readelf", "-d", module)
