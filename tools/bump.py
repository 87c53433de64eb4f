# SPDX-License-Identifier: BSD-3-Clause
"""Set the version of all distributions: python tools/bump.py [--pins] 1.1.0

With --pins the extensions ask for that version of zmq-core, too.
"""

import re
import sys
from pathlib import Path

PACKAGES = Path(__file__).parents[1] / "packages"
VERSION = re.compile(r'(?m)^version = "(.*)"$')
PIN = re.compile(r'"(zmq-[a-z]+) ~= [\d.]+"')


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
    if pins:
        fresh = PIN.sub(rf'"\1 ~= {version.rpartition(".")[0]}"', fresh)
    return fresh


def main(arguments):
    """Write the version into every package's pyproject.toml."""
    pins = "--pins" in arguments
    versions = [word for word in arguments if word != "--pins"]
    if len(versions) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", versions[0]):
        raise SystemExit(f"{__doc__}\nThe version has three numbers, and may end in a1, b1 or rc1.")
    for pyproject in sorted(PACKAGES.glob("*/pyproject.toml")):
        print(f"{pyproject.parent.name}: {read(pyproject)} -> {versions[0]}")
        fresh = set_version(pyproject.read_text(encoding="utf-8"), versions[0], pins)
        pyproject.write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
