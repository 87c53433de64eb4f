# SPDX-License-Identifier: BSD-3-Clause
"""The command line: a device until it is told to end.  See `python -m zmq.devices --help`."""

from __future__ import annotations

import os
import sys

from zmq.devices._arguments import PROG, parse
from zmq.devices._broker import run
from zmq.devices._settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return its exit status."""
    settings = parse(arguments)
    try:
        return run(settings)
    except SettingsError as exc:
        print(f"{PROG}: error: {exc}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read the statistics has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
