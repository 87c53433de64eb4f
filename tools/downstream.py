# SPDX-License-Identifier: BSD-3-Clause
"""Runs the test suites of programs that use pyzmq, from their sdists, on what is installed here.

python tools/downstream.py [PROJECT ...]
"""

import subprocess
import sys
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path

#: With pyzmq, too, some tests of ipykernel end a context before the thread of its heartbeat has
#: bound a socket (with `sys.setswitchinterval(1e-6)` one run out of three).
HEARTBEAT = "ignore:Exception in thread Heartbeat:pytest.PytestUnhandledThreadExceptionWarning"

#: What each needs besides, how its tests are run, and those that fail with pyzmq, too.
PROJECTS = {
    "jupyter_client": (["pytest-jupyter[client]>=0.6.2", "msgpack"], ["-p", "no:asyncio"], []),
    "ipykernel": (
        ["flaky", "ipyparallel", "psutil", "pytest-asyncio>=0.23.5", "pytest-cov"],
        ["-o", "asyncio_default_fixture_loop_scope=function", "-W", HEARTBEAT],
        [],
    ),
}


def main(names):
    """Run the suites of these projects, or of all; fail if one fails."""
    failed = [name for name in names or PROJECTS if run_suite(name)]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def run_suite(name):
    """Run the tests of a project, as released with the version installed.

    Parameters
    ----------
    name : str
        One of `PROJECTS`.

    Returns
    -------
    int
        pytest's exit status.
    """
    requirements, settings, excepted = PROJECTS[name]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *requirements], check=True)
    with tempfile.TemporaryDirectory() as directory:
        tree = fetch(name, Path(directory))
        left_out = [f"--deselect={test}" for test in excepted]
        options = ["-q", "--timeout=120", "-p", "no:cacheprovider", *settings, *left_out]
        return subprocess.run([sys.executable, "-m", "pytest", *options], cwd=tree).returncode


def fetch(name, directory):
    """Download and unpack the sources of the version of a project that is installed."""
    requirement = f"{name}=={metadata.version(name)}"
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
    options = ["--no-binary", name, "--dest", str(directory), requirement]
    subprocess.run([*command, *options], check=True)
    (archive,) = directory.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(directory)
    return next(path for path in directory.iterdir() if path.is_dir())


if __name__ == "__main__":
    main(sys.argv[1:])
