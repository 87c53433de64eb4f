# SPDX-License-Identifier: BSD-3-Clause
"""Monitors: the addresses at which events are published for a PAIR socket.

libzmq's I/O thread waits for the one who reads them: for ever when its queue is full, and the end
of the monitor waits with it.  So whoever connects to such an address gets a queue without a limit,
and the monitor ends before that socket does.
"""

from __future__ import annotations

from zmq.backend import Socket as BackendSocket
from zmq.constants import RCVHWM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
    from weakref import ReferenceType

    from zmq._typing import Endpoint
    from zmq.sugar.socket import Socket
    from zmq.sugar.watch import EventWatch

#: By the address of the libzmq context and the endpoint.
addresses: dict[tuple[int | None, bytes], Monitor] = {}


class Monitor:
    """Events that are published at an address.

    Parameters
    ----------
    socket : Socket
        Whose events; not kept alive.
    endpoint : str or bytes

    Attributes
    ----------
    reader : weakref, optional
        The PAIR socket that has connected.
    watch : weakref, optional
        The `EventWatch` that it belongs to.
    """

    watch: ReferenceType[EventWatch] | None = None
    reader: ReferenceType[Any] | None = None

    def __init__(self, socket: Any, endpoint: Endpoint) -> None:
        from weakref import ref

        self.key = as_key(socket, endpoint)
        self.relayed = socket._observer is not None
        self.socket = ref(socket, lambda _: self.forget())
        addresses[self.key] = self

    def forget(self) -> None:
        """Let nobody find it any more: it has ended."""
        if addresses.get(self.key) is self:
            del addresses[self.key]

    def end(self) -> None:
        """The socket is about to be closed, and if it is observed its relay has ended."""
        self.forget()
        watch: Any = self.watch and self.watch()
        if watch is not None:
            watch._end_with_socket()

    def is_abandoned(self) -> bool:
        """Whether who read the events has been closed."""
        if self.reader is None:
            return False
        reader = self.reader()
        return reader is None or reader.closed

    def reads(self, reader: Any) -> bool:
        """Whether it is this PAIR socket that has connected."""
        return self.reader is not None and self.reader() is reader

    def connect(self, reader: Socket[Any], endpoint: Endpoint) -> None:
        """Connect the PAIR socket that is to read the events.

        Parameters
        ----------
        reader : Socket
        endpoint : str or bytes
        """
        from weakref import ref

        reader.set(RCVHWM, 0)
        BackendSocket.connect(reader, endpoint)
        self.reader = ref(reader)
        observed = self.socket()
        if not self.relayed and observed is not None and not observed.closed:
            reader._receive_events_of(observed)


def find_monitor(reader: Socket[Any], endpoint: Endpoint) -> Monitor | None:
    """The monitor that publishes where a socket is to connect, or None.

    Parameters
    ----------
    reader : Socket
    endpoint : str or bytes
    """
    return addresses.get(as_key(reader, endpoint)) if addresses else None


def as_key(socket: Any, endpoint: Endpoint) -> tuple[int | None, bytes]:
    context = socket.context
    return (
        None if context is None else context.underlying,
        endpoint.encode("utf-8") if isinstance(endpoint, str) else endpoint,
    )
