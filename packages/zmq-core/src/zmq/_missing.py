# SPDX-License-Identifier: BSD-3-Clause
"""What to install when a part of zmq is imported that is not there."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

EXTENSIONS = frozenset({"auth", "devices", "eventloop", "green", "log", "ssh"})


class MissingExtensionFinder:
    """The last of the finders: asked only for what none of the others has found."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise an import error that names the distribution; only ever return None."""
        extension = name.partition(".")[2]
        if not name.startswith("zmq.") or extension not in EXTENSIONS:
            return None
        asked_by = _find_asker(sys._getframe(1))
        if asked_by == "find_spec":
            return None  # a question whether it is there, and this is the answer
        # `from zmq import auth` swallows a ModuleNotFoundError, and what to install with it.
        error = ImportError if asked_by == "_handle_fromlist" else ModuleNotFoundError
        raise error(
            f"No module named {name!r}: a distribution of its own, pip install zmq-{extension}",
            name=name,
        )


def _find_asker(frame: FrameType | None) -> str:
    """The function by which the import system was entered."""
    name = ""
    while frame is not None and frame.f_globals.get("__name__") in (
        "importlib._bootstrap",
        "importlib.util",
    ):
        name = frame.f_code.co_name
        frame = frame.f_back
    return name


def install() -> None:
    """Put the finder behind all others."""
    sys.meta_path.append(MissingExtensionFinder)
