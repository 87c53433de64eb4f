# SPDX-License-Identifier: BSD-3-Clause
"""The life of a tunnel: opened, kept, opened again, and ended with the program."""

from __future__ import annotations

import importlib
import os
import queue
import random
import shutil
import signal
import socket
import sys
import threading
import time
from typing import Any, Protocol

from zmq.ssh._keeper.failure import Deadline, Failure
from zmq.ssh._keeper.relay import Relay, Stream
from zmq.ssh._link import Link

#: Seconds between two looks whether the program is still there, and the tunnel in use.
LOOK = 0.5

#: Seconds that bytes on their way are given when the tunnel ends.
GRACE = 5.0

#: Seconds between two attempts to connect again: the first pause, and the longest.
PAUSES = (0.2, 10.0)

#: Seconds between attempts when a server hangs up at once, as sshd does when many come together.
BUSY_PAUSES = (0.2, 0.4, 0.8, 1.6)

#: Failures that another attempt would only repeat.
FINAL = ("authentication", "retries", "hostkey", "forward")

#: Name of a back end -> where it lives.
BACK_ENDS = {
    "openssh": ("zmq.ssh._keeper.openssh", "OpenSSH"),
    "paramiko": ("zmq.ssh._keeper.viaparamiko", "Paramiko"),
}


class Session(Protocol):
    """One ssh connection, by whatever means."""

    def start(self, deadline: Deadline) -> Stream | None: ...
    def open(self) -> Stream: ...
    def stop(self) -> None: ...


class Stopped(Exception):
    """The tunnel shall end."""


class Keeper:
    """Keeps one tunnel.

    Parameters
    ----------
    link : Link
        To the program.
    listener : socket.socket or None
        The local port; None when it is only to be seen whether the server lets us in.
    parent : int
        The process of the program.
    """

    def __init__(self, link: Link, listener: socket.socket | None, parent: int) -> None:
        self._link = link
        self._parent = parent
        self._relay = Relay(listener) if listener else None
        self._settings: dict[str, Any] = {}
        self._events: queue.SimpleQueue[tuple[str, Any, str]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._asking = threading.Lock()
        self._session: Session | None = None
        self._deadline = Deadline(0)
        self._serial = 0
        self._up = False

    # -- what sessions use -----------------------------------------------------------------------

    def ask(self, question: str, on_the_way: bool) -> str:
        """Ask the program.

        Raises
        ------
        Failure
            It has no answer.
        """
        with self._asking:
            began = time.monotonic()
            self._link.send(event="ask", question=question, on_the_way=on_the_way)
            reply = self._answers.get()
            self._deadline.extend(time.monotonic() - began)
        if "answer" not in reply:
            raise Failure(reply["kind"], reply["message"])
        answer: str = reply["answer"]
        return answer

    def log(self, level: str, message: str) -> None:
        """Have the program log something."""
        self._link.send(event="log", level=level, message=message)

    def dropped(self, session: Session, reason: str) -> None:
        """A session has lost its connection."""
        self._events.put(("dropped", session, reason))

    # -- the life --------------------------------------------------------------------------------

    def run(self) -> None:
        """Keep the tunnel, and clean up after it."""
        settings = self._link.receive()
        if settings is None:
            return
        self._settings = settings
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._events.put(("stop", None, "told by a signal")))
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            held = self._establish()
            if self._relay and self._session:
                self._relay.resume(self._session.open, held)
                self._relay.start()
                self._up = True
                self._link.send(event="up")
                self._link.send(event="ended", reason=self._keep())
            else:
                self._link.send(event="up")
                self._link.send(event="ended", reason="the server lets us in")
        except Failure as exc:
            self._link.send(event="failed", kind=exc.kind, message=exc.message)
        except Stopped:
            pass
        finally:
            self._clean_up()

    def _clean_up(self) -> None:
        if self._relay:
            self._relay.finish(GRACE if self._up else 0)
        if self._session:
            self._session.stop()
        shutil.rmtree(self._settings["folder"], ignore_errors=True)

    def _establish(self) -> Stream | None:
        """Make a session; return an open stream through it, or None."""
        module, name = BACK_ENDS[self._settings["back_end"]]
        make = getattr(importlib.import_module(module), name)
        self._deadline = Deadline(self._settings["connect_timeout"])
        for pause in (*BUSY_PAUSES, None):
            session: Session = make(self._settings, self, self._serial)
            self._session = session
            self._serial += 1
            try:
                return session.start(self._deadline)
            except Failure as exc:
                if exc.kind != "busy" or pause is None or self._deadline.left() < pause:
                    raise
            session.stop()
            self._rest(pause * random.uniform(0.5, 1.0))
        raise AssertionError("the last attempt has neither an end nor a pause")

    def _keep(self) -> str:
        """Wait until the tunnel shall end; return why."""
        idle = self._settings["idle"]
        assert self._relay is not None
        while True:
            try:
                event, session, reason = self._events.get(timeout=min(LOOK, (idle or 60) / 4))
            except queue.Empty:
                if os.getppid() != self._parent:
                    return "the program has ended"
                if idle and self._relay.quiet_for() > idle:
                    return f"nobody was connected for {idle:g} s"
                continue
            if event == "stop":
                return reason
            if session is not self._session:
                continue
            self._relay.pause()
            self._link.send(event="down", reason=reason)
            if not self._settings["reconnect"]:
                return f"the ssh connection was lost: {reason}"
            self._connect_again(self._relay)
            self._link.send(event="up")

    def _connect_again(self, relay: Relay) -> None:
        """Try until there is a session again."""
        pause, longest = PAUSES
        while True:
            assert self._session is not None
            self._session.stop()
            self._link.send(event="again")
            try:
                held = self._establish()
            except Failure as exc:
                if exc.kind in FINAL:
                    raise
                self.log("info", f"not connected again yet: {exc.message}")
            else:
                relay.resume(self._session.open, held)
                return
            self._rest(pause * random.uniform(0.5, 1.0))
            pause = min(longest, pause * 2)

    def _rest(self, seconds: float) -> None:
        """Let time pass, unless the tunnel shall end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                event, _, _ = self._events.get(timeout=min(LOOK, max(0, end - time.monotonic())))
            except queue.Empty:
                event = ""
            if event == "stop" or os.getppid() != self._parent:
                raise Stopped

    # -- the program -----------------------------------------------------------------------------

    def _listen(self) -> None:
        """Take what the program says, until it has gone."""
        while True:
            message = self._link.receive()
            if message is None or "close" in message:
                break
            self._answers.put(message)
        self._answers.put({"kind": "failed", "message": "the program has ended"})
        why = "closed" if message else "the program has ended"
        self._events.put(("stop", None, why))
        if not self._up:
            self._leave()

    def _leave(self) -> None:
        """End at once, for the main thread may be waiting for a server that never answers."""
        if self._session:
            self._session.stop()
        shutil.rmtree(self._settings["folder"], ignore_errors=True)
        os._exit(0)


def take(descriptor: int) -> socket.socket:
    """Return an inherited socket; programs with gevent make them so that they do not block."""
    taken = socket.socket(fileno=descriptor)
    taken.setblocking(True)
    return taken


def main() -> None:
    """Keep a tunnel; the arguments are the descriptors of link and port, and who started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; it is for the program
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whatever the program does about its own
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    link, port, parent = map(int, sys.argv[1:4])
    listener = take(port) if port >= 0 else None
    Keeper(Link(take(link)), listener, parent).run()
    os._exit(0)  # whatever thread still waits for something
