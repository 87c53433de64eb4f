# SPDX-License-Identifier: BSD-3-Clause
"""ZMQStream: a socket whose messages are handed to callbacks by tornado's loop."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from functools import partial
from typing import Any, Callable
from weakref import WeakValueDictionary

from tornado.ioloop import IOLoop
from tornado.log import gen_log

import zmq
from zmq.eventloop._outgoing import SEND_OPTIONS, Outgoing, SendCallback, check_number
from zmq.eventloop._socket import LINKED, add_options, check_loop, find_blocking, link_method
from zmq.eventloop._traffic import POLLIN, POLLOUT, Traffic, check_callback

#: Which stream a libzmq socket has, by its address.
_streams: WeakValueDictionary[int, ZMQStream] = WeakValueDictionary()


class ZMQStream(Traffic):
    """Callbacks for the messages of a socket.

    Received messages are handed to the callback of `on_recv`, in the order in which they arrive,
    as lists of their parts.  Messages to send are queued, and go out in order as soon as the
    socket takes them.  All this happens in turns of the loop.

    A callback may be a coroutine function; its coroutines are started in order, and run beside
    each other.  An exception in a callback is logged.

    Options, `bind`, `connect` and the like are those of the socket: `stream.bind`.

    Parameters
    ----------
    socket : zmq.Socket
        An asynchronous one is shadowed, with a warning.
    io_loop : tornado.ioloop.IOLoop, optional
        `IOLoop.current()` by default.

    Attributes
    ----------
    io_loop : tornado.ioloop.IOLoop
    poller : zmq.Poller
        With the socket registered, for reading and writing.

    Raises
    ------
    TypeError
        For what is no socket, or no loop.
    ValueError
        When the socket has a stream already.
    """

    io_loop: IOLoop = None  # type: ignore[assignment]
    poller: Any = None

    def __init__(self, socket: Any, io_loop: IOLoop | None = None) -> None:
        socket = find_blocking(socket)
        address = socket.underlying
        other = _streams.get(address)
        if other is not None and not other._forget_closed():  # else it had the address before
            raise ValueError(f"this socket has a stream already: use {other!r}, or close it first")
        super().__init__(socket, IOLoop.current() if io_loop is None else check_loop(io_loop))
        self.poller = zmq.Poller()
        self.poller.register(socket)
        _streams[address] = self

    def __repr__(self) -> str:
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{name} of {'nothing, closed' if self._socket is None else repr(self._socket)}>"

    @property
    def socket(self) -> Any:
        """The socket; None when the stream is closed."""
        self._expect_use()
        return self._socket

    def __getattr__(self, name: str) -> Any:
        private = name.startswith(("_", "recv", "try_recv"))
        if private or (self._socket is None and not hasattr(zmq.Socket, name)):
            hint = ": messages are given to on_recv" if "recv" in name else ""
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")
        socket = self._used_socket()
        return link_method(socket, name) if name in LINKED else getattr(socket, name)

    # ---- receiving ----

    def on_recv(self, callback: Callable[[list[Any]], Any] | None, copy: bool = True) -> None:
        """Register what is called with each message, in place of what was.

        Parameters
        ----------
        callback : callable or None
            Gets a list of the parts.  None stops receiving: messages wait in the socket.
        copy : bool
            False hands over tracked Frames instead of bytes.
        """
        self._open_socket()
        self._recv_callback = check_callback(callback)
        self._take = self._choose_take(copy)
        if callback is not None:
            self._watch.schedule()

    def on_recv_stream(
        self, callback: Callable[[ZMQStream, list[Any]], Any] | None, copy: bool = True
    ) -> None:
        """Register what is called with this stream and each message: see `on_recv`."""
        check_callback(callback)
        self.on_recv(None if callback is None else partial(callback, self), copy)

    def stop_on_recv(self) -> None:
        """Stop receiving: messages wait in the socket."""
        self.on_recv(None)

    def receiving(self) -> bool:
        """Whether there is a callback for received messages.

        Returns
        -------
        bool
        """
        return self._socket is not None and self._recv_callback is not None

    # ---- sending ----

    def on_send(self, callback: SendCallback | None) -> None:
        """Register what is called after each message was sent, in place of what was.

        It is for messages that are queued already, too.

        Parameters
        ----------
        callback : callable or None
            Gets a list of the parts that were sent, and what became of them: None if they were
            copied, or a MessageTracker if not; or the exception because of which they were
            dropped.
        """
        self._open_socket()
        self._send_callback = check_callback(callback)
        for message in self._queue:
            message.callback = callback

    def on_send_stream(self, callback: Callable[[ZMQStream, list[Any], Any], Any] | None) -> None:
        """Register what is called with this stream as well: see `on_send`."""
        check_callback(callback)
        self.on_send(None if callback is None else partial(callback, self))

    def stop_on_send(self) -> None:
        """Call nothing after messages were sent; messages are sent all the same."""
        self.on_send(None)

    def sending(self) -> bool:
        """Whether messages wait to be sent.

        Returns
        -------
        bool
        """
        return self._socket is not None and bool(self._queue)

    def send(
        self,
        msg: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: SendCallback | None = None,
        **kwargs: Any,
    ) -> None:
        """Queue a message of one part.

        Parameters
        ----------
        msg : bytes-like or Frame
        flags, copy, track
            As for `zmq.Socket.send`.  What is not copied must not change until it is sent.
        callback : callable, optional
            As of `on_send`, for this message and those after it.
        **kwargs
            `routing_id`, `group`, as for `zmq.Socket.send`.

        Raises
        ------
        TypeError, ValueError
            For options that are wrong.  A `msg` that is no bytes is logged when its turn has come,
            and the callback gets the exception.
        OSError
            When the stream is closed.
        """
        self.send_multipart([msg], flags, copy, track, callback, **kwargs)

    def send_multipart(
        self,
        msg: Iterable[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: SendCallback | None = None,
        **kwargs: Any,
    ) -> None:
        """Queue a message of several parts: see `send`.

        Parameters
        ----------
        msg : iterable of bytes-like or Frame
        flags, copy, track, callback, **kwargs
            As for `send`.
        """
        if self._socket is None or self._socket.closed:
            self._open_socket()
        message = Outgoing(msg, flags, copy, track, kwargs)
        if callback is not None:
            self._send_callback = check_callback(callback)
        message.callback = self._send_callback
        self._queue.append(message)
        self._queued += 1
        self._watch.schedule()

    def send_string(
        self,
        u: str,
        flags: int = 0,
        encoding: str = "utf-8",
        callback: SendCallback | None = None,
        **kwargs: Any,
    ) -> None:
        """Queue text as one part: see `send`, and `zmq.Socket.send_string`."""
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        self.send(u.encode(encoding), flags, callback=callback, **kwargs)

    send_unicode = send_string

    def send_json(
        self, obj: Any, flags: int = 0, callback: SendCallback | None = None, **kwargs: Any
    ) -> None:
        """Queue an object as JSON: see `send`, and `zmq.Socket.send_json`."""
        options = {key: kwargs.pop(key) for key in SEND_OPTIONS if key in kwargs}
        self.send(json.dumps(obj, **kwargs).encode(), flags, callback=callback, **options)

    def send_pyobj(
        self,
        obj: Any,
        flags: int = 0,
        protocol: int = -1,
        callback: SendCallback | None = None,
        **kwargs: Any,
    ) -> None:
        """Queue an object as a pickle: see `send`, and `zmq.Socket.send_pyobj`."""
        self.send(pickle.dumps(obj, protocol), flags, callback=callback, **kwargs)

    # ---- at once ----

    def flush(self, flag: int = POLLIN | POLLOUT, limit: int | None = None) -> int:
        """Receive and send now, without waiting and without a turn of the loop.

        It goes on until there is nothing left to do.  Messages that are received while there is
        no callback are dropped.  Inside of a callback that is called by another `flush` it does
        nothing for what that one is serving, which goes on when the callback returns.  What the
        callbacks of `on_send` queue is left to the loop.

        Parameters
        ----------
        flag : int
            `zmq.POLLIN` to receive, `zmq.POLLOUT` to send, or both.
        limit : int, optional
            The most messages to receive and send, together.

        Returns
        -------
        int
            How many messages were received and sent.
        """
        self._open_socket()
        serving = check_number("flag", flag) & (POLLIN | POLLOUT) & ~self._flushing
        if limit is not None and check_number("limit", limit) < 0:
            raise ValueError(f"limit is a number of messages, or None for all, not {limit!r}")
        self._flushing |= serving
        try:
            return self._flush(serving, limit)
        except zmq.ContextTerminated:
            self._end()
            return 0
        finally:
            self._flushing &= ~serving
            self._expect_use()

    # ---- the end ----

    def close(self, linger: int | None = None) -> None:
        """Close the stream and its socket; closing it again does nothing.

        What is queued is sent as far as the socket takes it at once, and the rest is dropped,
        with a warning in the log; with a `linger` of 0 all of it is dropped.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that unsent messages may take after this, -1 for ever: the LINGER option
            of the socket, set first.
        """
        if linger is not None:
            check_number("linger", linger)
        if not self.closed():
            self._close(linger)

    def set_close_callback(self, callback: Callable[[], Any] | None) -> None:
        """Register what is called, without arguments, when the stream is closed.

        Parameters
        ----------
        callback : callable or None
        """
        self._close_callback = check_callback(callback)

    # ---- deprecated ----

    def on_err(self, callback: Any) -> None:
        """Do nothing, but say so in the log: there is no such event."""
        gen_log.warning("ZMQStream.on_err is deprecated and does nothing: leave it out")

    def stop_on_err(self) -> None:
        """Do nothing, but say so in the log: there is no such event."""
        gen_log.warning("ZMQStream.stop_on_err is deprecated and does nothing: leave it out")


add_options(ZMQStream)
