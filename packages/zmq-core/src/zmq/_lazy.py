# SPDX-License-Identifier: BSD-3-Clause
"""Names of `zmq` that few programs use, loaded when first touched."""

from importlib import import_module

#: Where the names come from; a submodule stands for itself.
HOMES = {
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


def __getattr__(name):
    """Load what is asked for as an attribute of `zmq`."""
    if name not in HOMES:
        raise AttributeError(f"module 'zmq' has no attribute {name!r}")
    if HOMES[name] is None:
        return import_module(f"zmq.{name}")
    return getattr(import_module(HOMES[name]), name)


def find_in_sugar(name):
    """Load what is asked for as an attribute of `zmq.sugar`, where modules come first."""
    home = f"zmq.sugar.{name}"
    return import_module(home) if home in HOMES.values() else __getattr__(name)
