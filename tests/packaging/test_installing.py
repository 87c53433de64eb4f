# SPDX-License-Identifier: BSD-3-Clause
"""Installing, removing and upgrading by pip: all in one place, some in the user's directories."""

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import wheels

PACKAGES = Path(__file__).parents[2] / "packages"
EXTENSIONS = sorted({path.name.partition("-")[2] for path in PACKAGES.glob("zmq-*")} - {"core"})
#: Those that need nothing but zmq-core.
PLAIN = ("auth", "devices", "log")
ORIGINS = "import zmq, zmq.{0}; print(zmq.__file__, zmq.{0}.__file__, sep='\\n')"


@pytest.fixture(scope="module")
def shelf(built_wheels, tmp_path_factory):
    """A directory with the wheels of all distributions, and of all that they ask for."""
    out = tmp_path_factory.mktemp("shelf")
    command = ("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation")
    ours = [
        wheels.build(sys.executable, PACKAGES / f"zmq-{name}", f"zmq-{name}-plain", {}, command)
        for name in EXTENSIONS
    ]
    download = [sys.executable, "-m", "pip", "download", "-q", "--only-binary=:all:", "--dest", out]
    subprocess.run([*download, built_wheels["system"], *ours], check=True)
    return out


@pytest.fixture(scope="module")
def everything(shelf, make_environment, tmp_path_factory):
    """An environment with all distributions, from that directory alone."""
    environment = make_environment(tmp_path_factory.mktemp("everything"))
    names = ["zmq-core", *(f"zmq-{name}" for name in EXTENSIONS)]
    environment.install(shelf, *names)
    return environment


def test_all_come_from_one_directory(everything):
    assert everything.must("check") == "No broken requirements found.\n"
    imports = "\n".join(f"import zmq.{name}" for name in EXTENSIONS)
    done = everything.run("-c", imports)
    assert done.returncode == 0, done.stderr
    assert everything.run("-m", "zmq", "info").returncode == 0


@pytest.mark.parametrize("name", EXTENSIONS)
def test_removing_one_leaves_the_others_whole(everything, shelf, name):
    before = everything.list_files()
    for other in EXTENSIONS:  # which leaves compiled files
        everything.run("-c", f"import zmq.{other}")
    everything.must("uninstall", "-q", "--yes", f"zmq-{name}")
    own = Path("zmq", name)
    assert everything.list_files() == {path for path in before if own not in (path, *path.parents)}
    assert not (everything.site / own).exists()
    for other in EXTENSIONS:
        done = everything.run("-c", f"import zmq.{other}")
        if other == name:
            assert f"pip install zmq-{name}" in done.stderr
        else:
            assert done.returncode == 0, done.stderr
    everything.install(shelf, f"zmq-{name}")
    assert everything.list_files() == before


# -- another zmq-core ----------------------------------------------------------------------------


def renumber(wheel, version, out):
    """Write the same wheel with another version."""
    name, old, *tags = wheel.name.split("-")
    record = []
    fresh = out / "-".join([name, version, *tags])
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(fresh, "w") as target:
        for item in source.infolist():
            content = source.read(item)
            inside = item.filename.replace(f"{name}-{old}.dist-info", f"{name}-{version}.dist-info")
            if inside.endswith("/METADATA"):
                content = content.replace(
                    f"\nVersion: {old}\n".encode(), f"\nVersion: {version}\n".encode()
                )
            if inside.endswith("/RECORD"):
                content = "".join([*record, f"{inside},,\n"]).encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{inside},sha256={digest.decode()},{len(content)}\n")
            target.writestr(inside, content)


def count(version, index):
    """The next version: of this number (0 to 2), with those behind it zero."""
    numbers = [int(text) for text in re.findall(r"\d+", version)]
    return ".".join(map(str, [*numbers[:index], numbers[index] + 1, 0, 0][:3]))


@pytest.fixture(scope="module")
def cores(built_wheels, version, tmp_path_factory):
    """A directory with zmq-core as three other versions."""
    out = tmp_path_factory.mktemp("cores")
    for index in range(3):
        renumber(built_wheels["system"], count(version, index), out)
    return out


@pytest.fixture
def some(shelf, make_environment, tmp_path):
    """An environment with zmq-core and the extensions that ask for nothing else."""
    environment = make_environment(tmp_path / "some")
    environment.install(shelf, *(f"zmq-{name}" for name in PLAIN))
    return environment


@pytest.mark.parametrize("index", [1, 2], ids=["feature", "mending"])
def test_core_alone_is_upgraded(some, cores, version, index):
    before = some.list_files()
    later = count(version, index)
    some.install(cores, f"zmq-core=={later}")
    assert f"zmq-core=={later}\n" in some.must("freeze")
    assert some.must("check") == "No broken requirements found.\n"
    assert some.list_files() == before
    for name in PLAIN:
        done = some.run("-c", f"import zmq.{name}")
        assert done.returncode == 0, done.stderr


def test_a_core_that_may_differ_is_told_of(some, cores, version):
    some.install(cores, f"zmq-core=={count(version, 0)}")
    done = some.pip("check")
    assert done.returncode == 1
    for name in PLAIN:
        assert f"zmq-{name} {version} has requirement zmq-core~=" in done.stdout


# -- the system's directories, and the user's ----------------------------------------------------


@pytest.fixture
def shared(make_environment, tmp_path):
    """An environment in which programs see the user's packages, too."""
    base = tmp_path / "user"
    home = tmp_path / "system"
    return make_environment(home, "--system-site-packages", PYTHONUSERBASE=str(base))


@pytest.mark.parametrize("of_user", ["core", "extensions"])
def test_one_for_all_users_and_one_for_this(shared, shelf, tmp_path, of_user):
    where = {"core": (["--user"], []), "extensions": ([], ["--user"])}[of_user]
    for options, names in zip(where, (("core",), PLAIN)):
        wanted = (f"zmq-{name}" for name in names)
        shared.install(shelf, "--no-deps", *options, *wanted)
    assert shared.must("check") == "No broken requirements found.\n"
    core, extension = (tmp_path / ("user" if options else "system") for options in where)
    for name in PLAIN:
        done = shared.run("-c", ORIGINS.format(name))
        assert done.returncode == 0, done.stderr
        origins = [Path(line).parents for line in done.stdout.splitlines()]
        assert core in origins[0]
        assert extension in origins[1]
