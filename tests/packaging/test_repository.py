# SPDX-License-Identifier: BSD-3-Clause
"""Rules for the whole repository: versions in step, licences named, short things short."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import bump
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
SPDX = "SPDX-License-Identifier: BSD-3-Clause"
SUFFIXES = {".py", ".pyi", ".pyx", ".pxi", ".pxd", ".h", ".toml"}


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def version(package):
    text = (package / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'(?m)^version = "(.*)"$', text)[1]


def pinned(root):
    """How often which requirement of zmq-core is in the packages' files."""
    texts = [path.read_text() for path in root.glob("packages/*/pyproject.toml")]
    return Counter(pin for text in texts for pin in re.findall(r'"(zmq-core ~= [^"]*)"', text))


def test_one_version_for_all():
    assert len({version(package) for package in PACKAGES}) == 1


def test_bump_writes_them_all(tmp_path):
    for package in PACKAGES:
        copy = tmp_path / "packages" / package.name / "pyproject.toml"
        copy.parent.mkdir(parents=True)
        copy.write_bytes((package / "pyproject.toml").read_bytes())
    script = tmp_path / "tools" / "bump.py"
    script.parent.mkdir()
    script.write_bytes((ROOT / "tools" / "bump.py").read_bytes())
    shim = tmp_path / "tools" / "pyzmq_shim" / "pyproject.toml"
    shim.parent.mkdir()
    shim.write_bytes((ROOT / "tools" / "pyzmq_shim" / "pyproject.toml").read_bytes())
    major = int(version(PACKAGES[0]).partition(".")[0])
    subprocess.run([sys.executable, script, f"{major}.3.4"], check=True, capture_output=True)
    assert {version(path) for path in (tmp_path / "packages").iterdir()} == {f"{major}.3.4"}
    pins = pinned(tmp_path)
    assert pins == pinned(ROOT)
    later = f"{major + 1}.5.0"
    refused = subprocess.run([sys.executable, script, later], capture_output=True, text=True)
    assert "use --pins" in refused.stderr
    subprocess.run([sys.executable, script, "--pins", later], check=True, capture_output=True)
    assert pinned(tmp_path) == {f"zmq-core ~= {major + 1}.5": sum(pins.values())}
    assert set(re.findall(r"~= ([\d.]+)", shim.read_text())) == {f"{major + 1}.5"}
    assert 'version = "27.' in shim.read_text()  # that of the interface
    refused = subprocess.run([sys.executable, script, "two"], capture_output=True, text=True)
    assert refused.returncode == 1
    assert "three numbers" in refused.stderr


@pytest.mark.parametrize(
    ("version", "pin"),
    [
        ("1.1.0", "1.1"),
        ("1.1.2", "1.1"),
        ("1.1.0rc1", "1.1rc1"),
        ("1.1.0a10", "1.1a10"),
        ("1.1.2rc1", "1.1"),
    ],
)
def test_a_pin_admits_the_version_that_it_was_made_for(version, pin):
    text = bump.set_pins('dependencies = ["zmq-core ~= 1.0", "tornado >= 6.1"]', version)
    assert text == f'dependencies = ["zmq-core ~= {pin}", "tornado >= 6.1"]'
    requirement = Requirement(re.search('"(zmq-core[^"]*)"', text)[1])
    assert requirement.specifier.contains(version)
    assert requirement.specifier.contains("1.2.0")
    assert not requirement.specifier.contains("2.0.0")


@pytest.mark.parametrize("pin", ["1.0", "1.1rc1", "1.1", "1.2"])
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0a1", "1.1.0rc1", "1.1.0rc2", "1.1.0", "2.0.0"])
def test_what_the_pins_leave_out_is_refused(version, pin):
    text = f'dependencies = ["zmq-core ~= {pin}"]'
    allowed = Requirement(f"zmq-core ~= {pin}").specifier.contains(version, prereleases=True)
    assert bump.is_excluded(version, text) is not allowed


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_each_has_what_a_distribution_needs(package):
    for name in ("README.md", "LICENSE", "src/zmq"):
        assert (package / name).exists()
    typed = list(package.glob("src/zmq/py.typed")) + list(package.glob("src/zmq/*/py.typed"))
    assert len(typed) == 1


def test_every_source_names_its_licence():
    sources = [path for path in tracked() if path.suffix in SUFFIXES]
    assert sources
    unnamed = [
        str(path.relative_to(ROOT))
        for path in sources
        if path.stat().st_size and SPDX not in path.read_text(encoding="utf-8")[:200]
    ]
    assert not unnamed


def test_what_must_stay_short_is_short():
    lines = {name: len((ROOT / name).read_text().splitlines()) for name in ("dev", "noxfile.py")}
    assert lines["dev"] < 60
    assert lines["noxfile.py"] <= 150
