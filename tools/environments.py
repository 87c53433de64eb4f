# SPDX-License-Identifier: BSD-3-Clause
"""Fills the environments of nox sessions, and fills none twice."""

from pathlib import Path

import debian_source
import nox
import oldest
import wheels

ROOT = Path(__file__).parents[1]
CORE = ROOT / "packages" / "zmq-core"
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
EXTENSIONS = [path.name.partition("-")[2] for path in PACKAGES if path != CORE]
#: The sessions of single extensions.
EACH = [f"{name}(dist='{dist}')" for name in ("alone", "oldest") for dist in EXTENSIONS]
#: The packages whose requirements there are for every PyPy.
FOR_PYPY = [CORE, *(ROOT / f"packages/zmq-{name}" for name in ("auth", "devices", "log"))]
TESTS = ["tests", "--ignore=tests/packaging"]
#: What is run on PyPy each time, and what cannot be run with the CFFI backend.
ON_PYPY = [
    f"tests/core/test_{name}.py"
    for name in ("send_recv", "frame", "socket", "options", "poll", "tracker", "fork", "proxy")
]
WITHOUT_CFFI = [f"--ignore=tests/{name}" for name in ("downstream", "packaging", "typing")]
SETTINGS = nox.project.load_toml(ROOT / "pyproject.toml")


def install(session, stamp, *requirements):
    """Install into the session's environment, unless it was done; return whether it was not."""
    noted = Path(session.virtualenv.location) / "installed"
    wanted = f"{stamp}\n{requirements}\n"
    if noted.exists() and noted.read_text() == wanted:
        return False
    session.install(*requirements)
    noted.write_text(wanted)
    return True


def group(name):
    """Return the requirements of a dependency group."""
    return nox.project.dependency_groups(SETTINGS, name)


def install_editable(session, *requirements):
    """Install all packages from their sources; native code is compiled again when changed."""
    stamp = [wheels.fingerprint(package, native=True) for package in PACKAGES]
    users = [str(ROOT / "tools/pyzmq_shim"), *group("users")]  # these ask for a pyzmq
    install(session, stamp, *requirements, *(f"-e{package}" for package in PACKAGES), *users)


def install_wheels(session, packages, name, settings, *requirements):
    """Install packages as wheels; zmq-core is built with these settings."""
    python = str(Path(session.bin) / "python")
    built = [str(wheels.build(python, path, f"{path.name}-{name}", settings)) for path in packages]
    if install(session, "", *requirements, *built):
        session.install("--no-deps", "--force-reinstall", *built)  # the version stays the same


def install_oldest(session, package, *requirements):
    """Install an extension as a wheel, and the oldest versions of what it asks for."""
    core = oldest.fetch_core(package, Path(session.create_tmp()))
    others = oldest.list_others(package)
    install_wheels(session, [core, package], "system", {}, *requirements, *others)


def install_cffi(session):
    """Install all packages as wheels; zmq-core with the CFFI backend alone."""
    install_wheels(session, PACKAGES, "cffi", {"ZMQ_CORE_BACKENDS": "cffi"}, *group("cffi"))


def pytest(session, *arguments, **options):
    """Run pytest with what was given on the command line, or with these arguments.

    What has failed is run once more by itself: thousands of tests with real processes meet
    whatever else a machine is doing.  The log has both, and a test that passes only then is a
    defect all the same.
    """
    remembered = f"cache_dir={session.virtualenv.location}/pytest"  # not what others have failed
    command = ("python", "-m", "pytest", "-o", remembered, *(session.posargs or arguments))
    session.run(*command, success_codes=[0, 1], **options)
    session.log("What has failed, once more:")
    again = ("--last-failed", "--last-failed-no-failures=none")
    session.run(*command, *again, success_codes=[0, 5], **options)  # 5: there was nothing


def choose_drafts():
    """Return what builds zmq-core with a static libzmq and drafts: of Debian's, or downloaded."""
    source = debian_source.fetch(wheels.CACHE)
    settings = {"ZMQ_CORE_LIBZMQ": "download", "ZMQ_CORE_DRAFTS": "1"}
    if source:
        settings.update(ZMQ_CORE_LIBZMQ="source", ZMQ_CORE_LIBZMQ_SOURCE=str(source[1]))
    return settings
