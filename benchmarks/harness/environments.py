# SPDX-License-Identifier: BSD-3-Clause
"""The two virtual environments that are compared, made once and then used again."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
HOME = BENCHMARKS / ".environments"
OUR_SOURCES = sorted(path.parent for path in BENCHMARKS.parent.glob("packages/*/pyproject.toml"))
THEIR_REQUIREMENT = "pyzmq==27.3.0"
THEIR_COMPANIONS = ("paramiko", "pexpect")  # for its tunnels

#: What both environments have besides, for the questions that need it.
COMPANIONS = ["gevent>=23.7", "tornado>=6.1", "uvloop>=0.21; sys_platform != 'win32'"]

VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
DESCRIBE = """
import json, sys, zmq
build = getattr(zmq, "build_info", dict)()
print(json.dumps({
    "python": sys.version.split()[0], "libzmq": zmq.zmq_version(), "build": build,
}, default=str))
"""


def theirs(same_libzmq=False):
    """Return the interpreter of an environment with the pyzmq that we compare with.

    Parameters
    ----------
    same_libzmq : bool
        Build it here, so that it uses the system's libzmq, instead of the wheel that brings one.
    """
    if same_libzmq:
        return _environment(
            "theirs-built",
            ["--no-binary=pyzmq", THEIR_REQUIREMENT, *THEIR_COMPANIONS, *COMPANIONS],
        )
    return _environment("theirs", [THEIR_REQUIREMENT, *THEIR_COMPANIONS, *COMPANIONS])


def ours():
    """Return the interpreter of an environment with our packages, built from these sources."""
    requirements = [*map(str, OUR_SOURCES), *COMPANIONS]
    return _environment("ours", requirements, *map(_fingerprint, OUR_SOURCES))


def ours_on_pypy():
    """Return the interpreter of an environment with our zmq-core on PyPy; None without a PyPy."""
    pypy = shutil.which("pypy3")
    core = next(path for path in OUR_SOURCES if path.name == "zmq-core")
    return pypy and _environment("ours-pypy", [str(core)], _fingerprint(core), python=pypy)


def add_arguments(parser):
    """Let the command line name the two interpreters; the default is to make environments."""
    for side, package in (("ours", "our package"), ("theirs", "pyzmq")):
        text = f"an interpreter that has {package}"
        parser.add_argument(f"--{side}", metavar="PYTHON", type=_interpreter, help=text)
    text = "build pyzmq on the system's libzmq, so that only the bindings differ"
    parser.add_argument("--same-libzmq", action="store_true", help=text)


def chosen(options):
    """Return the interpreters by side, as named on the command line or in new environments."""
    return {
        "ours": options.ours or ours(),
        "theirs": options.theirs or theirs(options.same_libzmq),
    }


def describe(python):
    """Return what `python` has: its version, libzmq's, and how ours was built.

    Raises
    ------
    SystemExit
        ``import zmq`` does not work there, so that there is nothing to compare.
    """
    done = subprocess.run([str(python), "-c", DESCRIBE], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"`import zmq` does not work with {python}:\n{done.stderr}")
    return json.loads(done.stdout)


def _interpreter(name):
    path = shutil.which(name)
    if path is None:
        raise argparse.ArgumentTypeError(f"{name} is not a program")
    return os.path.abspath(path)  # not resolved: a link is what makes it a virtual environment


def _environment(name, requirements, *stamps, python=sys.executable):
    version = subprocess.run([python, "-c", VERSION], check=True, capture_output=True, text=True)
    directory = HOME / f"{name}-{version.stdout.strip()}"
    made = directory / "bin" / "python"
    stamp_file = directory / "installed"
    stamp = " ".join([*requirements, *stamps])
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        return made
    print(f"Installing {' '.join(requirements)} in {directory}", file=sys.stderr)
    subprocess.run([python, "-m", "venv", "--clear", directory], check=True)
    subprocess.run([made, "-m", "pip", "install", "--quiet", *requirements], check=True)
    stamp_file.write_text(stamp)
    return made


def _fingerprint(source):
    """Return a digest of all that decides what gets built."""
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix not in {".so", ".pyc"}:
            digest.update(str(path.relative_to(source)).encode() + b"\0" + path.read_bytes())
    for name in sorted(os.environ):
        if name.startswith(("ZMQ_", "CFLAGS", "LDFLAGS")):
            digest.update(f"{name}={os.environ[name]}\n".encode())
    return digest.hexdigest()
