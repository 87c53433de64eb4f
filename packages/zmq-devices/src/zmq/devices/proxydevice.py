# SPDX-License-Identifier: BSD-3-Clause
"""Devices with a monitor: a third socket that is sent a copy of every message."""

from __future__ import annotations

from typing import ClassVar

from zmq import DeviceType, SocketType
from zmq.devices._side import make_methods
from zmq.devices.basedevice import Device, ProcessDevice, ThreadDevice


class ProxyBase(Device):
    """What a monitor adds to a device; to be combined with one that says where it runs."""

    _side_names: ClassVar[tuple[str, ...]] = ("in", "out", "mon")

    mon_type: int | None

    def __init__(self, in_type: int, out_type: int, mon_type: int = SocketType.PUB) -> None:
        Device.__init__(self, DeviceType.QUEUE, in_type, out_type)
        self.mon_type = mon_type

    bind_mon, connect_mon, setsockopt_mon, bind_mon_to_random_port = make_methods(
        "mon", "ProxyBase"
    )


class Proxy(ProxyBase, Device):
    """Passes messages between two sockets, and copies of them to a monitor.

    Runs in the thread that starts it; see `Device` for how to say what the sockets are to be.

    Parameters
    ----------
    in_type, out_type : SocketType or int
        As for `Device`.
    mon_type : SocketType or int
        The type of the monitor's socket.  A PUB drops what its subscribers have no room for.  A
        PUSH, once it is full, holds the traffic up.  Without an endpoint it is not used.
    """


class ThreadProxy(ProxyBase, ThreadDevice):
    """A `Proxy` in a background thread: see there, and `ThreadDevice`."""


class ProcessProxy(ProxyBase, ProcessDevice):
    """A `Proxy` in a process of its own: see there, and `ProcessDevice`."""


__all__ = ["ProcessProxy", "Proxy", "ProxyBase", "ThreadProxy"]
