# SPDX-License-Identifier: BSD-3-Clause
"""Submodules that programs reach as attributes after a bare `import zmq`, loaded when touched."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

SUBMODULES = frozenset(
    {"garbage", "interop", "jsonapi", "monitor", "strtypes", "win32", "z85"},
)


def __getattr__(name: str) -> ModuleType:
    """Load a submodule of `zmq.utils` that is asked for as an attribute."""
    if name in SUBMODULES:
        return import_module(f"zmq.utils.{name}")
    raise AttributeError(f"module 'zmq.utils' has no attribute {name!r}")
