# SPDX-License-Identifier: BSD-3-Clause
"""PUBHandler: topics, texts, formatters, levels, sockets of every kind."""

import inspect
import logging
import sys

import pytest

import zmq
from zmq.log import TOPIC_DELIM, PUBHandler
from zmq.log import handlers as module


@pytest.fixture
def sub(handle, subscribe):
    return subscribe(handle())


@pytest.mark.parametrize(
    ("level", "topic"),
    [
        (10, b"DEBUG"),
        (20, b"INFO"),
        (30, b"WARNING"),
        (40, b"ERROR"),
        (50, b"CRITICAL"),
        (25, b"Level 25"),
        (3, b"Level 3"),
        (1000, b"Level 1000"),
    ],
)
@pytest.mark.parametrize("root", ["", "app", "app.web", b"bytes"])
def test_topic_is_root_level_sub(logger, sub, level, topic, root):
    handler = logger.handlers[0]
    handler.root_topic = root
    name = root.decode() if isinstance(root, bytes) else root
    assert handler.root_topic == name
    start = name.encode() + b"." if name else b""
    logger.log(level, "plain")
    logger.log(level, "db.query::took %d ms", 3)
    plain, with_sub = sub.recv_multipart(), sub.recv_multipart()
    assert plain[0] == start + topic
    assert with_sub[0] == start + topic + b".db.query"
    assert len(plain) == len(with_sub) == 2
    assert b"plain" in plain[1]
    assert b"took 3 ms" in with_sub[1]
    assert b"db.query" not in with_sub[1]


def test_a_level_with_a_name_of_its_own(logger, sub):
    logging.addLevelName(35, "NOTICE")
    try:
        logger.log(35, "x")
        assert sub.recv_multipart()[0] == b"NOTICE"
        logger.handlers[0].setFormatter("n %(message)s", "NOTICE")
        logger.log(35, "x")
        assert sub.recv_multipart()[1] == b"n x"
    finally:
        del logging._levelToName[35], logging._nameToLevel["NOTICE"]
    with pytest.raises(ValueError, match="NOTICE"):
        logger.handlers[0].setFormatter("n %(message)s", "NOTICE")


def test_texts_of_the_levels(logger, sub):
    lines = []
    for level in (10, 20, 25, 30, 40, 50, 60):
        logger.log(level, "hi %s", "x")
        lines.append(inspect.currentframe().f_lineno - 1)
    texts = [sub.recv_multipart()[1].decode() for _ in lines]
    where = [f"test_handler.py:{line}" for line in lines]
    assert texts == [
        f"DEBUG {where[0]} - hi x\n",
        "hi x\n",
        "hi x\n",
        f"WARNING {where[3]} - hi x\n",
        f"ERROR {where[4]} - hi x - None\n",
        f"CRITICAL {where[5]} - hi x\n",
        f"Level 60 {where[6]} - hi x\n",
    ]


class Thing:
    def __str__(self):
        return "a.b::thing"


@pytest.mark.parametrize(
    ("message", "args", "parts"),
    [
        ("a::b::c", (), [b"INFO.a", b"b::c\n"]),
        ("a::%s", ("z",), [b"INFO.a", b"z\n"]),
        ("%s", ("q::z",), [b"INFO", b"q::z\n"]),
        ("::lead", (), [b"INFO", b"lead\n"]),
        ("50%%::%d", (3,), [b"INFO.50%", b"3\n"]),
        ("100%", (), [b"INFO", b"100%\n"]),
        ("%(a)s", ({"a": 1},), [b"INFO", b"1\n"]),
        (Thing(), (), [b"INFO.a.b", b"thing\n"]),
        (3, (), [b"INFO", b"3\n"]),
        (None, (), [b"INFO", b"None\n"]),
        (["x"], (), [b"INFO", b"['x']\n"]),
        ("é::ü", (), [b"INFO.\xc3\xa9", b"\xc3\xbc\n"]),
        ("\udc80", (), [b"INFO", b"\\udc80\n"]),
        ("", (), [b"INFO", b"\n"]),
    ],
)
def test_messages(logger, sub, message, args, parts):
    logger.info(message, *args)
    assert sub.recv_multipart() == parts


