# SPDX-License-Identifier: BSD-3-Clause
"""LogReceiver: records of others in the logging of this process, in a thread and in a task."""

import asyncio
import threading
import time

import pytest

import zmq
from zmq.log import JSONPUBHandler, LogReceiver


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
    rest = b'"levelno": 20, "levelname": "INFO", "name": "x", "created": 1}'
    for n in range(500):
        push.send_multipart([b"t", b'{"message": "%d", %b' % (n, rest)])
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
