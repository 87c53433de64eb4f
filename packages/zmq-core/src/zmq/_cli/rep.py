# SPDX-License-Identifier: BSD-3-Clause
"""Rep: prints questions and answers them.

The answer has these parts; without any, it is the question.
"""

from __future__ import annotations

import os

import zmq
from zmq._cli.endpoints import BIND, add_endpoint, attach, open_socket
from zmq._cli.messages import add_form, parse, receive, send, write_message
from zmq._cli.numbers import add_limits
from zmq._cli.send import add_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUMMARY = "print requests and reply to them"
EXAMPLES = """\
  zmq rep 'tcp://*:5557'                         say what is asked
  zmq rep 'tcp://*:5557' yes                     always the same answer
  zmq rep 'tcp://*:5557' -n 1 yes                once
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    add_endpoint(parser, BIND)
    add_parts(parser)
    add_form(parser)
    add_limits(parser, "questions", "each question")


def run(args: Namespace) -> None:
    """Answer what is asked."""
    answer = [parse(os.fsencode(part), args) for part in args.parts]
    with open_socket(args, zmq.SocketType.REP, delivers=True) as socket:
        attach(socket, args)
        left = args.count
        while left is None or left > 0:
            question = receive(socket, args)
            write_message(question, args)
            send(socket, answer or question, args)
            left = None if left is None else left - 1
