# SPDX-License-Identifier: BSD-3-Clause
"""pyzmq in the same place, pyzmq in another, and the distribution that has nothing but its name."""

import os
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SHIM = ROOT / "tools" / "pyzmq_shim"


@pytest.fixture(scope="module")
def pyzmq(tmp_path_factory):
    """A directory with the pyzmq of PyPI."""
    site = tmp_path_factory.mktemp("pyzmq")
    install(site, "pyzmq==27.3.0")
    return site


def install(site, what):
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--upgrade"]
    subprocess.run([*command, "--target", site, what], check=True, capture_output=True)


def python(*arguments, path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


@pytest.fixture
def mixed(pyzmq, built_wheels, tmp_path):
    """A directory where pyzmq lies under zmq-core, as pip leaves it."""
    with zipfile.ZipFile(built_wheels["system"]) as wheel:
        wheel.extractall(tmp_path)
    for path in pyzmq.rglob("*"):
        target = tmp_path / path.relative_to(pyzmq)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif not target.exists():
            target.write_bytes(path.read_bytes())
    return tmp_path


def test_mixed_files_are_warned_about(mixed):
    done = python("-c", "import zmq; print(zmq.Context)", path=[mixed])
    assert (done.returncode, done.stdout) == (0, "<class 'zmq.sugar.context.Context'>\n")
    assert "RuntimeWarning" in done.stderr
    assert "pip uninstall --yes pyzmq" in done.stderr
    assert str(mixed) in done.stderr


def test_the_command_line_tells_of_mixed_files(mixed):
    done = python("-W", "ignore", "-m", "zmq", "info", path=[mixed])
    assert done.returncode == 0
    assert done.stderr.startswith("warning: zmq-core and pyzmq have both been installed")


def test_pyzmq_elsewhere_on_the_path_is_left_out(installed_wheels, pyzmq):
    path = [installed_wheels["system"], pyzmq]
    done = python("-W", "error", "-c", "import zmq.auth", path=path)
    assert "pip install zmq-auth" in done.stderr
    done = python("-W", "error", "-m", "zmq", "info", path=path)
    assert done.returncode == 0
    assert f"pyzmq is in {pyzmq}" in done.stderr


def test_alone_there_is_nothing_to_say(installed_wheels):
    done = python("-W", "error", "-m", "zmq", "info", path=[installed_wheels["system"]])
    assert (done.returncode, done.stderr) == (0, "")


def test_where_pyzmq_won_one_can_tell(installed_wheels, pyzmq):
    """By what the guide says."""
    code = "import zmq; print(hasattr(zmq, 'build_info'))"
    assert python("-c", code, path=[pyzmq, installed_wheels["system"]]).stdout == "False\n"
    assert python("-c", code, path=[installed_wheels["system"], pyzmq]).stdout == "True\n"


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """The wheel that has nothing but pyzmq's name."""
    out = tmp_path_factory.mktemp("shim")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, SHIM]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_shim_has_no_code(shim):
    names = zipfile.ZipFile(shim).namelist()
    assert names
    assert all(name.startswith("pyzmq-27.3.0.dist-info/") for name in names)


def test_shim_needs_all_distributions(shim):
    metadata = Parser().parsestr(
        zipfile.ZipFile(shim).read("pyzmq-27.3.0.dist-info/METADATA").decode()
    )
    needed = {Requirement(text).name for text in metadata.get_all("Requires-Dist")}
    known = {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
    assert known <= needed


def test_shim_has_the_version_of_the_interface(installed_wheels):
    code = "import zmq; print(zmq.__version__)"
    version = python("-c", code, path=[installed_wheels["system"]]).stdout.strip()
    assert f'version = "{version}"' in (SHIM / "pyproject.toml").read_text(encoding="utf-8")


def test_shim_is_not_warned_about(installed_wheels, shim, tmp_path):
    with zipfile.ZipFile(shim) as wheel:
        wheel.extractall(tmp_path)
    done = python("-W", "error", "-c", "import zmq", path=[installed_wheels["system"], tmp_path])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_commands_of_the_guide_put_it_under_a_program(make_environment, tmp_path):
    text = (ROOT / "docs" / "guide" / "replacing.md").read_text(encoding="utf-8")
    (commands,) = [block for block in re.findall("```sh\n(.*?)```", text, re.S) if "shim" in block]
    environment = make_environment(tmp_path / "user")
    commands = commands.replace("--wheel-dir wheels", f"--wheel-dir {tmp_path}/wheels")
    commands = commands.replace(" wheels", f" {tmp_path}/wheels")
    there = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PIP_PYTHON": str(environment.python),
    }
    subprocess.run(["sh", "-euc", commands], cwd=ROOT, env={**os.environ, **there}, check=True)
    assert environment.must("check") == "No broken requirements found.\n"
    code = "import ipykernel, jupyter_client, zmq; print(zmq.build_info()['backend'])"
    done = subprocess.run([environment.python, "-c", code], capture_output=True, text=True)
    assert done.stdout == "cython\n", done.stderr
