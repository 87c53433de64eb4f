# SPDX-License-Identifier: BSD-3-Clause
"""Askpass: how OpenSSH gets its questions answered, without a terminal.

It runs the program named by SSH_ASKPASS, which asks here, through a socket in a directory that is
closed to others. So no secret is ever in a command line, an environment or a file.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Callable

from zmq.ssh._keeper import ask


class Askpass:
    """Answers the questions of one OpenSSH client and of those it starts.

    Parameters
    ----------
    folder : str
        Closed to others.
    answer : callable
        `answer(question, hint, asked_by)` returns the answer, or None; `asked_by` is a process.
    """

    def __init__(self, folder: str, answer: Callable[[str, str, int], str | None]) -> None:
        self._answer = answer
        self._path = os.path.join(folder, "q")
        self._program = Path(folder, "ask")
        # By way of the shell, because a #! line has room for little and no quotes.
        command = shlex.join([sys.executable, "-I", "-S", ask.__file__])
        self._program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        self._program.chmod(0o700)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._path)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def environment(self) -> dict[str, str]:
        """The variables that make OpenSSH ask here."""
        return {
            "SSH_ASKPASS": str(self._program),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": os.environ.get("DISPLAY", ":0"),  # what OpenSSH before 8.4 looks at
            "ZMQ_SSH_ASK": self._path,
        }

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._reply, args=(connection,), daemon=True).start()

    def _reply(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            try:
                asked: dict[str, Any] = json.loads(lines.readline())
                answer = self._answer(asked["question"], asked["hint"], asked["asked_by"])
                if answer is not None:
                    connection.sendall(json.dumps({"answer": answer}).encode())
            except (OSError, ValueError):
                pass  # who asked has gone

    def close(self) -> None:
        """Answer nothing any more."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
