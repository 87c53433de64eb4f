# SPDX-License-Identifier: BSD-3-Clause
"""Deprecated alias of `zmq.auth.asyncio`: tornado's loops are those of asyncio."""

import warnings

from zmq.auth.asyncio import AsyncioAuthenticator


class IOLoopAuthenticator(AsyncioAuthenticator):
    """Deprecated alias of `AsyncioAuthenticator`, with parameters in another order."""

    def __init__(self, context=None, encoding="utf-8", log=None, io_loop=None):  # type: ignore
        warnings.warn("use zmq.auth.asyncio.AsyncioAuthenticator", DeprecationWarning, stacklevel=2)
        super().__init__(context, None, encoding, log)
        self._given_loop = getattr(io_loop, "asyncio_loop", None)
