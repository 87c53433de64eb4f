# SPDX-License-Identifier: BSD-3-Clause
"""Compare this package with pyzmq, question by question."""

import argparse
import ast
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

import pypy
from harness import environments
from harness.rounds import compare
from harness.table import lay_out, summary

HERE = Path(__file__).resolve().parent
TOOLS = {"run", "instructions"}
FULL = {"rounds": 5, "seconds": 0.4}
QUICK = {"rounds": 3, "seconds": 0.06}


def questions():
    """Return the scripts by name."""
    return {path.stem: path for path in sorted(HERE.glob("*.py")) if path.stem not in TOOLS}


def parse(arguments=None):
    """Return the parsed command line, with all defaults filled in but the interpreters."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="questions (default: all)")
    parser.add_argument("--list", action="store_true", help="show the questions and stop")
    environments.add_arguments(parser)
    parser.add_argument("--quick", action="store_true", help="a rougher result, much sooner")
    parser.add_argument("--rounds", type=int, help="processes for each question and side")
    parser.add_argument("--seconds", type=float, help="seconds for each number in each process")
    parser.add_argument("--json", metavar="FILE", help="write every single measurement here")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(questions())
    if unknown:
        parser.error(f"no such question: {', '.join(sorted(unknown))}; --list shows them")
    defaults = QUICK if options.quick else FULL
    options.rounds = options.rounds or defaults["rounds"]
    options.seconds = options.seconds or defaults["seconds"]
    return options


def show_questions():
    """Print the name and the first sentence of every question."""
    for name, path in questions().items():
        print(f"{name:18} {ast.get_docstring(ast.parse(path.read_text())).splitlines()[0]}")


def show_sides(facts):
    """Print what is compared, and how busy the machine is already."""
    for side, fact in facts.items():
        print(f"{side:6}: Python {fact['python']}, libzmq {fact['libzmq']}")
        for key, value in fact["build"].items():
            print(f"{'':8}{key}: {value}")
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"Other work is going on (load {load:.1f}): take the figures with care.")


def measure(options, pythons):
    """Ask all questions, telling on standard error where we are.

    Returns
    -------
    tuple
        The entries, and the failures as text.
    """
    entries, failures = [], []
    scripts = questions()
    names = options.names or list(scripts)
    for count, name in enumerate(names, 1):
        print(f"[{count}/{len(names)}] {name}", file=sys.stderr, flush=True)
        if name == "pypy":
            answer, wrong = compare_pypy(options.rounds)
        else:
            answer, wrong = compare(scripts[name], pythons, options.rounds, options.seconds)
        entries += answer
        failures += wrong
    return entries, failures


def compare_pypy(rounds):
    """Return the entries about PyPy, which is compared with C; and the failures as text."""
    python = environments.ours_on_pypy()
    if python is None:
        return [], ["pypy: pypy3 was not found"]
    return [pypy.compare(python, rounds)], []


def write(path, options, facts, entries, failures):
    """Write every measurement to a file, as JSON."""
    results = [dict(asdict(entry), summary=summary(entry)) for entry in entries]
    machine = {"system": platform.platform(), "processors": os.cpu_count()}
    settings = {"rounds": options.rounds, "seconds": options.seconds}
    document = {
        "machine": machine,
        "settings": settings,
        "sides": facts,
        "results": results,
        "failures": failures,
    }
    Path(path).write_text(json.dumps(document, indent=1, default=str) + "\n")


def main():
    """Run the command line; the exit status is 1 when a question could not be answered."""
    options = parse()
    if options.list:
        show_questions()
        return 0
    pythons = environments.chosen(options)
    facts = {side: environments.describe(python) for side, python in pythons.items()}
    show_sides(facts)
    entries, failures = measure(options, pythons)
    print(lay_out(entries))
    for failure in failures:
        print(f"failed: {failure}")
    if options.json:
        write(options.json, options, facts, entries, failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
