# SPDX-License-Identifier: BSD-3-Clause
"""JSONPUBHandler: records as JSON objects, with everything that can be said in JSON."""

import json
import logging
import os
import socket as system
import threading
from datetime import datetime
from pathlib import Path

import pytest

from zmq.log import JSONPUBHandler, _payload


@pytest.fixture
def publish(logger, handle, subscribe):
    """`publish(message, *args, **kwargs)`: log it, and return the topic and the object."""
    handler = handle(JSONPUBHandler, root_topic="app")
    sub = subscribe(handler)

    def publish(message, *args, level=20, **kwargs):
        logger.log(level, message, *args, **kwargs)
        topic, body = sub.recv_multipart()
        return topic, json.loads(body, parse_constant=pytest.fail)

    return publish


def test_every_field_of_a_record(publish, logger):
    seen = []
    keeper = logging.Handler()
    keeper.emit = seen.append
    logger.addHandler(keeper)
    topic, payload = publish("db.query::took %d ms", 3)
    assert topic == b"app.INFO.db.query"
    record = seen[0].__dict__.copy()
    assert record.pop("msg") == "db.query::took %d ms"
    assert payload.pop("msg") == "took %d ms"
    assert payload.pop("args") == [3]
    assert record.pop("args") == (3,)
    assert payload.pop("message") == "took 3 ms"
    assert record.pop("exc_info") is None
    assert set(payload) - {"zmq"} == set(record) - {"message"}
    assert payload["process"] == os.getpid()
    assert payload["threadName"] == threading.current_thread().name
    assert payload["funcName"] == "publish"
    for name in set(record) - {"message"}:
        assert payload[name] == record[name]
    assert payload["zmq"]["host"] == system.gethostname()
    assert payload["zmq"]["number"] == 1


def test_numbers_count_each_topic(publish):
    def number(*args, **kwargs):
        return publish(*args, **kwargs)[1]["zmq"]["number"]

    assert [number("x"), number("x"), number("x", level=30), number("a::x"), number("x")] == [
        1,
        2,
        1,
        1,
        3,
    ]


def test_extra_fields(publish):
    extra = {
        "user": "ann",
        "nested": {"a": [1, 2.5, None, True]},
        "path": Path("/tmp/x"),
        "when": datetime(2030, 1, 2),
        "raw": b"\xff",
        "group": {1},
    }
    _, payload = publish("x", extra=extra)
    assert payload["user"] == "ann"
    assert payload["nested"] == {"a": [1, 2.5, None, True]}
    assert payload["path"] == "/tmp/x"
    assert payload["when"] == "2030-01-02 00:00:00"
    assert payload["raw"] == "b'\\xff'"
    assert payload["group"] == "{1}"


class Broken:
    def __str__(self):
        raise RuntimeError


def test_what_json_refuses(publish):
    circle = {}
    circle["self"] = circle
    deep = []
    for _ in range(100_000):
        deep = [deep]
    extra = {
        "nan": float("nan"),
        "infinite": [float("inf")],
        "keys": {(1, 2): 3, 4: 5},
        "circle": circle,
        "deep": deep,
        "surrogate": "\udc80",
        "broken": Broken(),
        "long": 10**5000,
    }
    for name, value in extra.items():
        _, payload = publish("é", extra={name: value})
        assert payload["message"] == "é"
        assert name in payload
    _, payload = publish("é", extra=extra)
    assert payload["nan"] == "nan"
    assert payload["infinite"] == ["inf"]
    assert payload["keys"] == {"(1, 2)": 3, "4": 5}
    assert payload["surrogate"] == "\udc80"
    assert "RuntimeError" in payload["broken"]
    while deep:  # or freeing it would take more stack than there is
        deep = deep[0]


def test_exceptions_and_stacks(publish):
    try:
        raise KeyError("missing")
    except KeyError:
        _, payload = publish("failed", exc_info=True, level=40)
    assert payload["exc_type"] == "KeyError"
    assert payload["exc_text"].startswith("Traceback")
    assert payload["exc_text"].endswith("KeyError: 'missing'")
    assert "exc_info" not in payload
    _, payload = publish("x", stack_info=True)
    assert "Stack (most recent call last)" in payload["stack_info"]
    _, payload = publish("no exception", exc_info=True)
    assert payload["exc_type"] is None


def test_a_formatter_formats_exceptions(publish, logger):
    class Short(logging.Formatter):
        def formatException(self, ei):
            return f"short {ei[0].__name__}"

    logger.handlers[0].setFormatter(Short())
    try:
        raise KeyError
    except KeyError:
        assert publish("x", exc_info=True)[1]["exc_text"] == "short KeyError"


@pytest.mark.parametrize("message", [3, None, ["x"], {"a": 1}, Path("x")])
def test_any_object_is_a_message(publish, message):
    assert publish(message)[1]["message"] == str(message)


def test_custom_levels(publish):
    topic, payload = publish("x", level=25)
    assert topic == b"app.Level 25"
    assert (payload["levelno"], payload["levelname"]) == (25, "Level 25")


def test_another_handler_formats_the_same_record(publish, logger):
    """Nothing is left behind in the record."""
    texts = []
    keeper = logging.Handler()
    keeper.emit = lambda record: texts.append(keeper.format(record))
    logger.addHandler(keeper)
    try:
        raise KeyError("missing")
    except KeyError:
        publish("t::text", exc_info=True)
    assert texts[0].startswith("t::text\nTraceback")


def test_topics_that_were_forgotten_begin_anew(publish, monkeypatch):
    monkeypatch.setattr(_payload, "MOST_TOPICS", 2)
    numbers = [publish(text)[1]["zmq"]["number"] for text in ("a::", "b::", "c::", "c::", "a::")]
    assert numbers == [1, 1, 1, 2, 1]
