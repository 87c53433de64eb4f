# SPDX-License-Identifier: BSD-3-Clause
"""The ssh connection, by paramiko."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from typing import Any

import paramiko

from zmq.ssh._addresses import Server, Target
from zmq.ssh._keeper.channel import ChannelStream
from zmq.ssh._keeper.configuration import Configuration, Hop
from zmq.ssh._keeper.failure import Deadline, Failure
from zmq.ssh._keeper.groups import end_group
from zmq.ssh._keeper.hostkeys import changed, make_client
from zmq.ssh._keeper.login import Login
from zmq.ssh._keeper.relay import Stream

#: Seconds without an answer after which a stream through the tunnel is taken for one.
SILENCE = 2.0

#: Seconds more for logging in, while somebody may be typing.
TYPING = 300.0

#: Questions without an answer after which the connection counts as lost.
ALIVE_COUNT = 3

#: Code of a channel that could not be opened -> OpenSSH's words for it.
REASONS = {
    1: "administratively prohibited",
    2: "connect failed",
    3: "unknown channel type",
    4: "resource shortage",
}


class Paramiko:
    """One ssh connection; see `Session` in `main`.

    Parameters
    ----------
    settings : dict
        As the program has sent them.
    keeper : Keeper
    number : int
        How many there were before.
    """

    def __init__(self, settings: dict[str, Any], keeper: Any, number: int) -> None:
        self._settings = settings
        self._keeper = keeper
        self._typing = 0.0 if number or settings["silent"] else TYPING
        self._clients: list[paramiko.SSHClient] = []
        self._commands: list[subprocess.Popen[bytes]] = []
        self._transport: Any = None
        self._target = Target(*settings["target"]) if settings["target"] else None
        self._asked_at = 0.0
        self._reason = ""

    def start(self, deadline: Deadline) -> Stream | None:
        """Set the connection up; return an open stream through it, or None.

        Raises
        ------
        Failure
            It does not work.
        """
        configuration = Configuration(self._settings["config"])
        route = configuration.find_route(Server(*self._settings["server"]))
        way: Any = None
        for hop in route:
            is_last = hop is route[-1]
            if self._transport is None:
                way = self._run(hop) if hop.proxy_command else connect(hop, deadline)
            else:
                way = self._step(hop, deadline)
            self._transport = self._log_in(hop, way, is_last, deadline)
        threading.Thread(target=self._watch, daemon=True).start()
        if self._settings["keepalive"]:
            threading.Thread(target=self._ask_whether_alive, daemon=True).start()
        return self._probe(deadline) if self._target else None

    def open(self) -> Stream:
        """Open a stream through the connection.

        Raises
        ------
        OSError
            The server does not connect us.
        """
        return self._open(None)

    def stop(self) -> None:
        """End it."""
        for client in reversed(self._clients):
            client.close()
        for command in self._commands:
            end_group(command, signal.SIGKILL)
            command.wait()

    # -- connecting ------------------------------------------------------------------------------

    def _run(self, hop: Hop) -> socket.socket:
        """Return a connection to what the ProxyCommand of the configuration does."""
        ours, theirs = socket.socketpair()
        shell = os.environ.get("SHELL", "/bin/sh")
        with theirs:
            command = [shell, "-c", f"exec {hop.proxy_command}"]
            end = theirs.fileno()
            self._commands.append(
                subprocess.Popen(command, stdin=end, stdout=end, start_new_session=True)
            )
        return ours

    def _step(self, hop: Hop, deadline: Deadline) -> Any:
        """Return a channel from the last server to the next one."""
        address = (hop.host, hop.port)
        try:
            return self._transport.open_channel(
                "direct-tcpip", address, ("127.0.0.1", 0), timeout=deadline.left()
            )
        except (paramiko.SSHException, EOFError) as exc:
            deadline.check(f"{hop.host} port {hop.port}")
            raise Failure("failed", f"jump to {hop.host} port {hop.port}: {explain(exc)}") from exc

    def _log_in(self, hop: Hop, way: Any, is_last: bool, deadline: Deadline) -> Any:
        settings = self._settings
        if is_last and settings["keyfile"]:
            hop.identities, hop.identities_only = [settings["keyfile"]], True
        policy = settings["host_key_policy"] if is_last else None
        client = make_client(hop, policy, self._keeper.log)
        self._clients.append(client)

        def ask(question: str) -> str:
            answer: str = self._keeper.ask(question, not is_last)
            return answer

        login = Login(hop, ask, settings["silent"])
        left = max(deadline.left(), 0.1)
        try:
            client.connect(
                hop.key_name,  # by which known_hosts is searched; `way` leads there
                username=hop.user,
                sock=way,
                timeout=left,
                banner_timeout=left,
                auth_timeout=left + self._typing,
                auth_strategy=login,
            )
        except paramiko.BadHostKeyException as exc:
            raise changed(hop.key_name, exc.key) from exc
        except (paramiko.SSHException, EOFError, OSError) as exc:
            deadline.check(f"ssh: connect to host {hop.host} port {hop.port}")
            words = str(exc) or "the server has closed the connection"
            kind = "busy" if words.startswith("Error reading SSH protocol banner") else "failed"
            raise Failure(kind, f"{hop.host} port {hop.port}: {words}") from exc
        return client.get_transport()

    # -- streams ---------------------------------------------------------------------------------

    def _open(self, timeout: float | None) -> ChannelStream:
        try:
            channel = self._transport.open_channel(
                "direct-tcpip", self._target, ("127.0.0.1", 0), timeout=timeout
            )
        except paramiko.ChannelException:
            raise
        except (paramiko.SSHException, EOFError) as exc:
            raise OSError(str(exc)) from exc
        return ChannelStream(channel)

    def _probe(self, deadline: Deadline) -> Stream | None:
        """Open a stream to see whether the server forwards it; None when nobody answers there."""
        try:
            return self._open(min(SILENCE, deadline.left()))
        except paramiko.ChannelException as exc:
            words = explain(exc)
            if exc.code != 2:
                message = f"the server does not forward {self._target}: {words}"
                raise Failure("forward", message) from exc
            self._keeper.log("warning", f"nobody answers at {self._target} yet: {words}")
        except OSError:
            if not self._transport.is_active():
                raise Failure("failed", "the server has closed the connection") from None
        return None

    # -- the end ---------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._transport.join()
        why = self._reason or str(self._transport.get_exception() or "")
        self._keeper.dropped(self, why or "the server has closed the connection")

    def _ask_whether_alive(self) -> None:
        interval = self._settings["keepalive"]
        threading.Thread(target=self._give_up_when_silent, daemon=True).start()
        while self._transport.is_active():
            time.sleep(interval)
            self._asked_at = time.monotonic()
            try:
                # Any answer is one, also "unknown request".
                self._transport.global_request("keepalive@openssh.com", wait=True)
            except (paramiko.SSHException, EOFError, OSError):
                return
            self._asked_at = 0.0

    def _give_up_when_silent(self) -> None:
        patience = ALIVE_COUNT * self._settings["keepalive"]
        while self._transport.is_active():
            time.sleep(min(1.0, patience / 4))
            asked_at = self._asked_at
            if asked_at and time.monotonic() - asked_at > patience:
                self._reason = f"the server has not answered for {patience:g} s"
                self._transport.close()


def connect(hop: Hop, deadline: Deadline) -> Any:
    """Return a connection to the first server.

    Raises
    ------
    Failure
        Which is not there.
    """
    where = f"ssh: connect to host {hop.host} port {hop.port}"
    try:
        return socket.create_connection((hop.host, hop.port), max(deadline.left(), 0.1))
    except socket.gaierror as exc:
        words = f"ssh: Could not resolve hostname {hop.host}: {exc.strerror}"
        raise Failure("failed", words) from exc
    except (TimeoutError, socket.timeout) as exc:
        raise Failure("timeout", f"{where}: Connection timed out") from exc
    except OSError as exc:
        words = os.strerror(exc.errno) if exc.errno else str(exc)
        raise Failure("failed", f"{where}: {words}") from exc


def explain(exc: Exception) -> str:
    """Return what has happened to a channel, in OpenSSH's words."""
    if isinstance(exc, paramiko.ChannelException):
        reason = REASONS.get(exc.code, "unknown reason")
        return f"open failed: {reason}: {exc.text}"
    return str(exc) or "the server has closed the connection"
