# SPDX-License-Identifier: BSD-3-Clause
"""Threads and event loops: every record arrives, whole and in order, whatever the socket."""

import asyncio
import logging
import threading

import pytest

import zmq
import zmq.asyncio
from zmq.log import JSONPUBHandler, PUBHandler

THREADS = 8
RECORDS = 1000


def log_from_threads(loggers, count=RECORDS):
    """Log numbered records from several threads at once."""
    begin = threading.Barrier(THREADS)

    def work(number):
        begin.wait()
        for n in range(count):
            loggers[number % len(loggers)].info(f"t{number}::%d", n)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    return threads


def receive(sub, total, read=lambda text: int(text)):
    """The numbers of each thread, in the order in which they came."""
    found = {}
    for _ in range(total):
        topic, text = sub.recv_multipart()
        found.setdefault(topic, []).append(read(text))
    return found


def expect(count=RECORDS):
    return {b"INFO.t%d" % number: list(range(count)) for number in range(THREADS)}


@pytest.fixture
def given(socket, bind, logger):
    """`given(make, cls)`: a handler with a socket that is not limited, and a subscriber."""
    opened = []

    def given(make, cls=PUBHandler):
        pub, sub = make(zmq.PUB), socket(zmq.SUB, rcvhwm=0, rcvtimeo=20_000)
        opened.append(pub)
        pub.sndhwm = 0
        sub.subscribe("")
        sub.connect(bind(pub, "tcp"))
        handler = cls(pub)
        logger.addHandler(handler)
        while not sub.poll(1):
            logger.debug("are you there?")
        while sub.poll(50):
            sub.recv_multipart()
        return handler, sub

    yield given
    for pub in opened:
        pub.close(linger=0)


@pytest.mark.parametrize("cls", [PUBHandler, JSONPUBHandler])
def test_eight_threads(logger, handle, subscribe, cls):
    import json

    handler = handle(cls)
    sub = subscribe(handler, rcvtimeo=20_000)
    threads = log_from_threads([logger])
    read = int if cls is PUBHandler else lambda body: int(json.loads(body)["message"])
    assert receive(sub, THREADS * RECORDS, read) == expect()
    for thread in threads:
        thread.join()
    assert handler.dropped == 0


def test_eight_threads_and_two_handlers_of_one_socket(logger, given):
    handler, sub = given(zmq.Context.instance().socket)
    other = logging.getLogger(f"{logger.name}.other")
    other.propagate = False
    second = PUBHandler(handler.socket)
    other.addHandler(second)
    threads = log_from_threads([logger, other])
    assert receive(sub, THREADS * RECORDS) == expect()
    for thread in threads:
        thread.join()
    second.close()
    other.removeHandler(second)
    handler.socket.close()
    zmq.Context.instance().term()


def test_a_threadsafe_socket_that_others_use_too(logger, given, context):
    handler, sub = given(lambda kind: context.socket(kind, threadsafe=True))
    threads = log_from_threads([logger], 200)
    for n in range(200):
        handler.socket.send_multipart([b"mine", b"%d" % n])
    found = receive(sub, THREADS * 200 + 200)
    assert found.pop(b"mine") == list(range(200))
    assert found == expect(200)
    for thread in threads:
        thread.join()


def test_an_asyncio_socket_and_threads(logger, given, context):
    actx = zmq.asyncio.Context(context)
    handler, sub = given(actx.socket)
    assert isinstance(handler.socket, zmq.asyncio.Socket)
    threads = log_from_threads([logger])  # none of them has an event loop
    assert receive(sub, THREADS * RECORDS) == expect()
    for thread in threads:
        thread.join()


def test_an_asyncio_socket_in_its_loop(logger, given, context):
    actx = zmq.asyncio.Context(context)
    handler, sub = given(actx.socket)

    async def main():
        for n in range(100):
            logger.info("t::%d", n)
            await handler.socket.send_multipart([b"mine", b"%d" % n])

    asyncio.run(main())
    assert receive(sub, 200) == {b"INFO.t": list(range(100)), b"mine": list(range(100))}


