# SPDX-License-Identifier: BSD-3-Clause
"""Set the version of all distributions: python tools/bump.py [--pins] 1.1.0

With --pins the extensions, and what stands for pyzmq, ask for that version, too.
"""

import re
import sys
from pathlib import Path

PACKAGES = Path(__file__).parents[1] / "packages"
SHIM = Path(__file__).parent / "pyzmq_shim" / "pyproject.toml"
VERSION = re.compile(r'(?m)^version = "(.*)"$')
NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:(a|b|rc)(\d+))?")
PIN = re.compile(rf'"(zmq-[a-z]+) ~= ({NUMBERS.pattern})"')


def read(pyproject):
    """Return the version in a pyproject.toml."""
    return VERSION.search(pyproject.read_text(encoding="utf-8"))[1]


def set_version(text, version, pins):
    """Return a pyproject.toml with another version.

    Parameters
    ----------
    text : str
    version : str
    pins : bool
        Whether it is to ask for that version of the others, too.
    """
    fresh = VERSION.sub(f'version = "{version}"', text, count=1)
    return set_pins(fresh, version) if pins else fresh


def set_pins(text, version):
    """Return a pyproject.toml that asks for that version of the others, or a later one."""
    return PIN.sub(rf'"\1 ~= {shorten(version)}"', text)


def shorten(version):
    """Return the first two numbers; what comes before the first release of those says so."""
    major, minor, patch, kind, number = NUMBERS.fullmatch(version).groups()
    early = f"{kind}{number}" if kind and int(patch) == 0 else ""
    return f"{major}.{minor}{early}"


def rank(version):
    """What versions are sorted by."""
    major, minor, patch, kind, number = NUMBERS.fullmatch(version).groups()
    return int(major), int(minor), int(patch or 0), kind or "release", int(number or 0)


def main(arguments):
    """Write the version into every package's pyproject.toml."""
    pins = "--pins" in arguments
    versions = [word for word in arguments if word != "--pins"]
    found = NUMBERS.fullmatch(versions[0]) if len(versions) == 1 else None
    if found is None or found[3] is None:
        raise SystemExit(f"{__doc__}\nThe version has three numbers, and may end in a1, b1 or rc1.")
    version = versions[0]
    projects = sorted(PACKAGES.glob("*/pyproject.toml"))
    if not pins and any(
        is_excluded(version, path.read_text(encoding="utf-8")) for path in projects
    ):
        raise SystemExit(f"what the packages ask for leaves {version} out: use --pins")
    for pyproject in projects:
        print(f"{pyproject.parent.name}: {read(pyproject)} -> {version}")
        fresh = set_version(pyproject.read_text(encoding="utf-8"), version, pins)
        pyproject.write_text(fresh, encoding="utf-8")
    if pins and SHIM.exists():
        SHIM.write_text(set_pins(SHIM.read_text(encoding="utf-8"), version), encoding="utf-8")


def is_excluded(version, text):
    """Whether a pyproject.toml asks for what a version is not: later, or with another first one."""
    floors = [rank(found[2]) for found in PIN.finditer(text)]
    return any(floor[0] != rank(version)[0] or floor > rank(version) for floor in floors)


if __name__ == "__main__":
    main(sys.argv[1:])
