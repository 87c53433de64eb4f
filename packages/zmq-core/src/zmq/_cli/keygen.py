# SPDX-License-Identifier: BSD-3-Clause
"""Keygen: a pair of CURVE keys.

Prints them; or writes them to FILE, which is to be kept secret, and the public one to FILE.pub,
which is for the other side.
"""

from __future__ import annotations

from zmq._cli.complaint import WRONG_USAGE, Complaint
from zmq._cli.keys import write_keys
from zmq.curve_keygen import add_options, describe, make_keys, read_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUMMARY = "make CURVE keys"
EXAMPLES = """\
  zmq keygen                                     print a pair
  zmq keygen server.key                          write server.key and server.key.pub
  zmq keygen --json --secret - < secret          the public key of a secret one
  zmq recv 'tcp://*:5555' --server --key server.key
  zmq send tcp://localhost:5555 --server-key server.key.pub hello
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="where to write them")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    add_options(parser)


def run(args: Namespace) -> None:
    """Make the keys, and show or write them."""
    try:
        keys = make_keys(read_secret(args.secret))
    except ValueError as exc:
        raise Complaint(str(exc), WRONG_USAGE) from None
    if args.file is None:
        print(describe(keys, args.json))
    else:
        write_keys(args.file, keys, args.force)
        print(f"wrote {args.file} (secret) and {args.file}.pub")
