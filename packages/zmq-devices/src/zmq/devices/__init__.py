# SPDX-License-Identifier: BSD-3-Clause
"""Devices: proxies between sockets, run here, in a background thread or in a process.

The layout, lower files first:

    monitoredqueue              the native loop, from zmq-core
    _side, _owner, _junction    what a socket is to be; commands for a device; its open sockets
    _device, _remote            the device itself; its process
    basedevice                  two sockets: Device, ThreadDevice, ProcessDevice
    proxydevice                 and a monitor: Proxy, …
    proxysteerabledevice        and a control socket: ProxySteerable, …
    monitoredqueuedevice        a monitor that is told the direction: MonitoredQueue, …
    __main__                    the command line: python -m zmq.devices
"""

from zmq import DeviceType, device, proxy, proxy_steerable
from zmq.devices._owner import Statistics
from zmq.devices.basedevice import Device, ProcessDevice, ThreadDevice
from zmq.devices.monitoredqueue import monitored_queue
from zmq.devices.monitoredqueuedevice import (
    MonitoredQueue,
    ProcessMonitoredQueue,
    ThreadMonitoredQueue,
)
from zmq.devices.proxydevice import ProcessProxy, Proxy, ThreadProxy
from zmq.devices.proxysteerabledevice import (
    ProcessProxySteerable,
    ProxySteerable,
    ThreadProxySteerable,
)

__all__ = [
    "Device",
    "DeviceType",
    "MonitoredQueue",
    "ProcessDevice",
    "ProcessMonitoredQueue",
    "ProcessProxy",
    "ProcessProxySteerable",
    "Proxy",
    "ProxySteerable",
    "Statistics",
    "ThreadDevice",
    "ThreadMonitoredQueue",
    "ThreadProxy",
    "ThreadProxySteerable",
    "device",
    "monitored_queue",
    "proxy",
    "proxy_steerable",
]
