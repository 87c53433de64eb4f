# SPDX-License-Identifier: BSD-3-Clause
"""Count the words of files with several worker processes, and check the result.

Exit status: 0 when the distributed count and the count of a single process agree,
1 when they do not or a worker is lost, 2 for input that cannot be used,
130 after Ctrl-C.
"""

import argparse
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import zmq
from crew import Crew, WorkerLost
from job import Job
from report import Bar, print_figures, print_verdict
from text import find_files, find_problem, read_batches, read_lines, split_words


def bounded(lowest, highest):
    """Return an argparse type for whole numbers in this range."""

    def convert(text):
        number = int(text)
        if not lowest <= number <= highest:
            raise argparse.ArgumentTypeError(f"must be {lowest} to {highest}, not {number}")
        return number

    convert.__name__ = "whole number"
    return convert


def parse_options():
    parser = argparse.ArgumentParser(
        prog="wordcount",
        description="Count words with worker processes over ZeroMQ, and check the result.",
    )
    parser.add_argument("files", nargs="*", help="text files (default: those of this repository)")
    for name, default, most, meaning in (
        ("--workers", 3, 64, "number of worker processes"),
        ("--batch", 50, 10**6, "lines in a message"),
        ("--patience", 30, 3600, "seconds all workers may be silent before the job is given up"),
    ):
        parser.add_argument(
            name, type=bounded(1, most), default=default, metavar="N",
            help=f"{meaning} (default: {default})",
        )  # fmt: skip
    return parser.parse_args()


def complain(*lines):
    """Print lines to standard error, each with the name of the program."""
    for line in lines:
        print(f"wordcount: {line}", file=sys.stderr)


def choose_files(named):
    """Return the files to count; say what is wrong with the named ones and exit."""
    if not named:
        files = find_files()
        if not files:
            complain("there are no text files in this repository; name some to count")
            sys.exit(2)
        return files
    problems = [f"{name}: {why}" for name in named if (why := find_problem(name))]
    if problems:
        complain(*problems, "nothing was counted; leave these out or name other files")
        sys.exit(2)
    return [Path(name) for name in named]


def count_alone(files):
    """Count in this process: the result to compare with, and the number of lines."""
    counts, lines = Counter(), 0
    for line in read_lines(files):
        counts.update(split_words(line))
        lines += 1
    return counts, lines


def count_together(files, lines, options):
    """Count with workers; return the finished job and the seconds it took."""
    bar = Bar(lines)
    try:
        with (
            zmq.Context() as context,
            Crew(options.workers) as crew,
            Job(context, crew, options.patience, bar.show) as job,
        ):
            job.start()
            for number in crew.processes:
                print(f"  {crew.name(number)} is ready", flush=True)
            start = time.monotonic()
            job.run(read_batches(files, options.batch))
            return job, time.monotonic() - start
    finally:
        bar.erase()


def main():
    options = parse_options()
    files = choose_files(options.files)
    start = time.monotonic()
    expected, lines = count_alone(files)
    single_seconds = time.monotonic() - start
    print(f"{len(files):,} files, {lines:,} lines, {options.workers} workers", flush=True)
    job, seconds = count_together(files, lines, options)
    print_figures(job, seconds, single_seconds)
    return 0 if print_verdict(expected, job.counts) else 1


def interrupt(number, frame):
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main())
    except KeyboardInterrupt as stop:
        number = signal.Signals(stop.args[0])
        complain(f"stopped by {number.name}; the workers were ended too")
        sys.exit(128 + number)
    except WorkerLost as error:
        complain(
            error,
            "the count is incomplete and the other workers were ended; start it again",
            "(if it was killed for want of memory: with fewer --workers or a smaller --batch)",
        )
        sys.exit(1)
    except OSError as error:
        complain(error, "the count is incomplete and the workers were ended")
        sys.exit(1)
