# SPDX-License-Identifier: BSD-3-Clause
"""The classes in plain Python, for backends without native ones: the core of this suite."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from limits import CFFI

ROOT = Path(__file__).parents[2]

#: Whether the sockets here are the plain ones.
PLAIN = CFFI or "ZMQ_CORE_PLAIN_ASYNC" in os.environ


@pytest.mark.skipif(PLAIN, reason="this is that run")
@pytest.mark.timeout(300)
def test_core_of_the_suite():
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m"]
    ended = subprocess.run(
        [*command, "every_loop and not long", "-k", "uvloop and not ticker", "tests/asyncio"],
        cwd=ROOT,
        env={**os.environ, "ZMQ_CORE_PLAIN_ASYNC": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-5000:]


def test_native_ones_are_the_default(output):
    code = "import sys, zmq.asyncio; print(*[name for name in sys.modules if 'plainso' in name])"
    assert output(code) == ("zmq._plainsocket\n" if PLAIN else "\n")
