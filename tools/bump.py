# SPDX-License-Identifier: BSD-3-Clause
"""Set the version of all distributions: python tools/bump.py 1.1.0"""

import re
import sys
from pathlib import Path

PACKAGES = Path(__file__).parents[1] / "packages"
VERSION = re.compile(r'(?m)^version = "(.*)"$')


def read(pyproject):
    """Return the version in a pyproject.toml."""
    return VERSION.search(pyproject.read_text(encoding="utf-8"))[1]


def main(arguments):
    """Write the version into every package's pyproject.toml."""
    if len(arguments) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", arguments[0]):
        raise SystemExit(f"{__doc__}\nThe version has three numbers, and may end in a1, b1 or rc1.")
    for pyproject in sorted(PACKAGES.glob("*/pyproject.toml")):
        text = pyproject.read_text(encoding="utf-8")
        print(f"{pyproject.parent.name}: {read(pyproject)} -> {arguments[0]}")
        fresh = VERSION.sub(f'version = "{arguments[0]}"', text, count=1)
        pyproject.write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
