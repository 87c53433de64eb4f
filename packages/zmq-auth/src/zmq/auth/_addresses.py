# SPDX-License-Identifier: BSD-3-Clause
"""Addresses: from where clients may try."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import Union

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]

#: Where a socket that is bound to IPv6 sees clients that come by IPv4.
MAPPED = IPv6Network("::ffff:0:0/96")


def parse_network(text: object) -> Network:
    """Read an address or a network.

    Parameters
    ----------
    text : str, or an address or network of `ipaddress`
        For instance ``"10.0.0.7"``, ``"10.0.0.0/8"``, ``"fe80::/10"``.

    Returns
    -------
    IPv4Network or IPv6Network
        Of one address, for an address.

    Raises
    ------
    ValueError
        It is none.
    """
    try:
        if isinstance(text, (bytes, int)):  # ipaddress would take them for packed addresses
            raise ValueError(text)
        plain = _drop_scope(text) if isinstance(text, str) else text
        network = ip_network(plain)  # type: ignore[arg-type]
    except ValueError:
        raise ValueError(
            f"{text!r} is no IP address or network: give numbers, such as '10.0.0.7', "
            f"'10.0.0.0/8' or '2001:db8::/32'{_suggest(text)}"
        ) from None
    if isinstance(network, IPv6Network) and network.prefixlen >= 96 and network.subnet_of(MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def _suggest(text: object) -> str:
    """What was meant, for a network that is given by one of its hosts."""
    try:
        return f"; did you mean {str(ip_interface(text).network)!r}?"  # type: ignore[arg-type]
    except ValueError:
        return ""


def _drop_scope(text: str) -> str:
    """Leave out the interface in ``fe80::1%eth0``: it says by which way a client came."""
    address, percent, rest = text.strip().partition("%")
    return f"{address}/{rest.partition('/')[2]}" if percent and "/" in rest else address


def parse_address(text: str) -> Address | None:
    """Read the address of a client.

    Parameters
    ----------
    text : str
        As libzmq gives it.

    Returns
    -------
    IPv4Address, IPv6Address or None
        IPv4 also where it arrived at an IPv6 socket; None for clients of other transports.
    """
    try:
        address = ip_address(_drop_scope(text))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class Addresses:
    """A list of networks, by which clients are let through or kept out; never changed.

    Parameters
    ----------
    networks : iterable of IPv4Network or IPv6Network
    """

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self.networks = frozenset(networks)
        # One look for each length that occurs, however long the list is.
        self._lengths = sorted({(each.version, each.prefixlen) for each in self.networks})

    def __bool__(self) -> bool:
        return bool(self.networks)

    def __contains__(self, address: Address | None) -> bool:
        if address is None:
            return False
        return any(
            address.version == version
            and ip_network((address, length), strict=False) in self.networks
            for version, length in self._lengths
        )

    def add(self, addresses: Iterable[object]) -> Addresses:
        """The list with more addresses or networks.

        Parameters
        ----------
        addresses : iterable
            As `parse_network` takes them.

        Returns
        -------
        Addresses
        """
        return Addresses(self.networks.union(map(parse_network, addresses)))
