# SPDX-License-Identifier: BSD-3-Clause
"""Main: which command is meant, and how a program ends that people and other programs started."""

import argparse
import os
import sys
from importlib import import_module

from zmq._cli.complaint import FAILED, INTERRUPTED, NOBODY_READS, Complaint
from zmq.error import ZMQBaseError

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


def run_and_exit():
    """Run the command that was typed, as the whole program."""
    status = main()
    if status == INTERRUPTED:
        os._exit(status)  # now, whatever is still to be delivered
    sys.exit(status)


def main(argv=None):
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
    args = None
    try:
        try:
            args = make_parser().parse_args(argv)
            if sys.stdout is not None:
                sys.stdout.reconfigure(errors="backslashreplace")
            args.run(args)
        finally:
            flush()
    except BrokenPipeError:
        return NOBODY_READS
    except KeyboardInterrupt:
        return INTERRUPTED
    except Complaint as exc:
        return complain(args, exc, exc.status)
    except (OSError, ZMQBaseError, ValueError, NotImplementedError) as exc:
        return complain(args, exc, FAILED)
    return 0


def make_parser():
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog=find_name(),
        description="Send, receive and look at messages of ØMQ from a terminal.",
        epilog=f"{STATUSES}\nEach command has a help of its own: {find_name()} send --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"zmq._cli.{name}")
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=(module.__doc__ or "").partition("\n\n")[2] or module.SUMMARY,
            epilog=f"examples:\n{module.EXAMPLES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run, command=name)
    return parser


def find_name():
    """What the user typed to get here."""
    name = os.path.basename(sys.argv[0] or "")
    return "python -m zmq" if name in ("__main__.py", "-m", "-c", "") else name


def complain(args, exc, status):
    """Say in one line what is wrong."""
    command = "" if args is None else f" {args.command}"
    try:
        print(f"{find_name()}{command}: {exc}", file=sys.stderr)
    except OSError:
        pass
    return status


def flush():
    """Write out what is still to be written; once nobody reads it, forget it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
            raise