def test_a_context_of_asyncio(logger, context, subscribe):
    handler = PUBHandler("tcp://127.0.0.1:0", zmq.asyncio.Context(context))
    logger.addHandler(handler)
    sub = subscribe(handler)
    logger.info("x")
    assert sub.recv_multipart() == [b"INFO", b"x\n"]
    handler.close()


def test_a_context_of_anyio(logger, context, subscribe):
    import zmq.anyio as anyio

    pub = anyio.Context(context).socket(zmq.PUB, count_subscribers=True)
    pub.bind("tcp://127.0.0.1:0")
    handler = PUBHandler(pub)
    logger.addHandler(handler)
    sub = context.socket(zmq.SUB)
    sub.subscribe("")
    sub.connect(pub.last_endpoint)
    while not sub.poll(1):
        logger.info("x")
    assert sub.recv_multipart() == [b"INFO", b"x\n"]
    pub.close(linger=0)
    sub.close()


def test_another_thread_in_a_call_of_the_socket_is_waited_for(logger, handle, subscribe):
    """A thread that lets go of the lock of the interpreter inside `send`, as all do."""
    handler = handle()
    sub = subscribe(handler, rcvhwm=0)
    sub.rcvtimeo = 20_000
    refused = []

    def intrude():
        for _ in range(3000):
            try:
                handler.socket.send_multipart([b"intruder", b"x"], zmq.DONTWAIT)
            except zmq.ZMQThreadError as error:  # the guard's
                refused.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    for n in range(3000):
        logger.info("%d", n)
    thread.join()
    found = {b"INFO": [], b"intruder": []}
    for _ in range(6000 - len(refused)):
        topic, text = sub.recv_multipart()
        found[topic].append(text)
    assert [int(text) for text in found[b"INFO"]] == list(range(3000))
    assert handler.dropped == 0


def test_subscribers_are_waited_for_while_threads_log(logger, handle, socket, capfd):
    handler = handle()
    ended = threading.Event()

    def work():
        while not ended.is_set():
            logger.info("x")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    with pytest.raises(zmq.TimeoutExpired):
        handler.wait_subscribers(timeout=50)
    sub = socket(zmq.SUB)
    sub.subscribe("INFO")
    sub.connect(handler.socket.last_endpoint)
    assert handler.wait_subscribers("INFO.x", timeout=20_000) == 1
    ended.set()
    for thread in threads:
        thread.join()
    assert sub.recv_multipart() == [b"INFO", b"x\n"]
    assert "Error" not in capfd.readouterr().err


def test_subscribers_of_sockets_that_do_not_count_them(logger, socket, context):
    for pub in (socket(zmq.PUB), zmq.asyncio.Context(context).socket(zmq.PUB)):
        handler = PUBHandler(pub)
        with pytest.raises(zmq.ZMQError) as caught:
            handler.wait_subscribers()
        assert caught.value.errno == zmq.ENOTSUP
        handler.close()
        pub.close()


def test_a_socket_that_another_thread_waits_in(logger, handle, socket, reports):
    handler = handle()
    endpoint = handler.socket.last_endpoint

    def wait():
        while True:
            try:
                return handler.socket.wait_subscribers("")
            except zmq.ZMQThreadError:  # a record came in between
                continue

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    while not handler.dropped:
        logger.info("x")
    assert "another thread is in a call" in reports[0]
    sub = socket(zmq.SUB)
    sub.subscribe("")
    sub.connect(endpoint)
    thread.join()
    logger.info("y")
    assert sub.recv_multipart() == [b"INFO", b"y\n"]


@pytest.mark.parametrize("own", [True, False])
def test_close_while_another_thread_waits_in_the_socket(context, own):
    handler = PUBHandler("tcp://127.0.0.1:0", None if own else context)
    seen = []

    def wait():
        try:
            handler.socket.wait_subscribers("")
        except zmq.ContextTerminated as error:
            seen.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not handler.socket._in_use:
        pass
    handler.close()
    if not own:
        assert not handler.socket.closed
        context.destroy()
    thread.join()
    assert len(seen) == 1 and handler.socket.closed
