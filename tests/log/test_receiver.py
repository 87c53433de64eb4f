# SPDX-License-Identifier: BSD-3-Clause
"""LogReceiver: records of others in the logging of this process, in a thread and in a task."""

import asyncio
import json
import logging
import sys
import threading
import time
import uuid

import pytest

import zmq
from zmq.log import JSONPUBHandler, LogReceiver, PUBHandler, _payload
from zmq.log import receiver as module


class Keeper(logging.Handler):
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


@pytest.fixture
def raw(socket, sink, wait_for):
    """`raw(*frames)`: what a receiver makes of a message that anybody may send."""
    receivers = []

    def raw(*frames, **kwargs):
        push = socket(zmq.PUSH)
        push.bind("tcp://127.0.0.1:0")
        kwargs.setdefault("logger", sink)
        receiver = LogReceiver(push.last_endpoint.decode(), socket_type=zmq.PULL, **kwargs)
        receivers.append(receiver.start())
        push.send_multipart(frames)
        wait_for(lambda: receiver.received + receiver.malformed, deadline=20)
        receiver.stop()
        return receiver

    yield raw
    for receiver in receivers:
        receiver.stop()


def payload(**changes):
    found = {
        "message": "text",
        "levelno": 20,
        "levelname": "INFO",
        "name": "far.away",
        "created": 1e9,
    }
    found.update(changes)
    return json.dumps({key: value for key, value in found.items() if value is not ...}).encode()


def publish(handle, logger, **kwargs):
    handler = handle(JSONPUBHandler, **kwargs)
    return handler, handler.socket.last_endpoint.decode()


# ---- ways to run ----


def test_a_thread(handle, logger, sink, wait_for):
    handler, endpoint = publish(handle, logger, root_topic="app")
    with LogReceiver(endpoint, logger=sink) as receiver:
        assert receiver.is_alive()
        handler.socket.wait_subscribers("", timeout=20_000)
        try:
            raise KeyError("missing")
        except KeyError:
            logger.exception("db::took %d ms", 3, extra={"user": "ann"}, stack_info=True)
        wait_for(lambda: sink.records, deadline=20)
    assert not receiver.is_alive() and receiver.closed
    record = sink.records[0]
    assert record.getMessage() == record.msg == "took 3 ms"
    assert (record.name, record.levelno, record.levelname) == (logger.name, 40, "ERROR")
    assert record.filename == "test_receiver.py" and record.funcName == "test_a_thread"
    assert record.user == "ann"
    assert record.exc_text.endswith("KeyError: 'missing'") and record.exc_info is None
    assert record.exc_type == "KeyError"
    assert "Stack" in record.stack_info
    assert record.zmq_topic == "app.ERROR.db" and record.zmq_template == "took %d ms"
    assert record.zmq_host and record.zmq_publisher
    assert record.args is None or record.args == ()
    assert abs(record.created - time.time()) < 600


def test_a_task(handle, logger, sink):
    handler, endpoint = publish(handle, logger)

    async def main():
        receiver = LogReceiver(endpoint, logger=sink)
        task = asyncio.create_task(receiver.run())
        while len(sink.records) < 3:
            logger.info("x")
            await asyncio.sleep(0.001)
        assert receiver.is_alive()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert receiver.closed and not receiver.is_alive()

    asyncio.run(main())


def test_async_with(handle, logger, sink):
    handler, endpoint = publish(handle, logger)

    async def main():
        async with LogReceiver(endpoint, logger=sink) as receiver:
            while not sink.records:
                logger.info("x")
                await asyncio.sleep(0.001)
        assert receiver.closed

    asyncio.run(main())


def test_a_task_that_is_stopped_from_a_thread(handle, logger, sink):
    handler, endpoint = publish(handle, logger)

    async def main():
        receiver = LogReceiver(endpoint, logger=sink)
        thread = threading.Timer(0.05, receiver.stop)
        thread.start()
        await receiver.run()
        assert receiver.closed
        thread.join()

    asyncio.run(main())


def test_a_flood_leaves_the_loop_its_turns(handle, logger, sink):
    handler, endpoint = publish(handle, logger)
    ended = threading.Event()

    def flood():
        while not ended.is_set():
            logger.info("x")

    async def main():
        async with LogReceiver(endpoint, logger=sink):
            while len(sink.records) < 500:
                await asyncio.sleep(0)  # a turn like any other
            ended.set()

    thread = threading.Thread(target=flood)
    thread.start()
    asyncio.run(main())
    thread.join()


def test_what_has_come_before_stop_is_handled(socket, sink, context):
    push = socket(zmq.PUSH)
    push.bind("inproc://records")
    receiver = LogReceiver("inproc://records", context=context, socket_type=zmq.PULL, logger=sink)
    for n in range(500):
        push.send_multipart([b"t", payload(message=str(n))])
    receiver.start().stop()
    assert [record.getMessage() for record in sink.records] == [str(n) for n in range(500)]


