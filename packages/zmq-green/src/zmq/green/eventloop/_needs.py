# SPDX-License-Identifier: BSD-3-Clause
"""Needs: says what to install where this part of zmq-green lacks something."""

from __future__ import annotations

from importlib.util import find_spec


def check_extra() -> None:
    """Raise an import error that names the extra, unless all it brings is there."""
    for name in ("tornado", "zmq.eventloop"):
        if find_spec(name) is None:
            raise ModuleNotFoundError(
                f"zmq.green.eventloop needs {name}, which is not installed: "
                "pip install zmq-green[eventloop]",
                name=name,
            )


check_extra()
