# SPDX-License-Identifier: BSD-3-Clause
"""The leak guard of conftest.py notices each kind of thing that a test leaves behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LEAKS = """
import os, subprocess, sys, threading
import zmq

kept = []

def test_descriptor():
    kept.append(os.pipe())

def test_thread():
    kept.append(threading.Thread(target=threading.Event().wait, daemon=True))
    kept[-1].start()

def test_process():
    kept.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))

def test_context():
    kept.append(zmq.Context())

def test_socket(context):
    kept.append(zmq.Context())
    kept.append(kept[-1].socket(zmq.PUSH))

def test_failure_is_not_reported_twice():
    kept.append(os.pipe())
    assert False

def test_nothing(context, socket, pair):
    a, b = pair(zmq.PUSH, zmq.PULL, "tcp")
    a.send(b"x")
    assert b.recv() == b"x"

def test_end_the_process():
    for thing in kept:
        if isinstance(thing, subprocess.Popen):
            thing.kill()
            thing.wait()
"""


@pytest.fixture
def report(folder):
    """What pytest says about the tests above, with our conftest.py."""
    ours = (Path(__file__).parents[1] / "conftest.py").read_text()
    impatient = ours.replace("SETTLE = 2.0", "SETTLE = 0.1")
    assert impatient != ours
    (folder / "conftest.py").write_text(impatient)
    shutil.copy(Path(__file__).parents[1] / "limits.py", folder)
    (folder / "test_leaks.py").write_text(LEAKS)
    end = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    return end.stdout


def test_every_kind_of_leak_is_noticed(report):
    for kind in ("descriptor", "thread", "process", "context", "socket"):
        assert f"ERROR test_leaks.py::test_{kind} " in report, report
    for text in ("fd ", "thread ", "process ", "zmq.Context(", "zmq.Socket(zmq.PUSH)"):
        assert text in report
    assert "PASSED test_leaks.py::test_nothing" in report
    assert "FAILED test_leaks.py::test_failure_is_not_reported_twice" in report
    assert "ERROR test_leaks.py::test_failure_is_not_reported_twice" not in report
