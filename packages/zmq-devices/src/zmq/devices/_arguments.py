# SPDX-License-Identifier: BSD-3-Clause
"""Arguments of the command line."""

from __future__ import annotations

import argparse
from typing import Any

from zmq.devices._settings import (
    DEFAULT_TYPES,
    KINDS,
    SIDE_KEYS,
    SIDES,
    Settings,
    SettingsError,
    check,
    fill_in,
    load,
)

PROG = "python -m zmq.devices"

DESCRIPTION = "Pass messages between sockets until SIGTERM, Ctrl-C or TERMINATE."

EPILOG = f"""\
devices:
{chr(10).join(f"  {n:10} {k.in_type}-{k.out_type}: {k.summary}" for n, k in KINDS.items())}

endpoints are those of ØMQ: tcp://*:5555, tcp://10.0.0.7:5555, ipc:///run/broker. Options that take
one may be given several times.

keys are 40 characters of Z85, or file:PATH (a key, or a certificate), or env:NAME. Do not write a
secret key on the command line: other users can see it there.

examples:
  {PROG} queue --bind-in tcp://*:5555 --bind-out tcp://*:5556
  {PROG} forwarder --bind-in tcp://*:5557 --bind-out tcp://*:5558 --interval 10
  {PROG} streamer --connect-in tcp://10.0.0.7:5559 --bind-out ipc:///run/work
  {PROG} monitored --bind-in tcp://*:5555 --bind-out tcp://*:5556 \\
      --bind-mon ipc:///run/watch --bind-ctrl ipc:///run/steer
  {PROG} queue --bind-in tcp://*:5555 --curve-secret-in file:server.key_secret \\
      --bind-out tcp://127.0.0.1:5556
  {PROG} --config broker.toml

exit status: 0 after a clean end, 1 when an endpoint or an option was refused or a second signal cut
the wait for --linger short, 2 for wrong arguments
"""


def make_parser() -> argparse.ArgumentParser:
    """The parser; what is not given is None, so that a file may say it."""
    parser = argparse.ArgumentParser(
        prog=PROG,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s DEVICE --bind-in ENDPOINT --bind-out ENDPOINT [more options]\n"
        "       %(prog)s --config FILE [more options]",
        allow_abbrev=False,
    )
    parser.add_argument("device", nargs="?", choices=KINDS, help="see below")
    parser.add_argument("--config", metavar="FILE", help="read settings from a TOML file first")
    parser.add_argument(
        "--interval", type=float, metavar="SECONDS", help="between lines of statistics: 1; 0: none"
    )
    parser.add_argument("--io-threads", type=int, metavar="N", help="I/O threads: 1")
    parser.add_argument(
        "--linger", type=int, metavar="MS", help="for unsent messages at the end: 1000"
    )
    for side, purpose in SIDES.items():
        group = parser.add_argument_group(side, purpose)
        for key, (is_list, metavar, help_text) in SIDE_KEYS.items():
            if key == "prefix" and side not in ("in", "out"):
                continue
            if key == "type" and side in DEFAULT_TYPES:
                help_text = f"{help_text}: {DEFAULT_TYPES[side]}"
            group.add_argument(
                f"--{key}-{side}",
                action="append" if is_list else "store",
                metavar=metavar,
                help=help_text,
            )
    return parser


def as_table(arguments: argparse.Namespace) -> dict[str, Any]:
    """The arguments that were given, in the form of the TOML file."""
    given = {
        key.replace("_", "-"): value
        for key, value in vars(arguments).items()
        if value is not None and key != "config"
    }
    table: dict[str, Any] = {side: {} for side in SIDES}
    for key, value in given.items():
        name, _, side = key.rpartition("-")
        if side in SIDES:
            table[side][name] = value
        else:
            table[key] = value
    return table


def parse(arguments: list[str] | None = None) -> Settings:
    """Read the command line and the file it names.

    Raises
    ------
    SystemExit
        After `--help`, or a message of what is wrong.
    """
    parser = make_parser()
    given = parser.parse_args(arguments)
    settings = Settings()
    try:
        if given.config is not None:
            try:
                fill_in(settings, load(given.config))
            except SettingsError as exc:
                raise SettingsError(f"--config: {exc}") from None
        fill_in(settings, as_table(given))
        check(settings)
    except SettingsError as exc:
        parser.error(str(exc))
    return settings
