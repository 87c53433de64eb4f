# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the build share: built distributions, and toys that build in a second."""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import bump
import debian_source
import pytest
import wheels

ROOT = Path(__file__).parents[2]
CORE = ROOT / "packages" / "zmq-core"
KINDS = ("system", "static")
VARIABLES = (
    "ZMQ_CORE_LIBZMQ",
    "ZMQ_CORE_LIBZMQ_SOURCE",
    "ZMQ_CORE_LIBZMQ_SHA256",
    "ZMQ_CORE_LIBSODIUM_SOURCE",
    "ZMQ_CORE_BACKENDS",
    "ZMQ_CORE_DRAFTS",
    "ZMQ_DRAFT_API",
    "ZMQ_PREFIX",
    "PKG_CONFIG",
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """Forget what the person who runs the tests has set for builds."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def run_command(*command, **options):
    """Run a command that must succeed; return what it printed."""
    done = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def without_settings(**settings):
    """Return the environment without build variables but for these."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**kept, **settings}


@pytest.fixture
def run():
    """`run(*command, **settings)`: run a command that must succeed, with these build variables."""

    def run(*command, cwd=None, **settings):
        return run_command(*command, cwd=cwd, env=without_settings(**settings))

    return run


@pytest.fixture(scope="session")
def version():
    """The version of all distributions."""
    return bump.read(CORE / "pyproject.toml")


# -- distributions, built once -------------------------------------------------------------------


@pytest.fixture(scope="session")
def distributions(tmp_path_factory):
    """The directory where `python -m build` has put the sdist, and the wheel made from that."""
    out = tmp_path_factory.mktemp("dist")
    command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", out, CORE)
    run_command(*command, env=without_settings(ZMQ_CORE_LIBZMQ="system"))
    return out


@pytest.fixture(scope="session")
def sdist(distributions):
    """The sdist of zmq-core."""
    (path,) = distributions.glob("*.tar.gz")
    return path


@pytest.fixture(scope="session")
def upstream():
    """The settings that download libzmq's sources, from this machine where it has them."""
    source = debian_source.fetch(wheels.CACHE)
    if source is None:
        return {"ZMQ_CORE_LIBZMQ": "download"}
    archive = source[0]
    return {
        "ZMQ_CORE_LIBZMQ": "download",
        "ZMQ_CORE_LIBZMQ_SOURCE": archive.as_uri(),
        "ZMQ_CORE_LIBZMQ_SHA256": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }


@pytest.fixture(scope="session")
def built_wheels(distributions, upstream):
    """Kind of build -> its wheel; the static one holds libsodium, too."""
    (system,) = distributions.glob("*.whl")
    sodium = debian_source.fetch(wheels.CACHE, "libsodium")
    source = str(sodium[1]) if sodium else "download"
    settings = {**upstream, "ZMQ_CORE_LIBSODIUM_SOURCE": source}
    return {"system": system, "static": wheels.build(sys.executable, CORE, "static", settings)}


@pytest.fixture(scope="session")
def installed_wheels(built_wheels, tmp_path_factory):
    """Kind of build -> the directory where its wheel is installed."""
    sites = {}
    for kind, wheel in built_wheels.items():
        sites[kind] = tmp_path_factory.mktemp(f"site-{kind}")
        run_command(
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--target",
            sites[kind],
            wheel,
        )
    return sites


@pytest.fixture(params=KINDS)
def kind(request):
    """The kind of build: with the system's libzmq, or with a static one."""
    return request.param


@pytest.fixture
def wheel(built_wheels, kind):
    """A built wheel, opened."""
    with zipfile.ZipFile(built_wheels[kind]) as opened:
        yield opened


@pytest.fixture
def python(installed_wheels, kind, tmp_path):
    """`python(code)`: run code where this wheel is installed; returns what it printed."""

    def python(code, *path):
        paths = os.pathsep.join(map(str, [installed_wheels[kind], *path]))
        environment = without_settings(PYTHONPATH=paths)
        return run_command(sys.executable, "-W", "error", "-c", code, env=environment, cwd=tmp_path)

    return python


@pytest.fixture
def module(installed_wheels, kind):
    """The compiled module in the installed wheel."""
    (path,) = (installed_wheels[kind] / "zmq" / "backend" / "cython").glob("*.so")
    return path


# -- environments --------------------------------------------------------------------------------

WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"


class Environment:
    """A virtual environment, which the pip of the tests fills."""

    def __init__(self, home, *options, **variables):
        self.python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        self.variables = variables
        command = [sys.executable, "-m", "venv", "--without-pip", *options, home]
        subprocess.run(command, check=True)
        self.site = Path(self.run("-c", WHERE).stdout.strip())

    def run(self, *arguments):
        """Run Python there; return how it ended."""
        environment = {**plain(), **self.variables}
        command = [self.python, "-W", "error", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)

    def pip(self, *arguments):
        """Run pip for it; return how it ended."""
        environment = {**plain(), **self.variables, "PIP_CONFIG_FILE": os.devnull}
        command = [sys.executable, "-m", "pip", "--python", self.python, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    def must(self, *arguments):
        """Run pip, which must succeed; return what it said."""
        done = self.pip(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self, directory, *what):
        """Install what lies in a directory, with the help of nothing else."""
        self.must("install", "-q", "--no-index", "--find-links", directory, *what)

    def list_files(self):
        """The files below `zmq/`, without what Python adds itself."""
        names = (path.relative_to(self.site) for path in self.site.glob("zmq/**/*"))
        return {name for name in names if name.suffix != ".pyc" and name.name != "__pycache__"}


def plain():
    """The environment, without what changes pip's mind."""
    return {
        name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))
    }


