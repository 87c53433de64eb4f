# SPDX-License-Identifier: BSD-3-Clause
"""Numbers: arguments as libzmq wants them, or what is wrong with them."""

from __future__ import annotations

import math
from operator import index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST_INT = 0x7FFFFFFF
FOREVER = -1  # a deadline that never comes; 0 is no deadline given


def as_number(value: Any) -> int:
    """Return what counts as a whole number as a plain int; floats do not."""
    return int(index(value))  # up to Python 3.9 the latter leaves subclasses as they are


def as_milliseconds(timeout: Any) -> int:
    """Return a time-out as zmq_poll wants it: whole milliseconds, rounded up, or -1 for ever."""
    if timeout is None:
        return FOREVER
    if not isinstance(timeout, int):
        try:
            timeout = timeout.__float__() if hasattr(timeout, "__float__") else as_number(timeout)
        except (TypeError, ValueError):
            raise TypeError(f"a time-out is a number of milliseconds, not {timeout!r}") from None
        if math.isnan(timeout):
            raise ValueError("a time-out cannot be NaN")
        timeout = min(timeout, LARGEST_INT)
        timeout = FOREVER if timeout < 0 else math.ceil(timeout)
    return FOREVER if timeout < 0 else min(int(timeout), LARGEST_INT)


def as_int(option: Any, value: Any) -> int:
    """Return the value of an option that takes an int."""
    wide = as_int64(option, value)
    if not -0x80000000 <= wide <= LARGEST_INT:
        raise OverflowError(f"option {option!r} takes a 32-bit int, not {value!r}")
    return wide


def as_int64(option: Any, value: Any) -> int:
    """Return the value of an option that takes 64 bits, as a signed number."""
    if isinstance(value, str):
        raise TypeError(f"option {option!r} takes an int, not the text {value!r}")
    try:
        number = as_number(value)
    except TypeError:
        raise TypeError(f"option {option!r} takes an int, not {value!r}") from None
    if not -0x8000000000000000 <= number <= 0xFFFFFFFFFFFFFFFF:
        raise OverflowError(f"option {option!r} takes a 64-bit int, not {value!r}")
    return number if number < 0x8000000000000000 else number - 0x10000000000000000


def as_limit(value: Any, name: str) -> float:
    """Return how many of something are asked for, at least one; None is no limit."""
    if value is None:
        return math.inf
    try:
        limit = as_number(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {value!r}") from None
    if limit < 1:
        raise ValueError(f"{name} must be at least 1, not {value!r}")
    return limit


__all__ = ["FOREVER", "as_int", "as_int64", "as_limit", "as_milliseconds", "as_number"]
