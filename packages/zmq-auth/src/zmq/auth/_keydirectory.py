# SPDX-License-Identifier: BSD-3-Clause
"""KeyDirectory: the public keys of the certificates in a directory."""

from __future__ import annotations

import os
from logging import Logger
from threading import Lock
from time import monotonic
from typing import NamedTuple

from zmq.auth._keyfile import FileName, read_certificate
from zmq.auth._stamp import Reading
from zmq.auth.certs import PUBLIC_SUFFIX


class _Entry(NamedTuple):
    reading: Reading
    key: bytes | None  # None: the file is no certificate
    problem: str


class KeyDirectory:
    """Answers which certificate of a directory has a key.

    A directory that cannot be read has none.

    Parameters
    ----------
    location : str or PathLike
    log : Logger
        Where skipped files are reported, each once.
    watch : bool
        Look whether files have changed whenever a key is asked for.
    """

    def __init__(self, location: FileName, log: Logger, watch: bool) -> None:
        self.location = os.path.abspath(os.fsdecode(location))
        self._log = log
        self._watch = watch
        self._lock = Lock()  # the program may call reload while a thread of ours asks
        self._entries: dict[str, _Entry] = {}
        self._names: dict[bytes, str] = {}
        self._problem = ""
        self._reading: Reading | None = None  # of the directory itself
        self._scan_again_at = 0.0
        self.reload()

    def __repr__(self) -> str:
        return f"<KeyDirectory {self.location!r}: {len(self._names)} keys>"

    def reload(self) -> None:
        """Read all files again, whether they seem to have changed or not."""
        with self._lock:
            self._scan({})

    def find(self, key: bytes) -> str | None:
        """The name of a certificate with a key.

        Parameters
        ----------
        key : bytes
            40 characters of Z85.

        Returns
        -------
        str or None
        """
        with self._lock:
            if self._watch and not self._is_there(key) and self._may_have_changed():
                self._scan(self._entries)
            # Found by its hash: a public key is no secret, and whoever comes with it has shown in
            # the handshake that he has the secret one.
            return self._names.get(key)

    def _is_there(self, key: bytes) -> bool:
        """Whether it is certain, by one look at one file, that the key is still there."""
        name = self._names.get(key)
        if name is None:
            return False
        if self._is_unchanged(name):
            return True
        self._scan_again_at = 0.0
        return False

    def _is_unchanged(self, name: str) -> bool:
        try:
            return self._entries[name].reading.holds(os.stat(os.path.join(self.location, name)))
        except OSError:
            return False

    def _may_have_changed(self) -> bool:
        """Whether there may be another key than those that are known.

        Strangers can make us ask that as often as they like.  So what comes, goes or is completed
        is seen at once; but for a file that was good and is good again, with another key and
        without being replaced, all files are looked at, and only for a tenth of the time.
        """
        try:
            if self._reading is None or not self._reading.holds(os.stat(self.location)):
                return True
        except OSError:
            return True
        bad = (name for name, entry in self._entries.items() if entry.key is None)
        return monotonic() >= self._scan_again_at or not all(map(self._is_unchanged, bad))

    def _scan(self, known: dict[str, _Entry]) -> None:
        """Read what is new or different from the known entries, and drop what has gone."""
        entries: dict[str, _Entry] = {}
        problem = ""
        began = monotonic()
        self._reading = None
        try:
            self._reading = Reading.of(os.stat(self.location))  # before the listing, not after
            with os.scandir(self.location) as listing:
                for each in listing:
                    if each.name.endswith(PUBLIC_SUFFIX):
                        entry = self._read(each, known.get(each.name))
                        if entry is not None:
                            entries[each.name] = entry
        except OSError as exc:
            problem = f"no key is accepted, for the directory cannot be read: {exc}"
        if problem and problem != self._problem:
            self._log.warning("%s", problem)
        self._problem = problem
        self._entries = entries
        self._names = {
            entry.key: name for name, entry in sorted(entries.items()) if entry.key is not None
        }
        now = monotonic()
        self._scan_again_at = now + 10 * (now - began)

    def _read(self, file: os.DirEntry[str], known: _Entry | None) -> _Entry | None:
        try:
            if known is not None and known.reading.holds(os.stat(file.path)):
                return known
            certificate, status = read_certificate(file.path)
            return _Entry(Reading.of(status), certificate.public_key, "")
        except FileNotFoundError:
            return None  # removed since it was listed
        except (OSError, ValueError) as exc:
            return self._skip(file, str(exc))

    def _skip(self, file: os.DirEntry[str], problem: str) -> _Entry | None:
        former = self._entries.get(file.name)
        if former is None or former.problem != problem:
            self._log.warning("skipped: %s", problem)
        try:
            return _Entry(Reading.of(os.stat(file.path)), None, problem)
        except OSError:
            return None
