# SPDX-License-Identifier: BSD-3-Clause
"""All that is done with this repository: `./dev NAME` runs a session, `./dev --list` lists them."""

import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tools"))

import pythons  # noqa: E402
from environments import (  # noqa: E402
    CORE,
    EACH,
    EXTENSIONS,
    PACKAGES,
    choose_drafts,
    group,
    install,
    install_editable,
    install_oldest,
    install_wheels,
    pytest,
)

PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13"]
CHECKS = ("lint", "typing", "packaging", "drafts", "pypy-pypy3")
#: What is run on PyPy each time.
ON_PYPY = ("send_recv", "frame", "socket", "options", "poll", "tracker", "fork", "context", "proxy")
pythons.find_pythons()
nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["test"]


@nox.session
def test(session):
    """Everything that must pass before a change is merged."""
    for name in (*CHECKS, "tests"):
        session.notify(name)


@nox.session
def full(session):
    """The same on all Pythons of this machine, with the long tests, and other projects' suites."""
    session.notify("packaging", ["tests/packaging", "--long", "--timeout=600"])
    for name in (*CHECKS, "downstream", *EACH, *(f"everywhere-{python}" for python in PYTHONS)):
        session.notify(name)


@nox.session
def tests(session):
    """The tests, on this Python, with the system's libzmq."""
    install_editable(session, *group("test"))
    pytest(session, "tests", "--ignore=tests/packaging")


@nox.session(python=PYTHONS)
def everywhere(session):
    """The tests, long forms too, on each Python that is found."""
    install_editable(session, *group("test"))
    pytest(session, "tests", "--ignore=tests/packaging", "--long")


@nox.session
def drafts(session):
    """The tests of zmq-core with a static libzmq, built with drafts from Debian's sources."""
    install_wheels(session, [CORE], "drafts", choose_drafts(), *group("test"))
    slow = [f"--ignore-glob=tests/core/test_{name}*" for name in ("exit", "thread")]
    pytest(session, "tests/core", *slow)  # which have nothing to do with drafts


@nox.session
def cffi(session):
    """The tests with the other backend, on CPython."""
    install_wheels(session, PACKAGES, "cffi", {"ZMQ_CORE_BACKENDS": "cffi"}, *group("cffi"))
    left_out = (f"--ignore=tests/{name}" for name in ("downstream", "packaging", "typing"))
    pytest(session, "tests", *left_out, env={"PYZMQ_BACKEND": "cffi"})


@nox.session(python="pypy3", venv_backend="venv")
def pypy(session):
    """Tests of the core on PyPy; `-- tests/core` for all of them."""
    install_wheels(session, [CORE, ROOT / "packages/zmq-devices"], "pypy", {}, *group("pypy"))
    pytest(session, *(f"tests/core/test_{name}.py" for name in ON_PYPY))


@nox.session
def packaging(session):
    """The tests of the build: sdists, wheels, finders."""
    install(session, "", *group("packaging"))
    pytest(session, "tests/packaging", "--timeout=600")  # some build libzmq


@nox.session
@nox.parametrize("dist", EXTENSIONS)
def alone(session, dist):
    """The tests of an extension, where there is nothing but that and zmq-core, from wheels."""
    both = [CORE, ROOT / f"packages/zmq-{dist}"]
    install_wheels(session, both, "system", {}, *group("alone"))
    pytest(session, f"tests/{dist}")


@nox.session(python=PYTHONS[0])
@nox.parametrize("dist", EXTENSIONS)
def oldest(session, dist):
    """The same with the oldest versions allowed, zmq-core's from its tag, on the oldest Python."""
    install_oldest(session, ROOT / f"packages/zmq-{dist}", *group("alone"))
    pytest(session, f"tests/{dist}")


@nox.session
def downstream(session):
    """The test suites of programs that use pyzmq."""
    install_editable(session, *group("test"))
    session.run("python", "tools/downstream.py", *session.posargs)


@nox.session
def lint(session):
    """Style, stubs that are stale, and the safety of the workflow."""
    install(session, "", *group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("zizmor", "--offline", "--quiet", ".github")
    session.run("python", "tools/stubs.py", "--check")


@nox.session
def typing(session):
    """Type checkers: of the sources, of the native module's stub, of programs with the wheels."""
    install_wheels(session, PACKAGES, "system", {}, *group("typing"))
    session.run("python", "tools/check_types.py")


@nox.session
def demo(session):
    """The word count example."""
    install_wheels(session, PACKAGES, "system", {})
    session.run("python", "examples/wordcount", *session.posargs)


@nox.session
def bench(session):
    """Speed, compared with pyzmq."""
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def build(session):
    """What gets published: an sdist and a wheel of every package, in dist/."""
    install(session, "", *group("build"))
    session.run("python", "tools/release.py", *session.posargs)


@nox.session
def bump(session):
    """Set the version of all packages."""
    session.run("python", "tools/bump.py", *session.posargs)
