# SPDX-License-Identifier: BSD-3-Clause
"""Request: `zmq.request`, while other greenlets run."""

from __future__ import annotations

from typing import Any

from zmq.green.core import Context
from zmq.sugar import request as blocking


def request(
    sock_or_endpoint: Any,
    message: Any,
    timeout: float = 2500,
    retries: int = 3,
    *,
    context: Any | None = None,
) -> Any:
    """Send a request and wait for its reply; send it again when none comes.

    As `zmq.request` does, but only this greenlet waits.

    Parameters
    ----------
    sock_or_endpoint, message, timeout, retries
        As for `zmq.request`; a socket has to be a green one.
    context : Context, optional
        Where the socket for an endpoint is made; `zmq.green.Context.instance()` by default.

    Returns
    -------
    bytes or list of bytes
        The reply: in the form of the message.

    Raises
    ------
    TimeoutExpired
        When no attempt was answered.
    TypeError, ValueError, ZMQError
        As of `zmq.request`.
    """
    if isinstance(sock_or_endpoint, (str, bytes)):
        if context is None:
            context = Context.instance()
        elif not isinstance(context, Context):
            context = Context(context)
    return blocking.request(sock_or_endpoint, message, timeout, retries, context=context)