def test_it_ends_once(endpoint):
    receiver = LogReceiver("tcp://127.0.0.1:1")
    receiver.start()
    with pytest.raises(RuntimeError, match="started"):
        receiver.start()
    receiver.stop()
    receiver.stop()
    with pytest.raises(RuntimeError, match="ended"):
        receiver.start()
    unused = LogReceiver("tcp://127.0.0.1:1")
    unused.stop()
    assert unused.closed


def test_stop_in_a_handler_of_its_own(handle, logger, sink, wait_for):
    handler, endpoint = publish(handle, logger)
    receiver = LogReceiver(endpoint, logger=sink)
    sink.handlers[0].emit = lambda record: receiver.stop()
    receiver.start()
    wait_for(lambda: logger.info("x") or receiver.closed, deadline=20)
    receiver.stop()


def test_a_handler_that_hangs_is_named_by_stop(handle, logger, sink, wait_for):
    handler, endpoint = publish(handle, logger)
    hold, inside = threading.Event(), threading.Event()
    sink.handlers[0].emit = lambda record: (inside.set(), hold.wait(20))
    receiver = LogReceiver(endpoint, logger=sink).start()
    wait_for(lambda: logger.info("x") or inside.is_set(), deadline=20)
    with pytest.raises(TimeoutError, match="still busy"):
        receiver.stop(timeout=0.01)
    hold.set()
    receiver.stop()


def test_its_context_is_terminated(context, wait_for):
    inner = zmq.Context()
    receiver = LogReceiver("tcp://127.0.0.1:1", context=inner).start()
    inner.term()
    wait_for(lambda: not receiver.is_alive(), deadline=20)
    receiver.stop()


def test_the_program_ends_while_it_receives(output):
    code = """
        from zmq.log import LogReceiver
        receiver = LogReceiver("tcp://127.0.0.1:0", bind=True).start()
        print("ends")
    """
    assert output(code) == "ends\n"


def test_what_hangs_in_it_does_not_keep_the_program_from_ending(output):
    code = """
        import logging, threading
        from zmq.log import JSONPUBHandler, LogReceiver, receiver as module
        module.DRAIN = -0.9
        publisher = JSONPUBHandler("tcp://127.0.0.1:0")
        inside = threading.Event()

        def hang(record):
            inside.set()
            threading.Event().wait()

        sink = logging.getLogger("sink")
        sink.addFilter(hang)  # not a handler: logging itself waits for the locks of those
        LogReceiver(publisher.socket.last_endpoint, logger=sink).start()
        publisher.socket.wait_subscribers("", timeout=20_000)
        publisher.handle(logging.makeLogRecord({"msg": "x", "levelname": "x", "levelno": 20}))
        inside.wait(20)
        print("ends")
    """
    assert output(code) == "ends\n"


def test_importing_it_loads_no_event_loop(output):
    code = """
        import sys, threading, zmq.log
        print([name for name in ("asyncio", "argparse", "rich") if name in sys.modules])
        print(threading.active_count())
    """
    assert output(code) == "[]\n1\n"


# ---- sources ----


def test_many_publishers_at_once(logger, handle, sink, wait_for):
    handlers, endpoints = zip(*(publish(handle, logger) for _ in range(5)))
    with LogReceiver(*endpoints, logger=sink) as receiver:
        for handler in handlers:
            handler.socket.wait_subscribers("", timeout=20_000)
        for n in range(200):
            logger.info("%d", n)
        wait_for(lambda: receiver.received == 1000, deadline=20)
        assert receiver.missed == receiver.malformed == 0
    publishers = {record.zmq_publisher for record in sink.records}
    assert len(publishers) == 5
    for each in publishers:
        texts = [record.msg for record in sink.records if record.zmq_publisher == each]
        assert texts == [str(n) for n in range(200)]


def test_publishers_that_connect(logger, handle, sink, wait_for):
    with LogReceiver("tcp://127.0.0.1:0", "ipc://*", bind=True, logger=sink) as receiver:
        for endpoint in receiver.endpoints:
            handler = handle(JSONPUBHandler, endpoint, connect=True)
            handler.socket.wait_subscribers("", timeout=20_000)
        logger.info("x")
        wait_for(lambda: receiver.received == 2, deadline=20)


def test_given_sockets_stay_open(logger, handle, sink, socket, wait_for):
    import zmq.asyncio

    handler, endpoint = publish(handle, logger)
    sub = socket(zmq.SUB)
    own = zmq.asyncio.Context(sub.context).socket(zmq.SUB)
    for each in (sub, own):
        each.subscribe("")
        each.connect(endpoint)
    handler.socket.wait_subscribers("", 2, timeout=20_000)
    with LogReceiver(sub, own, logger=sink) as receiver:
        logger.info("x")
        wait_for(lambda: receiver.received == 2, deadline=20)
    assert not sub.closed and not own.closed
    own.close()


