# SPDX-License-Identifier: BSD-3-Clause
"""Subscribers: who has subscribed to what, as an XPUB socket is told."""

from __future__ import annotations

from zmq.constants import SRCFD
from zmq.error import ZMQError
from zmq.sugar.descriptors import identify, is_alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zmq.backend import Frame


class Topic:
    """Who has subscribed to one topic.

    Attributes
    ----------
    peers : dict
        A connection, as its descriptor and what is behind it -> how often it has said so.
    unnamed : int
        How many have whose connection is unknown: those of inproc.
    """

    __slots__ = ("peers", "unnamed")

    def __init__(self) -> None:
        self.peers: dict[tuple[int, int | None], int] = {}
        self.unnamed = 0

    def add(self, peer: tuple[int, int | None] | None) -> None:
        if peer is None:
            self.unnamed += 1
        else:
            self.peers[peer] = self.peers.get(peer, 0) + 1

    def remove(self, peer: tuple[int, int | None] | None) -> None:
        """Note that a peer has unsubscribed; None when libzmq says so because its connection has
        gone.

        A SUB socket that subscribes twice says so twice, but says only once that it has
        unsubscribed.
        """
        if peer is not None:
            known = (
                peer
                if peer in self.peers
                else next((each for each in self.peers if each[0] == peer[0]), None)
            )
            if known is not None:
                self.peers.pop(known, None)
            return
        dead = next((each for each in self.peers if not is_alive(*each)), None)
        if dead is not None:
            del self.peers[dead]
        elif self.unnamed:
            self.unnamed -= 1
        elif self.peers:
            # The descriptor was somebody else's by the time its first notification was read.
            known = max(self.peers, key=self.peers.__getitem__)
            self.peers[known] -= 1
            if not self.peers[known]:
                del self.peers[known]


class Subscribers:
    """The subscriptions of the peers of one PUB or XPUB socket, from the notifications that it
    receives.

    A subscriber over tcp or ipc is recognised by its connection, however often it subscribes.
    libzmq does not tell which peer a notification over inproc comes from, so there each one counts.
    """

    def __init__(self) -> None:
        self._topics: dict[bytes, Topic] = {}

    def note(self, frame: Frame) -> None:
        """Learn from a part that the socket has received.

        Parameters
        ----------
        frame : Frame
            Ignored when it is a message and no notification.
        """
        content = frame.bytes
        if content[:1] == b"\1":
            self._topics.setdefault(content[1:], Topic()).add(name_peer(frame))
        elif content[:1] == b"\0" and content[1:] in self._topics:
            topic = self._topics[content[1:]]
            topic.remove(name_peer(frame))
            if not (topic.peers or topic.unnamed):
                del self._topics[content[1:]]

    def count(self, topic: bytes) -> int:
        """How many subscribers would receive a message that begins with a topic.

        Parameters
        ----------
        topic : bytes

        Returns
        -------
        int
        """
        peers: set[tuple[int, int | None]] = set()
        unnamed = 0
        for length in range(len(topic) + 1):
            found = self._topics.get(topic[:length])
            if found is not None:
                peers.update(found.peers)
                unnamed += found.unnamed
        return unnamed + count_alive(peers)

    def list_topics(self) -> dict[bytes, int]:
        """How many have subscribed to each topic.

        Returns
        -------
        dict of bytes to int
        """
        counts = {
            topic: found.unnamed + count_alive(found.peers) for topic, found in self._topics.items()
        }
        return {topic: count for topic, count in counts.items() if count}


def name_peer(frame: Frame) -> tuple[int, int | None] | None:
    """The connection of a part: its descriptor, and what identifies it; None if unknown."""
    try:
        descriptor = frame.get(SRCFD)
    except ZMQError:
        return None
    return descriptor, identify(descriptor)


def count_alive(peers: Iterable[tuple[int, int | None]]) -> int:
    """How many of these connections are still there."""
    return sum(is_alive(*peer) for peer in peers)
