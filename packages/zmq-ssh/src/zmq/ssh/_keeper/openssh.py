# SPDX-License-Identifier: BSD-3-Clause
"""The ssh connection, by OpenSSH's client.

The client is a master in OpenSSH's sense, with a control socket of its own: that appears when the
connection is up, and through it the forward is asked for, so that those of the user's configuration
can be left out. It listens on a socket in a directory that is closed to others.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from typing import Any

from zmq.ssh._addresses import Server, Target
from zmq.ssh._keeper.askpass import Askpass
from zmq.ssh._keeper.failure import Deadline, Failure
from zmq.ssh._keeper.groups import die_with, end, end_group
from zmq.ssh._keeper.relay import SocketStream, Stream

#: Seconds between two looks whether the connection is up.
LOOK = 0.005

#: Seconds of silence after which a connection through the tunnel is taken for one: whoever refuses
#: says so at once, and ØMQ says hello at once.
SILENCE = 2.0

#: Lines of the client that say nothing about what went wrong.
NOISE = re.compile(r"^(Warning: Permanently added|debug\d:|\*\* )")
BUSY = re.compile(r"kex_exchange_identification: .*(reset by peer|closed by remote host)")
#: All that OpenSSH 10 says of it; but also when a login has taken too long.
ENDED = re.compile(r"Connection (closed|reset) by \S+ port -?\d+\s*")
REFUSED = re.compile(r"open failed: (administratively prohibited|unknown channel type|resource)")
UNREACHABLE = re.compile(r"open failed: ")

#: What we accept of host keys -> options of the client.
POLICIES: dict[str | None, dict[str, str]] = {
    None: {},
    "reject": {"StrictHostKeyChecking": "yes"},
    "accept-new": {"StrictHostKeyChecking": "accept-new"},
    "ignore": {
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "GlobalKnownHostsFile": "/dev/null",
    },
}


def knows_forking(program: str) -> bool:
    """Whether a client is new enough for the option ForkAfterAuthentication, of OpenSSH 8.7."""
    try:
        told = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=1).stderr
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.search(r"OpenSSH_(\d+)\.(\d+)", told)
    return found is not None and tuple(map(int, found.groups())) >= (8, 7)


class OpenSSH:
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
        self._server = Server(*settings["server"])
        self._target = Target(*settings["target"]) if settings["target"] else None
        self._folder = os.path.join(settings["folder"], str(number))
        os.mkdir(self._folder, 0o700)
        self._control = os.path.join(self._folder, "c")
        self._path = os.path.join(self._folder, "s")
        self._askpass = Askpass(self._folder, self._answer)
        self._lines: deque[str] = deque(maxlen=60)
        self._refusal: Failure | None = None
        self._has_asked = False
        self._process: subprocess.Popen[str] | None = None

    def start(self, deadline: Deadline) -> Stream | None:
        """Set the connection up; return an open stream through it, or None.

        Raises
        ------
        Failure
            It does not work; in the words of the client.
        """
        program = shutil.which("ssh")
        if program is None:
            raise Failure("failed", "there is no ssh on the PATH: install it, or use paramiko=True")
        self._process = subprocess.Popen(
            self._command(program, deadline),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **self._askpass.environment()},
            preexec_fn=die_with(os.getpid()),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait_for(self._control, deadline)
        held = None
        if self._target:
            self._ask_for_forward(program, deadline)
            held = self._probe(deadline)
        threading.Thread(target=self._watch, daemon=True).start()
        return held

    def open(self) -> SocketStream:
        """Open a stream through the connection.

        Raises
        ------
        OSError
            The client does not listen any more.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        return SocketStream(connection)

    def stop(self) -> None:
        """End it."""
        self._askpass.close()
        if self._process is not None:
            end(self._process, 1)
            end_group(self._process, signal.SIGKILL)  # a ProxyCommand that has not listened
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- the client ------------------------------------------------------------------------------

    def _command(self, program: str, deadline: Deadline) -> list[str]:
        settings = self._settings
        options = {
            "ControlMaster": "yes",
            "ControlPath": self._control,
            "ControlPersist": "no",
            "ClearAllForwardings": "yes",
            "ExitOnForwardFailure": "yes",
            "LogLevel": "INFO",
            "ConnectTimeout": str(max(1, int(deadline.seconds - 0.5))),  # so that it tells why
            **POLICIES[settings["host_key_policy"]],
        }
        if settings["keepalive"]:
            options["ServerAliveInterval"] = str(max(1, round(settings["keepalive"])))
            options["ServerAliveCountMax"] = "3"
        if knows_forking(program):
            options["ForkAfterAuthentication"] = "no"
        if settings["silent"]:
            options.update(PasswordAuthentication="no", KbdInteractiveAuthentication="no")
        elif settings["insistent"]:
            options["BatchMode"] = "no"  # whatever the configuration says
        if settings["keyfile"]:
            options["IdentitiesOnly"] = "yes"  # or an agent with many keys uses up all attempts
        command = [program, "-N", "-T", "-x"]
        if settings["config"]:
            command += ["-F", settings["config"]]
        if settings["keyfile"]:
            command += ["-i", settings["keyfile"]]
        for name, value in options.items():
            command += ["-o", f"{name}={value}"]
        if self._server.user:
            command += ["-l", self._server.user]
        if self._server.port:
            command += ["-p", str(self._server.port)]
        return [*command, "--", self._server.host]

    def _read(self) -> None:
        assert self._process is not None and self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self._lines.append(line.rstrip())
                self._keeper.log("debug", f"ssh: {line.rstrip()}")

    def _watch(self) -> None:
        assert self._process is not None
        status = self._process.wait()
        self._keeper.dropped(self, self._words() or f"ssh ended with status {status}")

    def _words(self) -> str:
        """What the client has said, when it has ended."""
        self._reader.join(0.5)  # a program that it has started may hold the pipe longer
        return "\n".join(line for line in self._lines if line and not NOISE.match(line))

    def _wait_for(self, path: str, deadline: Deadline) -> None:
        assert self._process is not None
        while not os.path.exists(path):
            if self._refusal or self._process.poll() is not None:
                raise self._explain()
            if not deadline.left():
                words = self._words() or "the server has not answered so far"
                raise Failure("timeout", f"not connected within {deadline.seconds:g} s: {words}")
            time.sleep(LOOK)

    def _explain(self) -> Failure:
        assert self._process is not None
        if self._refusal:
            return self._refusal
        words = self._words() or f"ssh ended with status {self._process.returncode}"
        if "Host key verification failed" in words or "host key for" in words.lower():
            return Failure("hostkey", words)
        if "Permission denied" in words or "Too many authentication failures" in words:
            return Failure("authentication", words)
        if "timed out" in words:
            return Failure("timeout", words)
        if BUSY.search(words) or (ENDED.fullmatch(words) and not self._has_asked):
            return Failure("busy", words)
        return Failure("failed", words)

    # -- questions -------------------------------------------------------------------------------

    def _answer(self, question: str, hint: str, asked_by: int) -> str | None:
        self._has_asked = True
        if hint == "none":  # a key of hardware wants to be touched
            self._keeper.log("info", f"ssh: {question}")
            return ""
        if hint == "confirm":
            return "no"
        if "continue connecting" in question:
            text = question.partition("\nAre you sure")[0]
            self._refuse(Failure("hostkey", f"{text}\nHost key verification failed."))
            return None
        on_the_way = self._process is not None and asked_by != self._process.pid
        try:
            answer: str = self._keeper.ask(question, on_the_way)
        except Failure as exc:
            self._refuse(exc)
            return None
        return answer

    def _refuse(self, failure: Failure) -> None:
        self._refusal = self._refusal or failure
        if self._process is not None:
            end(self._process, 1)  # before it takes the missing answer for an empty one

    # -- the forward -----------------------------------------------------------------------------

    def _ask_for_forward(self, program: str, deadline: Deadline) -> None:
        forward = f"{self._path}:{self._target}"
        command = [program, "-F", "/dev/null", "-S", self._control]
        try:
            done = subprocess.run(
                [*command, "-O", "forward", "-L", forward, "--", "tunnel"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=deadline.left(),
            )
        except subprocess.TimeoutExpired:
            raise Failure("timeout", f"no forward within {deadline.seconds:g} s") from None
        if done.returncode:
            raise Failure("forward", done.stderr.strip() or self._words())
        self._wait_for(self._path, deadline)
        os.unlink(self._control)  # so that nobody asks it for anything else

    def _probe(self, deadline: Deadline) -> Stream | None:
        """Open a stream to see whether the server forwards it; None when nobody answers there."""
        assert self._process is not None
        self._lines.clear()
        stream = self.open()
        if not (stream.wait_readable(min(SILENCE, deadline.left())) and stream.at_end()):
            return stream
        stream.close()
        give_up = time.monotonic() + SILENCE
        while time.monotonic() < give_up:  # until the reason has been read
            words = "\n".join(self._lines)
            if REFUSED.search(words):
                raise Failure("forward", f"the server does not forward {self._target}: {words}")
            if UNREACHABLE.search(words):
                self._keeper.log("warning", f"nobody answers at {self._target} yet: {words}")
                return None
            if self._process.poll() is not None:
                raise self._explain()
            time.sleep(LOOK)
        return None
