# SPDX-License-Identifier: BSD-3-Clause
"""Device: passing messages on between two sockets, in greenlets."""

from __future__ import annotations

from struct import pack
from typing import Any
from warnings import warn

from gevent import killall, sleep, spawn
from gevent.event import AsyncResult, Event

from zmq.backend import Socket as BackendSocket
from zmq.constants import POLLIN, POLLOUT, Errno, SocketType
from zmq.error import Again, ZMQError
from zmq.green._room import DONTWAIT
from zmq.green.core import Socket
from zmq.green.poll import Poller as Poller  # found here, too, by old programs

SEND_ONLY = (SocketType.PUB, SocketType.PUSH, SocketType.RADIO, SocketType.SCATTER)
RECEIVE_ONLY = (SocketType.SUB, SocketType.PULL, SocketType.DISH, SocketType.GATHER)

#: Messages that pass in one direction before it is the turn of others.
BURST = 100

#: How much of an unknown command is quoted.
QUOTE = 40


class Lane:
    """One direction of a proxy.

    Parameters
    ----------
    inlet, outlet : Socket
    capture : Socket or None
    gate : gevent.event.Event
        Set while messages may pass.

    Attributes
    ----------
    messages, size : int
        How many have passed, and their bytes.
    """

    def __init__(self, inlet: Any, outlet: Any, capture: Any, gate: Any) -> None:
        self.inlet, self.outlet, self.capture, self.gate = inlet, outlet, capture, gate
        self.messages = self.size = 0
        # A REP that gets its own messages back has room for one as soon as it has received it.
        self.hesitates = not (inlet is outlet and inlet._socket_type == SocketType.REP)

    def is_usable(self) -> bool:
        """Whether the types of the sockets let anything pass."""
        return (
            self.inlet._socket_type not in SEND_ONLY
            and self.outlet._socket_type not in RECEIVE_ONLY
        )

    def run(self) -> None:
        """Pass messages on for ever; one is not taken before there is room for it."""
        while True:
            self.gate.wait()
            self.inlet.poll(None, POLLIN)
            if self.hesitates:
                self.outlet.poll(None, POLLOUT)
            if self.capture is not None:
                self.capture.poll(None, POLLOUT)
            self._pass_some()
            sleep(0)

    def _pass_some(self) -> None:
        for _ in range(BURST):
            if not self.gate.is_set():
                return
            try:
                message = self.inlet.recv_multipart(DONTWAIT, copy=False)
            except Again:
                return
            if self.capture is not None:
                self.capture.send_multipart(message, copy=False)
            try:
                self.outlet.send_multipart(message, copy=False)
            except ZMQError as exc:
                if exc.errno != Errno.EHOSTUNREACH:  # of a mandatory ROUTER: a peer that left
                    raise
            self.messages += 1
            self.size += sum(map(len, message))
            if self.hesitates and not self.outlet.poll(0, POLLOUT):
                return


class Steering:
    """The commands for a proxy.

    Parameters
    ----------
    control : Socket
        Where they come from.
    gate : gevent.event.Event
    lanes : list of Lane
        There and back.
    """

    def __init__(self, control: Any, gate: Any, lanes: list[Lane]) -> None:
        if control._socket_type in SEND_ONLY:
            raise ZMQError(
                Errno.ENOTSUP,
                f"a {control._type_name} socket cannot receive commands: use PAIR, REP or SUB for "
                "control",
            )
        self.control, self.gate, self.lanes = control, gate, lanes

    def run(self) -> None:
        """Do what the commands say, until TERMINATE."""
        while True:
            *envelope, command = self.control.recv_multipart()
            answer = self._obey(command)
            if answer or self.control._socket_type in (SocketType.REP, SocketType.ROUTER):
                self._answer([*envelope, *(answer or [b""])])
            if command == b"TERMINATE":
                return

    def _obey(self, command: bytes) -> list[bytes]:
        if command == b"PAUSE":
            self.gate.clear()
        elif command == b"RESUME":
            self.gate.set()
        elif command == b"STATISTICS":
            if self.control._socket_type not in RECEIVE_ONLY:
                return [pack("=Q", number) for number in self._count()]
        elif command != b"TERMINATE":
            warn(
                f"the proxy ignored the unknown command {command[:QUOTE]!r}: it knows PAUSE, "
                "RESUME, TERMINATE and STATISTICS",
                RuntimeWarning,
                stacklevel=2,
            )
        return []

    def _count(self) -> list[int]:
        there, back = self.lanes
        passed = (there.messages, there.size)
        returned = (back.messages, back.size)
        return [*passed, *returned, *returned, *passed]

    def _answer(self, parts: list[bytes]) -> None:
        try:
            self.control.send_multipart(parts, DONTWAIT)
        except ZMQError as exc:  # who has no room for it, or has left, does not get it
            if exc.errno not in (Errno.EAGAIN, Errno.EFSM, Errno.EHOSTUNREACH):
                raise


