# SPDX-License-Identifier: BSD-3-Clause
"""The deprecated `device` function."""

from zmq.backend import proxy


def device(device_type, frontend, backend):
    """Forward messages between two sockets until the context ends; deprecated, use `proxy`.

    Parameters
    ----------
    device_type : DeviceType or int
        Ignored, as libzmq has done since 3.2: the types of the sockets say it all.
    frontend, backend : Socket
    """
    return proxy(frontend, backend)