def test_exceptions_and_stacks(logger, sub):
    try:
        raise KeyError("missing")
    except KeyError:
        logger.exception("boom")
        logger.info("info", exc_info=True)
    logger.info("here", stack_info=True)
    error, info, here = (sub.recv_multipart()[1].decode() for _ in range(3))
    assert "boom" in error and "KeyError: 'missing'" in error and "Traceback" in error
    assert info.startswith("info\n") and info.endswith("KeyError: 'missing'")
    assert "Stack (most recent call last)" in here and "test_exceptions_and_stacks" in here


def test_other_handlers_get_the_record_as_it_was(logger, sub):
    seen = []
    keeper = logging.Handler()
    keeper.emit = lambda record: seen.append((record.msg, record.getMessage()))
    logger.addHandler(keeper)
    logger.info("topic::text %d", 1)
    assert sub.recv_multipart() == [b"INFO.topic", b"text 1\n"]
    assert seen == [("topic::text %d", "topic::text 1")]


def test_formatters(logger, sub):
    handler = logger.handlers[0]
    assert sorted(handler.formatters) == [10, 20, 30, 40, 50]
    assert all(isinstance(each, logging.Formatter) for each in handler.formatters.values())

    def texts(*levels):
        for level in levels:
            logger.log(level, "x")
        return [sub.recv_multipart()[1] for _ in levels]

    handler.setFormatter(logging.Formatter("I %(message)s"), logging.INFO)
    assert texts(20, 25) == [b"I x", b"I x"]
    assert texts(10)[0].startswith(b"DEBUG ")
    handler.setFormatter(logging.Formatter("25 %(message)s"), 25)
    assert texts(20, 25) == [b"I x", b"25 x"]
    handler.formatters[10] = logging.Formatter("D %(message)s")
    assert texts(5, 10) == [b"D x", b"D x"]
    handler.setFormatter(logging.Formatter("all %(message)s"))
    assert texts(5, 10, 20, 25, 30, 40, 50, 77) == [b"all x"] * 8
    handler.setFormatter(None)
    assert texts(20, 25) == [b"x\n", b"x\n"]
    assert PUBHandler.formatters[20].format(logging.makeLogRecord({"msg": "x"})) == "x\n"


def test_formatters_are_each_handlers_own(logger, handle):
    one, other = handle(), handle()
    one.setFormatter(logging.Formatter("one %(message)s"))
    assert other.format(logging.makeLogRecord({"msg": "x", "levelno": 20})) == "x\n"


def test_what_cannot_be_formatted_is_reported_as_logging_does(logger, sub, capsys):
    bad = {"msg": "%d", "args": ("no number",), "levelname": "INFO", "levelno": 20}
    logger.handlers[0].handle(logging.makeLogRecord(bad))
    assert "Logging error" in capsys.readouterr().err
    logger.info("next")
    assert sub.recv_multipart()[1] == b"next\n"


def test_filters_of_the_handler(logger, sub):
    handler = logger.handlers[0]
    handler.addFilter(lambda record: "secret" not in record.getMessage())
    handler.setLevel("INFO")
    logger.info("secret")
    logger.debug("detail")
    logger.info("public")
    assert sub.recv_multipart()[1] == b"public\n"
    if sys.version_info >= (3, 12):

        def replace(record):
            return logging.makeLogRecord({**record.__dict__, "msg": "replaced"})

        handler.addFilter(replace)
        logger.info("public")
        assert sub.recv_multipart()[1] == b"replaced\n"


def test_a_subclass_with_a_root_topic_of_its_own(logger, context, subscribe):
    class Engine(PUBHandler):
        number = 1

        @property
        def root_topic(self):
            return f"engine.{self.number}"

    handler = Engine("tcp://127.0.0.1:0", context)
    logger.addHandler(handler)
    sub = subscribe(handler)
    logger.info("x")
    handler.number = 2
    logger.info("x")
    assert [sub.recv_multipart()[0] for _ in range(2)] == [b"engine.1.INFO", b"engine.2.INFO"]


def test_a_given_socket_is_used_and_left_open(logger, socket, bind, wait_for):
    pub, sub = socket(zmq.PUB), socket(zmq.SUB)
    sub.subscribe("app.INFO")
    sub.connect(bind(pub, "tcp"))
    handler = PUBHandler(pub, root_topic="app")
    assert handler.socket is pub and handler.ctx is pub.context
    logger.addHandler(handler)
    wait_for(lambda: logger.info("x") or sub.poll(1), deadline=10)
    handler.close()
    while sub.poll(100):
        sub.recv_multipart()
    logger.info("after close")
    assert not sub.poll(50)
    pub.send_multipart([b"app.INFO", b"still open"])
    assert sub.recv_multipart()[1] == b"still open"