def proxy(frontend: Any, backend: Any, capture: Any | None = None) -> None:
    """Pass messages on between two sockets, in both directions: as `zmq.proxy`.

    Other greenlets run meanwhile.  A message is taken from one side only when the other has room
    for it.

    Parameters
    ----------
    frontend, backend : Socket
        They may be the same, which then gets its own messages back.
    capture : Socket, optional
        Is sent a copy of every message.

    Raises
    ------
    ContextTerminated
        When the context is terminated: the usual end.
    SocketClosed
        When one of the sockets is closed.
    ZMQError
        ENOTSUP when the types of the sockets let nothing pass.
    """
    _join(frontend, backend, capture, None)


def proxy_steerable(
    frontend: Any, backend: Any, capture: Any | None = None, control: Any | None = None
) -> int:
    """Pass messages on as `proxy` does, and take commands: as `zmq.proxy_steerable`.

    Parameters
    ----------
    frontend, backend, capture : Socket
        As for `proxy`.
    control : Socket, optional
        Where commands come from: ``PAUSE``, ``RESUME``, ``STATISTICS``, ``TERMINATE``.

    Returns
    -------
    int
        0, after TERMINATE.
    """
    _join(frontend, backend, capture, control)
    return 0


def device(device_type: int, isocket: Any, osocket: Any) -> None:
    """Pass messages on between two sockets until the context ends; deprecated, use `proxy`.

    Parameters
    ----------
    device_type : DeviceType or int
        Ignored: the types of the sockets say it all.
    isocket, osocket : Socket
    """
    proxy(isocket, osocket)


def _join(frontend: Any, backend: Any, capture: Any, control: Any) -> None:
    """Run both directions, and the commands, each in a greenlet of its own."""
    gate = Event()
    gate.set()
    alike = frontend is backend
    frontend, backend = _as_green(frontend), _as_green(backend)
    backend = frontend if alike else backend
    capture = None if capture is None else _as_green(capture)
    if capture is not None and capture._socket_type in RECEIVE_ONLY:
        raise ZMQError(
            Errno.ENOTSUP,
            f"a {capture._type_name} socket cannot send, so it cannot capture: use PUB or PUSH",
        )
    lanes = [Lane(frontend, backend, capture, gate), Lane(backend, frontend, capture, gate)]
    tasks: list[Any] = [lane for lane in lanes[: 1 if alike else 2] if lane.is_usable()]
    if not tasks:
        raise ZMQError(
            Errno.ENOTSUP,
            f"nothing can pass between a {frontend._type_name} and a {backend._type_name} socket: "
            "one side has to receive and the other to send",
        )
    if control is not None:
        tasks.append(Steering(_as_green(control), gate, lanes))
    end = AsyncResult()
    greenlets = [spawn(_run, task, end) for task in tasks]
    try:
        end.get()
    finally:
        killall(greenlets)


def _as_green(socket: Any) -> Any:
    """The socket, or a green one that shares its libzmq socket."""
    if not isinstance(socket, BackendSocket):
        raise TypeError(f"messages pass between sockets, not {socket!r}")
    return socket if isinstance(socket, Socket) else Socket(socket)


def _run(task: Any, end: Any) -> None:
    try:
        task.run()
        end.set(None)
    except Exception as exc:
        end.set_exception(exc)
