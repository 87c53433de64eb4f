# SPDX-License-Identifier: BSD-3-Clause
"""What the generators of stubs share: they write a file, or tell whether it is up to date.

usage: stubs.py [--check]

Runs all of them.
"""

import argparse
import subprocess
import sys
from pathlib import Path

GENERATORS = sorted(Path(__file__).parent.glob("generate_*_stub.py"))


def main(stub, render, argv=None):
    """Write or check a stub, and return the exit status.

    Parameters
    ----------
    stub : pathlib.Path
        The file, unless the command line says otherwise.
    render : callable
        Returns the text of it.
    argv : list of str, optional
        The arguments, by default those of the process.
    """
    parser = argparse.ArgumentParser(description=f"Write {stub.name}.")
    parser.add_argument("--check", action="store_true", help="only tell whether it is up to date")
    parser.add_argument("--stub", type=Path, default=stub, help="the file to write or check")
    args = parser.parse_args(argv)
    text = render()
    if not args.check:
        args.stub.write_text(text, encoding="utf-8")
        return 0
    if args.stub.is_file() and args.stub.read_text(encoding="utf-8") == text:
        return 0
    print(f"{args.stub} is stale: run python tools/{Path(sys.argv[0]).name}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(max(subprocess.call([sys.executable, each, *sys.argv[1:]]) for each in GENERATORS))
