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
PIN = re.compile(r'"(zmq-[a-z]+) ~= ([\d.]+)"')


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
    """Return a pyproject.toml that asks for that version of the others."""
    return PIN.sub(rf'"\1 ~= {version.rpartition(".")[0]}"', text)


def main(arguments):
    """Write the version into every package's pyproject.toml."""
    pins = "--pins" in arguments
    versions = [word for word in arguments if word != "--pins"]
    if len(versions) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", versions[0]):
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
    """Whether a pyproject.toml asks for another first number than that of a version."""
    major = version.partition(".")[0]
    return any(pin.partition(".")[0] != major for _, pin in PIN.findall(text))


if __name__ == "__main__":
    main(sys.argv[1:])
