# SPDX-License-Identifier: BSD-3-Clause
"""Submodules that programs reach as attributes after a bare `import zmq`, loaded when first touched."""

from importlib import import_module

SUBMODULES = frozenset({"utils"})


def __getattr__(name):
    """Load a submodule of `zmq` that is asked for as an attribute."""
    if name in SUBMODULES:
        return import_module(f"zmq.{name}")
    raise AttributeError(f"module 'zmq' has no attribute {name!r}")
