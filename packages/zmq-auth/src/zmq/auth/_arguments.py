# SPDX-License-Identifier: BSD-3-Clause
"""Arguments of the command line."""

from __future__ import annotations

import argparse

PROG = "python -m zmq.auth"

DESCRIPTION = "Make, show, check and convert CURVE certificates."

EPILOG = f"""\
examples:
  {PROG} create server --dir /etc/broker --metadata organization="Iris & Sons"
  {PROG} show /etc/broker/server.key
  {PROG} check /etc/broker/clients
  {PROG} convert server.key_secret --json
  python -m zmq.curve_keygen | {PROG} convert - --name alice --dir keys

exit status: 0 after success, 1 when check found a problem, 2 when something cannot be done
"""


def parse_pair(text: str) -> tuple[str, str]:
    """Read ``name=value``; raises ArgumentTypeError for what is none."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def make_parser() -> argparse.ArgumentParser:
    """Make the parser, whose result has the name of a command as ``command``."""
    parser = argparse.ArgumentParser(
        prog=PROG,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    create = commands.add_parser("create", help="make a pair of keys and write two certificates")
    create.add_argument("name", metavar="NAME", help="for NAME.key and NAME.key_secret")
    _add_target(create)

    show = commands.add_parser("show", help="print what is in a certificate")
    show.add_argument("file", metavar="FILE")
    show.add_argument("--json", action="store_true", help="print a JSON object")
    show.add_argument("--secret", action="store_true", help="print the secret key, too")

    check = commands.add_parser(
        "check", help="look for bad files, exposed secrets and keys that do not fit"
    )
    check.add_argument("dir", metavar="DIR", nargs="?", default=".", help="default: this one")

    convert = commands.add_parser(
        "convert", help="make plain keys of a certificate, or certificates of plain keys"
    )
    convert.add_argument(
        "source",
        metavar="SOURCE",
        help="a certificate, or what zmq.curve_keygen prints; - for standard input",
    )
    convert.add_argument("--json", action="store_true", help="print plain keys as a JSON object")
    convert.add_argument(
        "--output", metavar="FILE", help="write plain keys there, for the owner only to read"
    )
    convert.add_argument(
        "--name", metavar="NAME", help="make of plain keys NAME.key and NAME.key_secret"
    )
    _add_target(convert)
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", metavar="DIR", default=".", help="where to: by default here")
    parser.add_argument(
        "--metadata",
        metavar="NAME=VALUE",
        type=parse_pair,
        action="append",
        default=[],
        help="to put into both certificates; may be repeated",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
