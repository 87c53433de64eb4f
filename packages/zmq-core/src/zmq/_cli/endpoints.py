# SPDX-License-Identifier: BSD-3-Clause
"""Endpoints: the options that say where a socket binds or connects, and the socket itself."""

from __future__ import annotations

import sys
from contextlib import contextmanager

import zmq
from zmq._cli.complaint import WRONG_USAGE, Complaint
from zmq._cli.keys import add_key_options, secure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

BIND, CONNECT = "bind", "connect"

#: Contexts whose last messages were not waited for.
_undelivered: list[zmq.SyncContext] = []


def add_endpoint(parser: ArgumentParser, default: str) -> None:
    """Add the endpoint and the options that go with it.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    default : str
        BIND or CONNECT.
    """
    parser.add_argument(
        "endpoint",
        metavar="ENDPOINT",
        help="such as tcp://localhost:5555, tcp://*:5555 or ipc:///tmp/socket; several with "
        "commas between them. '@' before one binds, '>' connects",
    )
    how = parser.add_mutually_exclusive_group()
    for each in (BIND, CONNECT):
        how.add_argument(
            f"-{each[0]}",
            f"--{each}",
            dest="how",
            action="store_const",
            const=each,
            help=f"{each}{' (the default)' if each == default else ''}",
        )
    parser.set_defaults(how=default)
    parser.add_argument("--id", metavar="NAME", help="what ROUTER sockets are to know this one by")
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="do not say on stderr where a socket is bound"
    )
    add_key_options(parser)


def add_type(parser: ArgumentParser, types: list[str]) -> None:
    """Add `--type`.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    types : list of str
        The default first.
    """
    parser.add_argument(
        "--type",
        type=str.upper,
        choices=types,
        default=types[0],
        metavar="TYPE",
        help=f"the type of the socket: {', '.join(types)}",
    )


@contextmanager
def open_socket(args: Namespace, kind: int, delivers: bool) -> Iterator[zmq.SyncSocket]:
    """Open a socket; what it still has to send is sent at the end, but not after a failure.

    Parameters
    ----------
    args : argparse.Namespace
    kind : SocketType
    delivers : bool
        Whether it sends anything that matters at the end.

    Returns
    -------
    context manager
        Gives the socket, not bound or connected: see `attach`.
    """
    context, socket = zmq.Context(), None
    try:
        socket = context.socket(kind)
        if args.id:
            socket.routing_id = args.id.encode("utf-8")
        secure(socket, args)
        yield socket
        if delivers:
            socket.linger = -1 if args.timeout is None else int(args.timeout)
        else:
            socket.linger = 0
        socket.close()
        context.term()
    except BaseException:
        if socket is not None and socket.closed:
            _undelivered.append(context)  # the user does not want to wait: it ends with the process
        else:
            context.destroy(linger=0)
        raise


def attach(socket: zmq.SyncSocket, args: Namespace) -> None:
    """Bind and connect a socket to its endpoints.

    Parameters
    ----------
    socket : zmq.Socket
    args : argparse.Namespace
    """
    for endpoint in args.endpoint.split(","):
        how = {"@": BIND, ">": CONNECT}.get(endpoint[:1])
        where = endpoint[1:] if how else endpoint
        if "://" not in where:
            raise Complaint(
                f"{endpoint!r} is no endpoint: they are like tcp://localhost:5555 or ipc:///tmp/s",
                WRONG_USAGE,
            )
        bound = getattr(socket, how or args.how)(where)
        if (how or args.how) == BIND and not args.quiet:
            print(f"bound to {bound.endpoint}", file=sys.stderr, flush=True)
