# SPDX-License-Identifier: BSD-3-Clause
"""How long does ``import zmq`` take in a fresh interpreter?"""

import subprocess
import sys
from time import perf_counter

from harness.sheet import Sheet

PAIRS_PER_SECOND = 50


def start(code):
    """Return the milliseconds that an interpreter takes to start, run `code` and end."""
    begin = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (perf_counter() - begin) * 1e3


def main():
    sheet = Sheet(__doc__)
    start("import zmq")  # writes the bytecode files
    count = max(3, int(sheet.seconds * PAIRS_PER_SECOND))
    pairs = [(start("pass"), start("import zmq")) for _ in range(count)]
    bare, full = (min(column) for column in zip(*pairs))
    sheet.add("import zmq", full - bare, "ms", target=2.5)
    sheet.show()


if __name__ == "__main__":
    main()
