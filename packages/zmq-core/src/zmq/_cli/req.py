# SPDX-License-Identifier: BSD-3-Clause
"""Req: asks a question and prints the answer.

The question has these parts; without any, each line of the input is a question.
"""

from __future__ import annotations

import zmq
from zmq._cli.endpoints import CONNECT, add_endpoint, attach, open_socket
from zmq._cli.messages import add_form, read_messages, receive, send, write_message
from zmq._cli.numbers import add_limits
from zmq._cli.send import add_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUMMARY = "send requests and print the replies"
EXAMPLES = """\
  zmq req tcp://localhost:5557 hello             one question
  zmq req -t 1000 tcp://localhost:5557 hello     wait a second for the answer
  zmq req tcp://localhost:5557                   a question for each line that is typed
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    add_endpoint(parser, CONNECT)
    add_parts(parser)
    add_form(parser)
    add_limits(parser, "questions: lines, or copies of the one that is given", "each answer")


def run(args: Namespace) -> None:
    """Ask, and print the answers."""
    with open_socket(args, zmq.SocketType.REQ, delivers=False) as socket:
        attach(socket, args)
        for message in read_messages(args):
            send(socket, message, args, "nobody took the question")
            write_message(receive(socket, args, "no answer came"), args)
