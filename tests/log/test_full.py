# SPDX-License-Identifier: BSD-3-Clause
"""Full queues: nothing waits, and what is dropped is counted and reported."""

import threading

import pytest

import zmq
from zmq.log import JSONPUBHandler, LogReceiver, PUBHandler

TRANSPORTS = ["inproc", "tcp", "ipc"]


@pytest.fixture
def full(handle, logger, subscribe, endpoint):
    """`full(transport, given)`: a handler with short queues, and a subscriber that never reads."""

    def full(transport="tcp", given=None, **kwargs):
        if given is None:
            handler = handle(endpoint=endpoint(transport), options={"sndhwm": 10}, **kwargs)
        else:
            given.sndhwm = 10
            given.bind(endpoint(transport))
            handler = PUBHandler(given, **kwargs)
            logger.addHandler(handler)
        return handler

    return full


def drain(logger, handler, sub):
    """Read all that has come: how much it was, and how much had been dropped before."""
    dropped, count, is_last = handler.dropped, 0, False
    while True:
        if not is_last:  # there may not be room for it yet
            before = handler.dropped
            logger.info("the last one")
            is_last = handler.dropped == before
        if sub.poll(20_000 if is_last else 1):
            if b"the last one" in sub.recv_multipart()[1]:
                return count, dropped
            count += 1
        else:
            assert not is_last, "it was accepted and did not come"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_one_subscriber_misses_is_counted_exactly(logger, full, subscribe, transport):
    handler = full(transport)
    sub = subscribe(handler, rcvhwm=10)
    for _ in range(3000):
        logger.info("x" * 5000)
    assert 0 < handler.dropped < 3000
    assert sum(drain(logger, handler, sub)) == 3000
    logger.info("room again")
    assert sub.recv_multipart()[1] == b"room again\n"


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("kind", [zmq.PUB, zmq.XPUB])
def test_of_a_given_socket_too(logger, full, socket, transport, kind):
    handler = full(transport, given=socket(kind))
    sub = socket(zmq.SUB, rcvhwm=10)
    sub.subscribe("INFO")
    sub.connect(handler.socket.last_endpoint)
    while not sub.poll(1):
        logger.info("are you there?")
    drain(logger, handler, sub)
    before = handler.dropped
    for _ in range(3000):
        logger.info("x" * 5000)
    received, dropped = drain(logger, handler, sub)
    assert dropped > before
    assert received + dropped - before == 3000


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_others_get_what_a_slow_one_misses(logger, full, subscribe, transport):
    handler = full(transport)
    slow, fast = subscribe(handler, rcvhwm=10), subscribe(handler, rcvhwm=0)
    handler.socket.wait_subscribers("INFO", 2, timeout=10_000)
    received = 0
    for n in range(1000):
        logger.info("%d %s", n, "x" * 5000)
        while received <= n and fast.poll(5000):  # so that this one always has room
            assert int(fast.recv_multipart()[1].split()[0]) == received
            received += 1
    assert received == 1000
    assert handler.dropped >= 1
    received = 0
    while slow.poll(100):
        slow.recv_multipart()
        received += 1
    assert received < 1000


def test_a_subscriber_of_other_topics_does_not_count(logger, full, subscribe):
    """The slow one is the only one these records are for: so their number is exact."""
    handler = full("tcp")
    slow, other = subscribe(handler, "INFO", rcvhwm=10), subscribe(handler, "ERROR")
    for _ in range(3000):
        logger.info("x" * 5000)
    logger.error("still there")
    assert sum(drain(logger, handler, slow)) == 3000
    assert b"still there" in other.recv_multipart()[1]


def test_a_stopped_subscriber_process_holds_up_nobody(logger, full, start, wait_for):
    handler = full("tcp")
    code = """
        import os, signal, sys, zmq
        with zmq.Context() as context, context.socket(zmq.SUB) as sub:
            sub.rcvhwm = 10
            sub.subscribe("")
            sub.connect(sys.argv[1])
            sub.recv_multipart()
            print("stops", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
    """
    script = start(code, handler.socket.last_endpoint.decode())
    handler.socket.wait_subscribers("", timeout=20_000)
    logger.info("first")
    script.line()
    wait_for(lambda: logger.info("x" * 10_000) or handler.dropped > 100, deadline=20)


def test_push_with_nobody_there(logger, handle, reports):
    handler = handle(
        endpoint="tcp://127.0.0.1:1",
        connect=True,
        socket_type=zmq.PUSH,
        options={"sndhwm": 10, "linger": 0},
    )
    for _ in range(100):
        logger.info("x")
    assert handler.dropped == 90
    assert len(reports) == 1
    assert "nobody is there" in reports[0]


def test_nobody_subscribed_is_no_drop(logger, full, reports):
    handler = full("tcp")
    for _ in range(100):
        logger.info("x")
    assert handler.dropped == 0
    handler.close()
    assert reports == []


# ---- reports ----


