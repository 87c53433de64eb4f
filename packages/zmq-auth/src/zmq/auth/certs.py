# SPDX-License-Identifier: BSD-3-Clause
"""Certificates: CURVE keys in files, in the format of czmq's `zcert`."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any
from warnings import warn

from zmq import SecurityWarning, curve_keypair
from zmq.auth._keyfile import Draft, FileName, describe_exposure, read_certificate, write
from zmq.auth._zpl import Certificate, clean_metadata, compose

PUBLIC_SUFFIX = ".key"
SECRET_SUFFIX = ".key_secret"

_cert_public_banner = """\
#   Public CURVE certificate, written by zmq.auth at {0}
#   Not secret, but make sure that whoever gets it gets this one: a server admits those whose
#   public certificates it has, and clients recognise the server by its.
"""

_cert_secret_banner = """\
#   SECRET CURVE certificate, written by zmq.auth at {0}
#   Whoever has this file can pass for its owner. Keep it on this machine, with mode 0600.
"""


def create_certificates(
    key_dir: FileName,
    name: str,
    metadata: Mapping[Any, Any] | None = None,
    *,
    overwrite: bool = True,
) -> tuple[str, str]:
    """Make a pair of CURVE keys (`zmq_curve_keypair`) and write two certificate files.

    Parameters
    ----------
    key_dir : str or PathLike
        The directory to write to.
    name : str
        What the files are called: `name.key` has the public key, `name.key_secret` both.
    metadata : mapping of str to str, optional
        What else to write into both files.
    overwrite : bool
        Replace files that exist.

    Returns
    -------
    str, str
        The paths of the public and of the secret file.

    Raises
    ------
    FileExistsError
        With ``overwrite=False``, when one of the two exists.
    OSError
        The files cannot be written.
    ValueError
        For metadata that the format cannot express: see the message.
    ZMQError
        ENOTSUP when libzmq was built without CURVE.
    """
    public_key, secret_key = curve_keypair()
    certificate = Certificate(public_key, secret_key, clean_metadata(metadata))
    return write_certificates(key_dir, name, certificate, overwrite)


def write_certificates(
    key_dir: FileName, name: str, certificate: Certificate, overwrite: bool
) -> tuple[str, str]:
    """Write the two files of a certificate with a secret key: see `create_certificates`."""
    if not name or name in (".", ".."):
        raise ValueError(f"{name!r} is no name for a certificate: give one like 'server'")
    if not os.path.isdir(key_dir):
        missing = f"no such directory for certificates: make {os.fspath(key_dir)!r} first"
        raise FileNotFoundError(errno.ENOENT, missing)
    base = os.path.join(key_dir, name)
    public_file, secret_file = base + PUBLIC_SUFFIX, base + SECRET_SUFFIX
    if not overwrite:
        for path in (public_file, secret_file):
            if os.path.lexists(path):
                raise _make_exists_error(path)
    now = _tell_time()
    secret_text = compose(certificate, _cert_secret_banner.format(now))
    public_text = compose(certificate._replace(secret_key=None), _cert_public_banner.format(now))
    drafts = [Draft(secret_file, secret_text, True), Draft(public_file, public_text, False)]
    try:
        write(drafts, overwrite)
    except FileExistsError as exc:  # somebody was quicker
        raise _make_exists_error(exc.filename) from None
    return public_file, secret_file


def _make_exists_error(path: str) -> FileExistsError:
    return FileExistsError(
        errno.EEXIST, "there is such a certificate: choose another name, or overwrite it", path
    )


def _tell_time() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _write_key_file(
    key_filename: FileName,
    banner: str,
    public_key: str | bytes,
    secret_key: str | bytes | None = None,
    metadata: Mapping[Any, Any] | None = None,
    encoding: str = "utf-8",
) -> None:
    """Write one certificate file, for programs that have keys of their own.

    Parameters
    ----------
    key_filename : str or PathLike
    banner : str
        Comment to begin with, in which {0} is replaced by the time.
    public_key : str or bytes
        40 characters of Z85.
    secret_key : str or bytes, optional
        With it, only its owner may read the file.
    metadata : mapping of str to str, optional
    encoding : str
        Of keys and metadata that are bytes; the file is UTF-8.
    """

    def as_bytes(key: str | bytes) -> bytes:
        return key.encode(encoding) if isinstance(key, str) else key

    certificate = Certificate(
        as_bytes(public_key),
        None if secret_key is None else as_bytes(secret_key),
        clean_metadata(metadata, encoding),
    )
    text = compose(certificate, banner.format(_tell_time()))
    write([Draft(os.fspath(key_filename), text, secret_key is not None)])


def load_certificate(filename: FileName) -> tuple[bytes, bytes | None]:
    """Read the keys of a certificate file.

    Parameters
    ----------
    filename : str or PathLike

    Returns
    -------
    public_key : bytes
        40 characters of Z85.
    secret_key : bytes or None
        The same; None when the file has none.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        There is no public key in it, or a line is wrong.

    Warns
    -----
    SecurityWarning
        There is a secret key, and others can read or change the file.
    """
    certificate, status = read_certificate(filename)
    exposure = describe_exposure(status)
    if certificate.secret_key is not None and exposure:
        advice = f"chmod 600 {os.fspath(filename)!r}, and consider a new key"
        warn(
            f"there is a secret key in {os.fspath(filename)!r}, and {exposure}: {advice}",
            SecurityWarning,
            stacklevel=2,
        )
    return certificate.public_key, certificate.secret_key


def load_metadata(filename: FileName) -> dict[str, str]:
    """Read the metadata of a certificate file.

    Parameters
    ----------
    filename : str or PathLike

    Returns
    -------
    dict of str to str

    Raises
    ------
    OSError, ValueError
        As `load_certificate`.
    """
    return read_certificate(filename)[0].metadata


def load_certificates(directory: FileName = ".") -> dict[bytes, bool]:
    """Read the public keys of all certificates in a directory.

    Parameters
    ----------
    directory : str or PathLike
        Those of its files that end in ``.key`` are read.

    Returns
    -------
    dict of bytes to bool
        Each public key, 40 characters of Z85, with True.

    Raises
    ------
    OSError
        The directory cannot be read.

    Warns
    -----
    UserWarning
        A file is no certificate; it is skipped.
    """
    found: dict[bytes, bool] = {}
    for name in sorted(os.listdir(directory)):
        if not name.endswith(PUBLIC_SUFFIX):
            continue
        try:
            certificate, _ = read_certificate(os.path.join(directory, name))
        except (OSError, ValueError) as exc:
            warn(f"skipped: {exc}", UserWarning, stacklevel=2)
        else:
            found[certificate.public_key] = True
    return found


__all__ = ["create_certificates", "load_certificate", "load_certificates", "load_metadata"]
