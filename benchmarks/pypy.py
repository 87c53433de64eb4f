# SPDX-License-Identifier: BSD-3-Clause
"""How much longer PyPy takes than C, for a send and a receive of 10 bytes in one thread.

C stands on the side of pyzmq, and may be up to three times as fast.  Each number is the best loop
of a process of its own; the processes of both sides alternate.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import environments
from harness.rounds import Entry
from harness.table import lay_out

NAME = "PyPy: send + recv, 10 B (theirs: C)"
TARGET = 1 / 3

#: Pairs of calls in a loop, and loops in a process: the first ones are PyPy's warming up.
PAIRS, LOOPS = 200_000, 8

PYTHON = f"""
import time, zmq

def pass_messages(a, b):
    for _ in range({PAIRS}):
        a.send(b"0123456789")
        b.recv()

with zmq.Context() as context, context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
    a.bind("inproc://loop")
    b.connect("inproc://loop")
    best = 1e9
    for loop in range({LOOPS}):
        begin = time.perf_counter()
        pass_messages(a, b)
        best = min(best, time.perf_counter() - begin)
    print(best / {PAIRS} * 1e9)
"""

C = f"""
#include <stdio.h>
#include <time.h>
#include <zmq.h>
int main (void)
{{
    void *context = zmq_ctx_new ();
    void *a = zmq_socket (context, ZMQ_PUSH), *b = zmq_socket (context, ZMQ_PULL);
    char buffer[16];
    double best = 1e9;
    int loop, i;
    zmq_bind (a, "inproc://loop");
    zmq_connect (b, "inproc://loop");
    for (loop = 0; loop < {LOOPS}; loop++) {{
        struct timespec begin, end;
        double took;
        clock_gettime (CLOCK_MONOTONIC, &begin);
        for (i = 0; i < {PAIRS}; i++) {{
            zmq_send (a, "0123456789", 10, 0);
            zmq_recv (b, buffer, sizeof buffer, 0);
        }}
        clock_gettime (CLOCK_MONOTONIC, &end);
        took = (end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec);
        best = took < best ? took : best;
    }}
    printf ("%f\\n", best / {PAIRS});
    zmq_close (a);
    zmq_close (b);
    return zmq_ctx_term (context);
}}
"""


def compile_loop(folder):
    """Return the path of the C program, made in a folder."""
    source, program = Path(folder, "loop.c"), Path(folder, "loop")
    source.write_text(C)
    flags = ["pkg-config", "--cflags", "--libs", "libzmq"]
    found = subprocess.run(flags, check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["cc", "-O2", source, "-o", program, *found], check=True)
    return program


def measure(command):
    """Return the nanoseconds of a pair of calls."""
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(pypy, rounds):
    """Return an entry of the table.

    Parameters
    ----------
    pypy : path
        An interpreter that has zmq-core.
    rounds : int
        Processes for each side.
    """
    entry = Entry("pypy", NAME, "ns", target=TARGET)
    with tempfile.TemporaryDirectory() as folder:
        program = compile_loop(folder)
        for _ in range(rounds):
            entry.ours.append(measure([pypy, "-c", PYTHON]))
            entry.theirs.append(measure([program]))
    return entry


def main():
    """Print the entry as a table of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pypy", help="an interpreter that has zmq-core; else one is made")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pypy = options.pypy or environments.ours_on_pypy()
    if pypy is None:
        sys.exit("pypy3 was not found: install it, or name a PyPy that has zmq-core with --pypy")
    print(lay_out([compare(pypy, options.rounds)]))


if __name__ == "__main__":
    main()
