# SPDX-License-Identifier: BSD-3-Clause
"""Makes CURVE keys: `python -m zmq.curve_keygen`."""

from __future__ import annotations

import argparse
import sys

from zmq.backend import curve_keypair, curve_public
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def make_keys(secret: str | None = None) -> dict[str, str]:
    """Make a pair of keys.

    Parameters
    ----------
    secret : str, optional
        A secret key, to find the public key that belongs to it.

    Returns
    -------
    dict of str to str
        ``public`` and ``secret``, each 40 characters of Z85.

    Raises
    ------
    ValueError
        When the secret key is not 40 characters of Z85.
    ZMQError
        ENOTSUP when libzmq was built without CURVE.
    """
    if secret is None:
        public_key, secret_key = curve_keypair()
    else:
        secret_key = secret.encode("utf-8")
        public_key = curve_public(secret_key)
    return {"public": public_key.decode("ascii"), "secret": secret_key.decode("ascii")}


def describe(keys: dict[str, str], as_json: bool) -> str:
    """The keys as text: for people, or for programs.

    Parameters
    ----------
    keys : dict of str to str
        What `make_keys` returns.
    as_json : bool

    Returns
    -------
    str
    """
    if as_json:
        import json

        return json.dumps(keys, indent=1)
    return "\n\n".join(f"== CURVE {name.upper()} KEY ==\n{key}" for name, key in keys.items())


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which keys, and how they are shown.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument("--json", action="store_true", help="print the keys as a JSON object")
    parser.add_argument(
        "--secret",
        metavar="KEY",
        help="find the public key of this secret key, instead of making a new pair "
        "('-' reads it from standard input, where no other user can see it)",
    )


def read_secret(text: str | None) -> str | None:
    """The value of `--secret`, from standard input for '-'.

    Parameters
    ----------
    text : str or None

    Returns
    -------
    str or None
    """
    return sys.stdin.readline().strip() if text == "-" else text


def main(argv: Sequence[str] | None = None) -> int:
    """Print a pair of keys.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, by default those of the process.

    Returns
    -------
    int
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m zmq.curve_keygen",
        description="Make a pair of CURVE keys, each 40 characters of Z85.",
    )
    add_options(parser)
    args = parser.parse_args(argv)
    try:
        print(describe(make_keys(read_secret(args.secret)), args.json))
    except (ValueError, ZMQError) as exc:
        print(f"zmq.curve_keygen: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
