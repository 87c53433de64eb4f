# SPDX-License-Identifier: BSD-3-Clause
"""logging.config: handlers that are described, by a dict and by a file."""

import logging
import logging.config

import pytest

import zmq


@pytest.fixture(autouse=True)
def restored():
    """The root logger as it was, and no handlers of the test."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    known = logging._handlerList[:]
    logging._handlerList.clear()  # a configuration closes all: those of pytest shall stay open
    yield
    logging._handlerList[:] = known
    for handler in list(root.handlers):
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    for handler in handlers:
        if handler not in root.handlers:
            root.addHandler(handler)


def only_handler():
    return next(each for each in logging.getLogger().handlers if hasattr(each, "root_topic"))


def configure(**handler):
    description = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"short": {"format": "%(name)s %(message)s"}},
        "handlers": {"wire": handler},
        "root": {"level": "DEBUG", "handlers": ["wire"]},
    }
    logging.config.dictConfig(description)
    return only_handler()


NAME = {"class": "zmq.log.handlers.PUBHandler", "interface_or_socket": "tcp://127.0.0.1:0"}


def test_dict(subscribe):
    handler = configure(**NAME, root_topic="app", formatter="short", level="INFO")
    sub = subscribe(handler)
    logging.getLogger("a.b").debug("not this")
    logging.getLogger("a.b").info("db::this")
    logging.getLogger("a.b").log(25, "that")
    assert sub.recv_multipart() == [b"app.INFO.db", b"a.b this"]
    assert sub.recv_multipart() == [b"app.Level 25", b"a.b that"]


def test_dict_with_a_socket_option_and_a_connection(socket, bind):
    pull = socket(zmq.PULL)
    handler = configure(
        **{
            "class": "zmq.log.JSONPUBHandler",
            "interface_or_socket": bind(pull, "tcp"),
            "connect": True,
            "socket_type": "ext://zmq.PUSH",
            "options": {"sndhwm": 17, "linger": 0},
            ".": {"report_interval": None},
        }
    )
    assert handler.socket.sndhwm == 17
    assert handler.report_interval is None
    logging.info("x")
    assert pull.recv_multipart()[0] == b"INFO"


def test_dict_that_replaces_another_closes_its_socket():
    first = configure(**NAME).socket
    second = configure(**NAME).socket
    assert first.closed
    assert not second.closed
    endpoint = second.last_endpoint.decode()
    configure(**dict(NAME, interface_or_socket=endpoint))  # which is free again


def test_dict_with_an_endpoint_that_is_refused():
    with pytest.raises(ValueError, match="wire") as caught:
        configure(**dict(NAME, interface_or_socket="tcp://nowhere"))
    assert "tcp://nowhere" in str(caught.value.__cause__)


def test_file(tmp_path, subscribe):
    path = tmp_path / "logging.ini"
    path.write_text(
        """
[loggers]
keys=root
[handlers]
keys=wire
[formatters]
keys=short
[formatter_short]
format=%(levelname)s %(message)s
[logger_root]
level=DEBUG
handlers=wire
[handler_wire]
class=zmq.log.handlers.PUBHandler
args=('tcp://127.0.0.1:0',)
kwargs={'root_topic': 'filed'}
level=INFO
formatter=short
"""
    )
    logging.config.fileConfig(path, disable_existing_loggers=False)
    handler = only_handler()
    sub = subscribe(handler)
    logging.debug("not this")
    logging.warning("this")
    assert sub.recv_multipart() == [b"filed.WARNING", b"WARNING this"]


def test_a_topic_logger_as_the_class_of_loggers(subscribe, handle):
    from zmq.log import TopicLogger

    sub = subscribe(handle())
    before = logging.getLoggerClass()
    logging.setLoggerClass(TopicLogger)
    try:
        found = logging.getLogger("test.topics")
        assert isinstance(found.getChild("child"), TopicLogger)
    finally:
        logging.setLoggerClass(before)
        for name in ("test.topics", "test.topics.child"):
            logging.Logger.manager.loggerDict.pop(name)
    del sub
