# SPDX-License-Identifier: BSD-3-Clause
"""Payload: a record as a JSON object, and as a record again.  Nothing is ever pickled.

The object has the attributes of the record; `message` is the text, `msg` and `args` are what it was
made of, for those who group by it.  The key ``zmq`` says who has sent it: an object with `host`,
`publisher` (an identity of the handler), `number` (1 for the first record of the topic, and so on)
and, when it was passed on, `via` (the publishers it has come from).
"""

from __future__ import annotations

import json
import logging
import math
import os
import socket
from collections import OrderedDict
from typing import Any

#: Topics whose numbers are remembered; one that was forgotten begins with 1 again.
MOST_TOPICS = 10_000

#: As many topics of publishers a receiver remembers.
MOST_SOURCES = 100_000

#: How deep objects are looked into that `json` has refused.
DEEPEST = 20

NUMBER, TEXT = (int, float), (str, type(None))

#: What the fields of a record must be, so that handlers can format it.
FIELDS: dict[str, tuple[type, ...]] = {
    "message": (str,),
    "levelno": (int,),
    "levelname": (str,),
    "name": TEXT,
    "created": NUMBER,
    "msecs": NUMBER,
    "relativeCreated": NUMBER,
    "lineno": (int,),
    "pathname": (str,),
    "filename": (str,),
    "module": (str,),
    "funcName": TEXT,
    "exc_text": TEXT,
    "exc_type": TEXT,
    "stack_info": TEXT,
    "process": (int, type(None)),
    "processName": TEXT,
    "thread": (int, type(None)),
    "threadName": TEXT,
    "taskName": TEXT,
}
NEEDED = ("message", "levelno", "levelname", "name", "created")

#: Seconds from year 1 to year 9999: what `time.localtime` can tell everywhere.
EARLIEST, LATEST = -62_000_000_000, 253_000_000_000

#: Fields that are not taken over: they are made anew.
REMADE = frozenset({"message", "msg", "args", "exc_info", "zmq"})

#: Attributes of a record that has been received.
RECEIVED = ("zmq_host", "zmq_publisher", "zmq_topic", "zmq_via", "zmq_template")


class MalformedError(ValueError):
    """A message is no record; the text says why."""


class Envelope:
    """What a handler says of itself in each payload."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[bytes, int] = OrderedDict()
        self._host = socket.gethostname()
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._publisher = os.urandom(8).hex()
        self._numbers.clear()

    def has_passed(self, record: logging.LogRecord) -> bool:
        """Whether a record has been published here before, and received."""
        passed = record.__dict__
        return "zmq_publisher" in passed and self._publisher in (
            passed["zmq_publisher"],
            *passed.get("zmq_via", ()),
        )

    def encode(
        self, record: logging.LogRecord, topic: bytes, formatter: logging.Formatter
    ) -> bytes:
        """Return the payload of a record, and count it.

        Parameters
        ----------
        record : logging.LogRecord
        topic : bytes
        formatter : logging.Formatter
            For the exception.

        Returns
        -------
        bytes
        """
        if os.getpid() != self._pid:
            self._begin()  # a forked child is another publisher
        fields = record.__dict__.copy()
        fields["message"] = record.getMessage()
        error = fields.pop("exc_info", None)
        if error:
            fields["exc_type"] = None if error[0] is None else error[0].__name__
            fields["exc_text"] = fields["exc_text"] or formatter.formatException(error)
        received = {name: fields.pop(name) for name in RECEIVED if name in fields}
        fields["zmq"] = self._describe(topic, received)
        return _dump(fields)

    def _describe(self, topic: bytes, received: dict[str, Any]) -> dict[str, Any]:
        number = self._numbers.pop(topic, 0) + 1
        self._numbers[topic] = number
        if len(self._numbers) > MOST_TOPICS:
            self._numbers.popitem(last=False)
        found: dict[str, Any] = {"host": self._host, "publisher": self._publisher, "number": number}
        if received:
            found["host"] = received.get("zmq_host", self._host)
            found["via"] = [*received.get("zmq_via", ()), received.get("zmq_publisher")]
        return found


def _dump(fields: dict[str, Any]) -> bytes:
    try:
        return json.dumps(fields, default=_describe, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):  # UnicodeEncodeError is a ValueError
        return json.dumps(_simplify(fields, DEEPEST)).encode()


def _describe(value: object) -> str:
    try:
        return str(value)
    except Exception as exc:
        return f"<{type(value).__name__}, whose str() raised {type(exc).__name__}>"


def _simplify(value: object, depth: int) -> Any:
    """What JSON has a form for: no strange keys or numbers, no circles."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):  # `json` refuses to write very long ones
        return value if value.bit_length() < 10_000 else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth and isinstance(value, dict):
        return {
            key if isinstance(key, str) else _describe(key): _simplify(each, depth - 1)
            for key, each in value.items()
        }
    if depth and isinstance(value, (list, tuple)):
        return [_simplify(each, depth - 1) for each in value]
    return "..." if isinstance(value, (dict, list, tuple)) else _describe(value)


