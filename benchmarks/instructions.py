# SPDX-License-Identifier: BSD-3-Clause
"""Count the processor instructions of one send, recv and poll, with valgrind's callgrind.

Unlike times, the counts hardly vary, so that a change of one per cent shows even on a busy machine.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness import environments

HERE = Path(__file__).resolve().parent
NAMES = ("send", "recv", "poll")
SHORT, LONG = 1_000, 11_000


def count(python, name, calls):
    """Return the instructions of a whole process that makes `calls` calls."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command += [str(python), "-m", "harness.loops", name, str(calls)]
    # Hash seeds would make the number of collisions, and with it the start-up, vary.
    environment = dict(os.environ, PYTHONHASHSEED="0")
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=HERE)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not collected:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return int(collected[1])


def per_call(python, name):
    """Return the instructions of one call: two loops of different lengths share their start-up."""
    return (count(python, name, LONG) - count(python, name, SHORT)) / (LONG - SHORT)


def main():
    """Print the instructions of each call on both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    environments.add_arguments(parser)
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no such loop: {', '.join(sorted(unknown))}")
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed; on Debian: apt-get install valgrind")
    pythons = environments.chosen(options)
    print(f"{'instructions':14} {'ours':>8} {'theirs':>8}  ratio")
    for name in options.names or NAMES:
        ours, theirs = (per_call(pythons[side], name) for side in ("ours", "theirs"))
        print(f"{name:14} {ours:8.0f} {theirs:8.0f}  {theirs / ours:.2f}x")


if __name__ == "__main__":
    main()
