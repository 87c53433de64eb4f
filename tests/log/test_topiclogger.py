# SPDX-License-Identifier: BSD-3-Clause
"""TopicLogger: a topic before every message."""

import inspect
import logging

import pytest

from zmq.log import TopicLogger


@pytest.fixture
def topics(handle, subscribe):
    """A TopicLogger and its subscriber."""
    handler = handle()
    found = TopicLogger("topics")
    found.addHandler(handler)
    return found, subscribe(handler)


METHODS = {
    "debug": b"DEBUG",
    "info": b"INFO",
    "warning": b"WARNING",
    "warn": b"WARNING",
    "error": b"ERROR",
    "critical": b"CRITICAL",
    "fatal": b"CRITICAL",
}


@pytest.mark.parametrize("method", METHODS)
def test_methods(topics, method):
    logger, sub = topics
    getattr(logger, method)("db.query", "took %d ms", 3)
    topic, text = sub.recv_multipart()
    assert topic == METHODS[method] + b".db.query"
    assert b"took 3 ms" in text


def test_log_takes_a_level_first(topics):
    logger, sub = topics
    logger.log(25, "db", "text")
    assert sub.recv_multipart() == [b"Level 25.db", b"text\n"]


def test_exception(topics):
    logger, sub = topics
    try:
        raise KeyError("missing")
    except KeyError:
        logger.exception("db", "failed")
        logger.exception("db", "quiet", exc_info=False)
    topic, text = sub.recv_multipart()
    assert topic == b"ERROR.db"
    assert b"KeyError: 'missing'" in text
    assert b"KeyError" not in sub.recv_multipart()[1]


def test_the_record_names_the_callers_line(topics):
    logger, _ = topics
    seen = []
    keeper = logging.Handler()
    keeper.emit = lambda record: seen.append((record.filename, record.lineno, record.funcName))
    logger.addHandler(keeper)
    for method in (*METHODS, "exception"):
        getattr(logger, method)("t", "x")
    logger.log(30, "t", "x")
    line = inspect.currentframe().f_lineno
    place = ("test_topiclogger.py", "test_the_record_names_the_callers_line")
    assert seen == [(place[0], line - 2, place[1])] * 8 + [(place[0], line - 1, place[1])]


def test_topics_are_no_templates_and_may_be_empty(topics):
    logger, sub = topics
    logger.info("50%", "x %s", 1)
    logger.info("50%", "x")
    logger.info("", "x")
    logger.info("t", {"any": "thing"})
    got = [sub.recv_multipart() for _ in range(4)]
    assert got == [
        [b"INFO.50%", b"x 1\n"],
        [b"INFO.50%", b"x\n"],
        [b"INFO", b"x\n"],
        [b"INFO.t", b"{'any': 'thing'}\n"],
    ]


def test_levels_apply(topics):
    logger, sub = topics
    logger.setLevel(logging.WARNING)
    logger.info("t", "not this")
    logger.warning("t", "this")
    assert sub.recv_multipart()[0] == b"WARNING.t"
