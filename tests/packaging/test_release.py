# SPDX-License-Identifier: BSD-3-Clause
"""What gets published: the same bytes twice, everything inside, and a bill of it."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import bundled
import compression
import debian_source
import pytest
import release
import sbom
import wheels

CURVE = """
import zmq
with zmq.Context() as context, context.socket(zmq.PULL) as sink, context.socket(zmq.PUSH) as source:
    (public, secret), (source.curve_publickey, source.curve_secretkey) = (
        zmq.curve_keypair(), zmq.curve_keypair()
    )
    sink.curve_secretkey, sink.curve_server, source.curve_serverkey = secret, True, public
    source.connect(sink.bind("tcp://127.0.0.1:0").endpoint)
    source.send(b"secret")
    assert sink.recv(timeout=30_000) == b"secret"
"""
MAPPED = """
names = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
print("\\n".join(sorted(names)))
"""


@pytest.fixture
def libraries(make_environment, tmp_path):
    """`libraries(wheel)`: what of ØMQ's is in memory where only that is installed, and is used."""

    def libraries(wheel):
        environment = make_environment(tmp_path / "clean")
        environment.install(wheel.parent, "zmq-core")
        done = environment.run("-c", CURVE + MAPPED)
        assert done.returncode == 0, done.stderr
        paths = [Path(line) for line in done.stdout.splitlines()]
        assert any(path.name.startswith("_zmq.") for path in paths)
        ours = [path for path in paths if path.name.startswith(("libzmq", "libsodium"))]
        return {path.name.split("-")[0].split(".")[0]: path.parent for path in ours}

    return libraries


def test_a_static_wheel_needs_nothing_of_the_system(built_wheels, libraries):
    assert libraries(built_wheels["static"]) == {}


def test_else_it_is_the_systems(built_wheels, libraries):
    loaded = libraries(built_wheels["system"])
    assert "libzmq" in loaded
    assert "site-packages" not in str(loaded["libzmq"])


@pytest.fixture(scope="module")
def repaired(built_wheels, tmp_path_factory):
    """The wheel that there is where no sources can be had: the system's libraries are put in."""
    out = tmp_path_factory.mktemp("repaired")
    shutil.copy(built_wheels["system"], out)
    release.repair(out, tmp_path_factory.mktemp("work"))
    (wheel,) = out.iterdir()
    return wheel


def test_a_repaired_wheel_uses_what_it_holds(repaired, libraries, tmp_path):
    assert "manylinux" in repaired.name
    loaded = libraries(repaired)
    assert set(loaded) == {"libzmq", "libsodium"}
    for directory in loaded.values():
        assert directory.name == "zmq_core.libs"
        assert tmp_path in directory.parents


def test_a_repaired_wheel_has_licences_and_a_bill_of_all_that_it_holds(repaired):
    with zipfile.ZipFile(repaired) as archive:
        names = set(archive.namelist())
        (metadata,) = [archive.read(name) for name in names if name.endswith(".dist-info/METADATA")]
    held = [name for name in names if name.startswith("zmq_core.libs/") and ".so" in name]
    licences = {name.rpartition("/")[2] for name in names if "/licenses/bundled/" in name}
    assert {"libzmq5.txt", "libsodium23.txt", "LGPL-3.txt"} <= licences
    for name in licences - {""}:
        assert f"License-File: bundled/{name}\n" in metadata.decode()
    parts = {part["name"]: part for part in json.loads(sbom.describe(repaired))["components"]}
    assert len(parts) == len(held)
    assert parts["libzmq"]["purl"].startswith("pkg:deb/debian/libzmq5@")
    assert parts["libsodium"]["version"][0].isdigit()


def test_what_is_of_no_package_has_no_licence():
    with pytest.raises(LookupError, match="libmine.so.7 is of no package"):
        bundled.identify("libmine-0123abcd.so.7")


