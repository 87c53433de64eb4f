# SPDX-License-Identifier: BSD-3-Clause
"""The command line: a device until it is told to end.  See `python -m zmq.devices --help`."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout

from zmq.devices._arguments import PROG, parse
from zmq.devices._broker import run
from zmq.devices._settings import Settings, SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return its exit status."""
    settings = parse(arguments)
    if sys.stdout is None:  # started without one: nobody reads the statistics
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            return _run(settings)
    return _run(settings)


def _run(settings: Settings) -> int:
    try:
        return run(settings)
    except SettingsError as exc:
        print(f"{PROG}: error: {exc}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read the statistics has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as exc:  # such as a full disk
        print(f"{PROG}: standard output: {exc.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
