# SPDX-License-Identifier: BSD-3-Clause
"""What gets published: the same bytes twice, everything inside, and a bill of it."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import debian_source
import pytest
import release
import sbom
import wheels

MAPPED = """
import zmq
context = zmq.Context()  # libraries that are loaded late are loaded now
context.term()
names = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
print("\\n".join(sorted(names)))
"""


def libraries(python):
    """What is loaded of the system's libraries that have to do with ØMQ."""
    names = [Path(line).name for line in python(MAPPED).splitlines()]
    return {name.partition(".")[0] for name in names if name.startswith(("libzmq", "libsodium"))}


@pytest.mark.parametrize("kind", ["static"], indirect=True)
def test_a_static_libzmq_is_the_one_that_is_used(python):
    assert "libzmq" not in libraries(python)


@pytest.mark.parametrize("kind", ["system"], indirect=True)
def test_else_it_is_the_systems(python):
    assert "libzmq" in libraries(python)


def test_bill_of_a_static_wheel(built_wheels):
    bill = json.loads(sbom.describe(built_wheels["static"]))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "zmq-core"
    parts = {part["name"]: part for part in bill["components"]}
    assert set(parts) == {"libzmq", "libsodium"}
    assert parts["libzmq"]["version"].startswith("4.3.")
    assert parts["libzmq"]["licenses"] == [{"expression": "MPL-2.0"}]
    assert sbom.describe(built_wheels["static"]) == sbom.describe(built_wheels["static"])


def test_bill_of_a_wheel_that_holds_nothing_else(built_wheels):
    assert json.loads(sbom.describe(built_wheels["system"])).get("components", []) == []


def test_what_is_too_large_is_refused(tmp_path, capsys):
    wheel = tmp_path / "zmq_auth-1.0.0-py3-none-any.whl"
    wheel.write_bytes(bytes(release.LIMIT_OF_EXTENSIONS + 1))
    with pytest.raises(SystemExit, match=wheel.name):
        release.report([wheel])
    assert wheel.name in capsys.readouterr().out


def test_named_sources_are_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("ZMQ_CORE_LIBZMQ_SOURCE", "/somewhere")
    assert release.choose_settings(tmp_path) == {}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Two releases of the same commit, with libzmq and libsodium from Debian's sources."""
    settings = {
        "ZMQ_CORE_LIBZMQ": "source",
        "ZMQ_CORE_LIBZMQ_SOURCE": str(debian_source.fetch(wheels.CACHE)[1]),
        "ZMQ_CORE_LIBSODIUM_SOURCE": str(debian_source.fetch(wheels.CACHE, "libsodium")[1]),
    }
    made = []
    for name in ("first", "second"):
        made.append(tmp_path_factory.mktemp(name))
        command = [sys.executable, release.__file__, "--outdir", made[-1]]
        done = subprocess.run(
            command, env={**os.environ, **settings}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_same_bytes_twice(released):
    first, second = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}
        for out in released
    )
    assert first == second
    assert len([name for name in first if name.endswith(".whl")]) == len(release.list_packages())


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_wheel_needs_nothing_of_the_system(released, tmp_path):
    (wheel,) = released[0].glob("zmq_core-*.whl")
    assert "manylinux" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def python(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert libraries(python) == set()
    bill = json.loads(next(released[0].glob("zmq_core-*.cdx.json")).read_text())
    assert {part["name"] for part in bill["components"]} == {"libzmq", "libsodium"}
    assert all(part["version"][0].isdigit() for part in bill["components"])
