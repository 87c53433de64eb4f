# SPDX-License-Identifier: BSD-3-Clause
"""Relay: passes the events of an observed socket on to the user's own monitor, in a thread."""

from __future__ import annotations

from collections import deque

from zmq.backend import zmq_poll
from zmq.constants import DONTWAIT, EVENT_MONITOR_STOPPED, POLLIN, POLLOUT, Errno
from zmq.error import Again, ZMQError
from zmq.sugar.observer import open_inner
from zmq.sugar.unpatched import find_original

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq._typing import Endpoint
    from zmq.sugar.observer import InnerSocket, Observer

#: Events that wait for a user who does not read; then the oldest ones go.
MOST_WAITING = 10_000


class Relay:
    """Reads the observer's inlet, and sends what the user wants to the user's PAIR socket.

    It ends by itself when libzmq's monitor does.

    Parameters
    ----------
    observer : Observer
    address : str or bytes
        Of `inproc`.
    mask : int
        Which events the user wants.

    Raises
    ------
    ZMQError
        EADDRINUSE and others of `bind`, EPROTONOSUPPORT for another transport.
    """

    def __init__(self, observer: Observer, address: Endpoint, mask: int) -> None:
        prefix: Any = "inproc://" if isinstance(address, str) else b"inproc://"
        if not address.startswith(prefix):
            raise ZMQError(
                Errno.EPROTONOSUPPORT, f"a monitor needs an inproc:// endpoint, not {address!r}"
            )
        self.observer = observer
        self.inlet: Any = None
        self.mask = mask
        self.failure: ZMQError | None = None
        self.waiting: deque[list[bytes]] = deque(maxlen=MOST_WAITING)
        self.sleepers: list[
            Any
        ] = []  # a lock for each thread that waits for a change, which is released then
        self.outlet = open_inner(observer.context)
        try:
            self.outlet.sndhwm = 1000
            self.outlet.bind(address)
        except BaseException:
            self.outlet.end()
            raise
        self.running = find_original("allocate_lock")()

    def start(self, inlet: InnerSocket) -> None:
        """Begin; the observer's lock is held.

        Parameters
        ----------
        inlet : InnerSocket
            Left to the thread.
        """
        self.inlet = inlet
        self.running.acquire()
        try:
            find_original("start_new_thread")(self.run, ())
        except BaseException:
            self.outlet.end()
            raise

    def join(self) -> None:
        """Wait for the end, which comes with the event MONITOR_STOPPED."""
        with self.running:
            pass

    def wait_for_events(self, timeout: float) -> None:
        """Wait until the connections have changed.

        Parameters
        ----------
        timeout : float
            Milliseconds.
        """
        gate = find_original("allocate_lock")()
        gate.acquire()
        self.sleepers.append(gate)
        gate.acquire(True, timeout / 1000)

    def run(self) -> None:
        """Pass events on until the monitor stops, or the context is terminated."""
        try:
            while not self._pass_on():
                wanted = [(self.inlet, POLLIN)]
                if self.waiting:
                    wanted.append((self.outlet, POLLOUT))
                zmq_poll(wanted)
        except ZMQError as exc:  # ETERM: everything ends
            with self.observer.lock:
                self.failure = exc
                self._tell()
        finally:
            try:
                self.outlet.end()
                self.inlet.end()
            finally:
                self.running.release()

    def _tell(self) -> None:
        while self.sleepers:
            self.sleepers.pop().release()

    def _pass_on(self) -> bool:
        """Pass on what there is; whether the monitor has stopped."""
        with self.observer.lock:
            # The observer learns first: who reads of an event finds it counted.
            events = self.observer.read(self.inlet)
            self._tell()
        self.waiting.extend(message for event, message in events if event & self.mask)
        try:
            while self.waiting:
                self.outlet.send_multipart(self.waiting[0], DONTWAIT)
                self.waiting.popleft()
        except Again:
            pass
        return any(event == EVENT_MONITOR_STOPPED for event, _ in events)
