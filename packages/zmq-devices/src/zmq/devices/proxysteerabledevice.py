# SPDX-License-Identifier: BSD-3-Clause
"""Devices with a control socket, which takes commands."""

from __future__ import annotations

from typing import ClassVar

from zmq import SocketType
from zmq.devices._side import make_methods
from zmq.devices.proxydevice import ProcessProxy, Proxy, ProxyBase, ThreadProxy


class ProxySteerableBase(ProxyBase):
    """What a control socket adds to a proxy; to be combined with one that says where it runs."""

    _side_names: ClassVar[tuple[str, ...]] = ("in", "out", "mon", "ctrl")

    ctrl_type: int | None

    def __init__(
        self,
        in_type: int,
        out_type: int,
        mon_type: int = SocketType.PUB,
        ctrl_type: int | None = None,
    ) -> None:
        ProxyBase.__init__(self, in_type, out_type, mon_type)
        self.ctrl_type = ctrl_type

    bind_ctrl, connect_ctrl, setsockopt_ctrl, bind_ctrl_to_random_port = make_methods(
        "ctrl", "ProxySteerableBase"
    )


class ProxySteerable(ProxySteerableBase, Proxy):
    """A `Proxy` that takes the commands PAUSE, RESUME, TERMINATE and STATISTICS.

    What they do is described at `zmq.proxy_steerable`.

    Parameters
    ----------
    in_type, out_type, mon_type : SocketType or int
        As for `Proxy`.
    ctrl_type : SocketType or int, optional
        The type of the control socket: PAIR, REP, or SUB, which has to subscribe:
        ``device.setsockopt_ctrl(zmq.SUBSCRIBE, b"")``.  By default there is none.
    """


class ThreadProxySteerable(ProxySteerableBase, ThreadProxy):
    """A `ProxySteerable` in a background thread: see there, and `ThreadDevice`."""


class ProcessProxySteerable(ProxySteerableBase, ProcessProxy):
    """A `ProxySteerable` in a process of its own: see there, and `ProcessDevice`."""


__all__ = ["ProcessProxySteerable", "ProxySteerable", "ProxySteerableBase", "ThreadProxySteerable"]
