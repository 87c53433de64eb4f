# SPDX-License-Identifier: BSD-3-Clause
"""Device: passing messages on between two sockets, in a greenlet."""

from __future__ import annotations

from typing import Any, Optional

from gevent import sleep

from zmq.error import Again
from zmq.green._room import DONTWAIT, POLLIN, POLLOUT
from zmq.green._wait import poll_all
from zmq.green.poll import Poller

#: Messages that pass in one direction before it is the turn of others.
BURST = 100


def proxy(frontend: Any, backend: Any, capture: Optional[Any] = None) -> None:
    """Pass messages on between two sockets, in both directions, until the context ends.

    Only this greenlet waits.  A message is not taken from one side before the other has room for
    it.

    Parameters
    ----------
    frontend, backend : Socket
        Green ones; they may be the same.
    capture : Socket, optional
        Is sent a copy of every message.

    Raises
    ------
    ContextTerminated
        When the context is terminated.
    SocketClosed
        When one of the sockets is closed.
    """
    lanes = [(frontend, backend), (backend, frontend)][: 1 if frontend is backend else 2]
    while True:
        poll_all(_list_waits(lanes))
        for inlet, outlet in lanes:
            if inlet.poll(0, POLLIN) and outlet.poll(0, POLLOUT):
                _pass_on(inlet, outlet, capture)
        sleep(0)


def _list_waits(lanes: list[tuple[Any, Any]]) -> list[tuple[Any, int]]:
    """What to wait for until something can pass: room where there is a message, or else one."""
    wanted: dict[Any, int] = {}
    for inlet, outlet in lanes:
        if inlet.poll(0, POLLIN):
            wanted[outlet] = wanted.get(outlet, 0) | POLLOUT
        else:
            wanted[inlet] = wanted.get(inlet, 0) | POLLIN
    return list(wanted.items())


def _pass_on(inlet: Any, outlet: Any, capture: Optional[Any]) -> None:
    for _ in range(BURST):
        try:
            message = inlet.recv_multipart(DONTWAIT, copy=False)
        except Again:
            return
        if capture is not None:
            capture.send_multipart(message, copy=False)
        outlet.send_multipart(message, copy=False)
        if not outlet.poll(0, POLLOUT):
            return


def device(device_type: int, isocket: Any, osocket: Any) -> None:
    """Pass messages on between two sockets until the context ends; deprecated, use `proxy`.

    Parameters
    ----------
    device_type : DeviceType or int
        Ignored: the types of the sockets say it all.
    isocket, osocket : Socket
    """
    proxy(isocket, osocket)
