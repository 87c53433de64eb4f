# SPDX-License-Identifier: BSD-3-Clause
"""Receiver: re-emits the records of other processes into the logging of this one."""

from __future__ import annotations

import atexit
import logging
import os
import socket as system
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, Callable

import zmq
from zmq.log._lines import as_level
from zmq.log._opening import Place, make_blocking, open_socket
from zmq.log._payload import Gaps, MalformedError, decode, make_record
from zmq.log._reports import Reporter

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

#: Types of sockets that records come from.
RECEIVING = (zmq.SUB, zmq.XSUB, zmq.PULL, zmq.PAIR, zmq.DEALER)

#: Names of loggers that strangers can bring into being, and the most characters of each; the root
#: logger gets what is beyond.
MOST_NAMES, LONGEST_NAME = 10_000, 200

#: Messages that are taken from a socket before the others have their turn.
BATCH = 100

#: Seconds that messages which are there already are taken when it is told to stop.
DRAIN = 1.0


class LogReceiver:
    """Receives what `JSONPUBHandler` sends, and hands it to the loggers of this process.

    Each record goes to the logger of its own name, or to one that is given.  Levels of loggers were
    applied where it was logged, and are not applied again; those of handlers are.

    As a thread::

        with LogReceiver("tcp://10.0.0.7:5555", "tcp://10.0.0.8:5555"):
            ...

    As a task of asyncio, ``async with``, or ``asyncio.create_task(receiver.run())``.

    Parameters
    ----------
    *sources : str, bytes or zmq.Socket
        Endpoints to connect to; or sockets, SUB with its subscriptions made or PULL, which are the
        receiver's until it stops, and stay open.
    bind : bool
        Bind to the endpoints instead, for publishers that connect.
    context : Context, optional
        Where to open the socket; by default one of its own, or `Context.instance()` for inproc.
    topics : str or iterable of str
        Only records whose topics begin with one of these.
    level : int or str
        Only records of this level and above.
    logger : str or logging.Logger, optional
        Where all records go.
    socket_type : SocketType or int
        Of a socket that is opened here: SUB or PULL.
    options : mapping of str to object, optional
        Options of a socket that is opened here, by name.
    on_malformed : callable, optional
        Called as ``on_malformed(frames, reason)`` for what is no record, or cannot be handled;
        otherwise the logger `zmq.log` warns of it, every ten seconds at most.

    Attributes
    ----------
    received, malformed, missed : int
        Records that came, messages that were none, and records that were sent and did not come.
        These are told by the numbers of the records that came before and after.

    Raises
    ------
    ZMQError
        When an endpoint is refused.
    """

    def __init__(
        self,
        *sources: Any,
        bind: bool = False,
        context: zmq.Context[Any] | None = None,
        topics: str | Iterable[str] = "",
        level: int | str = logging.NOTSET,
        logger: str | logging.Logger | None = None,
        socket_type: int = zmq.SUB,
        options: Mapping[str, Any] | None = None,
        on_malformed: Callable[[list[bytes], str], object] | None = None,
    ) -> None:
        if not sources:
            raise TypeError("a LogReceiver needs an endpoint, like 'tcp://127.0.0.1:5555'")
        self.received = self.malformed = self.missed = 0
        self.level = as_level(level)
        self._logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self._on_malformed = on_malformed
        self._bad, self._loss, self._gaps = Reporter(10.0), Reporter(10.0), Gaps()
        self._names: set[str] = set()
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._pid = os.getpid()
        self._opened: Any = None
        self._context: Any = None
        self._sockets = [make_blocking(_check(each)) for each in sources if not _is_name(each)]
        endpoints = [each for each in sources if _is_name(each)]
        if endpoints:
            if context is None and any("inproc:" in str(each) for each in endpoints):
                context = zmq.Context.instance()  # in one of its own nobody would be
            options = {"linger": 0, **(options or {})}
            if socket_type == zmq.SUB:
                found = [topics] if isinstance(topics, (str, bytes)) else topics
                options["subscribe"] = [_as_topic(topic) for topic in found]
            place = Place(socket_type, endpoints, not bind, options, context)
            self._opened, self._context = open_socket(place)
            self._sockets.append(self._opened)
        self._alarm, self._bell = system.socketpair()

    @property
    def endpoints(self) -> list[str]:
        """What the sockets are bound and connected to, as resolved."""
        return [
            endpoint.decode("utf-8", "replace")
            for each in self._sockets
            for endpoint in (*(each._bindings or ()), *(each._connections or ()))
        ]

    @property
    def closed(self) -> bool:
        """Whether it has ended, or cannot go on in this forked child."""
        return self._alarm.fileno() < 0 or os.getpid() != self._pid

    # ---- as a thread ----

    def start(self) -> LogReceiver:
        """Begin to receive in a thread, which is a daemon.

        Returns
        -------
        LogReceiver
            Itself.

        Raises
        ------
        RuntimeError
            When it has been started, or has ended; or where gevent has put greenlets in the place
            of threads, which would all wait for this one.
        """
        self._check_new()
        monkey = sys.modules.get("gevent.monkey")
        if monkey is not None and monkey.is_module_patched("threading"):
            raise RuntimeError(
                "gevent has patched threading: all greenlets would wait for a LogReceiver. Start "
                "it in a process of its own"
            )
        self._thread = threading.Thread(target=self._receive, name="LogReceiver", daemon=True)
        atexit.register(self._stop_at_exit)
        self._thread.start()
        return self

    def stop(self, timeout: float = 10.0) -> None:
        """Handle what has come already, for a second at most, and end; the second time do nothing.

        Parameters
        ----------
        timeout : float
            Seconds to wait for the thread.

        Raises
        ------
        TimeoutError
            When a handler keeps the thread longer than that.
        """
        if self.closed:
            return
        self._is_stopping = True
        if self._task is not None:
            self._ring()
        elif self._thread is None:
            self._close()
        elif self._thread is not threading.current_thread():
            self._ring()
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise TimeoutError(f"the receiver is still busy after {timeout} s")

    def _ring(self) -> None:
        try:
            self._bell.send(b"!")
        except OSError:
            pass  # it has just ended

    def is_alive(self) -> bool:
        """Whether it is receiving."""
        running = self._thread is not None and self._thread.is_alive()
        return running or (self._task is not None and not self._task.done())

    def __enter__(self) -> LogReceiver:
        return self.start()

    def __exit__(self, *args: object) -> None:
        self.stop()

    def _receive(self) -> None:
        poller = zmq.Poller()
        with self._serving(poller):
            while not self._is_stopping:
                poller.poll()
                self._take()
            end = monotonic() + DRAIN
            while monotonic() < end and self._take():
                pass

    def _stop_at_exit(self) -> None:
        try:
            self.stop(timeout=DRAIN + 1)
        except TimeoutError:
            pass  # the thread is a daemon

    # ---- as a task ----

    async def run(self) -> None:
        """Receive until `stop` is called, in any thread, or the task is cancelled.

        Raises
        ------
        RuntimeError
            When it has been started, or has ended.
        """
        import asyncio

        self._check_new()
        self._task = asyncio.current_task()
        await self._serve()

    async def _serve(self) -> None:
        from asyncio import sleep

        from zmq.asyncio import Poller

        poller = Poller()
        with self._serving(poller):
            while not self._is_stopping:
                await poller.poll()
                self._take()
                await sleep(0)  # others have their turn, however much comes
            end = monotonic() + DRAIN
            while monotonic() < end and self._take():
                await sleep(0)

    async def __aenter__(self) -> LogReceiver:
        import asyncio

        self._check_new()
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *args: object) -> None:
        self.stop()
        if self._task is not None:
            await self._task

    # ---- both ----

    def _check_new(self) -> None:
        if self.closed:
            raise RuntimeError("this LogReceiver has ended: make another one")
        if self._thread is not None or self._task is not None:
            raise RuntimeError("this LogReceiver has been started already")

    @contextmanager
    def _serving(self, poller: Any) -> Iterator[None]:
        """Let a poller watch what there is, and close everything in the end."""
        try:
            for each in self._sockets:
                poller.register(each, zmq.POLLIN)
            poller.register(self._alarm.fileno(), zmq.POLLIN)
            yield
        except zmq.ZMQError as error:
            if error.errno not in (zmq.ETERM, zmq.ENOTSOCK):
                raise
        finally:
            self._close()

    def _take(self) -> int:
        """Handle what is there, up to a batch from each socket; how much it was."""
        count = 0
        for each in self._sockets:
            try:
                messages = each.recv_many_multipart(BATCH, flags=zmq.DONTWAIT)
            except zmq.Again:
                continue
            for message in messages:
                self._handle(message)
            count += len(messages)
        return count

    def _close(self) -> None:
        atexit.unregister(self._stop_at_exit)
        if self._opened is not None:
            self._opened.close(linger=0)
        if self._context is not None:
            self._context.term()
        self._alarm.close()
        self._bell.close()

    # ---- messages ----

    def _handle(self, frames: list[bytes]) -> None:
        try:
            if len(frames) != 2:
                raise MalformedError(f"it has {len(frames)} parts, and a record has two")
            payload = decode(frames[1])
            record = make_record(payload, frames[0].decode("utf-8", "replace"))
        except MalformedError as exc:
            self._refuse(frames, str(exc))
            return
        self.received += 1
        gap = self._gaps.measure(payload, frames[0])
        if gap:
            self.missed += gap
            self._loss.note()
        self._loss.tell(self._describe_loss)
        if record.levelno < self.level:
            return
        try:
            (self._logger or self._find_logger(record.name)).handle(record)
        except Exception as exc:  # of a filter: handlers deal with their own
            self._refuse(frames, f"it cannot be handled: {type(exc).__name__}: {exc}")

    def _find_logger(self, name: str | None) -> logging.Logger:
        """The logger of a name, which `logging` never forgets: so not of any number of names."""
        if not name or len(name) > LONGEST_NAME:
            return logging.getLogger()
        if name not in self._names:
            if len(self._names) >= MOST_NAMES:
                return logging.getLogger()
            self._names.add(name)
        return logging.getLogger(name)

    def _describe_loss(self) -> str:
        return f"{self.missed} records did not come so far: queues were full, or connections lost"

    def _refuse(self, frames: list[bytes], reason: str) -> None:
        self.malformed += 1
        if self._on_malformed is not None:
            try:
                self._on_malformed(frames, reason)
            except Exception as exc:
                reason = f"on_malformed raised {type(exc).__name__}: {exc}"
            else:
                return
        topic = b"".join(frames[:1])[:60]
        self._bad.note()
        self._bad.tell(
            lambda: (
                f"{self.malformed} messages were no records so far; the last one, of topic "
                f"{topic!r}: {reason}"
            )
        )


def _is_name(source: object) -> bool:
    return isinstance(source, (str, bytes))


def _check(source: Any) -> Any:
    """A socket that records can come from."""
    if not isinstance(source, zmq.Socket):
        raise TypeError(f"a source is an endpoint or a zmq.Socket, not {source!r}")
    if source.type not in RECEIVING:
        kind = zmq.SocketType(source.type).name
        raise ValueError(f"a {kind} socket receives no records: give a SUB or a PULL one")
    return source


def _as_topic(topic: str | bytes) -> bytes:
    if not isinstance(topic, (str, bytes)):
        raise TypeError(f"a topic is str or bytes, not {topic!r}")
    return topic.encode() if isinstance(topic, str) else topic


__all__ = ["LogReceiver"]
