# SPDX-License-Identifier: BSD-3-Clause
"""LogReceiver: where records go, and what strangers send."""

import json
import logging
import sys

import pytest

import zmq
import zmq.asyncio
from zmq.log import JSONPUBHandler, LogReceiver, PUBHandler, _payload
from zmq.log import receiver as module


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
    root = logging.getLogger()
    keeper = sink.handlers[0]
    root.addHandler(keeper)
    try:
        raw(b"t", payload(name=None), logger=None)
    finally:
        root.removeHandler(keeper)
    assert sink.records[0].msg == "text"


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
