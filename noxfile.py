# SPDX-License-Identifier: BSD-3-Clause
"""All that is done with this repository: `./dev NAME` runs a session, `./dev --list` lists them."""

import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tools"))

import environments as env  # noqa: E402
import pythons  # noqa: E402

THIS = "%d.%d" % sys.version_info[:2]
PYTHONS = list(dict.fromkeys(["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", THIS]))
CHECKS = ("lint", "typing", "packaging", "drafts", "pypy")
pythons.find_pythons(THIS)
nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["test"]


@nox.session
def test(session):
    """Everything that must pass before a change is merged."""
    for name in (*CHECKS, f"tests-{THIS}"):
        session.notify(name)


@nox.session
def full(session):
    """The same on all Pythons of this machine, with the long tests, and other projects' suites."""
    session.notify("packaging", ["tests/packaging", "--long", "--timeout=600"])
    for name in (*CHECKS, "cffi", "downstream", *env.EACH):
        session.notify(name)
    for python in PYTHONS:
        session.notify(f"tests-{python}", [*env.TESTS, "--long"])


@nox.session(python=PYTHONS)
def tests(session):
    """The tests, with the system's libzmq; on each Python that is found, if none is named."""
    env.install_editable(session, *env.group("test"))
    env.pytest(session, *env.TESTS)


@nox.session
def drafts(session):
    """The tests of zmq-core with a static libzmq, built with drafts from Debian's sources."""
    env.install_wheels(session, [env.CORE], "drafts", env.choose_drafts(), *env.group("test"))
    slow = [f"--ignore-glob=tests/core/test_{name}*" for name in ("exit", "thread")]
    env.pytest(session, "tests/core", *slow)  # which have nothing to do with drafts


@nox.session
def cffi(session):
    """The tests with the other backend, on CPython."""
    env.install_cffi(session)
    env.pytest(session, "tests", *env.WITHOUT_CFFI, env={"PYZMQ_BACKEND": "cffi"})


@nox.session(python="pypy3", venv_backend="venv")
def pypy(session):
    """Tests of the core on PyPy; `-- tests/core tests/log` and so on for all of them."""
    env.install_wheels(session, env.FOR_PYPY, "pypy", {}, *env.group("pypy"))
    env.pytest(session, *env.ON_PYPY)


@nox.session
def packaging(session):
    """The tests of the build: sdists, wheels, finders."""
    env.install(session, "", *env.group("packaging"))
    env.pytest(session, "tests/packaging", "--timeout=600")  # some build libzmq


@nox.session
@nox.parametrize("dist", env.EXTENSIONS)
def alone(session, dist):
    """The tests of an extension, where there is nothing but that and zmq-core, from wheels."""
    both = [env.CORE, ROOT / f"packages/zmq-{dist}"]
    env.install_wheels(session, both, "system", {}, *env.group("alone"))
    env.pytest(session, f"tests/{dist}")


@nox.session(python=PYTHONS[0])
@nox.parametrize("dist", env.EXTENSIONS)
def oldest(session, dist):
    """The same with the oldest versions allowed, zmq-core's from its tag, on the oldest Python."""
    env.install_oldest(session, ROOT / f"packages/zmq-{dist}", *env.group("alone"))
    env.pytest(session, f"tests/{dist}")


@nox.session
def downstream(session):
    """The test suites of programs that use pyzmq."""
    env.install_editable(session, *env.group("test"))
    session.run("python", "tools/downstream.py", *session.posargs)


@nox.session
def lint(session):
    """Style, stubs that are stale, and the safety of the workflow."""
    env.install(session, "", *env.group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("zizmor", "--offline", "--quiet", ".github")
    session.run("python", "tools/stubs.py", "--check")


@nox.session
def typing(session):
    """Type checkers: of the sources, of the native module's stub, of programs with the wheels."""
    env.install_wheels(session, env.PACKAGES, "system", {}, *env.group("typing"))
    session.run("python", "tools/check_types.py")


@nox.session
def demo(session):
    """The word count example."""
    env.install_wheels(session, env.PACKAGES, "system", {})
    session.run("python", "examples/wordcount", *session.posargs)


@nox.session
def bench(session):
    """Speed, compared with pyzmq."""
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def build(session):
    """What gets published: an sdist and a wheel of every package, in dist/."""
    env.install(session, "", *env.group("build"))
    session.run("python", "tools/release.py", *session.posargs)


@nox.session
def bump(session):
    """Set the version of all packages."""
    session.run("python", "tools/bump.py", *session.posargs)
