# SPDX-License-Identifier: BSD-3-Clause
"""ThreadAuthenticator: authentication in a thread beside the program."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from threading import Thread, current_thread
from typing import Any

import zmq
import zmq.asyncio
from zmq.auth._serving import ServingAuthenticator, run_in
from zmq.auth._workers import LoopThread
from zmq.auth.base import Authenticator, Listener

#: Seconds that `stop` waits for the thread of the authenticator, for `on_decision`, for plain and
#: for async callbacks, whatever they are doing: less than one in all.
PATIENCE = 0.3
LISTENER_PATIENCE = 0.2
CALLBACK_PATIENCE = 0.1


class AuthenticationThread(Thread):
    """The thread of a `ThreadAuthenticator`, which makes it.

    Parameters
    ----------
    authenticator : ThreadAuthenticator
        That has been bound.
    pipe : object, optional
        Not used any more.
    """

    poller: Any = None  # nor this

    def __init__(self, authenticator: ThreadAuthenticator, pipe: Any = None) -> None:
        super().__init__(name="zmq.auth", daemon=True)
        self.authenticator = authenticator
        self.pipe = pipe
        self._socket = authenticator.zap_socket
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(authenticator._serve(self._socket))

    def run(self) -> None:
        """Answer until told to end, or the context is terminated."""
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    def cancel(self) -> None:
        """Free what it has, instead of starting it."""
        self._task.cancel()
        self.run()

    def end(self) -> None:
        """Tell it to end; it may have ended already."""
        try:
            self._loop.call_soon_threadsafe(self._task.cancel)
        except RuntimeError:
            pass  # the loop is closed


class ThreadAuthenticator(ServingAuthenticator):
    """An `Authenticator` that runs in a thread of its own.

    Callbacks run in further threads, so that they hold nobody up; async ones share an event loop.
    Ends with its context, too.

    Parameters
    ----------
    context : Context, optional
        By default `zmq.Context.instance()`.
    encoding : str
        Of domains, user names and passwords.
    log : Logger, optional
        See `Authenticator`.
    on_decision : callable, optional
        See `Authenticator`.

    Attributes
    ----------
    thread : AuthenticationThread or None
        While it is started.
    """

    #: Of pyzmq; here there is no pipe.
    pipe: Any = None
    pipe_endpoint = ""

    def __init__(
        self,
        context: zmq.Context[Any] | None = None,
        encoding: str = "utf-8",
        log: Any = None,
        *,
        on_decision: Listener | None = None,
    ) -> None:
        super().__init__(context, encoding, log, on_decision=on_decision)
        self.thread: AuthenticationThread | None = None
        self._pid = 0
        self._callbacks = LoopThread()

    _workers_timeout = CALLBACK_PATIENCE
    _teller_timeout = LISTENER_PATIENCE

    def _make_socket(self) -> Any:
        # A shadow, because `context.destroy()` closes the sockets of its own object, in a thread
        # that must not touch this one: the ETERM that follows ends it.
        return zmq.asyncio.Socket(zmq.Context.shadow(self.context), zmq.ROUTER)

    def is_alive(self) -> bool:
        """Whether the thread is running."""
        return self.thread is not None and self.thread.is_alive()

    def start(self) -> None:
        """Bind the ZAP socket and start the thread.

        Raises
        ------
        ZMQError, RuntimeError
            As `Authenticator.start`; nothing is left behind then.
        """
        super().start()
        self._pid = os.getpid()
        self._callbacks = LoopThread()
        thread = AuthenticationThread(self)
        try:
            thread.start()
        except BaseException:
            thread.cancel()
            super().stop()
            raise
        self.thread = thread

    def stop(self) -> None:
        """Stop answering and end the thread, within a second; see `Authenticator.stop`.

        Does nothing when it is not started, and in a forked child.
        """
        thread, self.thread = self.thread, None
        if thread is None or self._pid != os.getpid():
            return
        teller = self._teller
        thread.end()
        if thread is not current_thread():
            thread.join(PATIENCE)
            if thread.is_alive():  # in a function of the program's, such as `curve_user_id`
                self.log.warning("the authentication thread is busy: it ends as soon as it is not")
        super().stop()
        if teller is not None:
            teller.abandon()
        self._callbacks.stop(CALLBACK_PATIENCE)

    def _begin_async(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
        try:
            loop = self._callbacks.find_loop()
        except RuntimeError:
            coroutine.close()
            raise
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))

    def _run_elsewhere(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return run_in(self._callbacks.find_loop(), coroutine)


__all__ = ["AuthenticationThread", "Authenticator", "ThreadAuthenticator"]
