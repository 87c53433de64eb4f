# SPDX-License-Identifier: BSD-3-Clause
"""The viewer: what programs log, in a terminal.  See `python -m zmq.log --help`."""

from __future__ import annotations

import io
import os
import sys

import zmq
from zmq.log._advice import explain
from zmq.log._arguments import PROG, parse
from zmq.log._painter import ColorError
from zmq.log._viewer import run


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return its exit status."""
    settings = parse(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whose encoding may not have all characters
            stream.reconfigure(errors="backslashreplace")
    try:
        run(settings)
    except ColorError as exc:
        return _fail(str(exc))
    except zmq.ZMQError as exc:
        return _fail(explain(exc, settings.bind))
    except BrokenPipeError:  # whoever read it has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as exc:
        return _fail(f"{settings.save or 'standard output'}: {exc.strerror}")
    except KeyboardInterrupt:  # before there was anything to see
        pass
    return 0


def _fail(text: str) -> int:
    print(f"{PROG}: error: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
