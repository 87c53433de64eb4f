# SPDX-License-Identifier: BSD-3-Clause
"""ØMQ for gevent: `import zmq.green as zmq`, then write code as with `zmq`.

Every call that would block the thread blocks the greenlet only.  All that is not listed here is
what `zmq` has.

The layout, lower files first:

    _lookout        watching a descriptor
    _room           who waits for a socket, and how they are woken: the only place where that is
    _registry       which room is that of which libzmq socket
    _wait           making a call until it succeeds; waiting for several sockets
    poll            Poller, select, zmq_poll
    _tracker        what `send` with `track` returns
    core            Context, Socket; with _batches and _presence
    device          proxy, proxy_steerable and device
    _request        request
    eventloop       ZMQStream, with the extra `eventloop`
"""

import zmq as _zmq
from zmq import *  # noqa: F403
from zmq._lazy import __getattr__ as __getattr__
from zmq.green._request import request
from zmq.green._wait import poll_all as zmq_poll
from zmq.green.core import Context, Socket  # type: ignore[assignment]
from zmq.green.device import device, proxy, proxy_steerable  # type: ignore[assignment]
from zmq.green.poll import Poller, select  # type: ignore[assignment]

__all__ = [*_zmq.__all__, "device", "request"]  # pyright: ignore[reportUnsupportedDunderAll]
