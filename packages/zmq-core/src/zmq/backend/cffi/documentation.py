# SPDX-License-Identifier: BSD-3-Clause
"""Documentation: the docstrings of the Cython backend, which say what both backends do."""

from __future__ import annotations

from types import FunctionType

from zmq.backend.cffi._docstrings import DOCSTRINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def document(things: Iterable[Any]) -> None:
    """Give classes and functions, and what is in the classes, the docstrings that they lack.

    Parameters
    ----------
    things : iterable
        What is neither a class nor a function is left alone.
    """
    for thing in things:
        if isinstance(thing, FunctionType):
            _set(thing, thing.__name__)
        elif isinstance(thing, type):
            _set(thing, thing.__name__)
            for name, member in list(vars(thing).items()):
                member = getattr(member, "__func__", member)
                if isinstance(member, (FunctionType, property)):
                    _set(member, f"{thing.__name__}.{name}")


def _set(thing: Any, name: str) -> None:
    if thing.__doc__ is None and name in DOCSTRINGS:
        thing.__doc__ = DOCSTRINGS[name]