@pytest.fixture(scope="session")
def make_environment():
    """`make_environment(home, *options, **variables)`: an empty one."""
    return Environment


# -- toys ----------------------------------------------------------------------------------------

TOY_CMAKE = """\
cmake_minimum_required(VERSION 3.5)
project(ZeroMQ)
file(WRITE ${CMAKE_BINARY_DIR}/platform.hpp "#define ZMQ_USE_LIBSODIUM 1")
add_library(toy STATIC toy.cpp src/lb.cpp helper.c)
set_target_properties(toy PROPERTIES OUTPUT_NAME zmq)
"""
TOY_HEADER = """\
#define ZMQ_VERSION_MAJOR 4
#define ZMQ_VERSION_MINOR 3
#define ZMQ_VERSION_PATCH 5
"""
TOY_PYX = """\
cdef extern int toy_answer() nogil
cdef extern from "zmq_build_facts.h":
    const char *ORIGIN "ZMQ_CORE_ORIGIN"
    const char *CFLAGS "ZMQ_CORE_CFLAGS"
answer = toy_answer()
facts = {"origin": ORIGIN.decode(), "cflags": CFLAGS.decode()}
"""


@pytest.fixture
def toy_libzmq(tmp_path):
    """The sources of something that the build takes for libzmq."""
    tree = tmp_path / "toy-4.3.5"
    (tree / "include").mkdir(parents=True)
    (tree / "include" / "zmq.h").write_text(TOY_HEADER)
    (tree / "CMakeLists.txt").write_text(TOY_CMAKE)
    (tree / "toy.cpp").write_text(
        "#include <string>\n"
        'extern "C" int toy_helper(void);\n'
        'extern "C" int toy_answer(void) { return std::to_string(toy_helper()).size(); }\n'
    )
    (tree / "src").mkdir()
    (tree / "src" / "lb.cpp").write_text("int toy_balance() { return 1; }\n")
    (tree / "helper.c").write_text("int toy_helper(void) { return 42; }\n")
    return tree


@pytest.fixture
def toy_archive(toy_libzmq, tmp_path):
    """The same as an archive."""
    path = tmp_path / "toy-4.3.5.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(toy_libzmq, toy_libzmq.name)
    return path


@pytest.fixture
def toy_core(tmp_path):
    """A copy of zmq-core whose native module is small, and calls the toy libzmq."""
    copy = tmp_path / "zmq-core"
    shutil.copytree(CORE, copy, ignore=shutil.ignore_patterns("*.so", "include", "*.pxd", "*.pxi"))
    native = copy / "src" / "zmq" / "backend" / "cython"
    (native / "_zmq.pyx").write_text(TOY_PYX)
    (copy / ".gitignore").write_text("*.so\n")
    return copy


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """`tools(*names)`: leave only these programs on the PATH; returns that directory."""
    directory = tmp_path / "tools"

    def tools(*names):
        directory.mkdir(exist_ok=True)
        for name in names:
            found = shutil.which(name)
            assert found, name
            (directory / name).symlink_to(found)
        monkeypatch.setenv("PATH", str(directory))
        return directory

    return tools


@pytest.fixture
def program(tmp_path):
    """`program(name, text)`: make an executable shell script; returns its path."""

    def program(name, text):
        path = tmp_path / "programs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return program
