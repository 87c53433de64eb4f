# SPDX-License-Identifier: BSD-3-Clause
"""Entry: what the viewer shows of a message, whoever has sent it."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import Any

from zmq.log._payload import MalformedError, decode

#: Levels by the names that every program knows.
LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "CRITICAL": logging.CRITICAL,
    "NOTSET": logging.NOTSET,
}

_LEVEL = re.compile(rf"(?:^|\.)({'|'.join(LEVELS)}|Level \d+)(?=\.|$)")


@dataclass
class Entry:
    """A record, or what else was published.

    Attributes
    ----------
    topic : str
    level : str
        Its name; "" when there is none in the topic.
    levelno : int or None
        None when it is not known: such an entry passes for every level.
    source : str
        The name of the logger and the topic below the level, or the topic without the level.
    text : str
        May have several lines.
    time : float
        When it was logged, or when it came; by `time.time`.
    payload : dict or None
        The JSON object of a `JSONPUBHandler`.
    """

    topic: str
    level: str
    levelno: int | None
    source: str
    text: str
    time: float
    payload: dict[str, Any] | None = None

    def as_json(self) -> str:
        """One line of JSON: the payload with the topic, or what a text tells."""
        fields = self.payload or {
            "levelname": self.level,
            "levelno": self.levelno,
            "name": self.source,
            "message": self.text,
            "created": self.time,
        }
        return json.dumps({"topic": self.topic, **fields}, ensure_ascii=False)


def read_entry(frames: list[bytes], now: float) -> Entry:
    """Make an entry of a message.

    Parameters
    ----------
    frames : list of bytes
    now : float
        By `time.time`.
    """
    topic = frames[0].decode("utf-8", "replace") if len(frames) > 1 else ""
    body = frames[1] if len(frames) == 2 else b" ".join(frames[1:] or frames)
    level, levelno, source = split(topic)
    if body.startswith(b"{"):
        try:
            return _read_payload(topic, decode(body))
        except MalformedError:
            pass  # a text that begins with a brace
    text = body.decode("utf-8", "backslashreplace").rstrip("\n")
    return Entry(topic, level, levelno, source, text, now)


def _read_payload(topic: str, payload: dict[str, Any]) -> Entry:
    _, _, below = f".{topic}".partition(f".{payload['levelname']}.")
    names = [payload["name"], below]
    parts = [payload["message"], payload.get("exc_text"), payload.get("stack_info")]
    return Entry(
        topic,
        payload["levelname"],
        payload["levelno"],
        " ".join(name for name in names if name),
        "\n".join(part for part in parts if part),
        payload["created"],
        payload,
    )


def split(topic: str) -> tuple[str, int | None, str]:
    """Name and number of the level in a topic, and the rest; "" and None if there is none."""
    found = _LEVEL.search(topic)
    if found is None:
        return "", None, topic
    level = found[1]
    rest = [topic[: found.start()], topic[found.end() + 1 :]]
    number = LEVELS.get(level)
    return (
        level,
        int(level.split()[1]) if number is None else number,
        ".".join(part for part in rest if part),
    )
