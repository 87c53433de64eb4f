# SPDX-License-Identifier: BSD-3-Clause
"""Main: which command is meant, and how a program ends that people and other programs started."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from zmq._cli.complaint import FAILED, INTERRUPTED, NOBODY_READS, Complaint
from zmq.error import ZMQBaseError
from zmq.sugar.build import build_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

COMMANDS = ("info", "send", "recv", "pub", "sub", "req", "rep", "monitor", "bench", "keygen")

STATUSES = """\
exit status:
  0    done
  1    failed: the message says why
  2    wrong arguments
  3    nothing came, or nobody took a message, within --timeout
  130  ended with Ctrl-C
  141  nobody reads the output any more
"""


def run_and_exit() -> NoReturn:
    """Run the command that was typed, as the whole program."""
    status = main()
    if status == INTERRUPTED:
        os._exit(status)  # now, whatever is still to be delivered
    sys.exit(status)


def main(argv: list[str] | None = None) -> Any:
    """Run a command.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, by default those of the process.

    Returns
    -------
    int
        The exit status.
    """
    argv = sys.argv[1:] if argv is None else argv
    command = argv[0] if argv else ""
    try:
        try:
            if command not in COMMANDS:
                make_parser().parse_args(argv)
            module = import_module(f"zmq._cli.{command}")
            args = make_command_parser(command, module).parse_intermixed_args(argv[1:])
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
            module.run(args)
        finally:
            flush()
    except SystemExit as exc:  # of the parsers, which have said what there is to say
        return exc.code
    except BrokenPipeError:
        return NOBODY_READS
    except KeyboardInterrupt:
        return INTERRUPTED
    except Complaint as exc:
        return complain(command, exc, exc.status)
    except (OSError, ZMQBaseError, ValueError, NotImplementedError) as exc:
        return complain(command, exc, FAILED)
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of what is no command: it ends the program, with help or a complaint."""
    width = max(map(len, COMMANDS))
    summaries = (
        f"  {name:{width}}  {import_module(f'zmq._cli.{name}').SUMMARY}" for name in COMMANDS
    )
    name = find_name()
    parser = argparse.ArgumentParser(
        prog=name,
        description="Send, receive and look at messages of ØMQ from a terminal.",
        epilog="\n".join(
            ["commands:", *summaries, "", STATUSES, f"Each has its own help: {name} send --help"]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = build_info()
    parser.add_argument(
        "--version",
        action="version",
        version=f"zmq-core {version['version']}, libzmq {version['libzmq']}",
    )
    parser.add_argument("command", metavar="COMMAND", choices=COMMANDS, help="see below")
    parser.add_argument("arguments", nargs="*", metavar="...", help="what the command takes")
    return parser


def make_command_parser(name: str, module: Any) -> argparse.ArgumentParser:
    """The parser of a command's arguments.

    Parameters
    ----------
    name : str
    module : module

    Returns
    -------
    argparse.ArgumentParser
    """
    text = module.__doc__.partition(": ")[2]
    parser = argparse.ArgumentParser(
        prog=f"{find_name()} {name}",
        description=text[0].upper() + text[1:],
        epilog=f"examples:\n{module.EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return parser


def find_name() -> str:
    """What the user typed to get here."""
    name = os.path.basename(sys.argv[0] or "")
    return "python -m zmq" if name in ("__main__.py", "-m", "-c", "") else name


def complain(command: str, exc: BaseException, status: int) -> int:
    """Say in one line what is wrong."""
    try:
        print(f"{find_name()} {command}: {exc}", file=sys.stderr)
    except OSError:
        pass
    return status


def flush() -> None:
    """Write out what is still to be written; once nobody reads it, forget it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())  # pyright: ignore[reportOptionalMemberAccess]
            os.close(nowhere)
            raise
