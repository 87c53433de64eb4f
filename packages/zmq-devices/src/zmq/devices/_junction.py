# SPDX-License-Identifier: BSD-3-Clause
"""Junction: the open sockets of a running device, and the native loop between them."""

from __future__ import annotations

from typing import Any, Callable

import zmq
from zmq.backend import relay
from zmq.devices._owner import Statistics, open_asker, open_owner
from zmq.devices._side import Side


class Junction:
    """Opens the sockets; belongs to the thread that made it.

    Parameters
    ----------
    context_factory : callable
        Gives the context.  Where it is a class, the context is ended with the junction.
    kinds : dict of str to int or None
        The type of socket by the name of the side; None for none.  A negative "out" is the very
        socket of "in".
    sides : dict of str to Side
    patience : float
        Seconds that addresses may still be in use.

    Attributes
    ----------
    endpoints : dict of str to list of str
        As resolved, by side.
    address : str
        Where it obeys its owner.
    hurry : int or None
        The most milliseconds that unsent messages may take in the end, whatever LINGER says.

    Raises
    ------
    ZMQError, TypeError, …
        Whatever went wrong with a socket; all of them are closed then.
    """

    def __init__(
        self,
        context_factory: Callable[[], zmq.Context[Any]],
        kinds: dict[str, int | None],
        sides: dict[str, Side],
        patience: float = 0.0,
    ) -> None:
        self.context = context_factory()
        self.is_private = isinstance(context_factory, type)
        self.sockets: dict[str, zmq.Socket[Any] | None] = {}
        self.endpoints: dict[str, list[str]] = {}
        self.owner: zmq.Socket[Any] | None = None
        self.hurry: int | None = None
        try:
            for name, kind in kinds.items():
                socket = self.sockets[name] = self._open(name, kind)
                self.endpoints[name] = [] if socket is None else sides[name].apply(socket, patience)
            self.owner, self.address = open_owner(self.context)
        except BaseException:
            self.close()
            raise

    def _open(self, name: str, kind: int | None) -> zmq.Socket[Any] | None:
        if kind is None:
            return None
        if name == "out" and kind < 0:
            return self.sockets["in"]
        socket: zmq.Socket[Any] = self.context.socket(kind)
        return socket

    def relay(self, in_prefix: bytes | None, out_prefix: bytes | None) -> Statistics:
        """Pass messages on until TERMINATE, and count them.

        Parameters
        ----------
        in_prefix, out_prefix : bytes or None
            Those of a monitored queue.

        Raises
        ------
        ContextTerminated
            The context was terminated.
        ZMQError
            The types of the sockets do not fit one another (ENOTSUP).
        """
        counted = relay(
            self.sockets["in"],  # type: ignore[arg-type]  # these two are always there
            self.sockets["out"],  # type: ignore[arg-type]
            # Where nobody can listen, nothing need be copied.
            self.sockets.get("mon") if self.endpoints.get("mon") else None,
            self.sockets.get("ctrl"),
            self.owner,
            in_prefix=in_prefix,
            out_prefix=out_prefix,
        )
        return Statistics(*counted)

    def rehearse(self, in_prefix: bytes | None, out_prefix: bytes | None) -> None:
        """Begin to relay, and end before anything is passed on: raises what `relay` would."""
        with open_asker(self.context, self.address) as asker:
            asker.send(b"TERMINATE")
            self.relay(in_prefix, out_prefix)

    def close(self) -> None:
        """Close the sockets, and end the context if it is the junction's own.

        Waits for messages then as long as LINGER says.
        """
        for socket in (*self.sockets.values(), self.owner):
            if socket is not None and not socket.closed:
                if self.hurry is not None and not 0 <= socket.linger <= self.hurry:
                    socket.linger = self.hurry
                socket.close()
        if self.is_private:
            self.context.term()
