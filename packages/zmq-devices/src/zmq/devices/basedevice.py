# SPDX-License-Identifier: BSD-3-Clause
"""Devices with two sockets, which run where they are started, in a thread or in a process."""

from __future__ import annotations

import os
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, Callable, ClassVar

from zmq import Context, TimeoutExpired, ZMQBindError, ZMQError, proxy
from zmq.devices._device import Device, Self
from zmq.devices._remote import Remote


class BackgroundDevice(Device):
    """A device that `start` runs elsewhere; see `Device`.

    As a context manager it is started, unless it runs already, and stopped at the end.

    Attributes
    ----------
    launcher : Thread, Process or None
        Where it runs.
    """

    launcher: Any = None
    _launch_class: ClassVar[Any] = Thread

    def __enter__(self: Self) -> Self:
        if not self.is_alive():
            self.start()
        return self

    def start(self) -> None:
        """Run the device in the background, and return when its sockets are bound and connected.

        Raises
        ------
        RuntimeError, ZMQError
            As `Device.start`; nothing is left behind then.
        """
        self._claim()
        reports: SimpleQueue[BaseException | None] = SimpleQueue()
        self.launcher = self._launch_class(target=self._work, args=(reports.put,))
        self.launcher.daemon = self.daemon
        self.launcher.start()
        failure = reports.get()
        if failure is not None:
            self.launcher.join()
            self._reset()
            raise failure

    def _work(self, report: Callable[[BaseException | None], None]) -> None:
        """Be the background: first say whether all is well."""
        try:
            self._prepare()
        except BaseException as exc:
            report(exc)
        else:
            report(None)
            self.run()


class ThreadDevice(BackgroundDevice):
    """A device in a background thread, which does its work without the interpreter's lock.

    It uses `Context.instance()`, so that its sockets can be reached by `inproc`; when that is
    terminated the device ends.  See `Device` for the parameters and methods.
    """

    def _claim(self) -> None:
        super()._claim()
        self._left, self._joining = Event(), Lock()

    def _work(self, report: Callable[[BaseException | None], None]) -> None:
        try:
            super()._work(report)
        finally:
            self._left.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait until its thread has ended, for so many seconds; see `Device.join`."""
        if self._runner == os.getpid() and self._left.wait(timeout):
            with self._joining:  # PyPy's threads cannot be joined by two others at once
                self.launcher.join()


class ProcessDevice(BackgroundDevice):
    """A device in a process of its own; see `Device` for the parameters and methods.

    With the start methods "spawn" and "forkserver" the device is pickled: options, context factory
    and class must allow it, and the program needs `if __name__ == "__main__":`.

    A daemon, as it is by default, ends with the process that started it, even if that is killed; it
    ignores Ctrl-C.  SIGTERM ends it within a second or so.

    Attributes
    ----------
    start_method : str or None
        "fork", "spawn" or "forkserver"; by default that of `multiprocessing`.
    """

    context_factory: Callable[[], Context[Any]] = Context
    start_method: str | None = None
    _remote: Remote | None = None

    def start(self) -> None:
        """Run the device in a new process, and return when its sockets are bound and connected.

        Raises
        ------
        RuntimeError, ZMQError
            As `Device.start`; nothing is left behind then.  A RuntimeError also where the process
            ended without a word.
        """
        self._claim()
        try:
            self._remote = Remote(self, self.start_method, self._note_end)
            self.launcher = self._remote.process
            self._endpoints = self._remote.endpoints
        except BaseException:
            self._reset()
            self.done = False
            raise

    def _ask(self, command: bytes, deadline: float | None) -> list[bytes] | None:
        remote = self._remote
        return None if remote is None else remote.ask(command, deadline)

    def _give_up(self, timeout: float | None) -> None:
        self.launcher.kill()
        self._ended.wait()
        raise TimeoutExpired(
            msg=f"the process of a {type(self).__name__} did not end within {timeout} s and was"
            " killed: it had messages that nobody took (set LINGER), or a loop of its own"
        )


__all__ = [
    "BackgroundDevice",
    "Context",
    "Device",
    "ProcessDevice",
    "ThreadDevice",
    "ZMQBindError",
    "ZMQError",
    "proxy",
]