def test_drops_are_reported_at_once_and_again_at_the_end(logger, full, subscribe, reports):
    handler = full("inproc")
    subscribe(handler, rcvhwm=10)
    for _ in range(100):
        logger.info("x")
    assert handler.dropped == 80
    assert len(reports) == 1, "not again before the interval is over"
    assert "at least 1 so far" in reports[0] and "inproc://" in reports[0]
    handler.close()
    assert len(reports) == 2
    assert "at least 80 so far" in reports[1]


def test_the_interval_of_reports(logger, full, subscribe, reports):
    handler = full("inproc")
    subscribe(handler, rcvhwm=10)
    handler.report_interval = 0
    for _ in range(23):
        logger.info("x")
    assert [text.split("at least ")[1][:1] for text in reports] == ["1", "2", "3"]
    handler.report_interval = None
    logger.info("x")
    handler.close()
    assert len(reports) == 3
    assert handler.dropped == 4


def test_a_report_that_comes_to_the_handler_itself(full, subscribe, logger):
    """The handler is at the root, as in most programs; reports that are dropped do not count."""
    import logging

    handler = full("inproc")
    subscribe(handler, rcvhwm=10)
    handler.report_interval = 0
    found = logging.getLogger("zmq.log")
    found.addHandler(handler)
    try:
        for _ in range(30):
            logger.info("x")
    finally:
        found.removeHandler(handler)
    assert handler.dropped == 10


def test_a_report_that_has_no_other_way_goes_to_standard_error(run):
    """The handler is the only one of the program, and what it would say is dropped, too."""
    code = """
        import logging, zmq
        from zmq.log import PUBHandler
        context = zmq.Context()
        handler = PUBHandler("inproc://log", context, options={"sndhwm": 5})
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        sub = context.socket(zmq.SUB)
        sub.rcvhwm = 5
        sub.subscribe("")
        sub.connect("inproc://log")
        handler.wait_subscribers(timeout=20_000)
        for _ in range(100):
            logging.info("x")
    """
    end = run(code)
    assert end.returncode == 0
    first, last = end.stderr.splitlines()
    assert first.startswith("records are dropped, at least 1 so far: a subscriber is too slow")
    assert last.startswith("records are dropped, at least 90 so far")


def test_a_report_that_somebody_has_heard_is_not_said_twice(run):
    code = """
        import logging, zmq
        from zmq.log import PUBHandler
        push = PUBHandler(
            "tcp://127.0.0.1:1", connect=True, socket_type=zmq.PUSH, options={"sndhwm": 5}
        )
        logging.basicConfig(level=logging.INFO, handlers=[push, logging.StreamHandler()])
        for _ in range(6):
            logging.debug("x")
            logging.getLogger("quiet").info("x")
    """
    end = run(code)
    assert sum("records are dropped" in line for line in end.stderr.splitlines()) == 1


def test_reports_are_made_when_the_lock_is_free(logger, full, subscribe):
    """A handler of the reports that waits for a thread which logs: no deadlock."""
    import logging

    handler = full("inproc")
    subscribe(handler, rcvhwm=10)
    done = []

    class Nosy(logging.Handler):
        def emit(self, record):
            thread = threading.Thread(target=logger.info, args=("from there",))
            thread.start()
            thread.join(10)
            done.append(not thread.is_alive())

    nosy, found = Nosy(), logging.getLogger("zmq.log")
    found.addHandler(nosy)
    found.propagate = False
    try:
        for _ in range(30):
            logger.info("x")
    finally:
        found.removeHandler(nosy)
        found.propagate = True
    assert done and all(done)


# ---- receivers know, too ----


def test_a_receiver_knows_what_it_has_missed(logger, full, context, wait_for, reports):
    import logging

    handler = full("tcp", context=context)
    handler.close()
    logger.removeHandler(handler)
    handler = JSONPUBHandler("tcp://127.0.0.1:0", context, options={"sndhwm": 10})
    handler.report_interval = None
    logger.addHandler(handler)
    hold, seen = threading.Event(), []

    class Slow(logging.Handler):
        def emit(self, record):
            seen.append(record.getMessage())
            hold.wait(20)

    sink = logging.getLogger(f"{logger.name}.sink")
    sink.propagate = False
    sink.addHandler(Slow())
    endpoint = handler.socket.last_endpoint.decode()
    with LogReceiver(endpoint, logger=sink, options={"rcvhwm": 10}) as receiver:
        handler.socket.wait_subscribers("", timeout=10_000)
        logger.info("first")
        wait_for(lambda: seen, deadline=10)
        for _ in range(3000):
            logger.info("x" * 5000)
            logger.warning("x" * 5000)
        dropped = handler.dropped
        assert dropped
        hold.set()
        wait_for(lambda: receiver.received + dropped == 6001, deadline=20)
        for _ in range(2):  # the numbers after the gap tell how long it was
            logger.info("last")
            logger.warning("last")
        wait_for(lambda: receiver.received + dropped == 6005, deadline=20)
        assert receiver.missed == dropped
    assert any("records did not come" in text for text in reports)
