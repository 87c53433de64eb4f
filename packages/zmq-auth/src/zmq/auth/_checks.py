# SPDX-License-Identifier: BSD-3-Clause
"""What may be wrong with a directory of certificates."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from zmq import curve_public
from zmq.auth._keyfile import describe_exposure, read_certificate
from zmq.auth._zpl import Certificate
from zmq.auth.certs import PUBLIC_SUFFIX, SECRET_SUFFIX

#: Others can change it.
WRITABLE = stat.S_IWGRP | stat.S_IWOTH


class Finding(NamedTuple):
    """Something that is wrong.

    Attributes
    ----------
    name : str
        Of the file, or of the directory.
    problem : str
    """

    name: str
    problem: str


def check_directory(directory: str) -> tuple[int, list[Finding]]:
    """Look at all certificates of a directory.

    Parameters
    ----------
    directory : str

    Returns
    -------
    int
        How many files were looked at.
    list of Finding

    Raises
    ------
    OSError
        The directory cannot be read.
    """
    names = sorted(os.listdir(directory))
    findings = list(_check_mode(directory))
    certificates: dict[str, Certificate] = {}
    count = 0
    for name in names:
        if name.endswith((PUBLIC_SUFFIX, SECRET_SUFFIX)):
            count += 1
            findings += _check_file(directory, name, certificates)
        elif name.startswith(".") and name.endswith(".tmp") and PUBLIC_SUFFIX in name:
            findings.append(Finding(name, "left over from a write that was interrupted: remove it"))
    findings += _compare(certificates)
    return count, findings


def _check_mode(directory: str) -> Iterator[Finding]:
    mode = os.stat(directory).st_mode
    if os.name == "posix" and mode & WRITABLE and not mode & stat.S_ISVTX:
        text = f"others can add and remove certificates (mode {stat.S_IMODE(mode):04o})"
        yield Finding(directory, text)


def _check_file(
    directory: str, name: str, certificates: dict[str, Certificate]
) -> Iterator[Finding]:
    try:
        certificate, status = read_certificate(os.path.join(directory, name))
    except OSError as exc:
        yield Finding(name, f"cannot be read: {exc.strerror}")
        return
    except ValueError as exc:
        yield Finding(name, str(exc).partition("is no certificate: ")[2])
        return
    certificates[name] = certificate
    is_public = name.endswith(PUBLIC_SUFFIX)
    if certificate.secret_key is None:
        if not is_public:
            yield Finding(name, "no secret key in it")
        elif os.name == "posix" and status.st_mode & WRITABLE:
            yield Finding(name, f"others can change it (mode {stat.S_IMODE(status.st_mode):04o})")
        return
    if is_public:
        yield Finding(name, "a secret key in a public certificate: do not give it away")
    exposure = describe_exposure(status)
    if exposure:
        yield Finding(name, f"there is a secret key in it, and {exposure}: chmod 600")
    if curve_public(certificate.secret_key) != certificate.public_key:
        yield Finding(name, "the secret key does not belong to the public key")


def _compare(certificates: dict[str, Certificate]) -> Iterator[Finding]:
    owners: dict[bytes, str] = {}
    for name, certificate in certificates.items():
        if name.endswith(PUBLIC_SUFFIX):
            first = owners.setdefault(certificate.public_key, name)
            if first != name:
                text = f"the same key as {first}: removing one of them does not lock its owner out"
                yield Finding(name, text)
            continue
        public = certificates.get(name[: -len(SECRET_SUFFIX)] + PUBLIC_SUFFIX)
        if public is not None and public.public_key != certificate.public_key:
            yield Finding(name, "another key than in the public certificate of the same name")
