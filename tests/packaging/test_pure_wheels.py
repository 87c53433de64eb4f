# SPDX-License-Identifier: BSD-3-Clause
"""The distributions beside zmq-core: pure Python, one directory each, and core as they need it."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

PACKAGES = [
    path.parent
    for path in sorted(Path(__file__).parents[2].glob("packages/*/pyproject.toml"))
    if path.parent.name != "zmq-core"
]


@pytest.fixture(scope="module", params=PACKAGES, ids=lambda path: path.name)
def package(request):
    return request.param


@pytest.fixture(scope="module")
def built(package, tmp_path_factory):
    """The wheel, made from the sdist, and the sdist."""
    out = tmp_path_factory.mktemp(package.name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, package]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def own_directory(package):
    return f"zmq/{package.name.partition('-')[2]}"


def test_wheel_is_for_every_python_and_platform(built):
    _, _, _, tags = parse_wheel_filename(built[0].name)
    assert {str(tag) for tag in tags} == {"py3-none-any"}


def test_wheel_owns_one_directory(package, built):
    names = zipfile.ZipFile(built[0]).namelist()
    owned = [name for name in names if ".dist-info/" not in name]
    assert f"{own_directory(package)}/py.typed" in owned
    assert not [name for name in owned if not name.startswith(f"{own_directory(package)}/")]
    sources = {
        str(path.relative_to(package / "src"))
        for path in package.glob("src/zmq/**/*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert set(owned) == sources


def test_sdist_holds_the_same(package, built):
    with tarfile.open(built[1]) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    wanted = {"pyproject.toml", "README.md", "LICENSE"}
    assert wanted <= names
    code = {name for name in names if name.startswith("src/")}
    assert all(name.startswith(f"src/{own_directory(package)}/") for name in code)


def test_needs_this_core_or_a_newer_one(package, built):
    wheel = zipfile.ZipFile(built[0])
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(wheel.read(name).decode())
    assert metadata["Name"] == package.name
    assert metadata["Requires-Python"] == ">=3.9"
    needs = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    (core,) = [each for each in needs if each.name == "zmq-core"]
    assert re.fullmatch(r"~=\d+\.\d+", str(core.specifier))
    assert core.specifier.contains(metadata["Version"], prereleases=True)


def test_source_belongs_to_one_directory(package):
    inside = {path.name for path in (package / "src" / "zmq").iterdir()}
    assert inside - {"__pycache__"} == {package.name.partition("-")[2]}
