# SPDX-License-Identifier: BSD-3-Clause
"""Pub: messages to all who have subscribed.

Publishes one message that has these parts; without any, each line of the input is a message.
What is published before somebody has subscribed is gone, so it waits for a subscriber first.
"""

from __future__ import annotations

import zmq
from zmq._cli.endpoints import BIND, add_endpoint, attach, open_socket
from zmq._cli.messages import add_form, read_messages, send
from zmq._cli.numbers import add_limits, read_whole
from zmq._cli.send import add_parts
from zmq._cli.waiting import wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUMMARY = "publish messages"
EXAMPLES = """\
  zmq pub 'tcp://*:5556' 'news: hello'           to the first who subscribes
  zmq pub --wait 3 'tcp://*:5556' hello          when there are three subscriptions
  tail -f log | zmq pub --wait 0 'tcp://*:5556'  to whoever is there
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    add_endpoint(parser, BIND)
    add_parts(parser)
    add_form(parser)
    parser.add_argument(
        "-w",
        "--wait",
        type=read_whole,
        default=1,
        metavar="N",
        help="how many subscriptions to wait for, to whatever topic (default: 1)",
    )
    add_limits(parser, "messages: lines, or copies of the one that is given", "subscriptions")


def run(args: Namespace) -> None:
    """Publish the messages."""
    with open_socket(args, zmq.SocketType.XPUB, delivers=True) as socket:
        socket.xpub_verbose = 1  # equal subscriptions count, too
        attach(socket, args)
        wait_for_subscriptions(socket, args)
        for message in read_messages(args):
            send(socket, message, args)


def wait_for_subscriptions(socket: zmq.SyncSocket, args: Namespace) -> None:
    """Wait for so many subscriptions."""
    count, complaint = 0, f"{args.wait} subscriptions did not come"
    while count < args.wait:
        note = wait_for(lambda limit: socket.recv(timeout=limit), args.timeout, complaint)
        count += {b"\1": 1, b"\0": -1}.get(note[:1], 0)
