# SPDX-License-Identifier: BSD-3-Clause
"""Info: versions, what this libzmq can do, and how all this was built."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import metadata

import zmq
from zmq._missing import EXTENSIONS
from zmq._portions import describe_conflict, is_pyzmq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

SUMMARY = "print versions and capabilities"
EXAMPLES = """\
  zmq info                                       for people, and for bug reports
  zmq info --json                                for programs
"""

#: What `zmq.has` knows.
CAPABILITIES = ("ipc", "tipc", "pgm", "norm", "vmci", "ws", "wss", "curve", "gssapi", "draft")


def add_arguments(parser: ArgumentParser) -> None:
    """Add what this command takes."""
    parser.add_argument("--json", action="store_true", help="print a JSON object")


def run(args: Namespace) -> None:
    """Print the facts."""
    facts = gather()
    if args.json:
        print(json.dumps(facts, indent=1))
        return
    width = max(map(len, facts))
    warnings = facts.pop("warnings")
    for name, value in facts.items():
        print(f"{name.replace('_', ' '):{width}}  {as_text(value)}".rstrip())
    for text in warnings:
        print(f"warning: {text}", file=sys.stderr)


def gather() -> dict[str, Any]:
    """All that is known, by name."""
    build = zmq.build_info()
    return {
        "zmq-core": build["version"],
        "interface": f"pyzmq {zmq.__version__}",
        "libzmq": zmq.zmq_version(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "capabilities": {name: bool(zmq.has(name)) for name in CAPABILITIES},
        "extensions": {name: find_version(f"zmq-{name}") for name in sorted(EXTENSIONS)},
        "build": {name: value for name, value in build.items() if name not in ("version", "api")},
        "warnings": list_warnings(),
    }


def list_warnings() -> list[str]:
    """What is wrong with this installation."""
    own = zmq.__path__[0]
    others = [os.path.join(entry, "zmq") for entry in sys.path]
    return [describe_conflict(own)] * is_pyzmq(own) + [
        f"pyzmq is in {directory}, too: of that nothing is used here"
        for directory in dict.fromkeys(others)
        if directory != own and is_pyzmq(directory)
    ]


def find_version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def as_text(value: Any) -> str:
    """What a person wants to know of it: for capabilities and extensions, those that are there."""
    if not isinstance(value, dict):
        return str(value)
    if set(map(type, value.values())) == {bool}:
        return " ".join(name for name, there in value.items() if there)
    return ", ".join(f"{name} {version}" for name, version in value.items() if version is not None)
