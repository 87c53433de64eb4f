# SPDX-License-Identifier: BSD-3-Clause
"""The command line: certificates.  See `python -m zmq.auth --help`."""

from __future__ import annotations

import os
import sys

from zmq import ZMQError
from zmq.auth._arguments import PROG, make_parser
from zmq.auth._commands import CommandError, check, convert, create, make_printable, show

COMMANDS = {"check": check, "convert": convert, "create": create, "show": show}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return its exit status.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the process.

    Returns
    -------
    int
        See `--help`.
    """
    if hasattr(sys.stdout, "reconfigure"):
        # File names need not be text.
        sys.stdout.reconfigure(  # pyright: ignore[reportAttributeAccessIssue]
            errors="backslashreplace"
        )
    try:
        try:
            options = make_parser().parse_args(arguments)
            return COMMANDS[options.command](options)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as exc:
        where = f"{exc.filename}: " if exc.filename else ""
        problem = f"{where}{exc.strerror or exc}"
    except (CommandError, ValueError, ZMQError) as exc:
        problem = str(exc)
    print(f"{PROG}: error: {make_printable(problem)}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
