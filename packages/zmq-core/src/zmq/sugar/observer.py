# SPDX-License-Identifier: BSD-3-Clause
"""Observer: reads the one monitor that libzmq allows a socket, for whoever wants to know."""

from __future__ import annotations

from itertools import count
from struct import Struct
from time import monotonic

from zmq.backend import Socket as BackendSocket
from zmq.backend import zmq_poll
from zmq.constants import DONTWAIT, FD, POLLIN, Errno, Event, SocketType
from zmq.error import Again, SocketClosed, ZMQError
from zmq.sugar.connections import NEEDED, Connections
from zmq.sugar.context import Context
from zmq.sugar.socket import Socket
from zmq.sugar.unpatched import find_original

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from zmq._typing import Endpoint, Timeout
    from zmq.sugar.relay import Relay

    _Answer = TypeVar("_Answer")

#: Events that are read in one go, so that a flood of them does not keep a call for ever.
MOST_AT_ONCE = 10_000

#: Milliseconds after which a waiting thread looks whether another one has read what it waits for.
LOOK_AGAIN = 100

_numbers = count(1)
_event = Struct("=Hi")  # the number of the event and its value


class InnerSocket(Socket):
    """A socket of ours beside one of the user's.

    It must live as long as that one, or libzmq's I/O thread would wait for ever to deliver an
    event.  So whoever closes all sockets of a context, in whatever order, does not close this one.
    """

    def close(self, linger: int | None = None) -> None:
        pass

    def end(self) -> None:
        Socket.close(self)


def open_inner(context: Context) -> InnerSocket:
    """Make a PAIR socket that appears nowhere.

    Parameters
    ----------
    context : Context
        A shadow of the user's.

    Returns
    -------
    InnerSocket
        Without a limit to what it may receive: a full queue would stop libzmq's I/O thread.
    """
    inner = InnerSocket(context, SocketType.PAIR)
    inner._quiet = True
    inner.linger = 0
    inner.set_hwm(0)
    return inner


class Observer:
    """Reads the monitor of a socket: when asked, or in a thread while the user has a monitor of the
    socket, too.

    It does not refer to the socket, which is free to end.

    Parameters
    ----------
    socket : Socket
        Neither bound nor connected yet.
    """

    def __init__(self, socket: Socket[Any]) -> None:
        # Of the system, for the relay is a thread even where others are greenlets.
        allocate_lock = find_original("allocate_lock")
        self.lock: Any = allocate_lock()  # guards the rest: other threads than the socket's may ask
        self.gate = allocate_lock()  # held by who changes or ends the monitor, in whatever thread
        self.context = Context(socket.context)
        self.connections = Connections(raw=socket._socket_type == SocketType.STREAM)
        self.relay: Relay | None = None
        self.inlet: Any = self._begin_monitor(socket, NEEDED)

    def _begin_monitor(self, socket: Socket[Any], events: int) -> InnerSocket:
        """Let libzmq report to a new inlet, instead of the former one; nothing gets lost."""
        address = f"inproc://zmq-observer-{next(_numbers)}-{id(self):x}"
        inlet = open_inner(self.context)
        try:
            BackendSocket._switch_monitor(socket, address, events)
            inlet.connect(address)
        except BaseException:
            inlet.end()
            raise
        return inlet

    def read(self, inlet: InnerSocket) -> list[tuple[int, list[bytes]]]:
        """Read the events that are there; the lock is held.

        Returns
        -------
        list of (int, list of bytes)
            The number of each event, and its message.

        Raises
        ------
        ZMQError
            ENOTSOCK after the end, ETERM when the context has been terminated.
        """
        found: list[tuple[int, list[bytes]]] = []
        while len(found) < MOST_AT_ONCE:
            try:
                message = inlet.recv_multipart(DONTWAIT)
            except Again:
                break
            event, value = _event.unpack(message[0])
            self.connections.note(event, value, message[1])
            found.append((event, message))
        return found

    def look(self, question: Callable[[Connections], _Answer]) -> _Answer:
        """Ask something about the connections as they are now.

        Parameters
        ----------
        question : callable
            Takes the `Connections`.
        """
        with self.lock:
            if self.relay is not None:
                if self.relay.failure is not None:
                    raise self.relay.failure
            elif self.inlet is not None:
                self.read(self.inlet)
            return question(self.connections)

    def wait(self, question: Callable[[Connections], _Answer], timeout: Timeout) -> _Answer:
        """Ask until the answer is true, or the time is over.

        Parameters
        ----------
        question : callable
            Takes the `Connections`.
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        object
            The last answer.
        """
        deadline = None if timeout is None or timeout < 0 else monotonic() + timeout / 1000
        while True:
            answer = self.look(question)
            if self.inlet is None:
                raise SocketClosed("the socket was closed while its connections were waited for")
            left = LOOK_AGAIN if deadline is None else (deadline - monotonic()) * 1000
            if answer or left <= 0:
                return answer
            self._wait_for_events(min(left, LOOK_AGAIN))

    def _wait_for_events(self, timeout: float) -> None:
        relay, inlet = self.relay, self.inlet
        if relay is not None:
            relay.wait_for_events(timeout)
        elif inlet is not None:
            try:
                # The descriptor and not the socket, which another thread may be using.
                zmq_poll([(BackendSocket.get(inlet, FD), POLLIN)], timeout)
            except ZMQError as exc:
                if exc.errno != Errno.ENOTSOCK:  # closed by another thread: the next look tells
                    raise

    def begin_relay(self, socket: Socket[Any], address: Endpoint, mask: int) -> None:
        """Pass events on to the user, who may connect a PAIR socket to the address.

        Parameters
        ----------
        socket : Socket
            The one observed.
        address : str or bytes
        mask : int
            Which events.
        """
        from zmq.sugar.relay import Relay

        relay = Relay(self, address, mask)
        try:
            inlet = self._begin_monitor(socket, Event.ALL)
        except BaseException:
            relay.outlet.end()
            raise
        with self.lock:
            while self.read(self.inlet):
                pass
            self.inlet.end()
            self.inlet = inlet
            relay.start(inlet)
            self.relay = relay

    def end_relay(self, socket: Socket[Any]) -> None:
        """Tell the user's monitor that it has ended, and read the events here again.

        Parameters
        ----------
        socket : Socket
            The one observed.
        """
        with self.gate:
            if self.relay is not None:
                # With it the relay's monitor stops, and so does the relay.
                inlet = self._begin_monitor(socket, NEEDED)
                self.relay.join()
                with self.lock:
                    self.inlet, self.relay = inlet, None

    def end(self, socket: Socket[Any]) -> None:
        """Stop observing; what is known by now stays known.

        Parameters
        ----------
        socket : Socket
            The one observed, not closed yet.
        """
        with self.gate:
            self._end(socket)

    def _end(self, socket: Socket[Any]) -> None:
        try:
            BackendSocket.monitor(socket, None, 0)
        except ZMQError as exc:
            if exc.errno != Errno.ETERM:  # libzmq has stopped it already
                raise
        if self.relay is not None:
            self.relay.join()
        with self.lock:
            inlet, self.inlet = self.inlet, None
            try:
                if self.relay is None:
                    self.read(inlet)
            except ZMQError:
                pass  # the context is gone
            finally:
                self.relay = None
                inlet.end()
