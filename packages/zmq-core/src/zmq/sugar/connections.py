# SPDX-License-Identifier: BSD-3-Clause
"""Connections: which ones of a socket are up, as its monitor tells."""

from __future__ import annotations

from zmq.constants import Event
from zmq.sugar.descriptors import identify, is_alive
from zmq.sugar.naming import find_endpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: The events that matter here.  Others would pile up for nothing while a peer is out of reach.
NEEDED = (
    Event.CONNECTED
    | Event.ACCEPTED
    | Event.DISCONNECTED
    | Event.CONNECT_RETRIED
    | Event.HANDSHAKE_SUCCEEDED
    | Event.HANDSHAKE_FAILED_NO_DETAIL
    | Event.HANDSHAKE_FAILED_PROTOCOL
    | Event.HANDSHAKE_FAILED_AUTH
)

#: For connections whose end is told before their beginning, which several I/O threads may do.
UNKNOWN = (-1, None)


class Place:
    """What is known of one endpoint, by the name that libzmq's events give it.

    Attributes
    ----------
    ready : int
        How many connections are up.
    succeeded : int
        How many handshakes have succeeded so far.
    failing : int
        How many handshakes are said to have failed whose connection has not gone yet.
    open : dict
        The descriptor of each connection, in whatever state -> `succeeded` when it was made, and
        what identifies it.
    """

    __slots__ = ("failing", "open", "ready", "succeeded")

    def __init__(self) -> None:
        self.ready = self.succeeded = self.failing = 0
        self.open: dict[int, tuple[int, int | None]] = {}

    def count_unready(self) -> int:
        """How many of the open connections were made after the last handshake succeeded."""
        return sum(mark == self.succeeded for mark, _ in self.open.values())

    def count_ready(self) -> int:
        """How many connections are up.

        libzmq does not tell of one that the socket itself gives up, so the descriptors have the
        last word.
        """
        alive = sum(is_alive(descriptor, number) for descriptor, (_, number) in self.open.items())
        return min(self.ready, alive)


class Connections:
    """The connections of one socket.

    libzmq names the descriptor of a connection that is made or lost, but not of one whose handshake
    succeeds.  So it is deduced which of the connections at an endpoint were ready when one is lost:
    one made after the last success was not.

    Parameters
    ----------
    raw : bool
        Connections need no handshake: those of STREAM sockets.
    """

    def __init__(self, raw: bool) -> None:
        self.raw = raw
        self.connects = self.disconnects = self.handshake_failures = self.retries = 0
        self._places: dict[bytes, Place] = {}
        self._owners: dict[int, Place] = {}  # descriptor -> the place it is open at
        self._left: set[int] = (
            set()
        )  # descriptors of connections that were given up: their end may be told
        failed = self._note_nothing if raw else self._note_failure
        self._notes: dict[int, Callable[[Place, int], None]] = {
            int(Event.CONNECTED): self._note_open,
            int(Event.ACCEPTED): self._note_open,
            int(Event.DISCONNECTED): self._note_end,
            int(Event.CONNECT_RETRIED): self._note_retry,
            int(Event.HANDSHAKE_SUCCEEDED): self._note_nothing if raw else self._note_success,
            int(Event.HANDSHAKE_FAILED_NO_DETAIL): failed,
            int(Event.HANDSHAKE_FAILED_PROTOCOL): failed,
            int(Event.HANDSHAKE_FAILED_AUTH): failed,
        }

    def note(self, event: int, value: int, endpoint: bytes) -> None:
        """Learn from an event of the monitor.

        Parameters
        ----------
        event : int
            The number of the `zmq.Event`.
        value : int
            Its value; the descriptor for most.
        endpoint : bytes
        """
        note = self._notes.get(event)
        if note is not None:
            place = self._places.get(endpoint)
            if place is None:
                place = self._places[endpoint] = Place()
            note(place, value)

    def count(self, bound: Iterable[bytes], dialled: Iterable[bytes]) -> dict[str, int]:
        """How many connections are up.

        Parameters
        ----------
        bound, dialled : iterable of bytes
            The endpoints the socket is bound and connected to.

        Returns
        -------
        dict of str to int
            Only endpoints that have connections.
        """
        found: dict[str, int] = {}
        for name, place in self._places.items():
            count = place.count_ready()
            if count:
                endpoint = find_endpoint(name, bound, dialled).decode("utf-8", "replace")
                found[endpoint] = found.get(endpoint, 0) + count
        return found

    def leave(self, endpoint: bytes, bound: Iterable[bytes], dialled: Iterable[bytes]) -> None:
        """Forget the connections of an endpoint that is left: libzmq does not tell their end.

        Parameters
        ----------
        endpoint : bytes
        bound, dialled : iterable of bytes
            The endpoints the socket is bound and connected to, with this one.
        """
        gone = [each for each in self._places if find_endpoint(each, bound, dialled) == endpoint]
        for name in gone:
            place = self._places.pop(name)
            self._left.update(place.open)
            for descriptor in place.open:
                del self._owners[descriptor]

    def _note_nothing(self, place: Place, value: int) -> None:
        pass

    def _note_retry(self, place: Place, value: int) -> None:
        self.retries += 1

    def _note_open(self, place: Place, descriptor: int) -> None:
        former = self._owners.get(descriptor)
        if former is not None:
            # The system has given the number again, so that connection has ended untold.
            former.ready -= self._was_ready(former, former.open.pop(descriptor)[0])
        self._left.discard(descriptor)
        self._owners[descriptor] = place
        place.open[descriptor] = (place.succeeded, identify(descriptor))
        if self.raw:
            self._note_success(place, descriptor)

    def _note_success(self, place: Place, value: int) -> None:
        place.ready += 1
        place.succeeded += 1
        self.connects += 1

    def _note_failure(self, place: Place, value: int) -> None:
        place.failing += 1

    def _note_end(self, place: Place, descriptor: int) -> None:
        if descriptor in self._left:
            self._left.discard(descriptor)
            return
        self._owners.pop(descriptor, None)
        if self._was_ready(place, place.open.pop(descriptor, UNKNOWN)[0]):
            place.ready -= 1
            self.disconnects += 1
        else:
            place.failing = max(0, place.failing - 1)
            self.handshake_failures += 1

    def _was_ready(self, place: Place, mark: int) -> bool:
        """Whether a connection that has just been taken from a place was ready."""
        if place.ready > len(place.open):
            return True  # there would be more ready than open ones
        if not place.ready or mark == place.succeeded:
            return False
        # Failures that were told belong first to those that cannot have succeeded.
        return place.failing <= place.count_unready()
