# SPDX-License-Identifier: BSD-3-Clause
"""Monitoring: the methods of sockets that tell what happens to their connections."""

from __future__ import annotations

from errno import EBUSY
from itertools import count

from zmq._typing import SocketMixin
from zmq.backend import Socket as BackendSocket
from zmq.constants import Event, SocketType
from zmq.error import ZMQError
from zmq.sugar.monitors import Monitor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from zmq._typing import Endpoint
    from zmq.sugar.watch import EventWatch

_numbers = count(1)


class Monitoring(SocketMixin):
    """Monitors of a socket.  libzmq allows one at a time."""

    __slots__ = ()

    _monitor: Monitor | None = None
    _monitor_socket: Any = None

    def monitor(self, addr: Endpoint | None, events: int = Event.ALL) -> None:
        """Publish what happens to the socket's connections at an inproc endpoint
        (`zmq_socket_monitor`).

        Connect a PAIR socket to it at once: libzmq waits for it when there is an event.

        Parameters
        ----------
        addr : str, bytes or None
            An `inproc://` endpoint to which a PAIR socket may connect; None ends the monitoring.
        events : int
            The `zmq.Event` mask; all by default.

        Raises
        ------
        ZMQError
            EBUSY when the socket is observed and has such a monitor already, or is watched (see
            `watch_events`); EPROTONOSUPPORT for another transport.
        """
        if addr is None:
            self._end_monitoring()
        else:
            self._begin_monitoring(addr, events, exclusive=self._observer is not None)

    def watch_events(self, mask: int = Event.ALL) -> EventWatch:
        """Watch what happens to the connections of this socket, from now on.

        Parameters
        ----------
        mask : int
            Which events: `zmq.Event` members, combined with ``|``.

        Returns
        -------
        EventWatch
            For ``with`` and ``for``; of asynchronous sockets for ``async with`` and ``async for``.

        Raises
        ------
        ZMQError
            EBUSY when the socket has a monitor already.
        """
        from zmq.sugar.watch import EventWatch

        return EventWatch(self, mask)

    def get_monitor_socket(self, events: int | None = None, addr: str | None = None) -> Self:
        """A PAIR socket that receives what happens to the connections of this one.

        Read it with `zmq.utils.monitor.recv_monitor_message`; end it with `disable_monitor`, then
        close it.

        Parameters
        ----------
        events : int, optional
            The `zmq.Event` mask; all by default.
        addr : str, optional
            The inproc endpoint to use.

        Returns
        -------
        Socket
            The same one again while it is open.

        Raises
        ------
        ZMQError
            EBUSY as for `monitor`.
        """
        if self._monitor_socket is not None and not self._monitor_socket.closed:
            return self._monitor_socket  # type: ignore[no-any-return]
        if addr is None:
            addr = self._name_monitor()
        self.monitor(addr, Event.ALL if events is None else events)
        self._monitor_socket = self.context.socket(SocketType.PAIR)
        self._monitor_socket._quiet = True  # it ends with this socket, and nobody need close it
        self._monitor_socket.connect(addr)
        return self._monitor_socket  # type: ignore[no-any-return]

    def disable_monitor(self) -> None:
        """End what `get_monitor_socket`, `monitor` or `watch_events` began.

        The PAIR socket receives EVENT_MONITOR_STOPPED, and a watch ends.
        """
        self._monitor_socket = None
        if not self.closed:
            self.monitor(None, 0)

    def _name_monitor(self) -> str:
        """An endpoint that no other monitor has, or has had."""
        return f"inproc://monitor-{next(_numbers)}-{id(self):x}"

    def _begin_monitoring(self: Any, addr: Endpoint, events: int, exclusive: bool) -> Monitor:
        """Begin; returns the `Monitor`.  With `exclusive` no other one may be there."""
        former, observer = self._monitor, self._observer
        if former is not None and not former.is_abandoned() and (exclusive or former.watch):
            raise ZMQError(
                EBUSY,
                f"this {self._type_name} socket has a monitor already: end it with "
                "disable_monitor() first",
            )
        if observer is None or self.closed:
            BackendSocket.monitor(self, addr, events)
        else:
            observer.end_relay(self)  # nobody is left to read it
            observer.begin_relay(self, addr, events)
        if former is not None:
            former.forget()
        self._monitor = Monitor(self, addr)
        return self._monitor  # type: ignore[no-any-return]

    def _end_monitoring(self: Any) -> None:
        if self._observer is None or self.closed:
            BackendSocket.monitor(self, None, 0)
        else:
            self._observer.end_relay(self)
        if self._monitor is not None:
            self._monitor.forget()
            self._monitor = None