def test_topics_and_levels(logger, handle, sink, wait_for):
    handler, endpoint = publish(handle, logger, root_topic="app")
    topics = ["app.ERROR", "app.INFO"]
    with LogReceiver(endpoint, logger=sink, topics=topics, level="WARNING") as receiver:
        handler.socket.wait_subscribers("app.ERROR", timeout=20_000)
        handler.socket.wait_subscribers("app.INFO", timeout=20_000)
        logger.info("below the level")
        logger.warning("not a topic")
        logger.error("this")
        wait_for(lambda: receiver.received == 2, deadline=20)
    assert [record.msg for record in sink.records] == ["this"]


def test_inproc_by_default_in_the_global_context(logger, sink, wait_for):
    context = zmq.Context.instance()
    handler = JSONPUBHandler("inproc://log", context)
    logger.addHandler(handler)
    with LogReceiver("inproc://log", logger=sink):
        wait_for(lambda: logger.info("x") or sink.records, deadline=20)
    handler.close()
    context.term()


# ---- where records go ----


def test_each_record_goes_to_the_logger_of_its_name(raw, sink):
    raw(b"t", payload(name=sink.name), logger=None)
    assert sink.records[0].msg == "text"


def test_strangers_cannot_make_any_number_of_loggers(monkeypatch):
    monkeypatch.setattr(module, "MOST_NAMES", 2)
    receiver = LogReceiver("tcp://127.0.0.1:1")
    names = ["test.1", "test.2", "test.3", "test.1", "test." * 1000, "", None]
    found = [receiver._find_logger(name).name for name in names]
    assert found == ["test.1", "test.2", "root", "test.1", "root", "root", "root"]
    receiver.stop()


def test_a_record_without_a_name_goes_to_the_root(raw, sink):
    seen = []
    root = logging.getLogger()
    keeper = Keeper()
    keeper.records = seen
    root.addHandler(keeper)
    try:
        raw(b"t", payload(name=None), logger=None)
    finally:
        root.removeHandler(keeper)
    assert seen[0].msg == "text"


def test_a_logger_by_name(raw, sink):
    raw(b"t", payload(), logger=sink.name)
    assert sink.records[0].name == "far.away"


def test_levels_of_loggers_are_not_applied_again(raw, sink):
    sink.setLevel(logging.CRITICAL)
    raw(b"t", payload())
    assert len(sink.records) == 1


def test_a_record_is_not_published_twice_by_the_same_handler(handle, logger, wait_for):
    """The receiver's records go to a logger that publishes to the receiver: no endless loop."""
    handler, endpoint = publish(handle, logger)
    with LogReceiver(endpoint, logger=logger) as receiver:
        handler.socket.wait_subscribers("", timeout=20_000)
        logger.info("x")
        wait_for(lambda: receiver.received, deadline=20)
        logger.info("y")
        wait_for(lambda: receiver.received == 2, deadline=20)
    assert receiver.received == 2


def test_records_are_passed_on(handle, logger, sink, wait_for, context):
    """first -> relay -> last: what the last one gets is what the first one sent."""
    first, endpoint = publish(handle, logger)
    relay = logging.getLogger(f"{sink.name}.relay")
    relay.propagate = False
    second = JSONPUBHandler("tcp://127.0.0.1:0", context)
    relay.addHandler(second)
    end = second.socket.last_endpoint.decode()
    with LogReceiver(end, logger=sink), LogReceiver(endpoint, logger=relay):
        for handler in (first, second):
            handler.socket.wait_subscribers("", timeout=20_000)
        logger.info("x", extra={"user": "ann"})
        wait_for(lambda: sink.records, deadline=20)
    second.close()
    record = sink.records[0]
    assert (record.msg, record.user, record.name) == ("x", "ann", logger.name)
    assert len(record.zmq_via) == 1
    assert record.zmq_publisher not in record.zmq_via


# ---- strangers ----

