# SPDX-License-Identifier: BSD-3-Clause
"""Arguments of the viewer."""

from __future__ import annotations

import argparse
import logging
import re
from argparse import BooleanOptionalAction

from zmq.log._advice import EndpointError, check

PROG = "python -m zmq.log"

DESCRIPTION = "Show the log of programs that publish it, until Ctrl-C."

EPILOG = f"""\
endpoints are those of ØMQ: tcp://127.0.0.1:5555, ipc:///tmp/log. What a PUBHandler or a
JSONPUBHandler sends is shown, and texts of others.

examples:
  {PROG} tcp://127.0.0.1:5555
  {PROG} tcp://10.0.0.7:5555 tcp://10.0.0.8:5555 --level warning --timestamp
  {PROG} --bind 'tcp://*:5555' --stats --save all.log
  {PROG} tcp://127.0.0.1:5555 --topic app.ERROR --topic app.CRITICAL
  {PROG} tcp://127.0.0.1:5555 --json | jq .message

exit status: 0 after a clean end, 1 when an endpoint or a file was refused, 2 for wrong arguments
"""


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog=PROG,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("endpoints", nargs="+", metavar="ENDPOINT", help="where the log is published")
    add("-b", "--bind", action="store_true", help="bind to it, for programs that connect")
    add("--pull", action="store_true", help="for handlers with a PUSH socket")

    which = parser.add_argument_group("what is shown")
    add = which.add_argument
    add("-t", "--topic", action="append", metavar="TOPIC", help="topics that begin with this one")
    add("-l", "--level", type=read_level, default=0, metavar="LEVEL", help="this level and above")
    add("-g", "--grep", type=read_pattern, metavar="REGEX", help="texts in which this is found")
    add("-n", "--count", type=read_count, metavar="N", help="end after so many")

    how = parser.add_argument_group("how it is shown")
    add = how.add_argument
    add("--json", action="store_true", help="one JSON object a line")
    add("--timestamp", "--timestamps", action="store_true", help="the time before each record")
    add("--dateformat", metavar="FORMAT", help="of the time, as for strftime")
    add("--separator", metavar="TEXT", help="between what comes before the text, and the text")
    add("--align", action=BooleanOptionalAction, help="in columns: on a terminal")
    add(
        "--color", action=BooleanOptionalAction, help="by level: on a terminal, with zmq-log[color]"
    )

    beside = parser.add_argument_group("beside it")
    add = beside.add_argument
    add("--stats", action="store_true", help="tell on standard error how much comes")
    add("--interval", type=read_seconds, default=1.0, metavar="SECONDS", help="of --stats: 1")
    add("--save", metavar="FILE", help="append what is shown to a file, too")
    return parser


def read_level(text: str) -> int:
    """A level by number or name."""
    number = int(text) if text.isdigit() else logging.getLevelName(text.upper())
    if isinstance(number, int):
        return number
    raise argparse.ArgumentTypeError(
        f"{text!r} is no level: there are debug, info, warning, error, critical, and numbers"
    )


def read_pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {exc}") from None


def read_count(text: str) -> int:
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")


def read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if 0 < seconds < 1e6:
        return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Raises
    ------
    SystemExit
        After `--help`, or a message of what is wrong.
    """
    parser = make_parser()
    settings = parser.parse_intermixed_args(arguments)
    for endpoint in settings.endpoints:
        try:
            check(endpoint, settings.bind)
        except EndpointError as exc:
            parser.error(str(exc))
    return settings
