# SPDX-License-Identifier: BSD-3-Clause
"""Configuration: what the user's ssh configuration says about a host, for paramiko."""

from __future__ import annotations

import getpass
import glob
import os
import shlex
from dataclasses import dataclass, field
from typing import Any

import paramiko

from zmq.ssh._addresses import Server, parse_server
from zmq.ssh._keeper.failure import Failure

#: Where to look when no other file is named.
FILES = ("~/.ssh/config", "/etc/ssh/ssh_config")
KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"
IDENTITIES = ("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519")

#: How deep files may include one another, and jump hosts need jump hosts.
DEPTH = 16


@dataclass
class Hop:
    """One ssh server on the way."""

    host: str
    port: int
    user: str
    key_name: str
    identities: list[str] = field(default_factory=list)
    identities_only: bool = False
    known_hosts: list[str] = field(default_factory=list)
    system_known_hosts: list[str] = field(default_factory=list)
    host_key_policy: str = "reject"
    proxy_command: str | None = None
    jumps: str | None = None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"


#: StrictHostKeyChecking -> what we call it.
POLICIES = {"no": "ignore", "off": "ignore", "accept-new": "accept-new"}


class Configuration:
    """The ssh configuration.

    Parameters
    ----------
    path : str or None
        The only file to read; None reads the usual ones.
    """

    def __init__(self, path: str | None) -> None:
        self._text = ""
        for name in [path] if path else FILES:
            # A Host line for all, so that what one file says does not go on in the next.
            self._text += "\n".join([*read_lines(os.path.expanduser(name), 0), "Host *", ""])

    def find_route(self, server: Server, depth: int = 0) -> list[Hop]:
        """Return the servers on the way, the one that is meant last.

        Raises
        ------
        Failure
            The way has no end.
        """
        if depth > DEPTH:
            raise Failure("failed", f"{server.host}: the jump hosts of ProxyJump go in circles")
        hop = self.find(server)
        if not hop.jumps or hop.jumps.lower() == "none":
            return [hop]
        first, *others = [parse_server(text.strip()) for text in hop.jumps.split(",")]
        return [*self.find_route(first, depth + 1), *map(self.find, others), hop]

    def find(self, server: Server) -> Hop:
        """Return what is configured about one server.

        Raises
        ------
        Failure
            The configuration cannot be understood.
        """
        first = f"Port {server.port}\n" if server.port else ""
        first += f"User {server.user}\n" if server.user else ""
        try:
            # What the program says comes first, for the first that is found is what counts.
            config = paramiko.SSHConfig.from_text(f"Host *\n{first}{self._text}")
            found: dict[str, Any] = dict(config.lookup(server.host))
        except Exception as exc:
            raise Failure("failed", f"ssh configuration for {server.host}: {exc}") from exc
        host = found.get("hostname", server.host)
        port = int(found.get("port", 22))
        alias = found.get("hostkeyalias")
        return Hop(
            host=host,
            port=port,
            user=found.get("user") or getpass.getuser(),
            key_name=alias or (host if port == 22 else f"[{host}]:{port}"),
            identities=[expand(name) for name in found.get("identityfile", IDENTITIES)],
            identities_only=found.get("identitiesonly", "no").lower() == "yes",
            known_hosts=split(found.get("userknownhostsfile", KNOWN_HOSTS)),
            system_known_hosts=split(found.get("globalknownhostsfile", SYSTEM_KNOWN_HOSTS)),
            host_key_policy=POLICIES.get(found.get("stricthostkeychecking", "ask"), "reject"),
            proxy_command=found.get("proxycommand"),
            jumps=found.get("proxyjump"),
        )


def read_lines(path: str, depth: int) -> list[str]:
    """Return the lines of a file, with those of the files it includes."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    result: list[str] = []
    for line in lines:
        word, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        if word.lower() != "include" or depth > DEPTH:
            result.append(line)
            continue
        for pattern in shlex.split(rest):
            full = os.path.join(os.path.dirname(path), os.path.expanduser(pattern))
            for name in sorted(glob.glob(full)):
                result += read_lines(name, depth + 1)
    return result


def expand(name: str) -> str:
    """Return a path without ~ and quotes."""
    return os.path.expanduser(name.strip('"'))


def split(names: str) -> list[str]:
    """Return the paths in a list of them."""
    return [os.path.expanduser(name) for name in shlex.split(names)]
