# SPDX-License-Identifier: BSD-3-Clause
"""Keys: CURVE keys in files, and the options that name these."""

from __future__ import annotations

import json
import os
import re

import zmq
from zmq._cli.complaint import WRONG_USAGE, Complaint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

#: As `keygen` prints them for people, and as they are in certificates.
_NAMED = re.compile(r'(public|secret)[-_ ]key\s*=+\s*"?([!-~]{40})(?![!#-~])', re.IGNORECASE)


def add_key_options(parser: ArgumentParser) -> None:
    """Add the options for CURVE keys.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    group = parser.add_argument_group("encryption with CURVE; files as `keygen` writes them")
    group.add_argument("--key", metavar="FILE", help="this side's secret key; else a new one")
    group.add_argument(
        "--server-key", metavar="FILE", help="the server's public key: this side is a client"
    )
    group.add_argument("--server", action="store_true", help="this side is the server; needs --key")


def secure(socket: zmq.SyncSocket, args: Namespace) -> None:
    """Give a socket the keys that were named.

    Parameters
    ----------
    socket : zmq.Socket
    args : argparse.Namespace
    """
    if args.server and args.server_key:
        raise Complaint("--server and --server-key are for different sides", WRONG_USAGE)
    if args.server and not args.key:
        raise Complaint("--server needs the secret key of the server: --key FILE", WRONG_USAGE)
    if args.key and not args.server and not args.server_key:
        raise Complaint("--key needs --server, or --server-key FILE of the other side", WRONG_USAGE)
    if args.server:
        socket.curve_secretkey = read_key(args.key, "secret")
        socket.curve_server = True
    elif args.server_key:
        secret = read_key(args.key, "secret") if args.key else zmq.curve_keypair()[1]
        socket.curve_secretkey = secret
        socket.curve_publickey = zmq.curve_public(secret)
        socket.curve_serverkey = read_key(args.server_key, "public")


def read_key(path: str, which: str) -> bytes:
    """Read a key from a file.

    Parameters
    ----------
    path : str
        A JSON object, what `keygen` prints for people, a certificate, or the key alone.
    which : str
        "public" or "secret".

    Returns
    -------
    bytes
        40 characters of Z85.

    Raises
    ------
    Complaint
        When it is not there.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    key = find_keys(text, which).get(which, "")
    try:
        zmq.curve_public(key.encode("utf-8"))  # any key will do: it looks at the characters
    except ValueError:
        raise Complaint(f"there is no {which} key in {path}") from None
    return key.encode("ascii")


def find_keys(text: str, which: str) -> dict[str, str]:
    """The keys in a text; one without a name counts as the one that is looked for."""
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return {name: str(key) for name, key in found.items()}
    found = {name.lower(): key for name, key in _NAMED.findall(text)}
    return found or {which: text.strip()}


def write_keys(path: str, keys: dict[str, str], force: bool) -> None:
    """Write a pair of keys into two files, the secret one readable only for its owner.

    Parameters
    ----------
    path : str
        For both keys; the public one goes to the same name with ".pub", too.
    keys : dict of str to str
    force : bool
        Replace files that are there.
    """
    public = {"public": keys["public"]}
    for name, content, mode in ((path, keys, 0o600), (f"{path}.pub", public, 0o644)):
        if force and os.path.lexists(name):
            os.unlink(name)  # its mode would stay
        try:
            number = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            raise Complaint(f"{name} is there already: --force replaces it") from None
        with open(number, "w", encoding="ascii") as file:
            file.write(json.dumps(content, indent=1) + "\n")
