# SPDX-License-Identifier: BSD-3-Clause
"""Sender: the socket of a handler, and how records go out without ever waiting.

A PUB socket drops, in silence, what a subscriber has no room for.  With XPUB_NODROP it says so
instead, and then nobody gets the message.  So that is where drops can be counted: when the one who
is full is the only one the message is for, it has been dropped, and that is all.  When there are
others, they get it all the same, by a second try without XPUB_NODROP; from then on libzmq passes
over the one that is full until it has read half of its queue, and does not tell what it misses.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

import zmq
from zmq.log._opening import PUBLISHERS, Place, make_blocking, open_socket
from zmq.log._peers import count_subscribers

# Plain ints, because those of the enums take longer.
DONTWAIT, EVENTS, NODROP = 1, int(zmq.EVENTS), int(zmq.XPUB_NODROP)

#: What sockets say that are closed, or whose context ends.
GONE = (zmq.ENOTSOCK, zmq.ETERM)

#: Types that a handler cannot send with: they do not send, or only answers, or to somebody.
UNFIT = (zmq.SUB, zmq.XSUB, zmq.PULL, zmq.REQ, zmq.REP, zmq.ROUTER, zmq.STREAM)

#: Seconds that the number of subscribers of a topic is remembered, and how many times as long as
#: finding it out has taken.
LOOK_AGAIN, LOOK_SHARE = 0.05, 20

#: Seconds that a record waits for another thread to leave the socket, which takes microseconds
#: unless it waits there itself; and that the next records wait after one has waited in vain.
PATIENCE, LESS_PATIENCE = 0.2, 0.002

#: Address of a libzmq socket -> the lock of the handlers that share it.
_locks: WeakValueDictionary[int, Any] = WeakValueDictionary()


class Sender:
    """A socket that is sent through by one thread at a time, and never waits.

    Parameters
    ----------
    source : zmq.Socket or Place
        A socket that is somebody else's, and stays open; or where to open one.

    Attributes
    ----------
    socket : zmq.Socket
        As it was given, or opened.
    send_now : callable
        `Socket.send_multipart`, to be called with DONTWAIT; what it raises is for `recover`.
    drops : bool
        It is one that drops what a subscriber has no room for.
    is_taken : bool
        Another thread was in a call of the socket for too long.
    lock : threading.RLock
        To be held around `send_now` and `recover`.
    """

    def __init__(self, source: Any) -> None:
        self._place: Place | None = source if isinstance(source, Place) else None
        self._context: Any = None
        self._topics: dict[bytes, tuple[float, int | None]] = {}
        _check_kind(
            source.type  # pyright: ignore[reportAttributeAccessIssue]
            if self._place is None
            else self._place.kind
        )
        if self._place is not None:
            source, self._context = open_socket(self._place)
        self._adopt(source)
        # RLock is a function, and its type can be referred to weakly on every Python.
        self.lock = _locks.setdefault(self._plain.underlying, threading.RLock())

    def _adopt(self, socket: Any) -> None:
        self._pid = os.getpid()
        self.is_taken = False
        self.socket = socket
        self._plain = make_blocking(socket)
        self.send_now: Any = self._plain.send_multipart
        self.drops = socket.type in PUBLISHERS
        if self.drops:
            self._plain.set(NODROP, 1)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return bool(self._plain.closed)

    @property
    def is_lost(self) -> bool:
        """Whether this is a forked child, and the socket its parent's."""
        return os.getpid() != self._pid

    def recover(self, parts: list[bytes], error: zmq.ZMQError) -> bool:
        """After `send_now` failed: send a message some other way, or drop it.

        Parameters
        ----------
        parts : list of bytes
        error : ZMQError
            What `send_now` has raised.

        Returns
        -------
        bool
            False when somebody did not get it: its queue is full, another thread has taken the
            socket, or this is a forked child that has none.

        Raises
        ------
        ZMQError
            What is neither full nor closed.
        """
        try:
            if isinstance(error, zmq.Again):
                self.is_taken = False
                return self._overflow(parts)
            if isinstance(error, zmq.ZMQThreadError):
                return self._insist(parts)
        except zmq.ZMQError as another:
            error = another
        if error.errno not in GONE:
            raise error
        if self.is_lost:
            return self._reopen(parts)
        if error.errno == zmq.ETERM and self._place is not None:
            self.socket.close()  # or the context would wait for it
        return True

    def close(self) -> None:
        """Close a socket that was opened here, or let go of one that was given; send no more."""
        self.send_now = _ignore
        if self._place is None:
            if self.drops and not self._plain.closed:
                try:
                    self._plain.set(NODROP, self.socket.on_full in ("block", "raise"))
                except zmq.ZMQError:
                    pass  # it is ending
            return
        self._place = None
        if self._context is not None:
            self._context.destroy()  # LINGER is how long it takes at most
            return
        try:
            self.socket.close()
        except zmq.ZMQThreadError:
            pass  # somebody waits in it: it ends with the context that was given

    def count_subscribers(self, topic: str | bytes, n: int) -> int:
        """How many subscribers a topic has.

        Raises
        ------
        TimeoutExpired
            When there are fewer than `n`.
        ZMQError
            ENOTSUP for a socket that does not count them, or only in its event loop.
        """
        if self._plain is self.socket:
            count: int = self.socket.wait_subscribers(topic, n, timeout=0)
            return count
        raise zmq.ZMQError(
            zmq.ENOTSUP,
            f"wait_subscribers: this is for blocking sockets. Await that of {self.socket!r}",
        )

    # ---- what can go wrong ----

    def _overflow(self, parts: list[bytes]) -> bool:
        """Somebody's queue is full: let the others have the message."""
        self._plain.get(EVENTS)  # libzmq looks for new room now and then only, and now
        try:
            self.send_now(parts, DONTWAIT)
            return True
        except zmq.Again:
            pass
        if self.drops and self._has_others(parts[0]):
            self._plain.set(NODROP, 0)
            try:
                self.send_now(parts, DONTWAIT)
            except zmq.Again:
                pass
            finally:
                self._plain.set(NODROP, 1)
        return False

    def _has_others(self, topic: bytes) -> bool:
        """Whether a topic is for more than one; the answer is good for a moment."""
        now = monotonic()
        until, count = self._topics.get(topic, (0.0, None))
        if now > until:
            if len(self._topics) > 1000:
                self._topics.clear()
            count = count_subscribers(self.socket, topic)
            end = monotonic()
            self._topics[topic] = (end + max(LOOK_AGAIN, LOOK_SHARE * (end - now)), count)
        return count != 1

    def _insist(self, parts: list[bytes]) -> bool:
        """Somebody else is in a call of the same socket: try again for a while."""
        end = monotonic() + (LESS_PATIENCE if self.is_taken else PATIENCE)
        while monotonic() < end:
            time.sleep(0.0005)
            try:
                self.send_now(parts, DONTWAIT)
                self.is_taken = False
                return True
            except zmq.ZMQThreadError:
                continue
            except zmq.Again:
                return self._overflow(parts)
        self.is_taken = True
        return False

    def _reopen(self, parts: list[bytes]) -> bool:
        """In a forked child, connect again; what the parent has bound cannot be bound here."""
        if self._place is None or not self._place.connect:
            return False
        socket, self._context = open_socket(self._place._replace(context=None))
        self._adopt(socket)
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children end without what is registered with atexit
            util.Finalize(None, self.close, exitpriority=0)
        try:
            self.send_now(parts, DONTWAIT)
        except zmq.Again:
            return False
        return True


def _check_kind(kind: int) -> None:
    if kind in UNFIT:
        name = zmq.SocketType(kind).name
        raise ValueError(f"a {name} socket cannot publish records: give a PUB or a PUSH one")


def _ignore(parts: list[bytes], flags: int) -> None:
    """Send nothing: the handler has been closed."""
