# SPDX-License-Identifier: BSD-3-Clause
"""The oldest versions that an extension allows: zmq-core's from its tag, and those of others."""

import shutil
import sys
import zipfile
from pathlib import Path

import bump
import oldest
import pytest

ROOT = Path(__file__).parents[2]
EXTENSIONS = sorted(path for path in ROOT.glob("packages/zmq-*") if path.name != "zmq-core")
PIP_WHEEL = ("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation")
GIT = ("git", "-c", "user.name=Me", "-c", "user.email=me@example.com")


@pytest.fixture
def clone(toy_core, toy_libzmq, tmp_path, run, monkeypatch):
    """A repository with zmq-core 1.0.0 under a tag, which goes on towards 1.1.0."""
    root = tmp_path / "clone"
    core = root / "packages" / "zmq-core"
    shutil.copytree(ROOT / "packages" / "zmq-auth", root / "packages" / "zmq-auth")
    shutil.copytree(toy_core, core)
    for name in ("oldest.py", "bump.py"):
        (root / "tools").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tools" / name, root / "tools")
    run(sys.executable, root / "tools" / "bump.py", "--pins", "1.0.0")
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "one"), ("tag", "v1.0.0")):
        run(*GIT, *command, cwd=root)
    run(sys.executable, root / "tools" / "bump.py", "1.1.0")
    (core / "src" / "zmq" / "fresh.py").write_text("# what 1.0.0 has not\n")
    run(*GIT, "add", "-A", cwd=root)
    run(*GIT, "commit", "-qm", "two", cwd=root)
    monkeypatch.setattr(oldest, "ROOT", root)
    monkeypatch.setattr(oldest, "CORE", core)
    return root


def test_core_is_built_from_its_tag(clone, toy_libzmq, tmp_path, run):
    source = oldest.fetch_core(clone / "packages" / "zmq-auth", tmp_path / "fetched")
    command = (sys.executable, *PIP_WHEEL, "-w", tmp_path / "out", source)
    run(*command, ZMQ_CORE_LIBZMQ_SOURCE=str(toy_libzmq))
    (wheel,) = (tmp_path / "out").glob("*.whl")
    assert wheel.name.startswith("zmq_core-1.0.0-")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "zmq/__init__.py" in names
    assert "zmq/fresh.py" not in names


def test_a_pin_without_a_tag_is_told_of(clone, tmp_path, run):
    run("git", "tag", "-d", "v1.0.0", cwd=clone)
    with pytest.raises(
        RuntimeError, match=r"zmq-auth works with zmq-core 1\.0\.0.*no tag v1\.0\.0"
    ):
        oldest.fetch_core(clone / "packages" / "zmq-auth", tmp_path)


def test_what_is_not_released_yet_is_the_tree(clone, tmp_path, run):
    run("git", "tag", "-d", "v1.0.0", cwd=clone)
    run(sys.executable, clone / "tools" / "bump.py", "1.0.0")
    core = oldest.fetch_core(clone / "packages" / "zmq-auth", tmp_path)
    assert core == clone / "packages" / "zmq-core"


@pytest.mark.parametrize("package", EXTENSIONS, ids=lambda path: path.name)
def test_others_are_at_the_floor_that_is_declared(package):
    """Compared with what a parser of TOML reads."""
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = list(project["dependencies"])
    for extra in project.get("optional-dependencies", {}).values():
        declared += extra
    wanted = [text.replace(" ", "") for text in declared if not text.startswith("zmq-")]
    assert oldest.list_others(package) == [text.replace(">=", "==") for text in wanted]
    assert bump.read(package / "pyproject.toml") == project["version"]
