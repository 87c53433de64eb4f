# SPDX-License-Identifier: BSD-3-Clause
"""The commands of the command line."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import Namespace

from zmq import curve_public
from zmq.auth._checks import check_directory
from zmq.auth._keyfile import LARGEST, Draft, describe_exposure, read_certificate, read_text, write
from zmq.auth._zpl import Certificate, clean_metadata, parse
from zmq.auth.certs import create_certificates, write_certificates
from zmq.curve_keygen import describe

_PLAIN_KEY = re.compile(r"== CURVE (PUBLIC|SECRET) KEY ==\s+(\S+)")


class CommandError(Exception):
    """What cannot be done, and why, for the person at the terminal."""


def make_printable(text: str) -> str:
    """Text that does to a terminal nothing but appear there.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return text if text.isprintable() else repr(text)


def create(options: Namespace) -> int:
    """Make a pair of keys, and print where the certificates are."""
    _check_name(options.name)
    metadata = clean_metadata(dict(options.metadata))
    paths = create_certificates(options.dir, options.name, metadata, overwrite=options.overwrite)
    print("\n".join(map(make_printable, paths)))
    return 0


def show(options: Namespace) -> int:
    """Print a certificate."""
    certificate, status = read_certificate(options.file)
    secret = certificate.secret_key
    if options.json:
        content: dict[str, object] = {
            "public": certificate.public_key.decode(),
            "has_secret": secret is not None,
            "metadata": certificate.metadata,
        }
        if options.secret and secret is not None:
            content["secret"] = secret.decode()
        print(json.dumps(content, indent=1))
        return 0
    print(f"public key: {certificate.public_key.decode()}")
    if secret is None:
        print("secret key: none")
    elif options.secret:
        print(f"secret key: {secret.decode()}")
    else:
        print("secret key: yes (--secret prints it)")
    exposure = describe_exposure(status)
    if secret is not None and exposure:
        print(f"warning: {exposure}")
    for name, value in certificate.metadata.items():
        print(f"{make_printable(name)} = {make_printable(value)}")
    return 0


def check(options: Namespace) -> int:
    """Print what is wrong with the certificates of a directory."""
    count, findings = check_directory(options.dir)
    for name, problem in findings:
        print(f"{make_printable(name)}: {problem}")
    print(f"{_count(count, 'file')}, {_count(len(findings), 'problem')}")
    return 1 if findings else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def convert(options: Namespace) -> int:
    """Make plain keys of a certificate, or a certificate of plain keys."""
    text = _read_source(options.source)
    keys = _parse_plain(text)
    if keys is None:
        if options.name is not None:
            raise CommandError("the source is a certificate already: --name is for plain keys")
        return _write_plain(parse(text), options)
    if options.name is None:
        raise CommandError(
            "the source has plain keys: --name says what the certificates are called"
        )
    if options.json or options.output is not None:
        raise CommandError("the source has plain keys already: --json and --output make such")
    _check_name(options.name)
    keys = keys._replace(metadata=clean_metadata(dict(options.metadata)))
    paths = write_certificates(options.dir, options.name, keys, options.overwrite)
    print("\n".join(map(make_printable, paths)))
    return 0


def _write_plain(certificate: Certificate, options: Namespace) -> int:
    if options.metadata:
        raise CommandError("plain keys have no metadata")
    keys = {"public": certificate.public_key.decode()}
    if certificate.secret_key is not None:
        keys["secret"] = certificate.secret_key.decode()
    text = describe(keys, options.json)
    if options.output is None:
        print(text)
        return 0
    try:
        write([Draft(options.output, f"{text}\n", True)], options.overwrite)
    except FileExistsError:
        raise CommandError(f"{options.output!r} exists: --overwrite replaces it") from None
    return 0


def _read_source(source: str) -> str:
    if source != "-":
        return read_text(source)[0]
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise CommandError(f"standard input is longer than {LARGEST} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError("standard input is not UTF-8") from None


def _parse_plain(text: str) -> Certificate | None:
    """The keys in what `zmq.curve_keygen` prints, or None if this is something else."""
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise CommandError("the source begins like JSON, but is none") from None
    else:
        found = {name.lower(): key for name, key in _PLAIN_KEY.findall(text)}
        if not found:
            return None
    public, secret = found.get("public"), found.get("secret")
    if not isinstance(public, str) or not isinstance(secret, str):
        raise CommandError("the source has not both keys, public and secret")
    try:
        belongs = curve_public(secret.encode()) == public.encode()
    except ValueError:
        raise CommandError("the secret key in the source is not 40 characters of Z85") from None
    if not belongs:
        raise CommandError("the keys in the source do not belong together")
    return Certificate(public.encode(), secret.encode(), {})


def _check_name(name: str) -> None:
    if not name or name in (".", "..") or os.path.basename(name) != name or not name.isprintable():
        raise CommandError(f"{name!r} is no name for a certificate; --dir says where it goes")
