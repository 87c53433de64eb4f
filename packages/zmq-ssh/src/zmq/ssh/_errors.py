# SPDX-License-Identifier: BSD-3-Clause
"""Errors: why a tunnel could not be opened."""

from __future__ import annotations


class TunnelError(RuntimeError):
    """The tunnel could not be opened; the message has the reason in ssh's own words."""


class TunnelTimeout(TunnelError, TimeoutError):
    """The tunnel was not up within the time-out."""


class HostKeyError(TunnelError):
    """The key of the server, or of a host on the way to it, is unknown or has changed."""


class AuthenticationError(TunnelError):
    """The server lets nobody in with the keys and answers that there were."""


class MaxRetryExceeded(AuthenticationError):
    """A password, passphrase or other answer was wrong as often as the server takes it."""


class ForwardError(TunnelError):
    """The server lets us in, but does not forward connections to this address."""


#: What the keeper of a tunnel calls a failure -> what is raised.
ERRORS: dict[str, type[TunnelError]] = {
    "authentication": AuthenticationError,
    "busy": TunnelError,
    "failed": TunnelError,
    "forward": ForwardError,
    "hostkey": HostKeyError,
    "retries": MaxRetryExceeded,
    "timeout": TunnelTimeout,
}
