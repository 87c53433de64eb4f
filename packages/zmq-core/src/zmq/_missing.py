# SPDX-License-Identifier: BSD-3-Clause
"""What to install when a part of zmq is imported that is not there."""

import sys

EXTENSIONS = frozenset({"auth", "devices", "eventloop", "green", "log", "ssh"})


class MissingExtensionFinder:
    """The last of the finders: asked only for what none of the others has found."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Raise an import error that names the distribution; only ever return None."""
        extension = name.partition(".")[2]
        # `importlib.util.find_spec` asks whether a module is there: that is a question, and None the answer.
        if name.startswith("zmq.") and extension in EXTENSIONS and not _is_question(sys._getframe(1)):
            raise ModuleNotFoundError(
                f"No module named {name!r}: it is a distribution of its own, pip install zmq-{extension}", name=name
            )
        return None


def _is_question(frame):
    while frame is not None and frame.f_globals.get("__name__") == "importlib._bootstrap":
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == "importlib.util"


def install():
    """Put the finder behind all others."""
    sys.meta_path.append(MissingExtensionFinder)
