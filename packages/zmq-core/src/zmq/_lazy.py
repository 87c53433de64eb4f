# SPDX-License-Identifier: BSD-3-Clause
"""Names of `zmq` that few programs use, loaded when first touched."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Where the names come from; a submodule stands for itself.
HOMES: dict[str, str | None] = {
    "__revision__": "zmq.sugar.version",
    "Stopwatch": "zmq.sugar.stopwatch",
    "_typing": None,
    "build_info": "zmq.sugar.build",
    "device": "zmq.sugar.legacy",
    "get_includes": "zmq.sugar.build",
    "get_library_dirs": "zmq.sugar.build",
    "request": "zmq.sugar.request",
    "utils": None,
}


def __getattr__(name: str) -> Any:
    """Load what is asked for as an attribute of `zmq`."""
    if name not in HOMES:
        raise AttributeError(f"module 'zmq' has no attribute {name!r}")
    home = HOMES[name]
    if home is None:
        return import_module(f"zmq.{name}")
    return getattr(import_module(home), name)


def find_in_sugar(name: str) -> Any:
    """Load what is asked for as an attribute of `zmq.sugar`, where modules come first."""
    home = f"zmq.sugar.{name}"
    return import_module(home) if home in HOMES.values() else __getattr__(name)
