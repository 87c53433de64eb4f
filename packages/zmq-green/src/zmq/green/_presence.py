# SPDX-License-Identifier: BSD-3-Clause
"""Presence: the methods of green sockets that tell who is there."""

from __future__ import annotations

from typing import Any

from zmq.backend import Context as BackendContext
from zmq.backend import Socket as BackendSocket
from zmq.constants import FD
from zmq.error import Again, TimeoutExpired
from zmq.green._wait import deadline_of, insist, time_left, wait_for, wait_readable
from zmq.sugar.observe import Observation

#: Milliseconds between two looks at the connections: whoever asks reads the reports.
LOOK_AGAIN = 100

#: The same where a thread reads the reports, and there is nothing to wait for.
LOOK_SOON = 5


class Presence:
    """Waiting for subscribers and connections."""

    __slots__ = ()

    def wait_connected(self: Any, n: int = 1, timeout: float | None = None) -> Any:
        """Wait until so many connections are up: as `zmq.Socket.wait_connected`."""
        if BackendContext._check_timeout(timeout) < 0 and not any(self._list_endpoints()):
            return Observation.wait_connected(self, n)  # which does not wait, but says why
        deadline = deadline_of(timeout)
        while True:
            try:
                return Observation.wait_connected(self, n, 0)
            except TimeoutExpired:
                left = time_left(deadline)
                if left == 0:
                    raise TimeoutExpired(
                        f"{n} connections were waited for {timeout} ms: there are "
                        f"{sum(self.peers.values())}"
                    ) from None
            _wait_for_reports(self._observer, left)

    def _take_notification(self: Any, timeout: float | None, hold: bool) -> Any:
        """Take one part from libzmq, as the native method does; other greenlets run meanwhile."""
        frame = BackendSocket._take_notification(self, 0, hold)
        self._note()
        if frame is not None or timeout == 0:
            return frame

        def take() -> Any:
            frame = BackendSocket._take_notification(self, 0, hold)
            if frame is None:
                raise Again
            return frame

        try:
            # EVENTS does not show it: of a PUB it never does, of an XPUB it shows what is held.
            return insist(self, 0, -1 if timeout is None else timeout, take)
        except Again:
            return None


def _wait_for_reports(observer: Any, timeout: float) -> None:
    inlet = observer.inlet
    if inlet is None or observer.relay is not None:
        wait_for([], LOOK_SOON, bool)
        return
    pause = LOOK_AGAIN if timeout < 0 else min(LOOK_AGAIN, timeout)
    wait_readable(BackendSocket.get(inlet, FD), pause)
