# SPDX-License-Identifier: BSD-3-Clause
"""Devices whose monitor is told which side a message came from."""

from __future__ import annotations

from zmq import SocketType
from zmq.devices.monitoredqueue import monitored_queue
from zmq.devices.proxydevice import ProcessProxy, Proxy, ProxyBase, ThreadProxy


class MonitoredQueueBase(ProxyBase):
    """What prefixes add to a proxy; to be combined with one that says where it runs."""

    def __init__(
        self,
        in_type: int,
        out_type: int,
        mon_type: int = SocketType.PUB,
        in_prefix: bytes = b"in",
        out_prefix: bytes = b"out",
    ) -> None:
        ProxyBase.__init__(self, in_type, out_type, mon_type)
        for name, prefix in (("in_prefix", in_prefix), ("out_prefix", out_prefix)):
            if not isinstance(prefix, bytes):
                raise TypeError(f"{name} must be bytes, not {prefix!r}")
        self._prefixes = (in_prefix, out_prefix)


class MonitoredQueue(MonitoredQueueBase, Proxy):
    """A `Proxy` whose monitor gets a prefix in front of each message, one for each direction.

    Both sides may be ROUTER sockets: then the first two parts of each message change places, so
    that a client which names its peer in the first part reaches it, and the peer learns who it was.

    Parameters
    ----------
    in_type, out_type, mon_type : SocketType or int
        As for `Proxy`.
    in_prefix, out_prefix : bytes
        The first part of the copies of messages that came from the in side, or the out side.

    Raises
    ------
    TypeError
        A prefix is not bytes.
    """


class ThreadMonitoredQueue(MonitoredQueueBase, ThreadProxy):
    """A `MonitoredQueue` in a background thread: see there, and `ThreadDevice`."""


class ProcessMonitoredQueue(MonitoredQueueBase, ProcessProxy):
    """A `MonitoredQueue` in a process of its own: see there, and `ProcessDevice`."""


__all__ = [
    "MonitoredQueue",
    "MonitoredQueueBase",
    "ProcessMonitoredQueue",
    "ProcessProxy",
    "Proxy",
    "ProxyBase",
    "ThreadMonitoredQueue",
    "ThreadProxy",
    "monitored_queue",
]
