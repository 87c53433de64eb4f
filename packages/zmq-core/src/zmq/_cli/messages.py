# SPDX-License-Identifier: BSD-3-Clause
"""Messages as people type and read them: lines of text, hex, or bytes as they are."""

from __future__ import annotations

import os
import sys
from itertools import count, islice, repeat

from zmq._cli.complaint import WRONG_USAGE, Complaint
from zmq._cli.waiting import wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    import zmq


def add_form(parser: ArgumentParser, reads: bool = True) -> None:
    """Add the options that say how messages are read and printed.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    reads : bool
        Whether the command reads messages, from its arguments or its input.
    """
    form = parser.add_mutually_exclusive_group()
    form.add_argument("-x", "--hex", action="store_true", help="parts are in hex")
    whole = "; the whole input is one message" if reads else ""
    form.add_argument(
        "-r", "--raw", action="store_true", help=f"bytes as they are, no lines{whole}"
    )
    parser.add_argument(
        "-s",
        "--separator",
        metavar="TEXT",
        help="what is between the parts of a message in a line; by default a tab in the output, "
        "and lines of the input have one part",
    )


def read_messages(args: Namespace) -> Iterator[list[bytes]]:
    """The messages to send: of the arguments, or else the lines of the input.

    Parameters
    ----------
    args : argparse.Namespace

    Returns
    -------
    iterable of list of bytes
    """
    if args.parts:
        message = [parse(os.fsencode(part), args) for part in args.parts]
        return repeat(message, args.count or 1)
    if args.raw:
        return repeat([sys.stdin.buffer.read()], args.count or 1)
    return islice(_read_lines(args), args.count)


def _read_lines(args: Namespace) -> Iterator[list[bytes]]:
    for line in sys.stdin.buffer:
        line = line.rstrip(b"\r\n")
        parts = line.split(os.fsencode(args.separator)) if args.separator else [line]
        yield [parse(part, args) for part in parts]


def parse(text: bytes, args: Namespace) -> bytes:
    """The bytes that a part stands for."""
    if not args.hex:
        return text
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        shown = text.decode("utf-8", "backslashreplace")
        raise Complaint(f"{shown!r} is not hex", WRONG_USAGE) from None


def write_message(parts: list[bytes], args: Namespace, more: bool = False) -> None:
    """Print a message.

    Parameters
    ----------
    parts : list of bytes
    args : argparse.Namespace
    more : bool
        Whether another one is printed at once, so that this one need not be written out yet.
    """
    if args.raw:
        sys.stdout.buffer.write(b"".join(parts))
    else:
        show = bytes.hex if args.hex else show_text
        separator = "\t" if args.separator is None else args.separator
        print(separator.join(map(show, parts)))
    if not more:
        sys.stdout.flush()


def show_text(part: bytes) -> str:
    """A part as text that cannot do anything to a terminal: what is not printable is escaped."""
    text = part.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def receive(socket: zmq.SyncSocket, args: Namespace, what: str = "nothing came") -> list[bytes]:
    """Wait for a message.

    Parameters
    ----------
    socket : zmq.Socket
    args : argparse.Namespace
    what : str
        The complaint when the time is over.

    Returns
    -------
    list of bytes
    """
    return wait_for(
        lambda limit: socket.recv_multipart(timeout=limit), args.timeout, what, prints=True
    )


def print_messages(socket: zmq.SyncSocket, args: Namespace) -> None:
    """Print the messages that come, up to `--count`."""
    for number in islice(count(), args.count):
        message = receive(socket, args)
        more = number + 1 != args.count and bool(socket.poll(0))
        write_message(message, args, more)


def send(
    socket: zmq.SyncSocket,
    message: list[bytes],
    args: Namespace,
    what: str = "nobody took the message",
) -> None:
    """Send a message as soon as there is somebody to take it.

    Parameters
    ----------
    socket : zmq.Socket
    message : list of bytes
    args : argparse.Namespace
    what : str
        The complaint when the time is over.
    """
    wait_for(lambda limit: socket.send_multipart(message, timeout=limit), args.timeout, what)
