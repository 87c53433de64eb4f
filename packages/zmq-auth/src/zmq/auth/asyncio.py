# SPDX-License-Identifier: BSD-3-Clause
"""AsyncioAuthenticator: authentication in the program's own event loop."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Coroutine
from typing import Any, TypeVar

import zmq
import zmq.asyncio
from zmq._loops import find_loop
from zmq.asyncio import Poller
from zmq.auth._serving import ServingAuthenticator, run_in
from zmq.auth.base import Authenticator, Listener

Self = TypeVar("Self", bound="AsyncioAuthenticator")


class AsyncioAuthenticator(ServingAuthenticator):
    """An `Authenticator` that runs in an event loop of asyncio.

    Async callbacks run in that loop, plain ones in threads.  To be started and stopped where the
    loop runs; ``async with`` does both.

    Parameters
    ----------
    context : Context, optional
        By default `zmq.Context.instance()`.
    loop : asyncio.AbstractEventLoop, optional
        Deprecated: the loop that runs, or will run, where `start` is called.
    encoding : str
        Of domains, user names and passwords.
    log : Logger, optional
        See `Authenticator`.
    on_decision : callable, optional
        See `Authenticator`.  A plain function is called in a thread.
    """

    def __init__(
        self,
        context: zmq.Context[Any] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        encoding: str = "utf-8",
        log: Any = None,
        *,
        on_decision: Listener | None = None,
    ) -> None:
        super().__init__(context, encoding, log, on_decision=on_decision)
        if loop is not None:
            warnings.warn(
                "the loop argument of AsyncioAuthenticator is deprecated: start() it where the "
                "loop runs",
                DeprecationWarning,
                stacklevel=2,
            )
        self._given_loop = loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self: Self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()

    def _make_socket(self) -> Any:
        return zmq.asyncio.Socket(self.context, zmq.ROUTER)

    def is_alive(self) -> bool:
        """Whether requests are being answered."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Bind the ZAP socket and begin to answer, as soon as the loop runs.

        Raises
        ------
        ZMQError, RuntimeError
            As `Authenticator.start`.
        """
        loop = self._given_loop or find_loop()
        super().start()
        self._loop = loop
        serving = self._serve(self.zap_socket)
        try:
            self._task = loop.create_task(serving)
        except BaseException:  # the loop is closed
            serving.close()
            self.stop()
            raise

    def stop(self) -> None:
        """Stop answering, at once; see `Authenticator.stop`.

        What still runs is cancelled when the loop has its next turn.
        """
        task, self._task = self._task, None
        if task is not None and self._loop is not None and not self._loop.is_closed():
            task.cancel()
        super().stop()

    async def aclose(self) -> None:
        """Stop answering, and wait until what still ran has ended."""
        task = self._task
        self.stop()
        if task is not None:
            await asyncio.wait({task})

    def _run_elsewhere(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        assert self._loop is not None
        return run_in(self._loop, coroutine)


__all__ = ["AsyncioAuthenticator", "Authenticator", "Poller"]
