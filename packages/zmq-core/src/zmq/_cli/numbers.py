# SPDX-License-Identifier: BSD-3-Clause
"""Numbers that are given as arguments, and the options that take them."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _Number = TypeVar("_Number", int, float)


def read_count(text: str) -> int:
    """A whole number from 1."""
    return _read(int, text, 1, "a whole number from 1")


def read_whole(text: str) -> int:
    """A whole number from 0."""
    return _read(int, text, 0, "a whole number from 0")


def read_time(text: str) -> float:
    """A time that is not negative."""
    return _read(float, text, 0, "a time from 0")


def read_sizes(text: str) -> list[int]:
    """Sizes in bytes, separated by commas."""
    return [_read(int, size, 1, "a size from 1 byte") for size in text.split(",")]


def _read(kind: Callable[[str], _Number], text: str, least: int, what: str) -> _Number:
    try:
        number = kind(text)
        if least <= number < float("inf"):
            return number
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not {what}")


def add_limits(parser: argparse.ArgumentParser, what: str, waited_for: str) -> None:
    """Add `--count` and `--timeout`.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    what : str
        What is counted.
    waited_for : str
        What the time-out is for.
    """
    parser.add_argument(
        "-n", "--count", type=read_count, metavar="N", help=f"end after so many {what}"
    )
    parser.add_argument(
        "-t",
        "--timeout",
        type=read_time,
        metavar="MS",
        help=f"milliseconds to wait for {waited_for}; without it, for ever",
    )
