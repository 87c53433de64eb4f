# SPDX-License-Identifier: BSD-3-Clause
"""Tunnel: a tunnel as the program sees it; the work is done by a process of its own, its keeper."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

from zmq.ssh._addresses import Target
from zmq.ssh._answers import Answers, Refusal
from zmq.ssh._errors import ERRORS, TunnelError, TunnelTimeout
from zmq.ssh._link import Link

#: Seconds that the keeper may be late with what it has to say itself, such as a time-out.
LATE = 2.0

#: Seconds that the keeper gets to end before it is killed.
PATIENCE = 10.0

#: Longest path of a directory that leaves room for the sockets in it.
SHORT = 60

#: The program of a keeper. It needs nothing of ØMQ, so that the packages above it are left empty,
#: which saves half of the time that it takes to start.
BOOT = """
import sys, types
sys.path[:] = {path!r}
for name, path in (("zmq", []), ("zmq.ssh", [{folder!r}])):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = path
from zmq.ssh._keeper.main import main
main()
"""

log = logging.getLogger("zmq.ssh")

_running: set[Keeping] = set()


class Keeping:
    """A keeper: started here, heard, answered, and waited for.

    Parameters
    ----------
    settings : dict
        What it needs to know, without any secret.
    answers : Answers
    listener : socket.socket or None
        The local port; it belongs to the keeper from now on.

    Attributes
    ----------
    up : bool
        Whether bytes get through.
    reason : str or None
        Why they do not.
    ended : threading.Event
    """

    def __init__(
        self, settings: dict[str, Any], answers: Answers, listener: socket.socket | None
    ) -> None:
        self.name = settings["name"]
        self.up = False
        self.reason: str | None = None
        self.ended = threading.Event()
        self._answers = answers
        self._folder = make_folder()
        ours, theirs = socket.socketpair()
        self._link = Link(ours)
        port = listener.fileno() if listener else -1
        try:
            with theirs:
                self._process = start_keeper(theirs.fileno(), port)
        except BaseException:
            self._link.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        finally:
            if listener:
                listener.close()
        _running.add(self)
        self._link.send(**settings, folder=self._folder)

    @property
    def pid(self) -> int:
        """The process of the keeper."""
        return self._process.pid

    def open(self, seconds: float) -> None:
        """Wait until the tunnel is up.

        Raises
        ------
        TunnelError
            It could not be opened.
        """
        try:
            self._await_up(time.monotonic() + seconds + LATE, seconds)
        except BaseException:
            self._link.send(close=True)
            self._reap()
            raise

    def _await_up(self, deadline: float, seconds: float) -> None:
        while not self.up:
            try:
                message = self._link.receive(max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                raise TunnelTimeout(f"{self.name}: not open within {seconds:g} s") from None
            if message is None:
                raise TunnelError(f"{self.name}: its process ended without a word")
            if message["event"] == "failed":
                kind = message["kind"]
                if kind == "authentication" and self._answers.used:
                    kind = "retries"
                raise ERRORS[kind](f"{self.name}: {message['message']}")
            began = time.monotonic()
            self._handle(message, interactive=True)
            deadline += time.monotonic() - began

    def watch(self) -> None:
        """Take what the keeper says from now on, in a thread."""
        threading.Thread(target=self._watch, name="zmq-ssh-watch", daemon=True).start()

    def _watch(self) -> None:
        while True:
            message = self._link.receive()
            if message is None:
                break
            self._handle(message, interactive=False)
        if self.up:
            self.up, self.reason = False, "its process was killed"
            log.warning("%s: %s", self.name, self.reason)
        self._reap()

    def _handle(self, message: dict[str, Any], interactive: bool) -> None:
        event = message["event"]
        if event == "ask":
            self._reply(message, interactive)
        elif event == "log":
            log.log(
                logging.getLevelName(message["level"].upper()),  # pyright: ignore[reportArgumentType]
                "%s",
                message["message"],
            )
        elif event == "again":
            self._answers.start_over()
        elif event == "up":
            if self.reason is not None:
                log.info("%s: connected again", self.name)
            self.up, self.reason = True, None
        elif event == "down":
            self.up, self.reason = False, message["reason"]
            log.warning("%s: the ssh connection was lost: %s", self.name, self.reason)
        elif event == "ended":
            if self.up:
                log.info("%s: %s", self.name, message["reason"])
            self.up, self.reason = False, message["reason"]
        elif event == "failed":
            self.up, self.reason = False, message["message"]
            log.error("%s: not connected again: %s", self.name, self.reason)

    def _reply(self, message: dict[str, Any], interactive: bool) -> None:
        question, on_the_way = message["question"], message["on_the_way"]
        try:
            answer = self._answers.find(question, on_the_way, interactive)
        except Refusal as exc:
            self._link.send(kind=exc.kind, message=str(exc))
        except Exception as exc:  # of a function given as password
            self._link.send(kind="authentication", message=f"{question} {exc!r}")
            log.exception("%s: the function that was asked %r", self.name, question)
        else:
            self._link.send(answer=answer)

    def close(self, timeout: float) -> None:
        """End the keeper, and wait for that."""
        self._link.send(close=True)
        if not self.ended.wait(timeout):
            self._process.kill()
            self.ended.wait(PATIENCE)

    def _reap(self) -> None:
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._link.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        _running.discard(self)
        self.ended.set()

    def disown(self) -> None:
        """Have nothing to do with it any more, in a process that was forked."""
        self._link.close()
        self.let_go()
        self.up, self.reason = False, "it belongs to the process that opened it"
        self.ended.set()

    def let_go(self) -> None:
        """Do not complain that nobody waits for the keeper: it ends by itself."""
        self._process.returncode = 0


class Tunnel:
    """An open tunnel, as a context manager, or as the pair `(url, tunnel)`.

    It lives until it is closed, the program ends, or nobody was connected for its time-out, also
    when no reference to it is kept.

    Attributes
    ----------
    endpoint : str
        What to connect to: "tcp://127.0.0.1:…".
    port : int
        The port in it.
    server, target : str
        The ssh server, and where the tunnel leads to from there.
    """

    def __init__(self, keeping: Keeping, port: int, server: str, target: Target) -> None:
        self._keeping = keeping
        self.port = port
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.server = server
        self.target = f"tcp://{target}"

    @property
    def pid(self) -> int:
        """The process that keeps the tunnel."""
        return self._keeping.pid

    @property
    def reason(self) -> str | None:
        """Why the tunnel is not up; None while it is."""
        return self._keeping.reason

    def is_alive(self) -> bool:
        """Whether bytes get through: not after the end, and not while `reconnect` is at work."""
        return self._keeping.up

    def close(self, timeout: float = PATIENCE) -> None:
        """End the tunnel, and wait for that.  What is on its way gets 5 seconds to arrive.

        Parameters
        ----------
        timeout : float
            Seconds after which its process is killed.
        """
        self._keeping.close(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the tunnel has ended for good.

        Parameters
        ----------
        timeout : float or None
            Seconds; None waits for ever.

        Returns
        -------
        bool
            Whether it has.
        """
        return self._keeping.ended.wait(timeout)

    terminate = close

    def __enter__(self) -> Tunnel:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[str | Tunnel]:
        return iter((self.endpoint, self))

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> str | Tunnel:
        return (self.endpoint, self)[index]

    def __repr__(self) -> str:
        state = "up" if self.is_alive() else f"not up: {self.reason}"
        return f"<Tunnel {self.endpoint} to {self.target} by way of {self.server}, {state}>"


def make_folder() -> str:
    """Make a directory closed to others, with a path short enough for sockets in it."""
    parent: str | None = tempfile.gettempdir()
    if len(str(parent)) > SHORT or set(str(parent)) & set("%:$ "):  # which ssh would interpret
        parent = "/tmp"
    return tempfile.mkdtemp(prefix="zmq-ssh-", dir=parent)


def start_keeper(link: int, port: int) -> subprocess.Popen[bytes]:
    """Start the process of a keeper with these descriptors.

    Its session is a new one, so that Ctrl-C in the terminal does not cut off what the program still
    has to send.
    """
    code = BOOT.format(path=sys.path, folder=os.path.dirname(os.path.abspath(__file__)))
    arguments = list(map(str, (link, port, os.getpid())))
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[number for number in (link, port) if number >= 0],
        start_new_session=True,
    )


def _after_fork() -> None:
    for keeping in list(_running):
        keeping.disown()
    _running.clear()


@atexit.register
def _let_go() -> None:
    for keeping in list(_running):
        keeping.let_go()


os.register_at_fork(after_in_child=_after_fork)
