# SPDX-License-Identifier: BSD-3-Clause
"""Device: two sockets, and the loop between them, run where it is started."""

from __future__ import annotations

import os
import time
from threading import Event
from typing import Any, Callable, ClassVar, TypeVar

import zmq
from zmq import Context, DeviceType
from zmq.devices._junction import Junction
from zmq.devices._owner import Statistics, ask, count_up
from zmq.devices._side import Side, make_methods

#: Seconds that a device may take to stop, unless the caller says otherwise.
PATIENCE = 10.0

#: Seconds that a device which is started again waits until its former addresses are free.
CLOSING = 1.0

Self = TypeVar("Self", bound="Device")


class Device:
    """Passes messages between two sockets, in the thread that starts it.

    Types of sockets are given instead of sockets.  The sockets are made when the device starts, in
    the thread or process where it runs; `bind_in`, `connect_out`, `setsockopt_in` and so on say
    what will be done with them.

    As a context manager it is stopped at the end.

    Parameters
    ----------
    device_type : DeviceType or int
        Ignored, as by libzmq since 3.2: the types of the sockets say it all.
    in_type, out_type : SocketType or int
        The types of the two sockets.  With an `out_type` below 0 there is one socket only, which
        gets its own messages back.

    Attributes
    ----------
    daemon : bool
        Whether the program may end while the device still runs, which then ends with it.
    context_factory : callable
        Gives the context when the device starts; by default `Context.instance`, so that `inproc`
        works.  Where it is a class, the context ends with the device.
    done : bool
        Whether it has run and ended.

    Raises
    ------
    TypeError
        A type is missing.
    """

    context_factory: Callable[[], Context[Any]] = Context.instance
    _side_names: ClassVar[tuple[str, ...]] = ("in", "out")
    _prefixes: tuple[bytes | None, bytes | None] = (None, None)

    in_type: int | None
    out_type: int | None

    def __init__(
        self,
        device_type: int = DeviceType.QUEUE,
        in_type: int | None = None,
        out_type: int | None = None,
    ) -> None:
        for name, kind in (("in_type", in_type), ("out_type", out_type)):
            if kind is None:
                raise TypeError(f"{name} is missing: the type of a socket, for instance zmq.DEALER")
        self.device_type = device_type
        self.in_type = in_type
        self.out_type = out_type
        self.daemon = True
        self.done = False
        self._sides = {name: Side() for name in self._side_names}
        self._taken_ports: set[int] = set()
        self._endpoints: dict[str, list[str]] = {}
        self._reset()

    bind_in, connect_in, setsockopt_in, bind_in_to_random_port = make_methods("in", "Device")
    bind_out, connect_out, setsockopt_out, bind_out_to_random_port = make_methods("out", "Device")

    def _reset(self) -> None:
        """Begin as one that does not run."""
        self._junction: Junction | None = None
        self._total: Statistics | None = None  # of the run that has ended
        self._runner: int | None = None  # the process in which, or for which, it runs
        self._opened = Event()
        self._ended = Event()

    def __getstate__(self) -> dict[str, Any]:
        running = {
            *("_junction", "_runner", "_opened", "_ended", "_left", "_joining"),
            *("_remote", "launcher"),
        }
        return {name: value for name, value in vars(self).items() if name not in running}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._reset()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self.is_alive() else "ended" if self.done else "not started"
        return f"<{type(self).__name__} {state}>"

    # ---- running -------------------------------------------------------------------------------

    def start(self) -> None:
        """Run the device here, until it is stopped or its context is terminated.

        Raises
        ------
        RuntimeError
            It runs already.
        ZMQError
            An endpoint or an option was refused (its text names it), or the types of the sockets do
            not fit one another.
        """
        self._claim()
        self.run()

    def run(self) -> None:
        """Run the device here; what the background thread or process does.

        Raises
        ------
        ZMQError
            As `start` does.
        """
        try:
            self.run_device()
        except zmq.ContextTerminated:
            pass  # the usual end where the context is shared
        finally:
            self._close_sockets()
            self._note_end()

    def _note_end(self) -> None:
        self.done = True
        self._ended.set()
        self._opened.set()

    def run_device(self) -> None:
        """Open the sockets and pass messages on.

        A subclass may have a loop of its own instead, between the sockets that `_setup_sockets`
        returns; it is not reached by `stop` and `statistics`.
        """
        self._setup_sockets()
        assert self._junction is not None
        self._total = self._junction.relay(*self._prefixes)

    def _setup_sockets(self) -> tuple[zmq.Socket[Any] | None, ...]:
        """Open the sockets, unless they are open, and return them: in, out, monitor, control."""
        if self._junction is None:
            kinds = {name: getattr(self, f"{name}_type") for name in self._side_names}
            # libzmq closes sockets behind our back: those of the former run may not be closed yet.
            patience = CLOSING if self._endpoints else 0.0
            self._junction = Junction(self.context_factory, kinds, self._sides, patience)
            self._endpoints = self._junction.endpoints
            self._opened.set()
        return tuple(self._junction.sockets.values())

    def _prepare(self) -> None:
        """Open the sockets and find out whether the loop will take them."""
        self._setup_sockets()
        if type(self).run_device is Device.run_device and self._junction is not None:
            try:
                self._junction.rehearse(*self._prefixes)
            except BaseException:
                self._close_sockets()
                raise

    def _close_sockets(self) -> None:
        junction, self._junction = self._junction, None
        if junction is not None:
            junction.close()

    def _claim(self) -> None:
        if self.is_alive():
            raise RuntimeError(f"{self!r} cannot be started twice: stop it first")
        self._reset()
        self._runner = os.getpid()
        self.done = False

    # ---- looking after it ----------------------------------------------------------------------

    def is_alive(self) -> bool:
        """Whether the device runs, as far as this process is concerned."""
        return self._runner == os.getpid() and not self._ended.is_set()

    @property
    def endpoints(self) -> dict[str, list[str]]:
        """The endpoints of each side, as resolved by libzmq; empty before the first start.

        First those that are bound, then those that are connected to, by "in", "out" and, where the
        device has them, "mon" and "ctrl".
        """
        return {name: list(self._endpoints.get(name, ())) for name in self._side_names}

    def join(self, timeout: float | None = None) -> None:
        """Wait until the device has ended.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.
        """
        if self.is_alive():
            self._ended.wait(timeout)

    def stop(self, timeout: float | None = PATIENCE) -> None:
        """End the device, and wait until its sockets are closed.

        Messages that it has received are sent, as far as LINGER allows.  Nothing happens when it
        does not run.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Raises
        ------
        TimeoutExpired
            It did not end in time.  A device in a process is killed then; one in a thread goes on
            to end.
        """
        if not self.is_alive():
            return
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            self._ask(b"TERMINATE", deadline)
        except zmq.TimeoutExpired:
            pass
        self.join(_time_left(deadline))
        if self.is_alive():
            self._give_up(timeout)

    def _give_up(self, timeout: float | None) -> None:
        raise zmq.TimeoutExpired(
            msg=f"{self!r} did not end within {timeout} s: it has messages that nobody takes (set"
            " LINGER), or a loop of its own"
        )

    def statistics(self, timeout: float | None = PATIENCE) -> Statistics:
        """Count what has passed since the device started.

        A device that was stopped can still be asked, unless it ran in a process.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        Statistics

        Raises
        ------
        RuntimeError
            It does not run, and there is nothing left to be counted.
        TimeoutExpired
            It did not answer in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        answer = self._ask(b"STATISTICS", deadline) if self.is_alive() else None
        if answer is not None:
            return count_up(answer)
        if self._total is None:
            raise RuntimeError(f"{self!r} does not run: there is nothing to count")
        return self._total

    def _ask(self, command: bytes, deadline: float | None) -> list[bytes] | None:
        """Give the device a command; None when it has ended."""
        return self._ask_here(command, deadline)

    def _ask_here(self, command: bytes, deadline: float | None) -> list[bytes] | None:
        """Give a device of this process a command, once its sockets are open."""
        self._opened.wait(_time_left(deadline))
        junction = self._junction
        if junction is None:
            return None
        return ask(junction.context, junction.address, command, self._ended.is_set, deadline)


def _time_left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
