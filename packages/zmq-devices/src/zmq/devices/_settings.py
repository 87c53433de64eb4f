# SPDX-License-Identifier: BSD-3-Clause
"""Settings of the command line's device: what a TOML file and the arguments say, and what fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

import zmq


class Kind(NamedTuple):
    """A device by name: the types of its sides unless others are asked for."""

    in_type: str
    out_type: str
    summary: str


KINDS = {
    "queue": Kind("ROUTER", "DEALER", "requests to workers, and replies back"),
    "forwarder": Kind("XSUB", "XPUB", "publications to subscribers"),
    "streamer": Kind("PULL", "PUSH", "a stream to whoever is free"),
    "monitored": Kind("ROUTER", "DEALER", "a queue whose monitor is told the direction"),
}

#: What each side is for.
SIDES = {
    "in": "where messages come in",
    "out": "where they go out; replies take the way back",
    "mon": "monitor: gets a copy of every message",
    "ctrl": "control: takes PAUSE, RESUME, TERMINATE and STATISTICS",
}

#: Of a side: key -> whether it is a list, what stands for its value, help.
SIDE_KEYS = {
    "bind": (True, "ENDPOINT", "bind to it"),
    "connect": (True, "ENDPOINT", "connect to it"),
    "type": (False, "TYPE", "type of the socket"),
    "set": (True, "OPTION=VALUE", "set an option of the socket, such as RCVHWM=5000"),
    "curve-secret": (False, "KEY", "secret key (=KEY, if it begins with -); alone: a CURVE server"),
    "curve-server": (False, "KEY", "public key of the CURVE server that this side connects to"),
    "prefix": (False, "TEXT", "first part of what the monitor gets from here (monitored only)"),
}

DEFAULT_TYPES = {"mon": "PUB", "ctrl": "REP"}


class SettingsError(ValueError):
    """A setting is wrong; the text says which, and what would be right."""


@dataclass
class SideSettings:
    """One side, by the keys of `SIDE_KEYS`."""

    values: dict[str, Any] = field(default_factory=dict)

    def all(self, key: str) -> list[str]:
        found: list[str] = self.values.get(key, [])
        return found

    def one(self, key: str) -> str | None:
        return self.values.get(key)

    @property
    def is_used(self) -> bool:
        return bool(self.all("bind") or self.all("connect"))


@dataclass
class Settings:
    """All that the command line can say.

    Attributes
    ----------
    device : str
        One of `KINDS`.
    interval : float
        Seconds between two lines of statistics; 0 for none.
    io_threads : int
    linger : int
        Milliseconds that unsent messages may take at the end.
    sides : dict of str to SideSettings
    """

    device: str | None = None
    interval: float = 1.0
    io_threads: int = 1
    linger: int = 1000
    sides: dict[str, SideSettings] = field(
        default_factory=lambda: {name: SideSettings() for name in SIDES}
    )

    def find_type(self, side: str) -> int:
        """The type of socket for a side."""
        kind = KINDS[self.device or ""]
        usual = {"in": kind.in_type, "out": kind.out_type, **DEFAULT_TYPES}
        name = self.sides[side].one("type") or usual[side]
        try:
            return zmq.SocketType[name.upper()]
        except KeyError:
            raise SettingsError(f"{side}: {name!r} is not a type of socket, like ROUTER") from None


#: Settings that do not belong to a side: key -> type, least and greatest value.  libzmq aborts when
#: it cannot have all the I/O threads it was asked for: each takes two descriptors.
PLAIN_KEYS = {
    "interval": (float, 0, 1_000_000),
    "io-threads": (int, 1, 256),
    "linger": (int, -1, 2**31 - 1),
}


def fill_in(settings: Settings, table: dict[str, Any]) -> None:
    """Take over what a table says, in the form of the TOML file.

    Raises
    ------
    SettingsError
        A key is unknown, or its value of the wrong kind.
    """
    for key, value in table.items():
        if key == "device":
            if not isinstance(value, str) or value not in KINDS:
                raise SettingsError(f"device: {value!r} is none of {', '.join(KINDS)}")
            settings.device = value
        elif key in PLAIN_KEYS:
            setattr(settings, key.replace("-", "_"), _read_number(key, value))
        elif key in SIDES:
            if not isinstance(value, dict):
                raise SettingsError(f"{key}: this is a table: [{key}]")
            _fill_in_side(settings.sides[key], key, value)
        else:
            known = ("device", *PLAIN_KEYS, *(f"[{name}]" for name in SIDES))
            raise SettingsError(f"{key}: no such setting; there are {', '.join(known)}")


def _read_number(key: str, value: Any) -> float:
    kind, least, most = PLAIN_KEYS[key]
    fits = isinstance(value, (int, kind)) and not isinstance(value, bool)
    if not fits or not least <= value <= most:
        what = "a number" if kind is float else "a whole number"
        raise SettingsError(f"{key}: {value!r} is not {what} from {least} to {most}")
    return float(value) if kind is float else int(value)


def _fill_in_side(side: SideSettings, name: str, table: dict[str, Any]) -> None:
    for key, value in table.items():
        if key not in SIDE_KEYS:
            raise SettingsError(f"{name}.{key}: no such setting; there are {', '.join(SIDE_KEYS)}")
        is_list = SIDE_KEYS[key][0]
        if is_list and isinstance(value, str):
            value = [value]
        wanted = value if is_list else [value]
        if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
            raise SettingsError(f"{name}.{key}: {value!r} is not text{' or a list' * is_list}")
        side.values[key] = value


def check(settings: Settings) -> None:
    """Refuse what cannot work.

    Raises
    ------
    SettingsError
        Something is missing, or does not go with the rest.
    """
    if settings.device is None:
        raise SettingsError(f"which device? One of {', '.join(KINDS)}")
    for name in ("in", "out"):
        if not settings.sides[name].is_used:
            raise SettingsError(f"{name}: no endpoint; give --bind-{name} or --connect-{name}")
    for name, side in settings.sides.items():
        settings.find_type(name)
        for endpoint in (*side.all("bind"), *side.all("connect")):
            _check_port(name, endpoint)
        if side.values and not side.is_used:
            raise SettingsError(f"{name}: settings, but no endpoint to bind or connect")
        if side.one("prefix") is not None and (
            settings.device != "monitored" or name not in ("in", "out")
        ):
            raise SettingsError(f"{name}.prefix: only the in and out of a monitored device have it")


def _check_port(name: str, endpoint: str) -> None:
    """Refuse what libzmq takes for another port: 70000 for 4464, 80x for 80."""
    scheme, _, rest = endpoint.partition("://")
    port = rest.rpartition(":")[2]
    fits = port == "*" or (port.isascii() and port.isdigit() and int(port) < 2**16)
    if scheme == "tcp" and ":" in rest and not fits:
        raise SettingsError(f"{name}: {endpoint!r} does not end in a port, from 0 to 65535 or *")


def load(path: str) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    SettingsError
        There is no such file, it is not TOML, or this Python cannot read TOML.
    """
    toml = _find_toml()
    try:
        with open(path, "rb") as file:
            found: dict[str, Any] = toml.load(file)
            return found
    except OSError as exc:
        raise SettingsError(f"{path}: {exc.strerror}") from None
    except ValueError as exc:  # not TOML, or not UTF-8
        raise SettingsError(f"{path}: {exc}") from None


def _find_toml() -> Any:
    for name in ("tomllib", "tomli"):  # the same; Python has the first from 3.11 on
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    raise SettingsError("a TOML file needs Python 3.11 or newer, or: pip install tomli")
