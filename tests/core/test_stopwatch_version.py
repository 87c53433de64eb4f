# SPDX-License-Identifier: BSD-3-Clause
"""The versions that are reported, and the old stopwatch."""

import ctypes
import re
import sys
import time

import pytest

import zmq
import zmq.sugar.version
from zmq.sugar.stopwatch import Stopwatch

# -- versions ------------------------------------------------------------------------------------


def test_api_level():
    assert zmq.__version__ == zmq.pyzmq_version() == "27.3.0"
    assert zmq.pyzmq_version_info() == (27, 3, 0)
    assert zmq.pyzmq_version_info() >= (14, 4)
    assert tuple(int(part) for part in zmq.__version__.split(".")[:2]) == (27, 3)


def test_parts_of_the_api_level():
    version = zmq.sugar.version
    parts = (version.VERSION_MAJOR, version.VERSION_MINOR, version.VERSION_PATCH)
    assert parts == version.version_info == zmq.pyzmq_version_info()
    assert version.VERSION_EXTRA == version.__revision__ == ""


@pytest.mark.parametrize("function", [zmq.pyzmq_version, zmq.pyzmq_version_info])
def test_docstring_says_what_it_is(function):
    assert "pyzmq API" in function.__doc__
    assert "build_info" in function.__doc__


def test_version_of_libzmq():
    info = zmq.zmq_version_info()
    assert len(info) == 3
    assert all(type(part) is int for part in info)
    assert info >= (4, 2, 0)
    assert zmq.zmq_version() == ".".join(map(str, info))
    assert zmq.sugar.version.zmq_version_info is zmq.backend.zmq_version_info


def test_version_of_libzmq_is_the_librarys_own():
    """Ask the library itself, through the module it is linked into or with."""
    modules = {"cython": "zmq.backend.cython._zmq", "cffi": "zmq.backend.cffi._calls"}
    native = sys.modules[modules[zmq.build_info()["backend"]]].__file__
    library = ctypes.CDLL(native)
    if not hasattr(library, "zmq_version"):  # static, with its symbols hidden
        assert re.fullmatch(r"4\.\d+\.\d+", zmq.zmq_version())
        return
    parts = [ctypes.c_int() for _ in range(3)]
    library.zmq_version(*map(ctypes.byref, parts))
    assert zmq.zmq_version_info() == tuple(part.value for part in parts)


# -- stopwatch -----------------------------------------------------------------------------------


def make_stopwatch():
    with pytest.deprecated_call():
        return Stopwatch()


def test_stopwatch_is_deprecated_at_its_caller():
    with pytest.warns(DeprecationWarning, match="perf_counter") as caught:
        zmq.Stopwatch()
    assert caught[0].filename == __file__


def test_stopwatch_counts_microseconds():
    stopwatch = make_stopwatch()
    outer = time.perf_counter_ns()
    assert stopwatch.start() is None
    inner = time.perf_counter_ns()
    while time.perf_counter_ns() < inner + 2_000_000:
        pass
    least = time.perf_counter_ns() - inner
    elapsed = stopwatch.stop()
    most = time.perf_counter_ns() - outer
    assert isinstance(elapsed, int)
    assert least // 1000 <= elapsed <= most / 1000


def test_stopwatch_may_be_asked_twice_and_restarted():
    stopwatch = make_stopwatch()
    stopwatch.start()
    begin = time.perf_counter_ns()
    while time.perf_counter_ns() < begin + 3_000_000:
        pass
    first = stopwatch.stop()
    assert stopwatch.stop() >= first
    before = time.perf_counter_ns()
    stopwatch.start()
    restarted = stopwatch.stop()
    assert restarted <= (time.perf_counter_ns() - before) / 1000


def test_stopwatch_that_was_never_started():
    with pytest.raises(RuntimeError, match=r"start\(\)"):
        make_stopwatch().stop()
