# SPDX-License-Identifier: BSD-3-Clause
"""Owner: how the program that runs a device gives it commands, and asks it for statistics."""

from __future__ import annotations

import time
from itertools import count
from struct import Struct
from typing import Any, Callable, NamedTuple

import zmq

#: Milliseconds after which a waiting question looks whether the device has ended meanwhile.
LOOK_AGAIN = 20

#: What sockets and contexts say when the context was terminated, and the device with it.
ENDED = (zmq.ETERM, zmq.ENOTSUP, zmq.EFAULT, zmq.ENOTSOCK)

COUNTERS = Struct("=8Q")

_numbers = count(1)


class Statistics(NamedTuple):
    """What has passed since the device started, counted at its two sockets.

    A message of several parts counts once, with the bytes of all of them.
    """

    in_received: int
    in_received_bytes: int
    in_sent: int
    in_sent_bytes: int
    out_received: int
    out_received_bytes: int
    out_sent: int
    out_sent_bytes: int


def open_owner(context: zmq.Context[Any]) -> tuple[zmq.Socket[Any], str]:
    """Open the socket at which a device obeys its owner, and return it with its address."""
    # A shadow: neither the user's class of sockets nor his defaults are for this one.
    socket = zmq.Context.shadow(context).socket(zmq.ROUTER)
    address = f"inproc://zmq-device-{next(_numbers)}-{id(socket):x}"
    socket.bind(address)
    return socket, address


def open_asker(context: zmq.Context[Any], address: str) -> zmq.Socket[Any]:
    """Open a socket that is connected to an owner's."""
    socket = zmq.Context.shadow(context).socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(address)
    return socket


def ask(
    context: zmq.Context[Any],
    address: str,
    command: bytes,
    has_ended: Callable[[], bool],
    deadline: float | None = None,
) -> list[bytes] | None:
    """Give a command to a device of this process, and wait for the answer.

    Parameters
    ----------
    context : Context
        That of the device.
    address : str
        From `open_owner`.
    command : bytes
    has_ended : callable
        Whether nobody will answer any more.
    deadline : float, optional
        By `time.monotonic`, in seconds.

    Returns
    -------
    list of bytes or None
        None when the device has ended.

    Raises
    ------
    TimeoutExpired
        There was no answer before the deadline.
    """

    def insist(act: Callable[[], Any], event: int) -> Any:
        while True:
            try:
                return act()
            except zmq.Again:  # also when the device has closed its end
                asker.poll(LOOK_AGAIN, event)
            if has_ended():
                raise zmq.ContextTerminated()
            if deadline is not None and time.monotonic() > deadline:
                raise zmq.TimeoutExpired(msg=f"the device did not answer {command.decode()}")

    try:
        with open_asker(context, address) as asker:
            insist(lambda: asker.send(command, zmq.DONTWAIT), zmq.POLLOUT)
            answer: list[bytes] = insist(lambda: asker.recv_multipart(zmq.DONTWAIT), zmq.POLLIN)
            return answer
    except zmq.ZMQError as exc:
        if exc.errno in ENDED:
            return None
        raise


def count_up(answer: list[bytes]) -> Statistics:
    """Read the answer to STATISTICS."""
    return Statistics(*COUNTERS.unpack(b"".join(answer)))
