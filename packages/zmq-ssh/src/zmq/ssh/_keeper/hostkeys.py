# SPDX-License-Identifier: BSD-3-Clause
"""Host keys: which ones are accepted, for paramiko."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any, Callable

import paramiko

from zmq.ssh._keeper.configuration import Hop
from zmq.ssh._keeper.failure import Failure

#: Names of paramiko's policies, as PYZMQ_PARAMIKO_HOST_KEY_POLICY has them -> ours.
NAMES = {"autoadd": "accept-new", "warning": "warn", "reject": "reject"}


def choose_policy(argument: str | None, hop: Hop) -> str:
    """Return what to do about unknown keys: as the program, the environment or ssh's files say.

    Raises
    ------
    Failure
        The environment says something that is no policy.
    """
    variable = os.environ.get("PYZMQ_PARAMIKO_HOST_KEY_POLICY", "")
    if argument:
        return argument
    if not variable:
        return hop.host_key_policy
    name = variable.lower()
    if name.endswith("policy"):
        name = name[: -len("policy")]
    if name not in NAMES:
        raise Failure(
            "failed",
            f"PYZMQ_PARAMIKO_HOST_KEY_POLICY is {variable!r}, not AutoAdd, Warning or Reject",
        )
    return NAMES[name]


def describe(key: paramiko.PKey) -> str:
    """Return the type and fingerprint of a key, as OpenSSH writes them."""
    kind = key.get_name().replace("ssh-", "").partition("-")[0].upper()
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{kind} key fingerprint is SHA256:{digest}."


class Policy(paramiko.MissingHostKeyPolicy):
    """What is done about the key of a server that is not in known_hosts.

    Parameters
    ----------
    name : {"reject", "accept-new", "warn", "ignore"}
        "warn" accepts as "accept-new" does, but without noting the key.
    known : paramiko.HostKeys
        Those of known_hosts.
    path : str
        Where to note another one.
    log : callable
        `log(level, message)`.
    """

    def __init__(
        self, name: str, known: paramiko.HostKeys, path: str, log: Callable[[str, str], None]
    ) -> None:
        self._name = name
        self._known = known
        self._path = path
        self._log = log

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:
        """Accept the key, or raise Failure."""
        if self._known.lookup(hostname):  # with a key of another type
            raise changed(hostname, key)
        elif self._name in ("ignore", "warn"):
            self._log("warning", f"the key of {hostname} is not checked: {describe(key)}")
        elif self._name == "accept-new":
            self._note(hostname, key)
        else:
            raise Failure(
                "hostkey",
                f"The authenticity of host '{hostname}' can't be established.\n{describe(key)}\n"
                "Host key verification failed.",
            )

    def _note(self, hostname: str, key: paramiko.PKey) -> None:
        path = self._path
        try:
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            # Added to the end by one write, because other programs may do the same just now.
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
                file.write(f"{hostname} {key.get_name()} {key.get_base64()}\n")
        except OSError as exc:
            self._log("warning", f"the key of {hostname} cannot be noted in {path}: {exc.strerror}")
        else:
            self._log("info", f"the key of {hostname} is noted in {path}: {describe(key)}")


def changed(hostname: str, key: paramiko.PKey) -> Failure:
    """Return the failure for a key that is not the one in known_hosts."""
    return Failure(
        "hostkey",
        f"REMOTE HOST IDENTIFICATION HAS CHANGED! Somebody may be in between, or the key of "
        f"{hostname} was replaced: its {describe(key)}\nRemove the old one with ssh-keygen -R "
        f"'{hostname}' if that is right.\nHost key verification failed.",
    )


def make_client(
    hop: Hop, policy: str | None, log: Callable[[str, str], None]
) -> paramiko.SSHClient:
    """Return a client that knows the keys of known_hosts, and what to do about others."""
    name = choose_policy(policy, hop)
    client = paramiko.SSHClient()
    known = paramiko.HostKeys()
    if name != "ignore":
        for path in filter(os.path.isfile, [*hop.known_hosts, *hop.system_known_hosts]):
            client.load_system_host_keys(path)
            known.load(path)
    note = hop.known_hosts[0] if hop.known_hosts else os.devnull
    client.set_missing_host_key_policy(Policy(name, known, note, log))
    return client