MALFORMED = {
    "one part": [b"t"],
    "three parts": [b"t", payload(), b"x"],
    "no json": [b"t", b"text of a PUBHandler\n"],
    "no utf-8": [b"t", b'{"message": "\xff"}'],
    "a list": [b"t", b"[1]"],
    "deep": [b"t", b"[" * 200_000],
    "empty": [b"t", b""],
    "no message": [b"t", payload(message=...)],
    "level of text": [b"t", payload(levelno="INFO")],
    "level is a bool": [b"t", payload(levelno=True)],
    "name is a number": [b"t", payload(name=3)],
    "time is none": [b"t", payload(created=None)],
    "time is nan": [b"t", payload(created=float("nan"))],
    "time is infinite": [b"t", payload(created=float("inf"))],
    "time is far off": [b"t", payload(created=1e30)],
    "line of text": [b"t", payload(lineno="x")],
    "process of text": [b"t", payload(process="x")],
    "exception of numbers": [b"t", payload(exc_text=3)],
    "a pickle": [b"t", b"\x80\x04cos\nsystem\n(S'true'\ntR."],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_messages_are_reported_and_not_fatal(raw, sink, reports, socket, name):
    seen = []
    receiver = raw(*MALFORMED[name])
    assert (receiver.malformed, receiver.received) == (1, 0)
    assert len(reports) == 1 and "no records" in reports[0]
    receiver = raw(*MALFORMED[name], on_malformed=lambda frames, why: seen.append((frames, why)))
    assert seen[0][0] == MALFORMED[name] and seen[0][1]
    raw(b"t", payload())
    assert [record.msg for record in sink.records] == ["text"]


def test_reports_are_not_as_many_as_messages(socket, sink, reports, wait_for):
    push = socket(zmq.PUSH)
    push.bind("tcp://127.0.0.1:0")
    endpoint = push.last_endpoint.decode()
    with LogReceiver(endpoint, socket_type=zmq.PULL, logger=sink) as receiver:
        for _ in range(100):
            push.send(b"x")
        wait_for(lambda: receiver.malformed == 100, deadline=20)
    assert len(reports) == 1


def test_a_payload_cannot_hide_methods_or_internals(raw, sink):
    raw(
        b"t",
        payload(
            getMessage="x",
            __class__="x",
            __dict__="x",
            msg="%d",
            args=["%"],
            exc_info=[1, 2, 3],
            zmq={"host": 3, "publisher": [], "number": "x", "via": {}},
            zmq_via="x",
            **{"not an identifier": 1},
        ),
    )
    record = sink.records[0]
    assert record.getMessage() == "text"
    assert type(record) is logging.LogRecord
    assert record.exc_info is None
    assert (record.zmq_host, record.zmq_publisher, record.zmq_via) == ("", "", [])


def test_text_is_never_a_template(raw, sink):
    raw(b"t", payload(message="%s %(x)s %1000000000d", args=[1]))
    assert sink.records[0].getMessage() == "%s %(x)s %1000000000d"


def test_a_filter_that_raises(raw, sink, reports):
    sink.addFilter(lambda record: 1 / 0)
    receiver = raw(b"t", payload())
    assert (receiver.received, receiver.malformed) == (1, 1)
    assert "ZeroDivisionError" in reports[0]


def test_on_malformed_that_raises(raw, reports):
    raw(b"t", on_malformed=lambda frames, why: 1 / 0)
    assert "on_malformed raised ZeroDivisionError" in reports[0]


def test_text_of_a_publisher_of_text_is_named(logger, handle, sink, wait_for, reports):
    handler = handle(PUBHandler)
    with LogReceiver(handler.socket.last_endpoint.decode(), logger=sink) as receiver:
        handler.socket.wait_subscribers("", timeout=20_000)
        logger.info("x")
        wait_for(lambda: receiver.malformed, deadline=20)
    assert "JSONPUBHandler" in reports[0]


def test_numbers_of_gone_publishers_are_forgotten(monkeypatch):
    monkeypatch.setattr(_payload, "MOST_SOURCES", 10)
    gaps = _payload.Gaps()
    for n in range(100):
        for number in (7, 10):
            sent = {"zmq": {"publisher": f"publisher {n}", "number": number}}
            assert gaps.measure(sent, b"t") == (2 if number == 10 else 0)
    assert len(gaps._numbers) == 10


def test_greenlets_in_the_place_of_threads_are_refused(monkeypatch):
    from types import SimpleNamespace

    patched = SimpleNamespace(is_module_patched=lambda name: name == "threading")
    monkeypatch.setitem(sys.modules, "gevent.monkey", patched)
    receiver = LogReceiver("tcp://127.0.0.1:1")
    with pytest.raises(RuntimeError, match="gevent"):
        receiver.start()
    receiver.stop()


# ---- arguments ----


def test_wrong_arguments(socket):
    with pytest.raises(TypeError, match="needs an endpoint"):
        LogReceiver()
    with pytest.raises(TypeError, match="a source is"):
        LogReceiver("tcp://127.0.0.1:1", 5)
    with pytest.raises(TypeError, match="a topic is"):
        LogReceiver("tcp://127.0.0.1:1", topics=[3])
    with pytest.raises(ValueError, match="a PUB socket receives no records"):
        LogReceiver(socket(zmq.PUB))
    with pytest.raises(ValueError, match="NOTICE"):
        LogReceiver("tcp://127.0.0.1:1", level="NOTICE")
    with pytest.raises(zmq.ZMQError, match="nowhere"):
        LogReceiver("tcp://nowhere")
