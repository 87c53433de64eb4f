# SPDX-License-Identifier: BSD-3-Clause
"""Authenticator: who may connect to the servers of a context, and why not."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Sequence
from typing import Any, Callable, TypeVar, Union

import zmq
from zmq.auth._decision import Decision
from zmq.auth._policy import Policy
from zmq.auth._rules import CURVE_ALLOW_ANY, Verdict
from zmq.auth._zap import (
    ENDPOINT,
    VERSION,
    MalformedError,
    Request,
    UnanswerableError,
    decode_name,
    read_request,
)
from zmq.auth.certs import load_certificates

#: What `on_decision` may be.
Listener = Callable[[Decision], Union[None, Awaitable[Any]]]

Self = TypeVar("Self", bound="Authenticator")

#: Milliseconds that the last replies may take to the I/O threads.
LINGER = 100


class Authenticator(Policy):
    """Answers libzmq's question, for each new connection, whether to let it in (ZAP, RFC 27).

    This class decides and replies, but waits for nothing: `zmq.auth.asyncio` and `zmq.auth.thread`
    have the ones that run.  There is one authenticator in a context, for all its sockets; they are
    told apart by their ZAP_DOMAIN.  Until something is configured NULL is let in (libzmq asks only
    if the server has a ZAP_DOMAIN), and GSSAPI; PLAIN and CURVE are refused.

    Every method may be called by any thread, at any time; it counts from the next handshake on.

    Parameters
    ----------
    context : Context, optional
        By default `Context.instance()`.
    encoding : str
        Of domains, user names and passwords.
    log : Logger, optional
        Gets one record for each decision, with the `Decision` as attribute ``decision``: INFO if
        allowed, WARNING if refused, ERROR if something failed.  By default the logger "zmq.auth".
    on_decision : callable, optional
        Called with each `Decision`, in order, after it was sent; plain or async.

    Attributes
    ----------
    zap_socket : Socket or None
        The ROUTER at which libzmq asks, while this is started.
    """

    def __init__(
        self,
        context: zmq.Context[Any] | None = None,
        encoding: str = "utf-8",
        log: Any = None,
        *,
        on_decision: Listener | None = None,
    ) -> None:
        super().__init__(encoding, log or logging.getLogger("zmq.auth"))
        self.context: zmq.Context[Any] = zmq.Context.instance() if context is None else context
        self.on_decision = on_decision
        self.zap_socket: Any = None
        self._open_requests: dict[int, Request] = {}

    def __enter__(self: Self) -> Self:
        self.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    # ---- deciding ----

    async def handle_zap_message(self, msg: Sequence[bytes]) -> None:
        """Decide about a request, and reply.

        Whatever it is, this raises nothing: what cannot be decided is refused, what cannot be
        answered is logged and dropped.

        Parameters
        ----------
        msg : sequence of bytes
            As received from `zap_socket`.
        """
        try:
            request = read_request(msg, self.encoding)
        except UnanswerableError as exc:
            self.log.warning("dropped a ZAP request that cannot be answered: %s", exc)
            return
        except MalformedError as exc:
            request = exc.request
            request.socket = self.zap_socket
            await self._conclude(request, 400, Verdict(False, "", str(exc)))
            return
        request.socket = self.zap_socket
        self._open_requests[id(request)] = request
        try:
            await self._decide(request)
        finally:
            self._open_requests.pop(id(request), None)

    async def _decide(self, request: Request) -> None:
        try:
            verdict = await self._judge(request)
            user_id = verdict.user_id.encode(self.encoding) if verdict.allowed else b""
            decode_name(user_id, "user id", self.encoding)
        except Exception as exc:
            failed = Verdict(False, request.user_id, f"{type(exc).__name__} while deciding")
            await self._conclude(request, 500, failed, exc)
        else:
            await self._conclude(request, 200 if verdict.allowed else 400, verdict, None, user_id)

    # ---- what was decided ----

    async def _conclude(
        self,
        request: Request,
        status: int,
        verdict: Verdict,
        failure: Exception | None = None,
        user_id: bytes = b"",
    ) -> None:
        """Log it, so that nobody is let in without a record, then reply, then tell."""
        self._open_requests.pop(id(request), None)
        decision = Decision(
            time.time(),
            request.domain,
            request.address,
            request.mechanism,
            verdict.user_id,
            verdict.allowed,
            status,
            verdict.reason,
        )
        level = {200: logging.INFO, 400: logging.WARNING}.get(status, logging.ERROR)
        try:
            self.log.log(level, "%s", decision, exc_info=failure, extra={"decision": decision})
        finally:
            self._reply(request, status, user_id)
        if self.on_decision is not None:
            await self._tell(self.on_decision, decision)

    def _reply(self, request: Request, status: int, user_id: bytes = b"") -> None:
        if self.zap_socket is None or self.zap_socket is not request.socket:
            return  # stopped since, and maybe started again
        try:
            # An asynchronous socket sends when it is asked to, not when that is awaited.
            self.zap_socket.send_multipart(request.compose_reply(status, user_id), zmq.DONTWAIT)
        except zmq.ZMQError as exc:
            # Closed or terminated meanwhile: then there is nobody who waits.
            self.log.debug("a ZAP reply was not sent: %s", exc)

    async def _tell(self, listener: Listener, decision: Decision) -> None:
        try:
            await self._ask(listener, decision)
        except Exception:
            self.log.exception("on_decision failed")

    # ---- the socket ----

    def start(self) -> None:
        """Make the ZAP socket and bind it: from now on libzmq asks here.

        Raises
        ------
        ZMQError
            EADDRINUSE when the context has an authenticator already.
        RuntimeError
            This one is started.
        """
        if self.zap_socket is not None and not self.zap_socket.closed:
            raise RuntimeError("this authenticator is started already: stop() it first")
        socket = self._make_socket()
        try:
            socket.linger = LINGER
            socket.bind(ENDPOINT)
        except zmq.ZMQError as exc:
            socket.close()
            if exc.errno != zmq.EADDRINUSE:
                raise
            raise zmq.ZMQError(
                zmq.EADDRINUSE,
                f"this context has an authenticator already ({ENDPOINT} is bound), and libzmq asks "
                "only one: stop that first, or configure more domains there",
            ) from None
        except BaseException:
            socket.close()
            raise
        self.zap_socket = socket

    def _make_socket(self) -> Any:
        # Not by `context.socket`: the user's class of sockets and his defaults are not for this.
        return zmq.Socket(self.context, zmq.ROUTER)

    def stop(self) -> None:
        """Close the ZAP socket; does nothing when this is not started.

        Who waits for an answer is told to try again.  From now on libzmq asks nobody, and lets NULL
        and CURVE clients in, unless the servers have ZAP_ENFORCE_DOMAIN: close them first.
        """
        socket = self.zap_socket
        if socket is None:
            return
        for request in list(self._open_requests.values()):
            self._reply(request, 300)
        self._open_requests.clear()
        self.zap_socket = None
        try:
            socket.unbind(ENDPOINT)  # closing frees the address too, but not at once
        except zmq.ZMQError:
            pass  # closed, or its context is
        socket.close()


__all__ = ["CURVE_ALLOW_ANY", "VERSION", "Authenticator", "load_certificates"]
