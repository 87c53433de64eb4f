# SPDX-License-Identifier: BSD-3-Clause
"""Policy: what has been configured, and what follows from it for a request."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isawaitable
from logging import Logger
from threading import Lock
from typing import Any, Callable

from zmq.auth._addresses import Addresses, parse_address
from zmq.auth._keydirectory import KeyDirectory
from zmq.auth._keyfile import FileName
from zmq.auth._passwords import PasswordFile, Passwords
from zmq.auth._rules import CURVE_ALLOW_ANY, AnyKey, KeyCallback, Rules, Verdict
from zmq.auth._zap import Request
from zmq.utils import z85


class Policy:
    """Addresses, passwords and keys; see `Authenticator`.

    Parameters
    ----------
    encoding : str
    log : Logger
    """

    def __init__(self, encoding: str, log: Logger) -> None:
        self.encoding = encoding
        self.log = log
        self._lock = Lock()
        self._allowed = Addresses()
        self._denied = Addresses()
        self._plain: Rules[Passwords] = Rules()
        self._curve: Rules[AnyKey | KeyDirectory | KeyCallback] = Rules()

    # ---- what to decide ----

    def allow(self, *addresses: Any) -> None:
        """Let clients in only from these addresses, and from those of earlier calls.

        They still have to know a password or have a key.  Clients of other transports than tcp have
        no address, and are refused then.

        Parameters
        ----------
        *addresses : str
            IPv4 or IPv6 addresses, or networks such as ``"10.0.0.0/8"``.

        Raises
        ------
        ValueError
            For what is no address, and after `deny`: it is the one or the other.
        """
        with self._lock:
            if self._denied and addresses:
                raise ValueError("there are denied addresses: use allow() or deny(), not both")
            self._allowed = self._allowed.add(addresses)

    def deny(self, *addresses: Any) -> None:
        """Refuse clients from these addresses, besides those of earlier calls.

        Parameters
        ----------
        *addresses : str
            IPv4 or IPv6 addresses, or networks such as ``"10.0.0.0/8"``.

        Raises
        ------
        ValueError
            For what is no address, and after `allow`: it is the one or the other.
        """
        with self._lock:
            if self._allowed and addresses:
                raise ValueError("there are allowed addresses: use allow() or deny(), not both")
            self._denied = self._denied.add(addresses)

    def configure_plain(
        self,
        domain: str = "*",
        passwords: Mapping[str, str | bytes] | FileName | None = None,
    ) -> None:
        """Say which user names and passwords are good in a domain (PLAIN, RFC 24).

        Parameters
        ----------
        domain : str
            "*" is for all that have no rule of their own.
        passwords : mapping, str or PathLike
            User names and passwords; what is changed in it later counts.  Or the name of a file
            with a line ``name=password`` for each, which is read again when it has changed.
        """
        rule: Passwords
        if passwords is None or isinstance(passwords, Mapping):
            rule = Passwords({} if passwords is None else passwords, self.encoding)
        else:
            rule = PasswordFile(passwords, self.encoding, self.log)
        self._plain.add(domain, rule)

    def configure_curve(
        self, domain: str = "*", location: FileName = ".", *, watch: bool = False
    ) -> None:
        """Say which keys are good in a domain (CURVE, RFC 26): those in a directory.

        Parameters
        ----------
        domain : str
            "*" is for all that have no rule of their own.
        location : str or PathLike
            A directory; the public keys in its certificates, files that end in ``.key``, are
            accepted.  Or `CURVE_ALLOW_ANY`: every key is.
        watch : bool
            Look at each handshake whether the files have changed.  Otherwise they are read now,
            and again by `reload`.
        """
        if location == CURVE_ALLOW_ANY:
            self._curve.add(domain, AnyKey())
        else:
            self._curve.add(domain, KeyDirectory(location, self.log, watch))

    def configure_curve_callback(self, domain: str = "*", credentials_provider: Any = None) -> None:
        """Let the program say which keys are good in a domain.

        Parameters
        ----------
        domain : str
            "*" is for all that have no rule of their own.
        credentials_provider : object with a method ``callback(domain, key)``, or callable
            Given the domain ("*" if the server has none) and the client's public key, 40
            characters of Z85 as bytes.  Returns whether it is good; may be async.  If it raises,
            the client is refused, with status 500.

        Raises
        ------
        TypeError
            It cannot be called.
        """
        self._curve.add(domain, KeyCallback(credentials_provider))

    def configure_gssapi(self, domain: str = "*", location: Any = None) -> None:
        """Do nothing: with GSSAPI (RFC 38), whom Kerberos knows is let in.

        Parameters
        ----------
        domain : str
        location : object
        """

    def reload(self) -> None:
        """Read the certificates of all directories, and all files of passwords, again."""
        self._curve.reload()
        self._plain.reload()

    def curve_user_id(self, client_public_key: bytes) -> str:
        """The User-Id for a key that was accepted; to be overridden.

        Parameters
        ----------
        client_public_key : bytes
            32 bytes.

        Returns
        -------
        str
            What the receiver finds in ``frame.get("User-Id")``: here, the key in Z85.
        """
        return z85.encode(client_public_key).decode("ascii")

    # ---- deciding ----

    async def _judge(self, request: Request) -> Verdict:
        address = parse_address(request.address)
        if self._allowed and address not in self._allowed:
            return Verdict(False, request.user_id, "the address is not an allowed one")
        if address in self._denied:
            return Verdict(False, request.user_id, "the address is a denied one")
        judge = {
            "NULL": self._judge_null,
            "PLAIN": self._judge_plain,
            "CURVE": self._judge_curve,
            "GSSAPI": self._judge_gssapi,
        }[request.mechanism]
        return await judge(request)

    async def _judge_null(self, request: Request) -> Verdict:
        return Verdict(True, "anonymous", "the address is not refused")

    async def _judge_plain(self, request: Request) -> Verdict:
        user = request.user_id
        rule = self._plain.find(request.domain)
        if rule is None:
            return Verdict(False, user, "no PLAIN rule for the domain")
        if rule.check(user, bytes(request.credentials[1])):
            return Verdict(True, user, "the password is right")
        return Verdict(False, user, "no such user, or not his password")

    async def _judge_curve(self, request: Request) -> Verdict:
        key = request.user_id.encode("ascii")
        rule = self._curve.find(request.domain)
        allowed = False
        if rule is None:
            reason = "no CURVE rule for the domain"
        elif isinstance(rule, AnyKey):
            allowed, reason = True, "every key is accepted"
        elif isinstance(rule, KeyDirectory):
            name = rule.find(key)
            allowed = name is not None
            reason = f"the key is that of {name!r}" if allowed else "no certificate has the key"
        else:
            allowed = bool(await self._ask(rule.callback, request.domain or "*", key))
            reason = "the callback accepts the key" if allowed else "the callback refuses the key"
        if not allowed:
            return Verdict(False, request.user_id, reason)
        return Verdict(True, self.curve_user_id(bytes(request.credentials[0])), reason)

    async def _judge_gssapi(self, request: Request) -> Verdict:
        return Verdict(True, request.user_id, "Kerberos knows the principal")

    async def _ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function of the program's, plain or async."""
        result = function(*arguments)
        return await result if isawaitable(result) else result
