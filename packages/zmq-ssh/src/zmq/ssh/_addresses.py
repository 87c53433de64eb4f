# SPDX-License-Identifier: BSD-3-Clause
"""Addresses: what is meant by `user@host:port` and by `tcp://host:port`."""

from __future__ import annotations

from typing import NamedTuple


class Server(NamedTuple):
    """An ssh server as named by the user; what is None is up to the ssh configuration."""

    host: str
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host and self.port else self.host
        user = f"{self.user}@" if self.user else ""
        return f"{user}{host}:{self.port}" if self.port else f"{user}{host}"


class Target(NamedTuple):
    """Where a tunnel leads to, as seen from the ssh server."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_port(text: str | int, what: str, lowest: int = 1) -> int:
    """Return a TCP port.

    Raises
    ------
    ValueError
        It is not a number from `lowest` to 65535.
    """
    try:
        port = int(text)
    except (TypeError, ValueError):
        port = -1
    if not lowest <= port <= 65535 or isinstance(text, bool):
        raise ValueError(f"{what}: {text!r} is not a port, a number from {lowest} to 65535")
    return port


def split_host(text: str, what: str) -> tuple[str, str | None]:
    """Return host and port of `host:port`, `[v6]:port`, `host`, `[v6]` or a bare `v6`."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError(f"{what}: write an IPv6 address with a port as [::1]:22")
        return host, rest[1:] if rest else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, None


def check_name(name: str, what: str, where: str) -> None:
    """Raise ValueError for what ssh could take for an option, or cannot be a name at all."""
    odd = any(char.isspace() or not char.isprintable() for char in name)
    if not name or odd or name.startswith("-"):
        raise ValueError(f"{where}: {name!r} is not a {what}")


def parse_server(text: str) -> Server:
    """Read `host`, `user@host:port`, `user@[::1]:port` or `ssh://user@host:port`.

    Parameters
    ----------
    text : str
        `host` may be an alias of the ssh configuration.

    Raises
    ------
    ValueError
        The text means no server.
    """
    if not isinstance(text, str):
        raise TypeError(f"server must be text such as 'user@host:22', not {type(text).__name__}")
    where = f"server {text!r}"
    rest = text[len("ssh://") :].rstrip("/") if text.startswith("ssh://") else text
    user, at, location = rest.rpartition("@")
    host, port = split_host(location, where)
    check_name(host, "host", where)
    if at:
        check_name(user, "user", where)
    return Server(host, user or None, None if port is None else parse_port(port, where))


def parse_address(text: str | bytes) -> Target:
    """Read `tcp://host:port`.

    Raises
    ------
    ValueError
        It is no address to connect to, or not of tcp.
    """
    if isinstance(text, bytes):
        text = text.decode()
    transport, separator, location = text.partition("://")
    where = f"address {text!r}"
    if not separator or transport != "tcp":
        raise ValueError(f"{where}: tunnels lead to tcp://host:port only")
    host, port = split_host(location.rpartition(";")[2], where)
    if port is None or (":" in host and "[" not in location):
        raise ValueError(f"{where}: the port is missing, tcp://host:port")
    return make_target(host, port, where)


def make_target(host: str, port: str | int, where: str) -> Target:
    """Return a target after a look at host and port.

    Raises
    ------
    ValueError
        One of them is impossible.
    """
    if host in ("*", "0.0.0.0", "::"):
        raise ValueError(f"{where}: connect to one address; 127.0.0.1 is the ssh server itself")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    check_name(host, "host", where)
    return Target(host, parse_port(port, where))
