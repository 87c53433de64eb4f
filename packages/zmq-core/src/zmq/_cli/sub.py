# SPDX-License-Identifier: BSD-3-Clause
"""Sub: prints what is published, one message in a line."""

from __future__ import annotations

import os

import zmq
from zmq._cli.endpoints import CONNECT, add_endpoint, attach, open_socket
from zmq._cli.messages import add_form, parse, print_messages
from zmq._cli.numbers import add_limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUMMARY = "subscribe, and print what comes"
EXAMPLES = """\
  zmq sub tcp://localhost:5556                   all messages
  zmq sub tcp://localhost:5556 --topic news.     those that begin with "news."
  zmq sub tcp://a:5556,tcp://b:5556 | head       of two publishers
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    add_endpoint(parser, CONNECT)
    parser.add_argument(
        "--topic",
        action="append",
        metavar="TEXT",
        help="what messages begin with (in hex with --hex); may be repeated; all by default",
    )
    add_form(parser, reads=False)
    add_limits(parser, "messages", "each message")


def run(args: Namespace) -> None:
    """Print what comes."""
    with open_socket(args, zmq.SocketType.SUB, delivers=False) as socket:
        for topic in args.topic or [""]:
            socket.subscribe(parse(os.fsencode(topic), args))
        attach(socket, args)
        print_messages(socket, args)
