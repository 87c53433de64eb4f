# SPDX-License-Identifier: BSD-3-Clause
"""What a stream is made of: a loop, and a blocking socket some of whose methods are its own."""

from __future__ import annotations

import warnings
from inspect import iscoroutinefunction
from typing import Any

import zmq
from zmq._future import _AsyncSocket

#: Methods of the socket that are those of the stream, the same objects.
LINKED = frozenset(
    """
    bind bind_to_random_port connect disconnect disable_monitor fileno get get_hwm
    get_monitor_socket get_string getsockopt getsockopt_string getsockopt_unicode join leave monitor
    set set_hwm set_string setsockopt setsockopt_string setsockopt_unicode subscribe unbind
    unsubscribe
    """.split()
)


def find_blocking(socket: Any) -> Any:
    """The socket itself, or the blocking shadow of an asynchronous one.

    Raises
    ------
    TypeError
        For what is no socket.
    OSError
        For a closed one.
    """
    if not isinstance(socket, zmq.backend.Socket):
        raise TypeError(f"a ZMQStream needs a zmq.Socket, not {socket!r}")
    if socket.closed:
        raise OSError(f"{socket!r} is closed: make a ZMQStream of an open socket")
    if not isinstance(socket, _AsyncSocket) and not iscoroutinefunction(socket.recv_multipart):
        return socket
    warnings.warn(
        f"ZMQStream shadows the asynchronous {socket!r} as a zmq.Socket: give it one of a "
        f"zmq.Context, or zmq.Socket(socket)",
        RuntimeWarning,
        stacklevel=3,
    )
    return zmq.Socket(socket)


def check_loop(io_loop: Any) -> Any:
    """The loop, when it is one of tornado's.

    Raises
    ------
    TypeError
        For anything else.
    """
    if not hasattr(io_loop, "asyncio_loop"):
        raise TypeError(
            f"io_loop is a tornado.ioloop.IOLoop, or None for the current one, not {io_loop!r}"
        )
    return io_loop


def add_options(cls: type) -> None:
    """Give a class the options of sockets as attributes: those of its `_used_socket()`."""
    for name, attribute in vars(zmq.Socket).items():
        if isinstance(attribute, zmq.backend.OptionAttribute) or name in ("hwm", "HWM"):
            setattr(cls, name, _pass_on(name, attribute.__doc__))


def _pass_on(name: str, description: str | None) -> property:
    def get(stream: Any) -> Any:
        return getattr(stream._used_socket(), name)

    def set_(stream: Any, value: Any) -> None:
        setattr(stream._used_socket(), name, value)

    return property(get, set_, doc=description)


def link_method(socket: Any, name: str) -> Any:
    """A method that is the same object each time, until `unlink_methods`."""
    linked = vars(socket).setdefault("_linked_methods", set())
    if name not in vars(socket):
        setattr(socket, name, getattr(socket, name))
        linked.add(name)
    return getattr(socket, name)


def unlink_methods(socket: Any) -> None:
    """Undo `link_method`."""
    for name in vars(socket).pop("_linked_methods", ()):
        vars(socket).pop(name, None)
