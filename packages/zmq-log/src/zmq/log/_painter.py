# SPDX-License-Identifier: BSD-3-Clause
"""Painter: how an entry looks: aligned, coloured, or plain."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from typing import Any, Callable, TextIO

from zmq.log._entry import Entry

#: Columns of the level, and the most that the source may take.
LEVEL_WIDTH, WIDEST_SOURCE = 8, 32

#: From a level on -> its style.
STYLES = ((50, "bold white on red"), (40, "bold red"), (30, "yellow"), (20, "green"), (0, "cyan"))
DIM, MATCH = "dim", "reverse"

#: What a terminal would obey, and nobody can read; a tab is all right.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

Paint = Callable[[str, str], str]


class ColorError(RuntimeError):
    """Colours were asked for, and cannot be had."""


def find_paint(wanted: bool | None, stream: TextIO) -> Paint | None:
    """How to colour for a stream.

    Parameters
    ----------
    wanted : bool or None
        None for only where it suits: a terminal, which NO_COLOR and TERM do not speak against.
    stream : file

    Returns
    -------
    callable or None
        Takes a text and a style; None for no colours.

    Raises
    ------
    ColorError
        The package for colours is not installed, and they are wanted.
    """
    if wanted is False or (wanted is None and not stream.isatty()):
        return None
    try:
        from rich.color import ColorSystem
        from rich.console import Console
        from rich.style import Style
    except ImportError:
        if wanted:
            text = "--color needs the package rich: pip install 'zmq-log[color]'"
            raise ColorError(text) from None
        return None
    systems = {
        "standard": ColorSystem.STANDARD,
        "256": ColorSystem.EIGHT_BIT,
        "truecolor": ColorSystem.TRUECOLOR,
    }
    console = Console(file=stream, force_terminal=True if wanted else None)
    system = systems.get(console.color_system or "", systems["standard"] if wanted else None)
    if system is None or (console.no_color and not wanted):
        return None
    styles: dict[str, Any] = {}

    def paint(text: str, style: str) -> str:
        if style not in styles:
            styles[style] = Style.parse(style)
        rendered: str = styles[style].render(text, color_system=system)
        return rendered

    return paint


def make_visible(text: str) -> str:
    """Text without what would make a terminal do something."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class Painter:
    """Lays out entries as the settings say.

    Parameters
    ----------
    settings : argparse.Namespace
    paint : callable, optional
        From `find_paint`.
    is_terminal : bool
    """

    def __init__(
        self, settings: argparse.Namespace, paint: Paint | None, is_terminal: bool
    ) -> None:
        self._paint = paint
        self._json = settings.json
        self._aligned = is_terminal if settings.align is None else settings.align
        self._timed, self._dateformat = settings.timestamp, settings.dateformat
        self._separator = settings.separator
        self._grep = settings.grep
        self._width = 0

    def lay_out(self, entry: Entry) -> str:
        """The line of an entry, or its lines, without the last newline."""
        if self._json:
            return entry.as_json()
        level = entry.level.ljust(LEVEL_WIDTH) if self._aligned else entry.level
        source = make_visible(entry.source)
        columns = [(make_visible(level), self._find_style(entry))] if level else []
        if self._timed:
            columns.insert(0, (self._tell_time(entry.time), DIM))
        if self._aligned:
            self._width = max(self._width, min(len(source), WIDEST_SOURCE))
            source = source.ljust(self._width)
        if source:
            columns.append((source, DIM))
        separator = self._separator
        if separator is None:
            separator = "  " if self._aligned else ": " if columns else ""
        plain = " ".join(text for text, _ in columns) + separator
        start = " ".join(self._color(text, style) for text, style in columns) + separator
        indent = " " * len(plain) if self._aligned else "    "
        lines = [make_visible(line) for line in entry.text.split("\n")]
        style = self._find_style(entry) if entry.levelno and entry.levelno >= 40 else ""
        lines = [self._mark(line, style) for line in lines]
        return f"{start}{lines[0]}" + "".join(f"\n{indent}{line}" for line in lines[1:])

    def _tell_time(self, seconds: float) -> str:
        moment = datetime.fromtimestamp(seconds)
        if self._dateformat is None:
            return moment.isoformat(" ", "milliseconds")
        return moment.strftime(self._dateformat)

    def _find_style(self, entry: Entry) -> str:
        number = entry.levelno or 0
        return next((style for least, style in STYLES if number >= least), DIM)

    def _color(self, text: str, style: str) -> str:
        return text if self._paint is None or not style else self._paint(text, style)

    def _mark(self, line: str, style: str) -> str:
        """A line of text, with what was searched for set off."""
        if self._grep is None or self._paint is None:
            return self._color(line, style)
        parts, end = [], 0
        for found in self._grep.finditer(line):
            if found.end() > found.start():
                parts.append(self._color(line[end : found.start()], style))
                parts.append(self._color(found[0], MATCH))
                end = found.end()
        parts.append(self._color(line[end:], style))
        return "".join(parts)
