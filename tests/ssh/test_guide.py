# SPDX-License-Identifier: BSD-3-Clause
"""The page of the guide is true: its code runs, against a server that asks all it talks about."""

import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import zmq
from zmq import ssh

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guide" / "ssh.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def answering(socket):
    """The address of a service that answers until the test ends."""
    service = socket(zmq.REP, rcvtimeo=100)
    service.bind("tcp://127.0.0.1:0")
    endpoint = service.last_endpoint.decode()
    done = threading.Event()

    def answer():
        while not done.is_set():
            try:
                service.recv()
            except zmq.Again:
                continue
            service.send(b"answer")

    thread = threading.Thread(target=answer)
    thread.start()
    yield endpoint
    done.set()
    thread.join()


def test_the_code_runs(sshd, config, folder, monkeypatch, answering):
    host, port = sshd.place.split(":")
    text = f"Host host\n  HostName {host}\n  Port {port}\n  User {sshd.user}\n"
    program = folder / "ssh"  # the user's configuration, for a user who is not the one of the tests
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {config(sshd, text=text)} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    code = "".join(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    assert code.count("tcp://127.0.0.1:5555") >= 4
    code = code.replace("tcp://127.0.0.1:5555", answering).replace("user@host", "host")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", code],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_every_exception_is_in_the_table():
    text = PAGE.read_text(encoding="utf-8")
    for name in ssh.__all__:
        assert f"`{name}" in text or name == "Tunnel", name
