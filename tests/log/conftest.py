# SPDX-License-Identifier: BSD-3-Clause
"""Loggers and handlers that do not outlive their test, and what subscribers have received."""

import logging
import uuid

import pytest

import zmq
from zmq.log import PUBHandler


def pytest_configure(config):
    # Tests have threads, and fork on purpose: that is what users do.
    config.addinivalue_line("filterwarnings", "ignore:.*multi-threaded.*fork:DeprecationWarning")


@pytest.fixture
def logger():
    """A logger of its own, which takes every level; its handlers are closed after the test."""
    found = logging.getLogger(f"test.{uuid.uuid4().hex}")
    found.setLevel(1)
    found.propagate = False
    yield found
    for handler in [each for each in found.handlers if hasattr(each, "root_topic")]:
        found.removeHandler(handler)  # and leaves that of pytest alone
        handler.close()
    logging.Logger.manager.loggerDict.pop(found.name)


@pytest.fixture
def handle(logger, context):
    """`handle(cls, endpoint, **options)`: a handler of the logger, in the test's context."""

    made = []

    def handle(cls=PUBHandler, endpoint="tcp://127.0.0.1:0", **kwargs):
        kwargs.setdefault("context", context)
        handler = cls(endpoint, **kwargs)
        logger.addHandler(handler)
        made.append(handler)
        return handler

    yield handle
    for handler in made:  # before the context is destroyed
        handler.close()


@pytest.fixture
def subscribe(socket):
    """`subscribe(handler, topic)`: a SUB socket that the handler knows of."""

    def subscribe(handler, topic="", **options):
        s = socket(zmq.SUB, **options)
        s.subscribe(topic)
        s.connect(handler.socket.last_endpoint.decode())
        handler.socket.wait_subscribers(topic, timeout=10_000)
        return s

    return subscribe


class Keeper(logging.Handler):
    """Keeps the records that it gets, and formats them."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.format(record)
        self.records.append(record)


@pytest.fixture
def sink():
    """A logger to receive into; `sink.records` is what came."""
    found = logging.getLogger(f"sink.{uuid.uuid4().hex}")
    found.propagate = False
    keeper = Keeper()
    keeper.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(process)d %(lineno)d %(message)s")
    )
    found.addHandler(keeper)
    found.records = keeper.records
    yield found
    logging.Logger.manager.loggerDict.pop(found.name)


class Reports(logging.Handler):
    """Keeps the texts of what this package says itself."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


@pytest.fixture
def reports():
    """The texts that the logger `zmq.log` has been given."""
    keeper = Reports()
    found = logging.getLogger("zmq.log")
    found.addHandler(keeper)
    found.propagate = False
    yield keeper.texts
    found.removeHandler(keeper)
    found.propagate = True
