# SPDX-License-Identifier: BSD-3-Clause
"""Observe: the methods of sockets that tell who is there and what happens on the wire."""

from __future__ import annotations

from time import monotonic

from zmq._typing import SocketMixin
from zmq.backend import Context as BackendContext
from zmq.backend import Socket as BackendSocket
from zmq.constants import XPUB_VERBOSER, Errno, SocketType
from zmq.error import TimeoutExpired, ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from zmq._typing import Buffer, Endpoint, Timeout
    from zmq.sugar.connections import Connections
    from zmq.sugar.observer import Observer
    from zmq.sugar.subscribers import Subscribers


class NotObserved(ZMQError, AttributeError):
    """A socket is not told what is asked for: to `hasattr` it has no such attribute."""


class Observation(SocketMixin):
    """Peers, subscribers and statistics of a socket that was made to be observed."""

    __slots__ = ()

    _observer: Observer | None = None

    def _begin_observation(self: Any, observe: bool, count_subscribers: bool) -> None:
        """Begin, before the first bind or connect; the native constructor calls this."""
        try:
            if observe:
                from zmq.sugar.observer import Observer

                self._observer = Observer(self)
            if count_subscribers or self._socket_type == SocketType.XPUB:
                self._begin_counting()
        except BaseException:
            self._quiet = True
            self.close()
            raise

    def _end_observation(self: Any) -> None:
        """End; the native `close` calls this first."""
        if self._observer is not None:
            self._observer.end(self)
        if self._monitor is not None:
            self._monitor.end()

    def _read_events(self) -> None:
        """Read the events of the connections; the native layer calls this when it waits."""
        if self._observer is not None:
            self._observer.look(id)

    # ---- peers ----

    @property
    def peers(self) -> dict[str, int]:
        """The connections that are up, over tcp and ipc: a dict of endpoint (str) -> how many
        (int).

        For sockets made with `observe=True`.  A connection counts from when its handshake has
        succeeded until it is lost, or its endpoint is left.  The endpoints are those the socket is
        bound and connected to, as `last_endpoint` and `connect` have them; those without
        connections are left out.  May be read in any thread.

        Raises
        ------
        ZMQError
            ENOTSUP when the socket is not observed, or only bound and connected to what libzmq does
            not report.
        """
        observer = self._need_observer("peers")
        self._check_transports("peers")
        return observer.look(lambda connections: connections.count(*self._list_endpoints()))

    def wait_connected(self, n: int = 1, timeout: Timeout = None) -> int:
        """Wait until so many connections are up, over tcp and ipc.

        For sockets made with `observe=True`.  May be called in any thread.

        Parameters
        ----------
        n : int
            Connections of all endpoints together: see `peers`.
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        int
            How many there are.

        Raises
        ------
        TimeoutExpired
            When there are fewer until then.
        ZMQError
            ENOTSUP when the socket is not observed, or only bound and connected to what libzmq does
            not report; EINVAL when it is neither bound nor connected, and is to be waited for
            without end.
        """
        observer = self._need_observer("wait_connected")
        _check_wait(n, timeout)
        self._check_transports("wait_connected")
        if n > 0 and not any(self._list_endpoints()) and (timeout is None or timeout < 0):
            raise ZMQError(
                Errno.EINVAL, "wait_connected would wait for ever: bind or connect the socket first"
            )
        counts: list[int] = []

        def has_enough(connections: Connections) -> bool:
            counts[:] = connections.count(*self._list_endpoints()).values()
            return sum(counts) >= n

        if not observer.wait(has_enough, timeout):
            raise TimeoutExpired(
                f"{n} connections were waited for {timeout} ms: there are {sum(counts)}"
            )
        return sum(counts)

    def _need_observer(self, name: str) -> Observer:
        if self._observer is None:
            raise NotObserved(
                Errno.ENOTSUP,
                f"{name} needs a socket that is observed from the start, for libzmq does not tell "
                f"what was before: "
                f"make it with ctx.socket(zmq.{self._type_name}, observe=True)",
            )
        if self.closed:
            raise NotObserved(Errno.ENOTSOCK, f"{name}: this {self._type_name} socket is closed")
        return self._observer

    def _list_endpoints(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        return tuple(self._bindings or ()), tuple(self._connections or ())

    def _check_transports(self, name: str) -> None:
        from zmq.sugar.naming import is_reported

        endpoints = [endpoint for group in self._list_endpoints() for endpoint in group]
        if endpoints and not any(map(is_reported, endpoints)):
            raise ZMQError(
                Errno.ENOTSUP,
                f"{name} cannot know: libzmq reports connections over tcp and ipc, and this socket "
                f"has only {endpoints[0].decode('utf-8', 'replace')!r}. Over inproc a connection "
                "is up as soon as one side has called bind and the other connect",
            )

    def unbind(self, addr: Endpoint) -> None:
        """Undo a `bind` (`zmq_unbind`): no new connections there, and those that were accepted
        there end.

        Parameters
        ----------
        addr : str or bytes
            The endpoint as `last_endpoint` gave it after the bind.
        """
        self._leave(BackendSocket.unbind, addr)

    def disconnect(self, addr: Endpoint) -> None:
        """Undo a `connect` (`zmq_disconnect`).

        Parameters
        ----------
        addr : str or bytes
        """
        self._leave(BackendSocket.disconnect, addr)

    def _leave(self, function: Callable[..., None], addr: Endpoint) -> None:
        endpoints = self._list_endpoints()
        function(self, addr)
        if self._observer is not None:
            name = addr.encode("utf-8") if isinstance(addr, str) else addr
            self._observer.look(lambda connections: connections.leave(name, *endpoints))

    # ---- subscribers ----

    def _begin_counting(self: Any) -> None:
        from zmq.sugar.subscribers import Subscribers

        BackendSocket.set(self, XPUB_VERBOSER, 1)
        self._count_with(Subscribers())

    def _take_subscriptions(self, timeout: Timeout = 0) -> int:
        """Learn of subscriptions, keeping them for `recv`; if there are none, wait for one.

        Returns how many notifications there were.
        """
        hold = self._socket_type == SocketType.XPUB
        taken = 0
        while True:
            frame = self._take_notification(timeout, hold)
            if frame is None:
                return taken
            self.counting.note(frame)
            taken, timeout = taken + 1, 0

    def _need_counting(self, name: str) -> Subscribers:
        kind: Any = self._socket_type
        if (
            self.counting is None
            and kind == SocketType.XPUB
            and not any(self._list_endpoints())
            and not self.closed
        ):
            self._begin_counting()
        if self.counting is None:
            way_out = {
                SocketType.PUB: "a plain PUB socket is not told who subscribes: make it with "
                "ctx.socket(zmq.PUB, count_subscribers=True)",
                SocketType.XPUB: "libzmq has not been asked to tell of every subscription: make "
                "the socket with "
                "ctx.socket(zmq.XPUB, count_subscribers=True)",
            }.get(
                kind,
                "only PUB and XPUB sockets have subscribers, and this is a "
                f"{self._type_name} socket",
            )
            raise NotObserved(Errno.ENOTSUP, f"{name}: {way_out}")
        return self.counting  # type: ignore[no-any-return]

    @property
    def subscribers(self) -> dict[bytes, int]:
        """How many have subscribed to each topic: a dict of topic (bytes) -> how many (int).

        For the sockets that `wait_subscribers` is for.

        Raises
        ------
        ZMQError
            ENOTSUP when the socket does not count its subscribers.
        """
        counting = self._need_counting("subscribers")
        self._take_subscriptions()
        return counting.list_topics()

    def wait_subscribers(self, topic: str | bytes, n: int = 1, timeout: Timeout = None) -> int:
        """Wait until so many subscribers would receive a message that begins with a topic.

        A message that is sent after this reaches them.  For PUB and XPUB sockets made with
        `count_subscribers=True`, and XPUB sockets made with `observe=True` or not bound or
        connected yet.  The notifications that an XPUB socket receives are still there for `recv`.

        Parameters
        ----------
        topic : bytes or str
            Those who have subscribed to the whole of it, to a beginning of it or to everything
            (b"") count.
        n : int
            How many.  One over inproc that has subscribed several times counts as often.
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.

        Returns
        -------
        int
            How many there are.

        Raises
        ------
        TimeoutExpired
            When there are fewer until then.
        ZMQError
            ENOTSUP when the socket does not count its subscribers.
        """
        counting = self._need_counting("wait_subscribers")
        _check_wait(n, timeout)
        topic = as_topic(topic)
        deadline = None if timeout is None or timeout < 0 else monotonic() + timeout / 1000
        self._take_subscriptions()
        while True:
            count = counting.count(topic)
            if count >= n:
                return count
            left = None if deadline is None else (deadline - monotonic()) * 1000
            if left is not None and left <= 0:
                raise TimeoutExpired(
                    f"{n} subscribers to {topic!r} were waited for {timeout} ms: there are {count}"
                )
            self._take_subscriptions(left)

    # ---- statistics ----

    def stats(self) -> dict[str, int]:
        """What has happened on this socket so far.

        Returns
        -------
        dict of str to int
            For every socket:

            ``messages_in``, ``messages_out``
                Messages received and sent through this object; one of several parts counts once,
                with its last part.
            ``bytes_in``, ``bytes_out``
                What they contained.
            ``would_block``
                How often a call could not be done at once, whether it waited then or raised
                `Again`.

            For sockets made with ``observe=True`` also, over tcp and ipc:

            ``connects``
                Connections that came up, those made again included.
            ``disconnects``
                Connections lost that had been up: the peer or the network ended them, not this
                socket.
            ``handshake_failures``
                Connections that ended before they were up: wrong keys, a type of socket that does
                not fit, no ØMQ peer.
            ``retries``
                How often `connect` is tried again, after a failure or a loss.
        """
        found = self._counters()
        if self._observer is not None:
            found.update(self._observer.look(list_counts))
        return found


def _check_wait(n: int, timeout: Timeout) -> None:
    """Refuse what is no number before anything is waited for."""
    if not isinstance(n, int):
        raise TypeError(f"n is how many to wait for, an int, not {n!r}")
    BackendContext._check_timeout(timeout)


def as_topic(topic: str | Buffer) -> bytes:
    if isinstance(topic, str):
        return topic.encode("utf-8")
    if isinstance(topic, (bytes, bytearray, memoryview)):
        return bytes(topic)
    raise TypeError(f"a topic is str or bytes, not {topic!r}")


def list_counts(connections: Connections) -> dict[str, int]:
    return {
        name: getattr(connections, name)
        for name in ("connects", "disconnects", "handshake_failures", "retries")
    }
