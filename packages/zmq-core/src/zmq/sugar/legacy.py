# SPDX-License-Identifier: BSD-3-Clause
"""The deprecated `device` function."""

from __future__ import annotations

from zmq.backend import proxy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq.sugar.socket import Socket


def device(device_type: int, frontend: Socket[Any], backend: Socket[Any]) -> int:
    """Forward messages between two sockets until the context ends; deprecated, use `proxy`.

    Parameters
    ----------
    device_type : DeviceType or int
        Ignored, as libzmq has done since 3.2: the types of the sockets say it all.
    frontend, backend : Socket
    """
    return proxy(frontend, backend)
