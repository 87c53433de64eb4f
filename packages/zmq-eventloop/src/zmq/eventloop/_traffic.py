# SPDX-License-Identifier: BSD-3-Clause
"""Messages to and from a socket: queues and callbacks, served in turns of the loop.

A message is taken from libzmq just before its callback is called, never in advance.  So there is
nothing to lose when a callback stops receiving, closes the stream, or receives from the socket
itself.
"""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections import deque
from functools import partial
from time import monotonic
from typing import Any, Callable

from tornado.ioloop import IOLoop
from tornado.log import gen_log

import zmq
from zmq.eventloop._outgoing import Outgoing, SendCallback
from zmq.eventloop._socket import unlink_methods
from zmq.eventloop._watch import Watch

#: Of each direction, in one turn of the loop: messages, and seconds.
BATCH, LONGEST_TURN = 256, 0.002

UNCAUGHT = "Uncaught exception in ZMQStream callback %r of %r"

DONTWAIT, POLLIN, POLLOUT = int(zmq.DONTWAIT), int(zmq.POLLIN), int(zmq.POLLOUT)
EVENTS = zmq.EVENTS

#: Errors that say that it is not this socket's turn, or will never be.
NOT_NOW = (zmq.EFSM, zmq.Errno.ENOTSUP)