def decode(body: bytes) -> dict[str, Any]:
    """Read a payload.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    dict
        Whose fields are what `FIELDS` says.

    Raises
    ------
    MalformedError
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise MalformedError(f"this is no JSON, as a JSONPUBHandler sends it ({exc})") from None
    if not isinstance(payload, dict):
        raise MalformedError(f"this is no JSON object, but a {type(payload).__name__}")
    for name in NEEDED:
        if name not in payload:
            raise MalformedError(f"the field {name!r} is missing")
    for name, types in FIELDS.items():
        value = payload.get(name, 0)
        if name in payload and (not isinstance(value, types) or isinstance(value, bool)):
            raise MalformedError(f"the field {name!r} is {_shorten(value)}")
    if not EARLIEST < payload["created"] < LATEST:  # what is no number is not either
        raise MalformedError(f"the field 'created' is {payload['created']!r}")
    return payload


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def find_sender(payload: dict[str, Any]) -> tuple[str, str, int, list[str]]:
    """Who has sent a payload.

    Returns
    -------
    tuple
        Host, publisher, number, and the publishers that it has come from before; "", "", 0 and
        an empty list for what is not told.
    """
    said = payload.get("zmq")
    said = said if isinstance(said, dict) else {}
    host, publisher = (said.get(key) for key in ("host", "publisher"))
    number, via = said.get("number"), said.get("via")
    return (
        host if isinstance(host, str) else "",
        publisher if isinstance(publisher, str) else "",
        number if type(number) is int else 0,
        [each for each in via if isinstance(each, str)] if isinstance(via, list) else [],
    )


class Gaps:
    """What a receiver has missed, by the numbers in what it gets."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[tuple[str, bytes], int] = OrderedDict()

    def measure(self, payload: dict[str, Any], topic: bytes) -> int:
        """How many records of its publisher and topic are missing before a payload.

        Nothing is known of what was before the first one.
        """
        _, publisher, number, _ = find_sender(payload)
        if not publisher or number < 1:
            return 0
        last = self._numbers.pop((publisher, topic), number)
        self._numbers[publisher, topic] = number
        if len(self._numbers) > MOST_SOURCES:
            self._numbers.popitem(last=False)
        return max(0, number - last - 1)


def make_record(payload: dict[str, Any], topic: str) -> logging.LogRecord:
    """Make the record of a payload.

    Parameters
    ----------
    payload : dict
        From `decode`.
    topic : str

    Returns
    -------
    logging.LogRecord
        Its message is the text as it was sent; `zmq_template` is what the text was made of.  What
        would hide a method of the record is left out.
    """
    host, publisher, _, via = find_sender(payload)
    fields = {
        name: value
        for name, value in payload.items()
        if name not in REMADE and name not in RECEIVED and not hasattr(logging.LogRecord, name)
    }
    # Text that came over the wire is no template: formatting it could take for ever.
    fields.update(msg=payload["message"], args=None, exc_info=None, zmq_topic=topic)
    fields.update(zmq_host=host, zmq_publisher=publisher, zmq_via=via)
    fields["zmq_template"] = payload.get("msg")
    return logging.makeLogRecord(fields)
