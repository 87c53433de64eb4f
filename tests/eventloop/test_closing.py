# SPDX-License-Identifier: BSD-3-Clause
"""Streams are closed: what is sent before, who is told, what may still be asked."""

import pytest

import zmq
from zmq.eventloop.zmqstream import ZMQStream


async def test_close(socket, stream):
    raw = socket(zmq.PUSH)
    s, seen = stream(raw), []
    s.set_close_callback(lambda: seen.append(s.closed()))
    assert not s.closed() and s.socket is raw
    s.close()
    assert s.closed() and raw.closed and s.socket is None and seen == [True]
    s.close()
    assert seen == [True]
    assert not s.sending() and not s.receiving()


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.send(b""),
        lambda s: s.send_multipart([b""]),
        lambda s: s.send_json({}),
        lambda s: s.on_recv(print),
        lambda s: s.on_recv_stream(print),
        lambda s: s.on_send(print),
        lambda s: s.stop_on_recv(),
        lambda s: s.flush(),
        lambda s: s.bind("inproc://x"),
        lambda s: s.linger,
    ],
)
async def test_a_closed_stream_says_so(socket, stream, use):
    s = stream(socket(zmq.PUSH))
    s.close()
    with pytest.raises(OSError, match="Stream is closed"):
        use(s)


def test_questions_to_a_closed_stream(io_loop, socket):
    s = ZMQStream(socket(zmq.PUSH), io_loop)
    s.close()
    assert not hasattr(s, "nonsense")
    assert repr(s) and s.closed() and not s.sending() and not s.receiving()


async def test_linger_is_given_to_the_socket(context, endpoint, stream):
    """With it unset, the end of the context would wait for a peer that never comes."""
    s = stream(context.socket(zmq.PUSH))
    s.linger = -1
    s.connect(endpoint("ipc"))
    s.send(b"for nobody")
    assert s.flush() == 1
    s.close(linger=0)
    context.term(timeout=20_000)


async def test_a_bad_linger_closes_nothing(socket, stream):
    s = stream(socket(zmq.PUSH))
    with pytest.raises(TypeError, match="linger is a whole number"):
        s.close("5")
    assert not s.closed()


async def test_what_is_queued_is_sent_before_the_end(pair, stream):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, sent = stream(a), []
    s.on_send(lambda message, status: sent.append(message))
    s.send(b"1")
    s.send(b"2")
    s.close()
    assert [b.recv(), b.recv()] == [b"1", b"2"]
    assert sent == [[b"1"], [b"2"]]


async def test_what_cannot_be_sent_is_dropped_and_logged(socket, stream, logged):
    s = stream(socket(zmq.PUSH))
    s.send(b"1")
    s.send(b"2")
    s.close()
    (record,) = logged()
    assert "2 unsent messages" in record.getMessage() and "PUSH" in record.getMessage()


async def test_without_linger_nothing_is_sent(pair, stream):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(a)
    s.send(b"1")
    s.close(linger=0)
    assert b.poll(0) == 0


async def test_closing_in_a_receive_callback(receiver, until, turns):
    a, s, got = receiver()

    def handle(message):
        got.append(message)
        s.close()

    s.on_recv(handle)
    a.send_many([b"1", b"2", b"3"])
    await until(lambda: s.closed())
    await turns()
    assert got == [[b"1"]]


async def test_closing_in_a_send_callback(pair, stream, until, logged):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(a)
    s.on_send(lambda message, status: s.close())
    s.send(b"1")
    s.send(b"2")
    await until(lambda: s.closed())
    assert [b.recv(), b.recv()] == [b"1", b"2"]


async def test_a_send_callback_that_always_sends(pair, stream, logged):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s = stream(a)
    s.on_send(lambda message, status: s.send(b"again"))
    s.send(b"1")
    s.close()
    assert b.recv() == b"1" and b.poll(0) == 0
    assert len(logged()) == 1


async def test_closing_in_the_close_callback(socket, stream):
    s, seen = stream(socket(zmq.PUSH)), []
    s.set_close_callback(lambda: (seen.append(1), s.close()))
    s.close()
    assert seen == [1]
