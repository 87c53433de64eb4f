# SPDX-License-Identifier: BSD-3-Clause
"""Finds the oldest versions of what an extension declares to work with."""

import re
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import bump

ROOT = Path(__file__).parents[1]
CORE = ROOT / "packages" / "zmq-core"


def find_floor(package):
    """The oldest version of zmq-core that a package asks for.

    Parameters
    ----------
    package : pathlib.Path
        The package's directory.

    Returns
    -------
    str
        Three numbers, and what comes before a release.
    """
    text = (package / "pyproject.toml").read_text(encoding="utf-8")
    (floor,) = {found[2] for found in bump.PIN.finditer(text) if found[1] == "zmq-core"}
    major, minor, patch, kind, number = bump.NUMBERS.fullmatch(floor).groups()
    return f"{major}.{minor}.{patch or 0}{kind or ''}{number or ''}"


def list_others(package):
    """The oldest versions of all else that a package asks for, or can make use of.

    Parameters
    ----------
    package : pathlib.Path
        The package's directory.

    Returns
    -------
    list of str
        Requirements for pip; there must be such versions.
    """
    text = (package / "pyproject.toml").read_text(encoding="utf-8")
    return [f"{name}=={floor}" for name, floor in re.findall(r'"([\w-]+) ?>= ?([\d.]+)"', text)]


def fetch_core(package, directory):
    """The sources of that zmq-core: from its tag, or these when it is the one being made.

    Parameters
    ----------
    package : pathlib.Path
    directory : pathlib.Path
        Where to put them.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    RuntimeError
        There is no such tag.
    """
    floor = find_floor(package)
    command = ["git", "-C", str(ROOT), "archive", f"v{floor}", "packages/zmq-core"]
    done = subprocess.run(command, capture_output=True)
    if done.returncode == 0:
        with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
            archive.extractall(directory)
        return Path(directory) / "packages" / "zmq-core"
    if bump.read(CORE / "pyproject.toml") == floor:
        return CORE
    raise RuntimeError(
        f"{package.name} works with zmq-core {floor}, it says, and there is no tag v{floor} to try"
    )