def test_bill_of_a_static_wheel(built_wheels):
    bill = json.loads(sbom.describe(built_wheels["static"]))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "zmq-core"
    parts = {part["name"]: part for part in bill["components"]}
    assert set(parts) == {"libzmq", "libsodium"}
    assert parts["libzmq"]["version"].startswith("4.3.")
    (licence,) = parts["libzmq"]["licenses"]
    new = parts["libzmq"]["version"] not in ("4.3.3", "4.3.4")
    assert licence["expression"].startswith("MPL-2.0" if new else "LGPL-3.0-or-later WITH ")
    assert sbom.describe(built_wheels["static"]) == sbom.describe(built_wheels["static"])


def test_bill_of_a_wheel_that_holds_nothing_else(built_wheels):
    assert json.loads(sbom.describe(built_wheels["system"])).get("components", []) == []


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("zmq_green-1.0.0-py3-none-any.whl", 30_000),
        ("zmq_green-1.0.0.tar.gz", 30_000),
        ("zmq_core-1.0.0.tar.gz", 500_000),
    ],
)
def test_what_is_too_large_is_refused(tmp_path, capsys, name, limit):
    path = tmp_path / name
    path.write_bytes(bytes(limit))
    release.report([path])
    path.write_bytes(bytes(limit + 1))
    with pytest.raises(SystemExit, match=name):
        release.report([path])
    assert name in capsys.readouterr().out


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """`tree(version, changelog)`: a repository with a package of that version."""

    def tree(version, changelog):
        package = tmp_path / "packages" / "zmq-auth"
        package.mkdir(parents=True)
        (package / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
        (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{changelog}\n\n- A change.\n")
        monkeypatch.setattr(release, "ROOT", tmp_path)

    return tree


@pytest.mark.parametrize(
    ("version", "changelog", "complaint"),
    [
        ("1.1.0", "## [1.1.0] - 2026-11-21", "v1.1.1 is not v1.1.0, the version of zmq-auth"),
        ("1.1.1", "## [1.1.1] - unreleased", "has no heading"),
        ("1.1.1", "## [1.1.0] - 2026-11-21", "has no heading"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(tree, version, changelog, complaint):
    tree(version, changelog)
    with pytest.raises(SystemExit, match=complaint):
        release.main(["--tag", "v1.1.1"])


def test_a_tag_that_fits(tree):
    tree("1.1.1", "## [1.1.1] - 2026-11-21")
    release.check_tag("v1.1.1")


def test_a_smaller_file_holds_the_same(tmp_path):
    path = tmp_path / "some.whl"
    entry = zipfile.ZipInfo("zmq/module.py", (2026, 11, 21, 13, 14, 16))
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, b"import zmq, sys, os\n" * 1000, zipfile.ZIP_DEFLATED)
        archive.writestr("zmq/empty.py", b"")
        archive.writestr("zmq/random", os.urandom(1000))
    before, size = contents(path), path.stat().st_size
    compression.compress_zip(path)
    assert contents(path) == before
    assert path.stat().st_size < size
    subprocess.run([sys.executable, "-m", "zipfile", "-t", path], check=True, capture_output=True)


def test_a_smaller_archive_holds_the_same(tmp_path):
    path = tmp_path / "some.tar.gz"
    (tmp_path / "module.py").write_bytes(b"import zmq, sys, os\n" * 1000)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.add(tmp_path / "module.py", "some/module.py")
    before, size = gzip.decompress(path.read_bytes()), path.stat().st_size
    compression.compress_gzip(path)
    first = path.read_bytes()
    assert gzip.decompress(first) == before
    assert len(first) < size
    compression.compress_gzip(path)
    assert path.read_bytes() == first


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return [
            (entry.filename, entry.date_time, entry.external_attr, archive.read(entry))
            for entry in archive.infolist()
        ]


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
def test_the_wheel_needs_nothing_of_the_system(released, libraries):
    (wheel,) = released[0].glob("zmq_core-*.whl")
    assert "manylinux" in wheel.name
    assert libraries(wheel) == {}
    bill = json.loads(next(released[0].glob("zmq_core-*.cdx.json")).read_text())
    assert {part["name"] for part in bill["components"]} == {"libzmq", "libsodium"}
    assert all(part["version"][0].isdigit() for part in bill["components"])
