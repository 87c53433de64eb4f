# SPDX-License-Identifier: BSD-3-Clause
"""Where functions of the program's run that may take their time: threads beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from inspect import isawaitable
from logging import Logger
from queue import SimpleQueue
from time import monotonic
from typing import Any, Callable

from zmq.auth._decision import Decision

#: Calls at once; more wait for one of these to end.
MOST_WORKERS = 64

Job = Callable[[], None]


class Workers:
    """Threads that call functions, made when they are needed.

    They do not keep the program running: a function may never return.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._waiting = 0  # jobs that nobody has taken on; below zero, threads that have none
        self._ended = False

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> asyncio.Future[Any]:
        """Call a function in one of the threads.

        Parameters
        ----------
        function : callable
        arguments : tuple

        Returns
        -------
        asyncio.Future
            Of the running loop: what the function returns or raises; for what can be awaited an
            `Unawaited`.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any, failure: BaseException | None) -> None:
            if future.done():  # cancelled
                return
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

        def work() -> None:
            if future.cancelled():
                return
            result, failure = None, None
            try:
                result = function(*arguments)
                if isawaitable(result):
                    result = Unawaited(result)
            except BaseException as exc:
                failure = tame(exc)
            try:
                loop.call_soon_threadsafe(settle, result, failure)
            except RuntimeError:
                pass  # the loop is closed, and nobody waits

        self._put(work)
        return future

    def _put(self, job: Job) -> None:
        with self._lock:
            self._jobs.put(job)
            self._waiting += 1
            if self._waiting > 0 and len(self._threads) < MOST_WORKERS and not self._ended:
                thread = threading.Thread(target=self._work, name="zmq.auth worker", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._waiting -= 1
            job = self._jobs.get()
            if job is None:
                return
            job()

    def stop(self, timeout: float) -> None:
        """Let the threads end, each after what it is doing; wait so many seconds for that."""
        with self._lock:
            self._ended = True
            threads = list(self._threads)
            for _ in threads:
                self._jobs.put(None)
        deadline = monotonic() + timeout
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - monotonic()))


class Unawaited:
    """An awaitable that nobody may come to await, when all is being stopped: it is closed then.

    Parameters
    ----------
    awaitable : awaitable
    """

    def __init__(self, awaitable: Any) -> None:
        self._awaitable = awaitable

    def take(self) -> Any:
        """The awaitable, which the caller will await."""
        awaitable, self._awaitable = self._awaitable, None
        return awaitable

    def __del__(self) -> None:
        close = getattr(self._awaitable, "close", None)
        if close is not None:
            close()


def tame(failure: BaseException) -> Exception:
    """What to report of an exception that may not reach an event loop.

    Parameters
    ----------
    failure : BaseException

    Returns
    -------
    Exception
        The same, or one that tells of it: SystemExit would end the loop, StopIteration is
        refused by futures.
    """
    if isinstance(failure, Exception) and not isinstance(failure, StopIteration):
        return failure
    report = RuntimeError(f"the callback raised {type(failure).__name__}")
    report.__cause__ = failure
    return report


async def await_tamed(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function and await what it returns, if that can be awaited; see `tame`."""
    try:
        result = function(*arguments)
        return await result if isawaitable(result) else result
    except (SystemExit, StopIteration) as exc:
        raise tame(exc) from None


class LoopThread:
    """An event loop in a thread of its own, for async functions of the program's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False

    def find_loop(self) -> asyncio.AbstractEventLoop:
        """The loop, which runs from the first time it is asked for."""
        with self._lock:
            if self._ended:
                raise RuntimeError("the authenticator has been stopped")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._run, args=(self._loop,), name="zmq.auth callbacks", daemon=True
                )
                self._thread.start()
            return self._loop

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_forever()
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(asyncio.wait(tasks, timeout=0.2))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    def stop(self, timeout: float) -> None:
        """Cancel what runs, and wait so many seconds until it has ended."""
        with self._lock:
            self._ended = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        if thread is not threading.current_thread():
            thread.join(timeout)


class Teller:
    """Tells a listener of decisions, in order, in a thread, so that nobody waits for it.

    Parameters
    ----------
    listener : callable
        Plain or async.
    run : callable
        Called with a coroutine; runs it and returns its result.
    log : Logger
    """

    def __init__(
        self,
        listener: Callable[[Decision], Any],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
        log: Logger,
    ) -> None:
        self._listener = listener
        self._run_coroutine = run
        self._log = log
        self._abandoned = False
        self._decisions: SimpleQueue[Decision | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="zmq.auth decisions", daemon=True)
        self._thread.start()

    def tell(self, decision: Decision) -> None:
        """Tell of a decision, after those before it."""
        self._decisions.put(decision)

    def stop(self, timeout: float) -> None:
        """End after what was said so far; wait so many seconds for that."""
        self._decisions.put(None)
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def abandon(self) -> None:
        """Say no more: what it takes to call the listener has gone."""
        self._abandoned = True

    def _run(self) -> None:
        while True:
            decision = self._decisions.get()
            if decision is None:
                return
            if self._abandoned:
                self._log.warning("on_decision was not told: %s", decision)
                continue
            try:
                result = self._listener(decision)
                if isawaitable(result):
                    self._run_coroutine(_await(result))
            except BaseException as exc:
                self._log.error("on_decision failed", exc_info=exc)


async def _await(awaitable: Any) -> Any:
    return await awaitable
