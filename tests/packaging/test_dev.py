# SPDX-License-Identifier: BSD-3-Clause
"""./dev on machines that lack something: it installs it, or says what to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DEV = Path(__file__).parents[2] / "dev"
PRESENT = ("sh", "dirname", "cat", "env")
ASKED = "apt-get install -y --no-install-recommends build-essential cmake pkg-config libzmq3-dev"


@pytest.fixture
def dev(tmp_path, program, tools):
    """`dev(user)`: run a copy of ./dev where there is no compiler; returns how it ended."""
    copy = tmp_path / "clone" / "dev"
    copy.parent.mkdir()
    shutil.copy(DEV, copy)

    def dev(user, **programs):
        directory = tools(*PRESENT)
        for name, text in {"id": f"echo {user}", **programs}.items():
            program(name, text).rename(directory / name)
        return subprocess.run([copy, "demo"], capture_output=True, text=True, env=dict(os.environ))

    return dev


def test_says_what_to_install_where_it_cannot(dev):
    done = dev(user=1000)
    assert done.returncode == 1
    assert "Please install: Python 3.9 or newer" in done.stderr
    assert "libsodium" in done.stderr


@pytest.mark.parametrize(
    ("user", "programs", "prefix"),
    [
        (0, {}, ""),
        (1000, {"sudo": 'echo "sudo $*"; "$@"'}, "sudo env DEBIAN_FRONTEND=noninteractive "),
    ],
)
def test_installs_with_apt(dev, user, programs, prefix):
    done = dev(user, **programs, **{"apt-get": 'echo "apt-get $*"'})
    assert f"{prefix}{ASKED}" in done.stdout
    assert done.returncode == 1  # for still there is no compiler
    assert "Please install" in done.stderr


def test_says_which_command_needs_root(dev):
    done = dev(1000, **{"apt-get": "echo never"})
    assert done.returncode == 1
    assert "Please run as root" in done.stderr
    assert "apt-get" in done.stderr
    assert "never" not in done.stdout


HAS_ALL_BUT_CZMQ = {
    **dict.fromkeys(("python3", "cc", "c++", "make", "cmake"), "true"),
    "pkg-config": 'case "$*" in *czmq*) exit 1;; esac',
}


@pytest.mark.parametrize("user", [0, 1000])
def test_czmq_alone_is_installed_if_it_can_be(dev, user):
    done = dev(user, **HAS_ALL_BUT_CZMQ, **{"apt-get": 'echo "apt-get $*"'})
    assert ("libczmq-dev" in done.stdout) is (user == 0)
    assert ("Please run as root" in done.stderr) is (user != 0)
    assert "Please install" not in done.stderr  # for it goes on without


def test_installs_with_dnf(dev):
    assert "zeromq-devel" in dev(0, dnf='echo "dnf $*"').stdout


def test_installs_with_brew(dev):
    assert "cmake pkg-config zeromq libsodium" in dev(1000, brew='echo "brew $*"').stdout
