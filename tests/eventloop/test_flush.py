# SPDX-License-Identifier: BSD-3-Clause
"""flush: what is done at once, and how much of it."""

import pytest

import zmq

IN, OUT = zmq.POLLIN, zmq.POLLOUT


def queue(s):
    s.send(b"x")
    s.send(b"y")


@pytest.mark.parametrize(
    ("flag", "limit", "handled", "received", "sent"),
    [
        (IN | OUT, None, 5, 3, 2),
        (IN, None, 3, 3, 0),
        (OUT, None, 2, 0, 2),
        (IN, 2, 2, 2, 0),
        (OUT, 1, 1, 0, 1),
        (IN | OUT, 3, 3, 2, 1),
        (IN | OUT, 0, 0, 0, 0),
        (IN | OUT, 100, 5, 3, 2),
        (0, None, 0, 0, 0),
    ],
)
async def test_handles(pair, stream, until, flag, limit, handled, received, sent):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    s, got = stream(b), []
    s.on_recv(got.append)
    a.send_many([b"1", b"2", b"3"])
    queue(s)
    assert s.flush(flag, limit) == handled
    assert len(got) == received
    assert sum(1 for _ in iter(a.try_recv, None)) == sent
    await until(lambda: len(got) == 3 and not s.sending())


async def test_by_default_everything(pair, stream):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    s, got, sent = stream(b), [], []
    s.on_recv(got.append)
    s.on_send(lambda message, status: sent.append(message))
    a.send(b"1")
    queue(s)
    assert s.flush() == 3
    assert (got, sent) == ([[b"1"]], [[b"x"], [b"y"]])
    assert s.flush() == 0


async def test_without_a_callback_messages_are_dropped(pair, stream, turns):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(b)
    a.send_many([b"1", b"2"])
    assert s.flush(IN) == 2
    assert b.poll(0) == 0


async def test_replies_of_callbacks_are_sent_too(pair, stream):
    a, b = pair(zmq.REQ, zmq.REP)
    s = stream(b)
    s.on_recv(s.send_multipart)
    a.send(b"ask")
    assert s.flush() == 2
    assert a.recv() == b"ask"


@pytest.mark.parametrize("begin", ["flush", "loop"])
async def test_flush_in_a_receive_callback(receiver, until, begin):
    """Each flush from inside of a flush leaves the work to the outer one: no recursion."""
    a, s, got = receiver(sndhwm=0, rcvhwm=0)

    def handle(message):
        got.append(message)
        s.flush()

    s.on_recv(handle)
    a.send_many([b"%d" % n for n in range(5000)])
    if begin == "flush":
        assert s.flush() == 5000
    await until(lambda: len(got) == 5000)
    assert got == [[b"%d" % n] for n in range(5000)]


async def test_flush_in_a_send_callback(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
    s, sent = stream(a), []

    def handle(message, status):
        sent.append(message)
        if len(sent) < 3000:
            s.send(b"more")
            s.flush()

    s.on_send(handle)
    s.send(b"first")
    assert s.flush() == 1  # what callbacks of sends queue is left to the loop
    await until(lambda: len(sent) == 3000)


async def test_a_send_callback_that_always_sends(pair, stream):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
    s = stream(a)
    s.on_send(lambda message, status: s.send(b"again"))
    s.send(b"first")
    s.send(b"second")
    assert s.flush() == 2
    s.stop_on_send()


async def test_a_receive_callback_flushes_sends(pair, stream):
    """What a kernel does: the reply is out before the callback returns."""
    a, b = pair(zmq.PAIR, zmq.PAIR)
    s, seen = stream(b), []

    def handle(message):
        s.send(b"reply")
        assert s.flush(OUT) == 1
        seen.append(a.recv())

    s.on_recv(handle)
    a.send(b"ask")
    assert s.flush(IN) == 1
    assert seen == [b"reply"]


async def test_flush_of_another_stream_in_a_callback(pair, stream):
    """What flush is for: the messages of another stream come first."""
    control, c = pair(zmq.PUSH, zmq.PULL)
    work, w = pair(zmq.PUSH, zmq.PULL)
    first, second, order = stream(c), stream(w), []
    first.on_recv(order.append)

    def handle(message):
        first.flush()
        order.append(message)

    second.on_recv(handle)
    work.send_many([b"w1", b"w2"])
    control.send_many([b"c1", b"c2"])
    assert second.flush() == 2
    assert order == [[b"c1"], [b"c2"], [b"w1"], [b"w2"]]


async def test_the_callback_closes_the_stream(receiver):
    a, s, got = receiver()

    def handle(message):
        got.append(message)
        s.close()

    s.on_recv(handle)
    a.send_many([b"1", b"2"])
    assert s.flush() == 1
    assert got == [[b"1"]] and s.closed()


async def test_the_callback_stops_receiving(receiver):
    a, s, got = receiver()
    s.on_recv(lambda message: (got.append(message), s.stop_on_recv()))
    a.send_many([b"1", b"2"])
    assert s.flush(limit=1) == 1
    assert got == [[b"1"]] and s.socket.recv() == b"2"


async def test_an_exception_in_a_callback(receiver, logged):
    a, s, got = receiver()
    s.on_recv(lambda message: 1 / 0)
    a.send_many([b"1", b"2"])
    assert s.flush() == 2
    assert len(logged()) == 2


async def test_the_loop_goes_on_after_a_limit(receiver, until):
    a, s, got = receiver()
    a.send_many([b"1", b"2", b"3"])
    assert s.flush(limit=1) == 1
    await until(lambda: len(got) == 3)


def test_flush_while_the_loop_does_not_run(io_loop, pair, stream):
    a, b = pair(zmq.PAIR, zmq.PAIR)
    s, got = stream(b, io_loop=io_loop), []
    s.on_recv(got.append)
    a.send(b"1")
    s.send(b"2")
    assert s.flush() == 2
    assert got == [[b"1"]] and a.recv() == b"2"
    s.close()
