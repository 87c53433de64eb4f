# SPDX-License-Identifier: BSD-3-Clause
"""Keys and options of the command line, as options of sockets."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import zmq
from zmq.backend import z85_decode
from zmq.devices._settings import SettingsError, SideSettings

#: A key in a certificate file.
IN_CERTIFICATE = r'^\s*{}-key\s*=\s*"([^"]*)"'


def read_key(text: str, what: str, where: str) -> bytes:
    """Find a key.

    Parameters
    ----------
    text : str
        The key in Z85; or `file:PATH`, a file with the key or a certificate; or `env:NAME`.
    what : {"public", "secret"}
    where : str
        For messages, which never show the key.

    Raises
    ------
    SettingsError
        There is none.
    """
    scheme, _, rest = text.partition(":")
    if scheme == "file":
        try:
            text = Path(rest).read_text(encoding="utf-8")
        except (OSError, ValueError) as exc:
            raise SettingsError(f"{where}: {rest}: {exc}") from None
        match = re.search(IN_CERTIFICATE.format(what), text, re.MULTILINE)
        text = match[1] if match else text.strip()
    elif scheme == "env":
        if rest not in os.environ:
            raise SettingsError(f"{where}: there is no environment variable {rest}")
        text = os.environ[rest].strip()
    try:
        if len(z85_decode(text)) != 32:
            raise ValueError
    except ValueError:
        raise SettingsError(f"{where}: this is no key: one has 40 characters of Z85") from None
    return text.encode()


def list_options(name: str, side: SideSettings, kind: int) -> list[tuple[int, Any]]:
    """The options of a side's socket: those that were set, and what CURVE takes.

    Raises
    ------
    SettingsError
        A key or an option is wrong.
    """
    found = [_read_option(name, text) for text in side.all("set")]
    if kind == zmq.SUB and zmq.SUBSCRIBE not in dict(found):
        found.append((zmq.SUBSCRIBE, b""))
    return found + _list_curve(name, side)


def _read_option(name: str, text: str) -> tuple[int, Any]:
    key, equals, value = text.partition("=")
    option = zmq.SocketOption.__members__.get(key.strip().upper())
    if option is None or not equals:
        raise SettingsError(f"{name}.set: {text!r} is not OPTION=VALUE, like RCVHWM=5000")
    if option.value_type is bytes:
        return option, value.encode()
    try:
        return option, int(value)
    except ValueError:
        raise SettingsError(
            f"{name}.set: {option.name} takes a whole number, not {value!r}"
        ) from None


def _list_curve(name: str, side: SideSettings) -> list[tuple[int, Any]]:
    secret, server = side.one("curve-secret"), side.one("curve-server")
    own = None if secret is None else read_key(secret, "secret", f"{name}.curve-secret")
    if server is None:
        return [] if own is None else [(zmq.CURVE_SERVER, 1), (zmq.CURVE_SECRETKEY, own)]
    own = own or zmq.curve_keypair()[1]
    return [
        (zmq.CURVE_SERVERKEY, read_key(server, "public", f"{name}.curve-server")),
        (zmq.CURVE_PUBLICKEY, zmq.curve_public(own)),
        (zmq.CURVE_SECRETKEY, own),
    ]
