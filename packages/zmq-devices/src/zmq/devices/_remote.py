# SPDX-License-Identifier: BSD-3-Clause
"""Remote: a device's process as the process sees it that started it; and what runs in there."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection, wait
from multiprocessing.util import register_after_fork
from typing import Any, Callable

import zmq

#: Seconds between two looks of a device whether the process that started it is still there.
LOOK_AFTER_PARENT = 1.0

#: Milliseconds that a device which is told to end by a signal may take to send what it has.
HURRY = 1000


class Remote:
    """Starts the process of a device, waits for it, and speaks with it.

    Parameters
    ----------
    device : ProcessDevice
    start_method : str or None
        "fork", "spawn", "forkserver"; None for the default of `multiprocessing`.
    when_ended : callable
        Called in another thread as soon as the process is no more.

    Attributes
    ----------
    process : multiprocessing.Process
    endpoints : dict of str to list of str
        As the device has reported them.

    Raises
    ------
    Exception
        What went wrong over there, before its sockets were open.
    RuntimeError
        The process ended without a word.
    """

    def __init__(
        self, device: Any, start_method: str | None, when_ended: Callable[[], None]
    ) -> None:
        context: Any = multiprocessing.get_context(start_method)
        self.lock = threading.Lock()
        self.number = 0
        self.when_ended = when_ended
        self.link, theirs = context.Pipe()
        # A device that is forked later must not hold this end: it is how the first one learns that
        # this process is gone.
        register_after_fork(self.link, Connection.close)
        self.process = context.Process(
            target=serve, args=(device, theirs), name=type(device).__name__, daemon=device.daemon
        )
        try:
            try:
                self.process.start()
            finally:
                theirs.close()
            self.endpoints = self._read_report()
        except BaseException:
            self.link.close()
            raise
        # Somebody has to wait for the process, or it becomes a zombie when it is killed.
        threading.Thread(target=self._watch, name="zmq-device-watch", daemon=True).start()

    def _read_report(self) -> dict[str, list[str]]:
        """Wait until the device has opened its sockets, and return its endpoints."""
        try:
            wait([self.link, self.process.sentinel])
            report = self.link.recv() if self.link.poll() else None
        except (EOFError, OSError):
            report = None
        except BaseException:  # Ctrl-C
            self.process.kill()
            self.process.join()
            raise
        if isinstance(report, dict):
            return report
        self.process.join()
        if isinstance(report, BaseException):
            raise report
        raise RuntimeError(
            f"the process of the device ended with exit code {self.process.exitcode} before its"
            " sockets were open; it may have said more on standard error"
        )

    def _watch(self) -> None:
        wait([self.process.sentinel])
        self.process.join()
        self.when_ended()
        with self.lock:
            self.link.close()

    def ask(self, command: bytes, deadline: float | None) -> list[bytes] | None:
        """Give a command, and wait for the answer; as `_owner.ask`."""
        left = _time_left(deadline)
        if not self.lock.acquire(timeout=-1 if left is None else left):
            raise zmq.TimeoutExpired(msg="the device is busy with another command")
        try:
            if self.link.closed:
                return None
            self.number += 1
            self.link.send((self.number, command, _time_left(deadline)))
            return self._read_answer(deadline)
        except (EOFError, OSError) as exc:
            if isinstance(exc, zmq.ZMQError):
                raise
            return None  # it ended meanwhile
        finally:
            self.lock.release()

    def _read_answer(self, deadline: float | None) -> list[bytes] | None:
        while True:
            ready = wait([self.link, self.process.sentinel], _time_left(deadline))
            if not ready:
                raise zmq.TimeoutExpired(msg="the process of the device did not answer")
            if self.link not in ready:
                return None
            number, answer = self.link.recv()
            if number == self.number:  # or else to a question whose time was over
                found: list[bytes] | None = answer
                return found


def _time_left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


# ---- in the device's process -------------------------------------------------------------------


def serve(device: Any, link: Connection) -> None:
    """Run the device in this process, which was made for it."""
    _mind_signals(device)
    device._claim()
    try:
        device._prepare()
    except BaseException as exc:
        _report(link, exc)
        return
    _report(link, device.endpoints)
    deputy = threading.Thread(target=_attend, args=(device, link, os.getppid()), daemon=True)
    deputy.start()
    device.run()


def _mind_signals(device: Any) -> None:
    """End on SIGTERM; also on Ctrl-C, unless the device ends with its parent anyway."""

    def end(number: int, frame: object) -> None:
        if device._junction is not None:
            device._junction.hurry = HURRY
        sys.exit(0)

    signal.set_wakeup_fd(-1)  # a forked process has inherited it
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN if device.daemon else end)


def _report(link: Connection, report: Any) -> None:
    try:
        pickle.loads(pickle.dumps(report))
    except Exception:
        report = RuntimeError(f"{type(report).__name__}: {report}")
    link.send(report)


def _attend(device: Any, link: Connection, parent: int) -> None:
    """Pass on what the parent says; end with it if the device is a daemon."""
    try:
        while True:
            while not link.poll(LOOK_AFTER_PARENT):
                if os.getppid() != parent:
                    raise EOFError
            number, command, patience = link.recv()
            link.send((number, _obey(device, command, patience)))
    except (EOFError, OSError):
        if device.daemon:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _obey(device: Any, command: bytes, patience: float | None) -> list[bytes] | None:
    try:
        deadline = None if patience is None else time.monotonic() + patience
        found: list[bytes] | None = device._ask_here(command, deadline)
        return found
    except zmq.TimeoutExpired:
        return None
