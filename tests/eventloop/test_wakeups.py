# SPDX-License-Identifier: BSD-3-Clause
"""Whatever is done to the socket beside the stream, its messages are not left lying."""

import asyncio
import random
import time

import pytest

import zmq

#: What may use up the edge of the descriptor that would have told of a message.
USES = {
    "events": lambda s, raw: raw.events,
    "poll": lambda s, raw: raw.poll(0),
    "poller": lambda s, raw: s.poller.poll(0),
    "send": lambda s, raw: raw.send(b"x"),
    "shadow": lambda s, raw: zmq.Socket.shadow(raw).poll(0),
    "bind": lambda s, raw: raw.bind("inproc://another"),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("transport", ["inproc", "tcp"])
async def test_a_message_comes_while_the_socket_is_used(receiver, until, transport, use):
    a, s, got = receiver(zmq.PAIR, zmq.PAIR, transport)
    raw = s.socket
    await asyncio.sleep(0.01)  # the stream has nothing to do
    a.send(b"1")
    assert raw.poll(5000)
    USES[use](s, raw)
    await until(lambda: got == [[b"1"]])


async def test_sending_on_the_socket_of_a_stream(receiver, until):
    a, s, got = receiver(zmq.PAIR, zmq.PAIR, "tcp")
    for n in range(200):
        a.send(b"%d" % n)
        s.socket.send(b"echo %d" % n)
    await until(lambda: len(got) == 200)
    assert got == [[b"%d" % n] for n in range(200)]


async def test_a_look_costs_the_idle_loop_little(receiver, turns):
    """The timer that makes up for all this slows down to one look in a second."""
    a, s, got = receiver()
    looks = []
    look, s.look = s.look, lambda: (looks.append(time.monotonic()), look())
    await asyncio.sleep(2.0)
    assert len(looks) < 12


def test_callbacks_that_run_the_loop_themselves(io_loop, pair, stream):
    """As tools for notebooks do.  Further messages come, though libzmq's descriptor is silent."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    s, got = stream(b, io_loop=io_loop), []

    def handle(message):
        got.append(message)
        depth, end = len(got), time.monotonic() + 20
        if depth < 4:
            a.send(b"%d" % depth)
        while len(got) < 4 and time.monotonic() < end:
            io_loop.asyncio_loop._run_once()

    async def main():
        s.on_recv(handle)
        a.send(b"0")
        while len(got) < 4:
            await asyncio.sleep(0.001)

    io_loop.run_sync(main, timeout=60)
    assert got == [[b"%d" % n] for n in range(4)]
    s.close()


async def test_nobody_waits(socket, stream, turns):
    """Without a callback and with nothing to send there is no timer at all."""
    s = stream(socket(zmq.PULL))
    await turns(10)
    assert s._watch._timer is None


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.long)])
async def test_random_use_without_a_stall(streams, until, seconds):
    """DEALER and ROUTER, while their sockets are used and looked at in between."""
    client, server = streams(zmq.DEALER, zmq.ROUTER, "tcp")
    chance = random.Random(7)
    raw_client, raw_server = client.socket, server.socket
    shadow = zmq.Socket.shadow(raw_server)
    disturbances = [
        lambda: raw_client.events,
        lambda: raw_server.events,
        lambda: raw_client.poll(0),
        lambda: shadow.poll(0),
        lambda: client.flush(),
        lambda: server.flush(limit=1),
        lambda: raw_client.send(b"straight"),
        lambda: client.getsockopt(zmq.EVENTS),
    ]
    server.on_recv(server.send_multipart)
    last, longest, answered = time.monotonic(), 0.0, 0

    def note(message):
        nonlocal last, longest, answered
        if message == [b"straight"]:
            return
        answered += 1
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        client.send(b"next")

    client.on_recv(note)
    client.send(b"first")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        chance.choice(disturbances)()
        await asyncio.sleep(chance.choice([0, 0, 0.0005]))
    await until(lambda: answered > 10)
    assert time.monotonic() - last < 10 and longest < 10
