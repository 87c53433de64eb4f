# SPDX-License-Identifier: BSD-3-Clause
"""Files of keys: read with care, written so that nobody ever sees half of one."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from typing import NamedTuple, Union

from zmq.auth._zpl import Certificate, parse

#: A file name as the standard library takes it.
FileName = Union[str, "os.PathLike[str]"]

#: Bytes; a larger file is no certificate, nor a list of passwords.
LARGEST = 1 << 20

#: Who else can read or change a file with these bits.
OTHERS = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def read_text(path: FileName) -> tuple[str, os.stat_result]:
    """Read a regular file of moderate size, and what the system knows of it.

    Parameters
    ----------
    path : str or PathLike

    Returns
    -------
    str, os.stat_result

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is none, or is too large, or not UTF-8.
    """
    descriptor = os.open(path, _READ)  # a FIFO would block, were it not for O_NONBLOCK
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a regular file")
        data = bytearray()
        while len(data) <= LARGEST:
            block = os.read(descriptor, 1 << 16)
            if not block:
                break
            data += block
        else:
            raise ValueError(f"larger than {LARGEST} bytes")
    finally:
        os.close(descriptor)
    try:
        return data.decode("utf-8-sig"), status
    except UnicodeDecodeError as exc:
        raise ValueError(f"not UTF-8: byte {exc.start}") from None  # the cause holds the content


def read_certificate(path: FileName) -> tuple[Certificate, os.stat_result]:
    """Read a certificate file.

    Parameters
    ----------
    path : str or PathLike

    Returns
    -------
    Certificate, os.stat_result

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no certificate; names the file.
    """
    try:
        text, status = read_text(path)
        return parse(text), status
    except ValueError as exc:
        raise ValueError(f"{os.fspath(path)!r} is no certificate: {exc}") from None


def describe_exposure(status: os.stat_result) -> str | None:
    """Say who else can get at a file with a secret.

    Parameters
    ----------
    status : os.stat_result

    Returns
    -------
    str or None
        None when only its owner can.
    """
    if os.name != "posix" or not status.st_mode & OTHERS:
        return None
    return f"others can read or change it (mode {stat.S_IMODE(status.st_mode):04o})"


class Draft(NamedTuple):
    """A file to be written.

    Attributes
    ----------
    path : str
    text : str
    secret : bool
        Only its owner may read it; otherwise the umask decides.
    """

    path: str
    text: str
    secret: bool

    @property
    def mode(self) -> int:
        """What the file is created with."""
        return 0o600 if self.secret else 0o666


def write(drafts: Sequence[Draft], overwrite: bool = True) -> None:
    """Write files, which appear under their names when all of them are complete.

    Parameters
    ----------
    drafts : sequence of Draft
    overwrite : bool
        Replace files that exist.

    Raises
    ------
    FileExistsError
        There is one, and `overwrite` is False.
    OSError
        They cannot be written; nothing is left behind.
    """
    fresh: list[str] = []
    claimed: list[str] = []
    try:
        for draft in drafts:
            fresh.append(_write_beside(draft))
        if not overwrite:
            for draft in drafts:
                # Takes the name, or fails because somebody has it.
                os.close(_create(draft.path, draft.mode))
                claimed.append(draft.path)
        for draft in drafts:
            os.replace(fresh[0], draft.path)
            del fresh[0]
    except BaseException:
        for path in (*fresh, *claimed):
            os.unlink(path)
        raise


def _write_beside(draft: Draft) -> str:
    """Write what a file shall hold under a name that nobody has, and return that."""
    directory, name = os.path.split(draft.path)
    fresh = os.path.join(directory, f".{name}.{secrets.token_hex(8)}.tmp")
    descriptor = _create(fresh, draft.mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(draft.text)
            file.flush()
            os.fsync(file.fileno())  # or a crash might leave the new name and no content
    except BaseException:
        os.unlink(fresh)
        raise
    return fresh


def _create(path: str, mode: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
