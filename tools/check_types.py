#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What mypy and pyright say: of the sources, of the stub, of programs that use what is installed.

usage: check_types.py [--programs-only]

In tests/typing/*.py a comment behind ``reveal_type(...)`` is the type that both must tell, without
the modules; a line that ends with ``# error`` is one that both must refuse, and no other.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests" / "typing"
MYPY = (sys.executable, "-m", "mypy")
PYRIGHT = (sys.executable, "-m", "pyright", "--pythonpath", sys.executable)
STUBTEST = (sys.executable, "-m", "mypy.stubtest", "zmq.backend.cython._zmq", "zmq.constants")

SOURCES = {".py", ".pyi"}
CACHE = ".mypy_cache"

#: Reveals and errors: for each file and line, the types and the number of errors.
MYPY_LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<kind>error|note): (?P<text>.*)")
MYPY_TYPE = re.compile(r'Revealed type is "(.*)"')
SOURCE_NAME = re.compile(r"(?<![\w/\\])zmq[/\\][\w./\\]+\.pyi?\b")
PYRIGHT_TYPE = re.compile(r'Type of ".*" is "(.*)"', re.DOTALL)


def shorten(type_name):
    """Return a type without the modules of its names, as pyright writes it."""
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", type_name).replace("?", "").replace("Self@", "")


def ask_mypy(folder):
    """Return what mypy says of the programs: a list of (file, line, type or None, text)."""
    command = [*MYPY, "--strict", "--config-file=", "--python-version=3.10", "."]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
    found = []
    for match in filter(None, map(MYPY_LINE.fullmatch, output.splitlines())):
        revealed = MYPY_TYPE.search(match["text"])
        if revealed or match["kind"] == "error":
            kind = shorten(revealed[1]) if revealed else None
            found.append((match["file"], int(match["line"]), kind, match["text"]))
    return found


def ask_pyright(folder):
    """Return the same of pyright."""
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.9",
        "reportUnusedExpression": False,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [*PYRIGHT, "--outputjson"]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
    found = []
    for each in json.loads(output)["generalDiagnostics"]:
        revealed = PYRIGHT_TYPE.search(each["message"])
        if revealed or each["severity"] == "error":
            kind = shorten(revealed[1]) if revealed else None
            line = each["range"]["start"]["line"] + 1
            found.append((Path(each["file"]).name, line, kind, each["message"]))
    return found


def read_expectations(path):
    """Return what must be said of a program: a dict of line -> type, or None for an error."""
    expected = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code, _, comment = line.partition("  # ")
        if code.lstrip().startswith("reveal_type("):
            expected[number] = comment
        elif line.endswith("# error"):
            expected[number] = None
    return expected


def compare(checker, found, programs):
    """Return a complaint for each difference between what is expected and what was found."""
    complaints = []
    for path in programs:
        expected = read_expectations(path)
        said = [each[1:] for each in found if each[0] == path.name]
        for line, kind, text in said:
            if line not in expected or kind != expected[line]:
                wanted = expected.get(line, "nothing") or "an error"
                complaints.append(f"{checker}: {path.name}:{line}: {text} (expected: {wanted})")
        for line in sorted(set(expected) - {each[0] for each in said}):
            wanted = expected[line] or "an error"
            complaints.append(f"{checker}: {path.name}:{line}: nothing said (expected: {wanted})")
    return complaints


def check_programs(programs):
    """Return the complaints about programs, in a directory from which only what is installed
    can be imported.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in programs:
            shutil.copy(path, folder)
        complaints = compare("mypy", ask_mypy(folder), programs)
        return complaints + compare("pyright", ask_pyright(folder), programs)


def gather_sources(folder):
    """Copy the sources of all packages into a directory, as they are once they are installed.

    Returns
    -------
    dict of str to Path
        Where each file of the directory is from.
    """
    origins = {}
    for source in sorted(ROOT.glob("packages/*/src")):
        for path in sorted(each for each in source.rglob("*.py*") if each.suffix in SOURCES):
            name = path.relative_to(source)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, folder / name)
            origins[name.as_posix()] = path.relative_to(ROOT)
    settings = {
        "extends": str(ROOT / "pyproject.toml"),
        "include": ["."],
        "exclude": ["zmq/constants.py"],  # which is seen through its stub
        "extraPaths": [],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    return origins


def check_sources():
    """Run the checkers over the sources and the stub; return the names of those that object."""
    mypy = [*MYPY, f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / CACHE}", "zmq"]
    stubtest = [
        *STUBTEST,
        "--ignore-disjoint-bases",  # checkers that are in use do not know them
        "--ignore-unused-allowlist",
        f"--allowlist={PROGRAMS / 'stubtest.txt'}",
    ]
    failed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        origins = gather_sources(folder)
        for checker, command in (("mypy", mypy), ("pyright", PYRIGHT), ("stubtest", stubtest)):
            cwd = ROOT if checker == "stubtest" else folder  # it looks at what is installed
            result = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, text=True)
            said = result.stdout.replace(f"{folder}{os.sep}", "")
            print(
                f"{checker}:",
                SOURCE_NAME.sub(lambda found: str(origins.get(found[0], found[0])), said),
            )
            failed += [checker] if result.returncode else []
    return failed


def main(argv=None):
    """Check, and return the exit status."""
    parser = argparse.ArgumentParser(description="Run the type checkers.")
    parser.add_argument("--programs-only", action="store_true", help="leave out the sources")
    parser.add_argument("programs", nargs="*", type=Path, help="instead of those in tests/typing")
    args = parser.parse_args(argv)
    failed = [] if args.programs_only else check_sources()
    programs = args.programs or sorted(PROGRAMS.glob("*.py"))
    complaints = check_programs(programs)
    print(*complaints, sep="\n", end="\n" if complaints else "")
    failed = [*failed, "programs"] if complaints else failed
    print(f"{len(programs)} programs checked; {' and '.join(failed) or 'nothing'} to be looked at")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
