# SPDX-License-Identifier: BSD-3-Clause
"""ServingAuthenticator: one that handles requests side by side in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, Callable

import zmq
import zmq.asyncio
from zmq.auth._decision import Decision
from zmq.auth._rules import is_async
from zmq.auth._workers import Teller, Unawaited, Workers, await_tamed
from zmq.auth.base import Authenticator, Listener

#: Seconds for what still runs to notice that it is cancelled.
GRACE = 0.2

#: What receiving says when it is over: the context or the socket has gone.
ENDED = (zmq.ETERM, zmq.ENOTSOCK, zmq.ENOTSUP, zmq.EFAULT)


class ServingAuthenticator(Authenticator):
    """What authenticators in the program's loop and in a thread share.

    Plain functions of the program's (the callback for keys, `on_decision`) run in threads, async
    ones in a loop: neither holds up the others who wait for a decision.

    Attributes
    ----------
    callback_timeout : float
        Seconds that a callback may take before its client is refused with status 500.  By default
        30, after which libzmq gives a handshake up (HANDSHAKE_IVL).
    """

    callback_timeout = 30.0

    _workers: Workers | None = None
    _teller: Teller | None = None

    def start(self) -> None:
        """Bind the ZAP socket and begin to answer: see `Authenticator.start`."""
        super().start()
        self._workers = Workers()
        if self.on_decision is not None:
            try:
                self._teller = Teller(self.on_decision, self._run_elsewhere, self.log)
            except BaseException:  # there may be too many threads
                self.stop()
                raise

    def stop(self) -> None:
        """Stop answering: see `Authenticator.stop`."""
        super().stop()
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.stop(self._workers_timeout)
        teller, self._teller = self._teller, None
        if teller is not None:
            teller.stop(self._teller_timeout)

    #: Seconds that `stop` waits for plain callbacks, and for `on_decision`.
    _workers_timeout = 0.0
    _teller_timeout = 0.0

    async def _serve(self, socket: Any) -> None:
        """Handle requests until the socket or its context is closed, or this is cancelled."""
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                message = await self._receive(socket)
                if message is None:
                    return
                task = loop.create_task(self.handle_zap_message(message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                task.add_done_callback(self._report)
        finally:
            if self.zap_socket is socket:  # nobody has called stop
                Authenticator.stop(self)
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(set(tasks), timeout=GRACE)

    async def _receive(self, socket: Any) -> Sequence[bytes] | None:
        """The next request, or None when there will be none."""
        while not socket.closed:
            try:
                message: Sequence[bytes] = await socket.recv_multipart()
                return message
            except zmq.ZMQError as exc:
                if exc.errno in ENDED or socket.closed:
                    return None
                self.log.exception("receiving a ZAP request failed")
                await asyncio.sleep(0.1)  # lest it fails again and again as fast as it can
            except asyncio.CancelledError:
                if not socket.closed or self.zap_socket is not socket:
                    raise
                return None  # closed with its context
        return None

    def _report(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:  # of an overridden method
            self.log.error("a ZAP request was not handled", exc_info=task.exception())

    # ---- functions of the program's ----

    async def _ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if is_async(function):
            inner = self._begin_async(await_tamed(function, *arguments))
        elif self._workers is None:
            raise RuntimeError("the authenticator has been stopped")
        else:
            inner = asyncio.ensure_future(self._ask_worker(self._workers, function, arguments))
        try:
            done, _ = await asyncio.wait({inner}, timeout=self.callback_timeout)
        except asyncio.CancelledError:
            inner.cancel()
            raise
        if not done:
            inner.cancel()
            raise TimeoutError(f"the callback took longer than {self.callback_timeout} seconds")
        if inner.cancelled():
            raise RuntimeError("the callback was cancelled, not by the authenticator")
        return inner.result()

    async def _ask_worker(
        self, workers: Workers, function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> Any:
        result = await workers.call(function, arguments)
        if isinstance(result, Unawaited):  # of a lambda, say
            return await self._begin_async(await_tamed(result.take))
        return result

    def _begin_async(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
        """Run a coroutine of the program's where those run."""
        return asyncio.ensure_future(coroutine)

    def _run_elsewhere(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine of the program's from a thread without a loop, and wait for it."""
        raise NotImplementedError

    async def _tell(self, listener: Listener, decision: Decision) -> None:
        if self._teller is not None:
            self._teller.tell(decision)


def run_in(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in the loop of another thread, and wait for its result.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    coroutine : coroutine

    Returns
    -------
    object
        None when the loop is closed before that.
    """
    try:
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    except RuntimeError:
        coroutine.close()
        if loop.is_closed():
            return None
        raise
    while True:
        try:
            return future.result(timeout=1)
        except (TimeoutError, FutureTimeoutError):
            if future.done():
                raise
            if loop.is_closed():
                return None