class Traffic:
    """What moves messages between a socket and callbacks.

    Parameters
    ----------
    socket : zmq.Socket
    io_loop : tornado.ioloop.IOLoop
    """

    def __init__(self, socket: Any, io_loop: IOLoop) -> None:
        self.io_loop = io_loop
        self._socket: Any = socket
        self._recv_callback: Callable[[list[Any]], Any] | None = None
        self._take = self._choose_take(True)
        self._send_callback: SendCallback | None = None
        self._queue: deque[Outgoing] = deque()
        self._queued = 0  # so many messages have ever been queued
        self._flushing = 0  # the directions that a flush, further up the stack, is serving
        self._refused = False  # libzmq did not take a message although it said it would
        self._failed = False  # receiving went wrong
        self._close_callback: Callable[[], Any] | None = None
        self._closing = False
        self._tasks: set[Any] = set()  # of callbacks that are coroutines
        self._watch = Watch(io_loop, socket, self)

    # ---- in turns of the loop ----

    def look(self) -> None:
        """Do what can be done now, within limits, and see to it that the rest will be done."""
        socket = self._socket
        if socket is None or self.closed():
            return
        if self._recv_callback is not None or self._queue:
            self._watch.check_later()  # now, for callbacks that run the loop themselves
        try:
            more = self._serve_receives() | self._serve_sends()
            if self._socket is not None and (more or self._is_ready()):
                self._watch.schedule()
        except zmq.ContextTerminated:
            self._end()
        except zmq.ZMQError:
            if not self.closed():
                gen_log.error("%r cannot look at its socket", self, exc_info=True)
        except BaseException:  # of a signal, say
            self._watch.schedule()
            raise

    def _is_ready(self) -> bool:
        """Whether there is something to do at once; the last thing asked in a turn.

        Reading the EVENTS makes the descriptor tell of whatever happens from then on.
        """
        events = self._socket.get(EVENTS)
        failed, self._failed = self._failed, False
        if events & POLLIN and self._recv_callback is not None and not failed:
            return True
        if not (events & POLLOUT and self._queue):
            return False
        # A mandatory ROUTER says so for other peers: the timer tries again.
        hesitant, self._refused = self._refused, True
        return not hesitant

    def _serve_receives(self) -> bool:
        """Hand received messages over; whether there may be more."""
        until = monotonic() + LONGEST_TURN
        for _ in range(BATCH):
            callback = self._recv_callback
            if callback is None:
                return False
            message = self._receive()
            if message is None:
                return False
            self._call(callback, message)
            if self._socket is None:
                return False
            if monotonic() >= until:
                return True
        return True

    def _serve_sends(self) -> bool:
        """Send what is queued; whether there is more that may be sent."""
        until = monotonic() + LONGEST_TURN
        for _ in range(BATCH):
            if not self._queue or not self._send_next():
                return False
            if monotonic() >= until:
                return True
        return bool(self._queue)

    def _flush(self, serving: int, limit: int | None) -> int:
        """Receive and send until there is nothing left to do, or the limit is reached."""
        handled, last, most = 0, self._queued, float("inf") if limit is None else limit
        while self._socket is not None:
            before = handled
            if serving & POLLIN and handled < most:
                message = self._receive()
                if message is not None:
                    handled += 1
                    if self._recv_callback is not None:
                        self._call(self._recv_callback, message)
                    last = self._queued
            due = len(self._queue) > self._queued - last  # the others are of callbacks of on_send
            if serving & POLLOUT and handled < most and due and self._socket is not None:
                handled += self._send_next()
            if handled == before:
                break
        return handled

    def _expect_use(self) -> None:
        """Look at the socket in the next turn: what is done to it till then may use up an edge."""
        if self._socket is not None and (self._recv_callback is not None or self._queue):
            self._watch.schedule()

    # ---- one message ----

    def _choose_take(self, copy: bool) -> Callable[[], Any]:
        """What receives a message without waiting: the fast way, unless a subclass has its own."""
        socket = self._socket
        if copy and type(socket).recv_multipart is zmq.Socket.recv_multipart:
            return socket.try_recv_multipart  # type: ignore[no-any-return]
        options = {} if copy else {"track": True}
        return partial(socket.recv_multipart, DONTWAIT, copy=copy, **options)

    def _receive(self) -> Any:
        """A message, or None."""
        try:
            message = self._take()
        except zmq.Again:
            return None
        except zmq.ContextTerminated:
            raise
        except Exception as error:
            if not (isinstance(error, zmq.ZMQError) and error.errno in NOT_NOW):
                if not self._socket.closed:
                    gen_log.error("%r cannot receive", self, exc_info=True)
                self._failed = True  # the timer tries again
            return None
        if message is not None:
            self._watch.active = True
        return message

    def _send_next(self) -> bool:
        """Send the first message of the queue; False when it has to wait."""
        message = self._queue[0]
        track = message.track
        if message.callback is not None and not message.copy:
            track = track or message.is_trackable()
        try:
            if message.error is not None:
                raise message.error
            status = self._socket.send_multipart(
                message.parts,
                message.flags | DONTWAIT,
                message.copy,
                track,
                **message.options,
            )
        except zmq.Again:
            return False
        except zmq.ContextTerminated:
            raise
        except Exception as error:
            if isinstance(error, zmq.ZMQError) and error.errno == zmq.EFSM:
                return False
            if self._socket.closed:
                return False
            gen_log.error("%r cannot send a message, and drops it", self, exc_info=True)
            status = error
        self._queue.popleft()
        self._refused = False
        self._watch.active = True
        if message.callback is not None:
            if status is None and not message.copy:
                status = zmq.MessageTracker()  # of frames that cannot be tracked
            self._call(message.callback, message.shown, status)
        return True

    # ---- callbacks ----

    def _call(self, callback: Callable[..., Any], *args: Any) -> None:
        """Call a callback; what goes wrong is logged."""
        try:
            result = callback(*args)
            if result is not None and inspect.isawaitable(result):
                self._follow(asyncio.ensure_future(result, loop=self._asyncio_loop))
        except asyncio.CancelledError:
            pass
        except Exception:
            gen_log.error(UNCAUGHT, callback, self, exc_info=True)

    @property
    def _asyncio_loop(self) -> Any:
        return self.io_loop.asyncio_loop  # type: ignore[attr-defined]

    def _follow(self, task: Any) -> None:
        """Keep a coroutine alive until its end, and log how that came if it is an exception."""
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: Any) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            gen_log.error(UNCAUGHT, task, self, exc_info=task.exception())

    # ---- the end ----

    def closed(self) -> bool:
        """Whether the stream, or the socket behind its back, is closed.

        Returns
        -------
        bool
        """
        socket = self._socket
        if socket is not None and self._forget_closed():
            warnings.warn(
                f"{socket!r} was closed behind the back of its ZMQStream, which is unregistered "
                "only now, after closing socket and descriptor: close the stream instead",
                RuntimeWarning,
                stacklevel=3,
            )
        return self._socket is None

    def _forget_closed(self) -> bool:
        """Unregister the stream if its socket was closed; return whether it is closed, however."""
        if self._socket is not None and self._socket.closed:
            gen_log.warning("unregistering the stream of a closed socket: %r", self._socket)
            self._retire()
        return self._socket is None

    def _open_socket(self) -> Any:
        if self.closed():
            raise OSError("Stream is closed: make a new socket, and a ZMQStream of it")
        return self._socket

    def _used_socket(self) -> Any:
        """The socket, for something to be done with it now."""
        socket = self._open_socket()
        self._expect_use()
        return socket

    def _end(self) -> None:
        """Close, because nothing else can be done any more."""
        gen_log.warning("the context of %r was terminated: the stream is closed", self)
        self._close(None)

    def close_with_loop(self) -> None:
        """Close, because the loop is closed with all that it watches."""
        if self._socket is not None and self._socket.closed:
            self._retire()
        else:
            self._close(None)

    def _close(self, linger: int | None) -> None:
        if self._closing or self._socket is None:
            return
        self._closing = True
        socket = self._socket
        if linger == 0:
            self._queue.clear()
        try:
            for _ in range(len(self._queue)):
                if not self._send_next():
                    break
        except zmq.ContextTerminated:
            pass
        finally:
            self._retire(lambda: socket.close(linger))

    def _retire(self, close: Callable[[], Any] = lambda: None) -> None:
        """Have nothing more to do with the loop and the socket, and close this with a function."""
        self._closing = True
        socket, self._socket = self._socket, None
        self._watch.end()
        unlink_methods(socket)
        if self._queue:
            gen_log.warning("%d unsent messages for %r are dropped", len(self._queue), socket)
            self._queue.clear()
        self._recv_callback = self._send_callback = None
        try:
            close()
        finally:
            callback, self._close_callback = self._close_callback, None
            if callback is not None:
                self._call(callback)


class NotCallableError(TypeError, AssertionError):
    """What was given as a callback cannot be called; other implementations assert that."""


def check_callback(callback: Any) -> Any:
    """A callback, or None.

    Raises
    ------
    NotCallableError
        For what cannot be called.
    """
    if callback is not None and not callable(callback):
        raise NotCallableError(f"a callback is a function, or None to have none, not {callback!r}")
    return callback
