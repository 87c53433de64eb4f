# SPDX-License-Identifier: BSD-3-Clause
"""Presence: the methods of anyio sockets that tell who is there."""

from __future__ import annotations

from time import monotonic

from anyio import move_on_after, sleep

from zmq._anyio_room import look, seconds_of
from zmq._typing import AnyioMixin
from zmq.error import SocketClosed, TimeoutExpired
from zmq.sugar.observe import Observation, as_topic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq._typing import Buffer, Timeout

#: Seconds between two looks at the connections.
LOOK_AGAIN = 0.01


class Presence(AnyioMixin):
    """Waiting for subscribers and connections."""

    __slots__ = ()

    async def wait_subscribers(
        self: Any, topic: str | Buffer, n: int = 1, timeout: Timeout = None
    ) -> int:
        """Wait until so many subscribers would receive a message that begins with a topic.

        Takes, returns and raises what `zmq.Socket.wait_subscribers` does.
        """
        counting = self._need_counting("wait_subscribers")
        topic = as_topic(topic)

        def ask() -> Any:
            self._take_subscriptions()
            count = counting.count(topic)
            return (count,) if count >= n else None

        await self._give_turn()
        with move_on_after(seconds_of(timeout)):
            return (await look(self, self._room, ask, 0, any_news=True))[0]  # type: ignore[no-any-return]
        raise TimeoutExpired(
            f"{n} subscribers to {topic!r} were waited for {timeout} ms: there are "
            f"{counting.count(topic)}"
        )

    async def wait_connected(self: Any, n: int = 1, timeout: Timeout = None) -> int:
        """Wait until so many connections are up, over tcp and ipc.

        Takes, returns and raises what `zmq.Socket.wait_connected` does.
        """
        seconds = seconds_of(timeout)
        if seconds is None and not any(self._list_endpoints()):
            return Observation.wait_connected(self, n)  # it does not wait, but says why
        end = None if seconds is None else monotonic() + seconds
        await self._give_turn()
        while True:
            try:
                return Observation.wait_connected(self, n, 0)
            except TimeoutExpired as exc:
                if end is not None and monotonic() >= end:
                    raise TimeoutExpired(exc.strerror.replace(" 0 ms", f" {timeout} ms")) from None
            # Whoever asks reads the reports, also in other threads: there is nothing to wait for.
            await sleep(LOOK_AGAIN)
            if self.closed:
                raise SocketClosed(
                    f"this {self._type_name} socket was closed while a task was waiting for it"
                )

    @property
    def subscribers(self) -> dict[bytes, int]:
        """How many have subscribed to each topic: see `zmq.Socket.subscribers`."""
        try:
            return Observation.subscribers.__get__(self)  # type: ignore[no-any-return]
        finally:
            if self._room.count and not self.closed:
                self._room.settle(self)
