# SPDX-License-Identifier: BSD-3-Clause
"""Login: showing a server who we are, for paramiko; in the order in which OpenSSH does it."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from functools import partial
from typing import Any, Callable

import paramiko
from paramiko.auth_strategy import AuthStrategy

from zmq.ssh._keeper.configuration import Hop
from zmq.ssh._keeper.failure import Failure

KEY_TYPES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)

#: Times that a server is given an answer to one question.
ATTEMPTS = 3


class Login(AuthStrategy):
    """Tries the agent's keys, those of files, questions and the password.

    Parameters
    ----------
    hop : Hop
    ask : callable
        Returns the answer to a question, or raises Failure.
    silent : bool
        There are no answers.
    """

    def __init__(self, hop: Hop, ask: Callable[[str], str], silent: bool) -> None:
        super().__init__(ssh_config=paramiko.SSHConfig())
        self._hop = hop
        self._ask = ask
        self._silent = silent
        self._failure: Failure | None = None

    def get_sources(self) -> Iterator[Any]:
        """None: the order depends on what the server says."""
        return iter(())

    def authenticate(self, transport: paramiko.Transport) -> list[Any]:
        """Log in; what is returned means nothing to us.

        Raises
        ------
        Failure
            The server does not let us in.
        """
        left = self._attempt(partial(transport.auth_none, self._hop.user), [])
        for key in self._keys() if "publickey" in left else ():
            before = left
            left = self._attempt(partial(transport.auth_publickey, self._hop.user, key), left)
            if left != before and "publickey" not in left:
                break  # it was right, and something else is asked for
        for method, attempt in (
            ("keyboard-interactive", self._answer_questions),
            ("password", self._give_password),
        ):
            for _ in range(0 if self._silent else ATTEMPTS):
                if method in left:
                    left = self._attempt(partial(attempt, transport), left)
        if left:
            kinds = ",".join(left)
            raise Failure("authentication", f"{self._hop}: Permission denied ({kinds}).")
        return []

    def _attempt(self, attempt: Callable[[], list[str]], left: list[str]) -> list[str]:
        """Return the ways that are left after an attempt; none when we are in."""
        try:
            return attempt()
        except paramiko.BadAuthenticationType as exc:
            return list(exc.allowed_types)
        except paramiko.AuthenticationException:
            if self._failure:
                raise self._failure from None
            return left
        except (paramiko.SSHException, EOFError, OSError) as exc:
            if self._failure:
                raise self._failure from None
            raise Failure(
                "authentication", f"{self._hop}: Too many authentication failures ({exc})"
            ) from exc

    # -- keys ------------------------------------------------------------------------------------

    def _keys(self) -> Iterator[paramiko.PKey]:
        wanted = set(filter(None, map(read_public, self._hop.identities)))
        agent = paramiko.Agent()
        try:
            for agent_key in agent.get_keys():
                if not self._hop.identities_only or agent_key.asbytes() in wanted:
                    yield agent_key
        finally:
            agent.close()
        for path in self._hop.identities:
            key = self._load(path)
            if key:
                yield key

    def _load(self, path: str) -> paramiko.PKey | None:
        """Return the key in a file, None when there is none that can be used."""
        if not os.path.isfile(path):
            return None
        passphrase: str | None = None
        for _ in range(1 + ATTEMPTS):
            encrypted = False
            for cls in KEY_TYPES:
                try:
                    key = cls.from_private_key_file(path, passphrase)
                except paramiko.PasswordRequiredException:
                    encrypted = True
                except (paramiko.SSHException, OSError, ValueError):
                    pass  # another type, or the wrong passphrase
                else:
                    return with_certificate(key, path)
            if not encrypted and passphrase is None:
                return None
            passphrase = self._ask(f"Enter passphrase for key '{path}': ")
            if not passphrase:
                return None
        return None

    # -- questions -------------------------------------------------------------------------------

    def _answer_questions(self, transport: paramiko.Transport) -> list[str]:
        def reply(title: str, text: str, questions: list[tuple[str, bool]]) -> list[str]:
            try:
                return [self._ask(f"({self._hop}) {question}") for question, _ in questions]
            except Failure as exc:  # this is paramiko's thread, which it must not end
                self._failure = exc
                return ["" for _ in questions]

        left: list[str] = transport.auth_interactive(self._hop.user, reply)
        return left

    def _give_password(self, transport: paramiko.Transport) -> list[str]:
        password = self._ask(f"{self._hop}'s password: ")
        left: list[str] = transport.auth_password(self._hop.user, password, fallback=False)
        return left


def read_public(path: str) -> bytes | None:
    """Return the public key beside a private one, None when there is none."""
    name = path if path.endswith(".pub") else f"{path}.pub"
    try:
        with open(name, encoding="utf-8") as file:
            return base64.b64decode(file.read().split()[1])
    except (OSError, ValueError, IndexError):
        return None


def with_certificate(key: paramiko.PKey, path: str) -> paramiko.PKey:
    """Return a key with the certificate beside it, if there is one."""
    if os.path.isfile(f"{path}-cert.pub"):
        key.load_certificate(f"{path}-cert.pub")
    return key
