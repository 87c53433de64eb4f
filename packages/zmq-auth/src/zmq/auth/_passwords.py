# SPDX-License-Identifier: BSD-3-Clause
"""Passwords: whether somebody knows his, from a mapping or a file."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from logging import Logger
from threading import Lock

from zmq.auth._keyfile import FileName, read_text
from zmq.auth._stamp import Reading

#: Instead of the password of somebody unknown, so that he is not known by a faster answer.
_NOBODY = secrets.token_bytes(32)

_salt = secrets.token_bytes(32)


def is_same(given: bytes, expected: bytes) -> bool:
    """Compare secrets, in a time that tells neither what is equal nor how long they are.

    Parameters
    ----------
    given, expected : bytes

    Returns
    -------
    bool
    """
    return hmac.compare_digest(_digest(given), _digest(expected))


def _digest(secret: bytes) -> bytes:
    return hashlib.blake2b(secret, key=_salt).digest()


class Passwords:
    """The users of a domain.

    Parameters
    ----------
    table : mapping of str to str
        User names and passwords; what is changed in it later counts.
    encoding : str
    """

    def __init__(self, table: Mapping[str, str | bytes], encoding: str) -> None:
        self._table = table
        self._encoding = encoding

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._table)} users>"

    def reload(self) -> None:
        """Nothing to do here: the mapping is the program's."""

    def check(self, user: str, password: bytes) -> bool:
        """Whether this is the user's password.

        Parameters
        ----------
        user : str
        password : bytes

        Returns
        -------
        bool

        Raises
        ------
        TypeError
            The one in the mapping is neither text nor bytes.
        """
        expected = self._table.get(user)
        if isinstance(expected, str):
            expected = expected.encode(self._encoding)
        elif expected is not None and not isinstance(expected, bytes):
            raise TypeError(f"the password of {user!r} is a {type(expected).__name__}, not a str")
        same = is_same(password, _NOBODY if expected is None else expected)
        return same and expected is not None


class PasswordFile(Passwords):
    """The users in a file, which is read again when it has changed.

    Each line is ``name=password``; blanks around both are left out.  Lines that are empty or begin
    with ``#`` say nothing.  While the file cannot be read nobody is let in.

    Parameters
    ----------
    path : str or PathLike
    encoding : str
    log : Logger
    """

    def __init__(self, path: FileName, encoding: str, log: Logger) -> None:
        super().__init__({}, encoding)
        self.path = os.path.abspath(os.fsdecode(path))
        self._log = log
        self._lock = Lock()
        self._reading: Reading | None = None
        self._problem = ""
        self.reload()

    def __repr__(self) -> str:
        return f"<PasswordFile {self.path!r} of {len(self._table)} users>"

    def check(self, user: str, password: bytes) -> bool:
        """Whether this is the user's password now: see `Passwords.check`."""
        with self._lock:
            if not self._is_current():
                self._read()
        return super().check(user, password)

    def reload(self) -> None:
        """Read the file again."""
        with self._lock:
            self._read()

    def _is_current(self) -> bool:
        try:
            return self._reading is not None and self._reading.holds(os.stat(self.path))
        except OSError:
            return False

    def _read(self) -> None:
        try:
            text, status = read_text(self.path)
        except (OSError, ValueError) as exc:
            table: dict[str, str | bytes] = {}
            self._reading = None
            problem = f"nobody is let in, for {self.path!r} cannot be read: {exc}"
        else:
            self._reading = Reading.of(status)
            table, problem = self._parse(text)
        if problem and problem != self._problem:
            self._log.warning("%s", problem)
        self._table, self._problem = table, problem

    def _parse(self, text: str) -> tuple[dict[str, str | bytes], str]:
        """The users, and what is wrong: by line, for any content may be a password."""
        table: dict[str, str | bytes] = {}
        wrong = []
        for number, line in enumerate(text.split("\n"), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            user, equals, password = (part.strip() for part in line.partition("="))
            if user and equals:
                table[user] = password
            else:
                wrong.append(str(number))
        problem = f"not of the form name=password in {self.path!r}: line {', '.join(wrong)}"
        return table, problem if wrong else ""
