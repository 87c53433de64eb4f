# SPDX-License-Identifier: BSD-3-Clause
"""Received messages, and the callbacks that get them."""

import asyncio

import pytest

import zmq


async def test_message_is_a_list_of_parts(receiver, until, transport):
    a, _, got = receiver(transport=transport)
    a.send(b"one")
    a.send_multipart([b"two", b"", b"parts"])
    await until(lambda: len(got) == 2)
    assert got == [[b"one"], [b"two", b"", b"parts"]]


async def test_order(receiver, until, transport):
    a, _, got = receiver(transport=transport, sndhwm=0, rcvhwm=0)
    a.send_many([b"%d" % n for n in range(5000)])
    await until(lambda: len(got) == 5000)
    assert got == [[b"%d" % n] for n in range(5000)]


async def test_nothing_is_received_without_a_callback(pair, stream, until, turns):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, got = stream(b), []
    a.send(b"1")
    await turns()
    assert not s.receiving() and b.poll(0)
    s.on_recv(got.append)
    assert s.receiving()
    await until(lambda: got)
    s.stop_on_recv()
    assert not s.receiving()
    a.send(b"2")
    await turns(20)
    assert got == [[b"1"]] and b.recv() == b"2"


async def test_messages_that_came_before_the_stream(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"early")
    assert b.poll(5000)  # which uses up the edge of the descriptor
    got = []
    stream(b).on_recv(got.append)
    await until(lambda: got == [[b"early"]])


async def test_callback_is_replaced(receiver, until):
    a, s, first = receiver()
    a.send(b"1")
    await until(lambda: first)
    second = []
    s.on_recv(second.append)
    a.send(b"2")
    await until(lambda: second)
    assert (first, second) == ([[b"1"]], [[b"2"]])


async def test_stopping_in_a_callback_leaves_the_rest_in_the_socket(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, got = stream(b), []

    def take_one(message):
        got.append(message)
        s.stop_on_recv()

    a.send_many([b"1", b"2", b"3"])
    s.on_recv(take_one)
    await until(lambda: got)
    assert got == [[b"1"]]
    assert [b.recv(), b.recv()] == [b"2", b"3"]


async def test_receiving_from_the_socket_in_a_callback(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, got = stream(b), []
    s.on_recv(lambda header: got.append((header, b.recv_multipart())))
    a.send_many([b"header", b"body", b"header 2", b"body 2"])
    await until(lambda: len(got) == 2)
    assert got == [([b"header"], [b"body"]), ([b"header 2"], [b"body 2"])]


async def test_on_recv_stream(streams, until):
    a, b = streams(zmq.PAIR, zmq.PAIR)
    got = []
    for s in (a, b):
        s.on_recv_stream(lambda s, message: got.append((s, message)))
    a.send(b"to b")
    b.send(b"to a")
    await until(lambda: len(got) == 2)
    assert sorted(message for _, message in got) == [[b"to a"], [b"to b"]]
    assert {tuple(message): s for s, message in got} == {(b"to b",): b, (b"to a",): a}
    b.on_recv_stream(None)
    assert not b.receiving()


async def test_without_copies(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    got = []
    stream(b).on_recv(got.append, copy=False)
    a.send_multipart([b"x" * 100_000, b"y"])
    await until(lambda: got)
    frames = got.pop()
    assert [type(frame) for frame in frames] == [zmq.Frame, zmq.Frame]
    assert [frame.bytes for frame in frames] == [b"x" * 100_000, b"y"]
    assert all(not frame.tracker.done for frame in frames)
    trackers = [frame.tracker for frame in frames]
    del frames
    await until(lambda: all(tracker.done for tracker in trackers))


async def test_on_recv_stream_without_copies(pair, stream, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    got = []
    stream(b).on_recv_stream(lambda s, frames: got.append(frames[0].bytes), copy=False)
    a.send(b"x")
    await until(lambda: got == [b"x"])


async def test_copying_changes_with_the_callback(receiver, until):
    a, s, got = receiver()
    s.on_recv(got.append, copy=False)
    a.send(b"frame")
    await until(lambda: got)
    s.on_recv(got.append)
    a.send(b"bytes")
    await until(lambda: len(got) == 2)
    assert got[0][0].bytes == b"frame" and got[1] == [b"bytes"]
    got.clear()


async def test_echo(streams, pair, until, transport):
    """A REP that answers from its callback."""
    client, server = streams(zmq.REQ, zmq.REP, transport)
    server.on_recv(lambda message: server.send_multipart([part.upper() for part in message]))
    got = []
    client.on_recv(got.append)
    for n in range(50):
        client.send_multipart([b"ask", b"%d" % n])  # queued: a REQ sends one at a time
    await until(lambda: len(got) == 50)
    assert got == [[b"ASK", b"%d" % n] for n in range(50)]


async def test_overridden_methods_of_the_socket(context, bind, stream, until):
    class Loud(zmq.Socket):
        def recv_multipart(self, *args, **kwargs):
            return [part.upper() for part in super().recv_multipart(*args, **kwargs)]

    a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL, socket_class=Loud)
    a.connect(bind(b))
    got = []
    stream(b).on_recv(got.append)
    a.send(b"quiet")
    await until(lambda: got == [[b"QUIET"]])
    a.close()


async def test_a_subclass_whose_receive_fails(context, bind, stream, until, logged):
    """It is logged, and tried again by and by, not in each turn of the loop."""

    class Broken(zmq.Socket):
        left = 3

        def recv_multipart(self, *args, **kwargs):
            if self.left:
                self.left -= 1
                raise RuntimeError("broken")
            return super().recv_multipart(*args, **kwargs)

    a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL, socket_class=Broken)
    a.connect(bind(b))
    got = []
    stream(b).on_recv(got.append)
    a.send(b"1")
    await until(lambda: got)
    assert got == [[b"1"]]
    assert [record.exc_info[0] for record in logged()] == [RuntimeError] * 3
    a.close()


async def test_a_threadsafe_socket(context, bind, stream, until):
    a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL, threadsafe=True)
    a.connect(bind(b))
    got = []
    stream(b).on_recv(got.append)
    a.send_multipart([b"1", b"2"])
    await until(lambda: got == [[b"1", b"2"]])
    a.close()


@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.REQ])
async def test_a_socket_that_cannot_receive(socket, stream, turns, kind):
    """It is no error: REQ may later, and with PUSH nothing comes."""
    s = stream(socket(kind))
    s.on_recv(lambda message: None)
    await turns(10)
    assert s.flush() == 0


async def test_subscriptions(pair, stream, until):
    pub, sub = pair(zmq.PUB, zmq.SUB)
    s, got = stream(sub), []
    s.subscribe("a")
    s.on_recv(got.append)

    async def publish():
        while not got:
            pub.send(b"b not this")
            pub.send(b"a this")
            await asyncio.sleep(0.001)

    await asyncio.wait_for(publish(), 20)
    assert got[0] == [b"a this"]


async def test_callbacks_run_in_the_context_of_who_made_the_stream(receiver, until):
    import contextvars

    variable = contextvars.ContextVar("variable", default="nothing")
    variable.set("maker")
    a, s, got = receiver()
    s.on_recv(lambda message: got.append(variable.get()))

    async def other():
        variable.set("somebody else")
        s.flush(zmq.POLLOUT)
        s.send  # noqa: B018
        a.send(b"1")
        await until(lambda: got)

    await asyncio.ensure_future(other())
    assert got == ["maker"]
