# SPDX-License-Identifier: BSD-3-Clause
"""Viewer: receives what is published, and shows what is wanted."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

import zmq
from zmq.log._advice import explain_silence
from zmq.log._arguments import PROG
from zmq.log._entry import Entry, read_entry
from zmq.log._opening import Place, open_socket
from zmq.log._painter import Painter, find_paint
from zmq.log._payload import Gaps

#: Messages that are shown in one go.
BATCH = 200

#: Seconds after which endpoints without a connection are named.
SILENCE = 2.0

#: Takes the cursor to the beginning of the line, and clears it.
CLEAR_LINE = "\r\x1b[K"

UNITS = ("B", "kB", "MB", "GB")


class Viewer:
    """Shows what comes.

    Parameters
    ----------
    settings : argparse.Namespace
        From `_arguments.parse`.
    socket : zmq.Socket
    save : file, optional
    """

    def __init__(self, settings: argparse.Namespace, socket: Any, save: TextIO | None) -> None:
        self._settings = settings
        self._socket = socket
        self._save = save
        is_terminal = sys.stdout.isatty()
        self._painter = Painter(settings, find_paint(settings.color, sys.stdout), is_terminal)
        self._scribe = Painter(settings, None, False)
        self._gaps = Gaps()
        self._records = self._bytes = self._shown = self._missed = 0
        self._begun = time.monotonic()
        self._told = (self._begun, 0, 0)
        self._status_shows = False
        self._silent = [] if settings.bind else list(settings.endpoints)

    def run(self) -> None:
        """Show what comes, until enough was shown or Ctrl-C."""
        look = self._begun + SILENCE
        tell = self._begun + self._settings.interval if self._settings.stats else float("inf")
        while self._settings.count is None or self._shown < self._settings.count:
            now = time.monotonic()
            if now >= tell:
                self._tell_rate()
                tell = now + self._settings.interval
            if now >= look:
                self._name_silent()
                look = float("inf")
            wait = min(look, tell) - now
            if self._socket.poll(None if wait == float("inf") else max(1, wait * 1000)):
                self._show(self._socket.recv_many_multipart(BATCH))

    def finish(self) -> None:
        """Leave the terminal as it was, and tell the sums."""
        self._clear_status()
        if self._settings.stats:
            seconds = time.monotonic() - self._begun
            self._say(
                f"{self._records} records, {name_size(self._bytes)}, {self._shown} shown, "
                f"{self._missed} missed, in {seconds:.1f} s"
            )

    # ---- records ----

    def _show(self, messages: list[list[bytes]]) -> None:
        now = time.time()
        lines, saved = [], []
        for frames in messages:
            entry = read_entry(frames, now)
            self._records += 1
            self._bytes += sum(map(len, frames))
            if entry.payload is not None:
                self._missed += self._gaps.measure(entry.payload, frames[0])
            if not self._is_wanted(entry):
                continue
            lines.append(self._painter.lay_out(entry))
            if self._save is not None:
                saved.append(self._scribe.lay_out(entry))
            self._shown += 1
            if self._shown == self._settings.count:
                break
        if saved and self._save is not None:
            self._save.write("\n".join(saved) + "\n")
            self._save.flush()
        if lines:
            self._clear_status()
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()

    def _is_wanted(self, entry: Entry) -> bool:
        if entry.levelno is not None and entry.levelno < self._settings.level:
            return False
        grep = self._settings.grep
        return grep is None or grep.search(entry.text) is not None

    # ---- what is said beside them ----

    def _say(self, text: str) -> None:
        self._clear_status()
        print(text, file=sys.stderr, flush=True)

    def _tell_rate(self) -> None:
        then, records, size = self._told
        now = time.monotonic()
        self._told = (now, self._records, self._bytes)
        seconds = now - then
        text = (
            f"{(self._records - records) / seconds:.0f} records/s  "
            f"{name_size((self._bytes - size) / seconds)}/s   "
            f"{self._records} records, {self._shown} shown, {self._missed} missed"
        )
        if sys.stderr.isatty():
            columns = shutil.get_terminal_size().columns  # more than a line could not be cleared
            sys.stderr.write(CLEAR_LINE + text[: columns - 1])
            sys.stderr.flush()
            self._status_shows = True
        else:
            self._say(text)

    def _clear_status(self) -> None:
        if self._status_shows:
            sys.stderr.write(CLEAR_LINE)
            sys.stderr.flush()
            self._status_shows = False

    def _name_silent(self) -> None:
        """Say to which endpoints there is no connection."""
        try:
            there = set(self._socket.peers)
        except zmq.ZMQError:  # for such transports libzmq does not tell
            return
        for endpoint in self._silent:
            if endpoint not in there:
                self._say(f"{PROG}: {explain_silence(endpoint)}")


def name_size(size: float) -> str:
    """A number of bytes, for people: `1.2 kB`."""
    for unit in UNITS:
        if size < 1000 or unit == UNITS[-1]:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"  # pyright: ignore[reportPossiblyUnboundVariable]


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end the program as Ctrl-C does."""

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(settings: argparse.Namespace) -> None:
    """Run the viewer until Ctrl-C, SIGTERM, or enough was shown.

    Raises
    ------
    ZMQError
        When an endpoint is refused.
    OSError
        When the file is.
    ColorError
        When colours are wanted and cannot be had.
    """
    kind = zmq.PULL if settings.pull else zmq.SUB
    with ExitStack() as stack:
        stack.enter_context(ended_by_signals())
        save = None
        if settings.save is not None:
            save = open(settings.save, "a", encoding="utf-8", errors="backslashreplace")
            stack.enter_context(save)
        context = stack.enter_context(zmq.Context())
        options: dict[str, Any] = {"linger": 0}
        if kind == zmq.SUB:
            options["subscribe"] = [topic.encode() for topic in settings.topic or [""]]
        place = Place(kind, settings.endpoints, not settings.bind, options, context)
        socket, _ = open_socket(place, observe=True)
        stack.enter_context(socket)
        viewer = Viewer(settings, socket, save)
        if settings.bind:
            names = b", ".join(socket._bindings).decode("utf-8", "replace")
            print(f"{PROG}: waiting at {names}", file=sys.stderr, flush=True)
        try:
            viewer.run()
        except KeyboardInterrupt:
            pass
        finally:
            viewer.finish()
