# SPDX-License-Identifier: BSD-3-Clause
"""Which backends a build makes, and what a wheel with the CFFI backend holds and does."""

import sys
import venv
import zipfile
from pathlib import Path

import pytest
import wheels
from buildtools import docstrings, options
from buildtools.report import BuildError

CORE = Path(__file__).parents[2] / "packages" / "zmq-core"
ASK = """
import zmq, zmq.backend.cffi
assert zmq.Socket.send.__doc__.startswith("Send one part of a message")
assert zmq.curve_keypair.__doc__
with zmq.Context() as context, context.socket(zmq.PULL) as b, context.socket(zmq.PUSH) as a:
    a.connect(b.bind("tcp://127.0.0.1:0").endpoint)
    a.send_multipart([b"one", bytes(100_000)], copy=False)
    assert b.recv_multipart() == [b"one", bytes(100_000)]
    zmq.backend.cffi.Frame(b"x")
print(zmq.build_info()["backend"], "cython" in zmq.build_info())
"""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("cython", ("cython",)),
        ("cffi", ("cffi",)),
        ("cffi,cython", ("cython", "cffi")),
        (" CFFI , Cython ", ("cython", "cffi")),
        ("", ("cython",)),
    ],
)
def test_backends_that_are_asked_for(asked, found):
    assert options.read_backends({"ZMQ_CORE_BACKENDS": asked}) == found


def test_a_backend_that_does_not_exist():
    with pytest.raises(BuildError, match="'ctypes', which is none of cython, cffi"):
        options.read_backends({"ZMQ_CORE_BACKENDS": "cython,ctypes"})


def test_backends_of_pypy(monkeypatch):
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert options.read_backends({}) == ("cffi",)
    with pytest.raises(BuildError, match="PyPy has cffi"):
        options.read_backends({"ZMQ_CORE_BACKENDS": "cython,cffi"})


def test_docstrings_of_cython_sources():
    found = docstrings.collect(sorted((CORE / "src/zmq/backend/cython").glob("*.pxi")))
    for name in ("Socket.send_string", "Context.term", "Frame.buffer", "proxy", "TrackerEvent.wait"):
        assert len(found[name].splitlines()) > 1, name
    assert "Parameters" in found["Socket.recv"]
    text = docstrings.write(found)
    namespace = {}
    exec(compile(text, "made", "exec"), namespace)
    assert namespace["DOCSTRINGS"] == found


@pytest.fixture(scope="module")
def cffi_wheel():
    """A wheel with nothing but the CFFI backend."""
    settings = {"ZMQ_CORE_LIBZMQ": "system", "ZMQ_CORE_BACKENDS": "cffi"}
    command = ("-m", "pip", "wheel", "-q", "--no-deps")
    return wheels.build(sys.executable, CORE, "zmq-core-cffi-test", settings, command)


def test_wheel_with_the_cffi_backend_alone(cffi_wheel):
    names = zipfile.ZipFile(cffi_wheel).namelist()
    native = [name for name in names if name.endswith(".so")]
    assert len(native) == 1
    assert native[0].startswith("zmq/backend/cffi/_calls.")
    assert "zmq/backend/cffi/_docstrings.py" in names
    assert not [name for name in names if name.startswith("zmq/backend/") and name.endswith(".h")]


def test_it_is_chosen_where_there_is_no_other(cffi_wheel, tmp_path, run):
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", f"zmq-core[cffi] @ {cffi_wheel.as_uri()}")
    assert run(python, "-W", "error", "-c", ASK).split() == ["cffi", "False"]


def test_without_cffi_it_says_what_to_install(cffi_wheel, tmp_path, run):
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", cffi_wheel)
    program = "try: import zmq\nexcept ImportError as error: print(error)"
    assert "zmq-core[cffi]" in run(python, "-c", program)
