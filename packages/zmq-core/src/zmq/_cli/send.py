# SPDX-License-Identifier: BSD-3-Clause
"""Send: messages to whoever receives them.

Sends one message that has these parts; without any, each line of the input is a message.
"""

from __future__ import annotations

import zmq
from zmq._cli.endpoints import CONNECT, add_endpoint, add_type, attach, open_socket
from zmq._cli.messages import add_form, read_messages, send
from zmq._cli.numbers import add_limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUMMARY = "send messages"
EXAMPLES = """\
  zmq send tcp://localhost:5555 hello            one message
  zmq send tcp://localhost:5555 one two          one message of two parts
  zmq send -x tcp://localhost:5555 00ff          bytes in hex
  seq 1000 | zmq send tcp://localhost:5555       a message for each line
  zmq send -s, tcp://localhost:5555 < table.csv  lines with several parts
  zmq send --bind 'tcp://*:5555' -t 1000 hello   wait a second for a receiver
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    add_endpoint(parser, CONNECT)
    add_type(parser, ["PUSH", "PAIR", "DEALER"])
    add_parts(parser)
    add_form(parser)
    add_limits(parser, "messages: lines, or copies of the one that is given", "a receiver")


def add_parts(parser: ArgumentParser) -> None:
    """Add the parts of a message that is given as arguments."""
    parser.add_argument("parts", nargs="*", metavar="PART", help="a part of the message")


def run(args: Namespace) -> None:
    """Send the messages."""
    with open_socket(args, zmq.SocketType[args.type], delivers=True) as socket:
        # A send that returns has found a peer.  (For sockets that receive this is no good: what has
        # come and was not read yet is gone when the peer goes.)
        socket.immediate = 1
        attach(socket, args)
        for message in read_messages(args):
            send(socket, message, args)
