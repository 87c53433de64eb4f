# SPDX-License-Identifier: BSD-3-Clause
"""Recv: prints messages, one in a line.

What is not printable text is escaped: --raw and --hex show it as it is.
"""

from __future__ import annotations

import zmq
from zmq._cli.endpoints import BIND, add_endpoint, add_type, attach, open_socket
from zmq._cli.messages import add_form, print_messages
from zmq._cli.numbers import add_limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUMMARY = "receive messages and print them"
EXAMPLES = """\
  zmq recv 'tcp://*:5555'                        until Ctrl-C
  zmq recv -c tcp://localhost:5555 -n 1          one message of a PUSH socket that is bound
  zmq recv -x 'tcp://*:5555' | head              in hex
  zmq recv -r -n 1 'tcp://*:5555' > file         one message, byte for byte
  zmq recv --type ROUTER 'tcp://*:5555'          with the name of the sender
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    add_endpoint(parser, BIND)
    add_type(parser, ["PULL", "PAIR", "DEALER", "ROUTER"])
    add_form(parser, reads=False)
    add_limits(parser, "messages", "each message")


def run(args: Namespace) -> None:
    """Print what comes."""
    with open_socket(args, zmq.SocketType[args.type], delivers=False) as socket:
        attach(socket, args)
        print_messages(socket, args)