def test_a_socket_of_its_own(endpoint, logger):
    handler = PUBHandler(endpoint("ipc"))
    assert handler.ctx is not zmq.Context.instance(), "other programs terminate that one"
    assert handler.socket.type == zmq.PUB
    socket, context = handler.socket, handler.ctx
    handler.close()
    handler.close()
    assert socket.closed and context.closed
    zmq.Context.instance().term()


def test_another_socket_may_be_set(logger, handle, socket, subscribe):
    handler = handle()
    first, pub = handler.socket, socket(zmq.PUB, linger=0)
    pub.bind("tcp://127.0.0.1:0")
    handler.socket = pub
    assert first.closed and handler.socket is pub
    sub = socket(zmq.SUB)
    sub.subscribe("")
    sub.connect(pub.last_endpoint)
    while not sub.poll(1):
        logger.info("x")
    assert sub.recv_multipart() == [b"INFO", b"x\n"]


def test_a_socket_whose_calls_wait_in_an_event_loop(logger, context, socket, bind):
    """Those of this package's flavours are known by where their classes are."""

    class Waiting(zmq.Socket):
        __module__ = "zmq.green.core"

        def send(self, *args, **kwargs):
            raise AssertionError("this would wait in the event loop")

        send_multipart = send

    pub, sub = context.socket(zmq.PUB, socket_class=Waiting), socket(zmq.SUB)
    sub.subscribe("")
    sub.connect(bind(pub))
    logger.addHandler(PUBHandler(pub))
    while not sub.poll(1):  # libzmq takes notice of subscriptions when it likes to
        logger.info("x")
    assert sub.recv_multipart() == [b"INFO", b"x\n"]


def test_a_class_of_sockets_with_a_send_of_its_own(logger, context, socket, bind):
    class Shouting(zmq.Socket):
        def send(self, data, flags=0, **kwargs):
            return super().send(data.upper(), flags, **kwargs)

    pub, sub = context.socket(zmq.PUB, socket_class=Shouting), socket(zmq.SUB)
    sub.subscribe("")
    sub.connect(bind(pub))
    logger.addHandler(PUBHandler(pub))
    while not sub.poll(1):  # libzmq takes notice of subscriptions when it likes to
        logger.info("x")
    assert sub.recv_multipart() == [b"INFO", b"X\n"]


def test_a_push_socket(logger, handle, socket, bind):
    pull = socket(zmq.PULL)
    handler = handle(
        endpoint=bind(pull, "tcp"), connect=True, socket_type=zmq.PUSH, options={"sndhwm": 7}
    )
    assert handler.socket.sndhwm == 7
    logger.info("x")
    assert pull.recv_multipart() == [b"INFO", b"x\n"]


@pytest.mark.parametrize("kind", [zmq.SUB, zmq.PULL, zmq.REQ, zmq.REP, zmq.ROUTER])
def test_sockets_that_cannot_publish(socket, kind):
    with pytest.raises(ValueError, match=f"{zmq.SocketType(kind).name} socket cannot publish"):
        PUBHandler(socket(kind))


def test_wrong_arguments(context):
    with pytest.raises(TypeError, match="endpoint"):
        PUBHandler(5555)
    with pytest.raises(zmq.ZMQError, match="no-such"):
        PUBHandler("no-such://x", context)
    with pytest.raises(ValueError, match="SUB socket cannot publish"):
        PUBHandler("tcp://127.0.0.1:0", context, socket_type=zmq.SUB)
    with pytest.raises(AttributeError):
        PUBHandler("tcp://127.0.0.1:0", context, options={"no_such": 1})
    with pytest.raises(TypeError, match="root topic"):
        PUBHandler("tcp://127.0.0.1:0", context, root_topic=3)


def test_surface():
    assert TOPIC_DELIM == module.TOPIC_DELIM == "::"
    parameters = inspect.signature(PUBHandler).parameters
    assert list(parameters)[:3] == ["interface_or_socket", "context", "root_topic"]
    assert parameters["root_topic"].default == ""
    assert parameters["context"].default is None
    level = inspect.signature(PUBHandler.setFormatter).parameters["level"]
    assert level.default == 0
