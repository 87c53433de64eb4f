# SPDX-License-Identifier: BSD-3-Clause
"""Side: what one socket of a device is to be, and the methods of devices that say so."""

from __future__ import annotations

import time
from typing import Any, Callable, Protocol, TypeVar, Union, cast, overload

import zmq

Address = Union[str, bytes]
Call = TypeVar("Call", covariant=True)

#: How docstrings call the sides.
TITLES = {"in": "in", "out": "out", "mon": "monitor", "ctrl": "control"}


class Side:
    """What is to be done with a socket once it is there: options first, endpoints afterwards."""

    def __init__(self) -> None:
        self.options: list[tuple[int, Any]] = []
        self.binds: list[Address] = []
        self.connects: list[Address] = []

    def apply(self, socket: zmq.Socket[Any], patience: float = 0.0) -> list[str]:
        """Set the options, bind, and connect.

        Parameters
        ----------
        socket : Socket
        patience : float
            Seconds that an address may still be in use.

        Returns
        -------
        list of str
            The endpoints, as resolved by libzmq.
        """
        for option, value in self.options:
            socket.setsockopt(option, value)
        found = []

        def bind(address: Address) -> None:
            _bind(socket, address, time.monotonic() + patience)

        for attach, addresses in ((bind, self.binds), (socket.connect, self.connects)):
            for address in addresses:
                attach(address)
                found.append(socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
        return found


def _bind(socket: zmq.Socket[Any], address: Address, deadline: float) -> None:
    while True:
        try:
            socket.bind(address)
            return
        except zmq.ZMQError as exc:
            if exc.errno != zmq.EADDRINUSE or time.monotonic() > deadline:
                raise
        time.sleep(0.005)


def find_port(address: str, taken: set[int], min_port: int, max_port: int, max_tries: int) -> int:
    """Find a port that is free now and not among those `taken`."""
    with zmq.Context() as context:
        for _ in range(max_tries):
            with context.socket(zmq.PAIR) as probe:
                port = int(probe.bind_to_random_port(address, min_port, max_port, max_tries))
            if port not in taken:
                taken.add(port)
                return port
    raise zmq.ZMQBindError(f"no free port for {address} that this device does not have already")


# ---- the methods -------------------------------------------------------------------------------


class Method(Protocol[Call]):
    """A method, for the type checker: called without the device it belongs to."""

    @overload
    def __get__(self, device: None, owner: Any) -> Callable[..., Any]: ...
    @overload
    def __get__(self, device: object, owner: Any) -> Call: ...


class Attach(Protocol):
    """`bind_…` and `connect_…`."""

    def __call__(self, addr: str | bytes) -> None: ...


class SetOption(Protocol):
    """`setsockopt_…`."""

    def __call__(self, opt: int, value: Any) -> None: ...


class BindToRandomPort(Protocol):
    """`bind_…_to_random_port`."""

    def __call__(
        self, addr: str, min_port: int = ..., max_port: int = ..., max_tries: int = ...
    ) -> int: ...


#: bind, connect, setsockopt, bind_to_random_port
Methods = tuple[Method[Attach], Method[Attach], Method[SetOption], Method[BindToRandomPort]]


def make_methods(side: str, owner: str) -> Methods:
    """Make the methods by which users say what the socket of one side is to be.

    Parameters
    ----------
    side : str
        "in", "out", "mon" or "ctrl".
    owner : str
        The name of the class that will have them.

    Returns
    -------
    tuple
        `bind_…`, `connect_…`, `setsockopt_…` and `bind_…_to_random_port`.
    """

    def bind(self: Any, addr: str | bytes) -> None:
        """Bind the {title} socket to an endpoint when the device starts (`zmq_bind`).

        Parameters
        ----------
        addr : str or bytes
            For instance `tcp://127.0.0.1:5555`, `tcp://*:0` (any free port; `endpoints` tells
            which), `ipc:///tmp/socket`.
        """
        self._sides[side].binds.append(addr)

    def connect(self: Any, addr: str | bytes) -> None:
        """Connect the {title} socket to an endpoint when the device starts (`zmq_connect`).

        Parameters
        ----------
        addr : str or bytes
        """
        self._sides[side].connects.append(addr)

    def setsockopt(self: Any, opt: int, value: Any) -> None:
        """Set an option of the {title} socket when the device starts, before anything is bound.

        Parameters
        ----------
        opt : SocketOption or int
        value : int or bytes
        """
        self._sides[side].options.append((opt, value))

    def bind_to_random_port(
        self: Any,
        addr: str,
        min_port: int = 49152,
        max_port: int = 65536,
        max_tries: int = 100,
    ) -> int:
        """Choose a free port now, and bind the {title} socket to it when the device starts.

        Somebody else may take the port in between; then `start` says so.  Binding to port 0 has no
        such gap.

        Parameters
        ----------
        addr, min_port, max_port, max_tries
            As for `Socket.bind_to_random_port`, which also says what is returned and raised.
        """
        port = find_port(addr, self._taken_ports, min_port, max_port, max_tries)
        self._sides[side].binds.append(f"{addr}:{port}")
        return port

    functions = (bind, connect, setsockopt, bind_to_random_port)
    names = (f"bind_{side}", f"connect_{side}", f"setsockopt_{side}", f"bind_{side}_to_random_port")
    for function, name in zip(functions, names):
        _rename(function, name, owner, TITLES[side])
    return cast(Methods, functions)


def _rename(function: Any, name: str, owner: str, title: str) -> None:
    """Make a function look as if it had been written in the class."""
    function.__name__ = name
    function.__qualname__ = f"{owner}.{name}"
    del function.__annotations__["self"]
    function.__doc__ = function.__doc__.replace("{title}", title)
