# SPDX-License-Identifier: BSD-3-Clause
"""Handlers: what publishes the records of Python's `logging`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any, ClassVar

import zmq
from zmq.log._lines import FORMATTERS, as_level, encode, find_formatter, split_topic
from zmq.log._opening import Place
from zmq.log._payload import Envelope
from zmq.log._reports import LOGGER, Reporter, has_listener
from zmq.log._sender import DONTWAIT, Sender
from zmq.log.topiclogger import TOPIC_DELIM, TopicLogger

#: Topics that are remembered as bytes; all are forgotten when there are more.
MOST_TOPICS = 1000

#: Seconds after which the number of subscribers is looked at again.
LOOK_AGAIN = 0.005


class PUBHandler(logging.Handler):
    """Publishes records as messages of two parts: a topic and a text.

    The topic is ``root.LEVEL.sub``: `root_topic`, the name of the record's level, and what stands
    before `TOPIC_DELIM` in the message; each may be missing, but for the level.

    Any thread may log.  Nothing ever waits: a record for which a subscriber has no room is dropped,
    and counted in `dropped`.

    Parameters
    ----------
    interface_or_socket : str, bytes or zmq.Socket
        An endpoint to bind; or a socket, PUB as a rule, which the handler has for itself from now
        on.  It may belong to asyncio, gevent or another event loop.
    context : Context, optional
        Where to open the socket; by default one of its own, which inproc reaches as `ctx`.
    root_topic : str or bytes
    connect : bool
        Connect to the endpoint instead of binding it.  Such a handler goes on in forked processes.
    socket_type : SocketType or int
        Of a socket that is opened here: PUB, XPUB, PUSH, ...
    options : mapping of str to object, optional
        Options of a socket that is opened here, by name: ``{"sndhwm": 100}``.

    Attributes
    ----------
    formatters : dict of int to logging.Formatter
        By level; a level that has none takes that of the next one below.
    dropped : int
        Records that somebody did not get because a queue was full.  It is exact where the number
        of subscribers is known and is one; of several, who get what the one that is full misses,
        it counts the first record that this one misses in a row.
    report_interval : float or None
        Seconds between two warnings about that from the logger `zmq.log`; None for no warnings.

    Raises
    ------
    ZMQError
        When the endpoint is refused.
    TypeError, ValueError
        For what is no endpoint and no socket, or a socket that cannot publish.
    """

    formatters: ClassVar[dict[int, logging.Formatter]] = FORMATTERS

    def __init__(
        self,
        interface_or_socket: str | bytes | Any,
        context: zmq.Context[Any] | None = None,
        root_topic: str | bytes = "",
        *,
        connect: bool = False,
        socket_type: int = zmq.PUB,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._reporter = Reporter(10.0)
        self._topics: dict[tuple[str, str], bytes] = {}
        self.dropped = 0
        if isinstance(interface_or_socket, (str, bytes)):
            endpoints = (interface_or_socket,)
            source: Any = Place(socket_type, endpoints, connect, options or {}, context)
        elif isinstance(interface_or_socket, zmq.Socket):
            source = interface_or_socket
        else:
            raise TypeError(
                "a handler needs an endpoint, like 'tcp://127.0.0.1:5555', or a zmq.Socket, not "
                f"{interface_or_socket!r}"
            )
        self._root_topic = ""
        self.setRootTopic(root_topic)  # which may refuse it: so before anything is open
        self._sender = Sender(source)
        super().__init__()
        self.formatters = dict(self.formatters)  # type: ignore[misc]

    # ---- what it is ----

    @property
    def socket(self) -> Any:
        """The socket: the one that was given, or opened here.  Another one may be set."""
        return self._sender.socket

    @socket.setter
    def socket(self, socket: Any) -> None:
        former, self._sender = self._sender, Sender(socket)
        former.close()
        self.lock = self._sender.lock

    @property
    def ctx(self) -> Any:
        """The context of the socket."""
        return self._sender.socket.context

    @property
    def root_topic(self) -> str:
        """The first part of the topics; bytes are taken, too."""
        return self._root_topic

    @root_topic.setter
    def root_topic(self, root_topic: str | bytes) -> None:
        self.setRootTopic(root_topic)

    def setRootTopic(self, root_topic: str | bytes) -> None:
        """Set `root_topic`.

        Parameters
        ----------
        root_topic : str or bytes
            "" for none.
        """
        if isinstance(root_topic, bytes):
            root_topic = root_topic.decode("utf-8")
        if not isinstance(root_topic, str):
            raise TypeError(f"a root topic is str or bytes, not {root_topic!r}")
        self._root_topic = root_topic

    @property
    def report_interval(self) -> float | None:
        return self._reporter.interval

    @report_interval.setter
    def report_interval(self, seconds: float | None) -> None:
        self._reporter.interval = seconds

    def setFormatter(
        self, fmt: logging.Formatter | str | None, level: int | str = logging.NOTSET
    ) -> None:
        """Set the formatter of a level.

        Parameters
        ----------
        fmt : logging.Formatter, str or None
            A str is a %-style format; None restores the default.
        level : int or str
            Number or name; NOTSET for all levels.
        """
        number = as_level(level)
        formatter: Any = logging.Formatter(fmt) if isinstance(fmt, str) else fmt
        if number == logging.NOTSET:
            self.formatter = formatter
            defaults = type(self).formatters
            for each in {**defaults, **self.formatters}:
                self.formatters[each] = formatter or find_formatter(defaults, each)
        else:
            self.formatters[number] = formatter or find_formatter(type(self).formatters, number)

    def wait_subscribers(
        self, topic: str | bytes = "", n: int = 1, timeout: float | None = None
    ) -> int:
        """Wait until a topic has so many subscribers; other threads may log meanwhile.

        Parameters
        ----------
        topic : str or bytes
            The beginning of it; "" counts those who have subscribed to everything.
        n : int
        timeout : int or float, optional
            Milliseconds; None waits for ever.

        Returns
        -------
        int
            How many there are.

        Raises
        ------
        TimeoutExpired
            When there are fewer until then.
        ZMQError
            ENOTSUP when the socket does not count its subscribers, as those do that are opened
            here.
        """
        end = None if timeout is None else monotonic() + timeout / 1000
        while True:
            try:
                with self.lock:  # type: ignore[union-attr]
                    return self._sender.count_subscribers(topic, n)
            except zmq.TimeoutExpired:
                if end is not None and monotonic() >= end:
                    raise
            sleep(LOOK_AGAIN)

    # ---- records ----

    def createLock(self) -> None:
        """Share a lock with the other handlers of the same socket."""
        super().createLock()  # which has it made anew in forked children
        self.lock = self._sender.lock

    def handle(self, record: logging.LogRecord) -> Any:
        """Publish a record, unless a filter does not let it pass."""
        passed = self.filter(record)
        if not passed:
            return passed
        if passed is not True and isinstance(passed, logging.LogRecord):
            record = passed
        with self.lock:  # type: ignore[union-attr]
            self.emit(record)
        if self._reporter.is_due:  # when other handlers' locks are free to be taken
            self._reporter.tell(self._describe_drops)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        """Publish a record."""
        try:
            sub, message = "", record.msg
            if type(message) is not str or TOPIC_DELIM in message:
                sub, record = split_topic(record)
            level = (self.root_topic, record.levelname)
            topic = self._topics.get(level) or self._begin_topic(level)
            if sub:
                topic = b"%b.%b" % (topic, encode(sub))
            parts = [topic, self._make_body(record, topic)]
            try:
                self._sender.send_now(parts, DONTWAIT)
            except zmq.ZMQError as error:
                if not self._sender.recover(parts, error) or self._sender.is_closed:
                    self._note_drop(record)
        except RecursionError:
            raise
        except Exception:
            self.handleError(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, by the formatter of its level."""
        formatter = self.formatters.get(record.levelno)
        if formatter is None:
            formatter = self.formatter or find_formatter(self.formatters, record.levelno)
        return formatter.format(record)

    def _make_body(self, record: logging.LogRecord, topic: bytes) -> bytes:
        text = self.format(record)
        try:
            return text.encode()
        except UnicodeEncodeError:
            return encode(text)

    def _begin_topic(self, level: tuple[str, str]) -> bytes:
        """Root and level as a topic; remembered."""
        if len(self._topics) >= MOST_TOPICS:
            self._topics.clear()
        topic = self._topics[level] = encode(".".join(part for part in level if part))
        return topic

    # ---- what is dropped ----

    def _note_drop(self, record: logging.LogRecord) -> None:
        if record.name == LOGGER:  # the report, which would be one more to report
            if logging.lastResort is not None and not has_listener(PUBHandler):
                logging.lastResort.handle(record)
        elif not self._sender.is_closed or self._sender.is_lost:
            self.dropped += 1
            self._reporter.note()

    def _describe_drops(self) -> str:
        names = [*(self.socket._bindings or ()), *(self.socket._connections or ())]
        where = b", ".join(names).decode("utf-8", "replace")
        if self._sender.is_lost:
            return (
                f"{self.dropped} records were dropped: this process was forked, and the socket of "
                f"the handler ({where}) is its parent's. Handlers that connect to an endpoint go "
                "on, and others have to be made anew"
            )
        if self._sender.is_taken:
            return (
                f"records are dropped, at least {self.dropped} so far: another thread is in a call "
                f"of the handler's socket ({where}), which the handler needs for itself"
            )
        why = "a subscriber is" if self._sender.drops else "nobody is there to take them, or"
        return (
            f"records are dropped, at least {self.dropped} so far: {why} too slow, and the queue "
            f"of the handler's socket ({where}) is full"
        )

    def handleError(self, record: logging.LogRecord, _ends: Any = sys.is_finalizing) -> None:
        """Say what went wrong, as other handlers do, unless the interpreter is ending."""
        if not _ends():
            super().handleError(record)

    # ---- the end ----

    def flush(self) -> None:
        """Do nothing: libzmq sends by itself."""

    def close(self) -> None:
        """Close the socket, if it was opened here; what is logged from now on is ignored."""
        self._reporter.tell(self._describe_drops, at_last=True)
        lock = self.lock
        assert lock is not None
        with lock:
            self._sender.close()
        super().close()


class JSONPUBHandler(PUBHandler):
    """Publishes records as messages of two parts: a topic and a JSON object.

    The topic and the parameters are those of `PUBHandler`.  The object has all fields of the
    record, those given as `extra` too: see `zmq.log.receiver.LogReceiver`, which makes records of
    it again.
    What JSON has no form for is sent as ``str(value)``.

    A formatter that is set formats exceptions, and nothing else.

    Attributes
    ----------
    dropped : int
        As of a `PUBHandler`.  Each receiver knows how many it has missed, exactly, because the
        messages of a topic are numbered.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._envelope = Envelope()

    def emit(self, record: logging.LogRecord) -> None:
        """Publish a record, unless it has been published by this handler and come back."""
        if not self._envelope.has_passed(record):
            super().emit(record)

    def _make_body(self, record: logging.LogRecord, topic: bytes) -> bytes:
        formatter = self.formatter or logging._defaultFormatter  # type: ignore[attr-defined]
        return self._envelope.encode(record, topic, formatter)


__all__ = ["TOPIC_DELIM", "JSONPUBHandler", "PUBHandler", "TopicLogger"]
