# SPDX-License-Identifier: BSD-3-Clause
"""Sockets are closed, and contexts end, behind the back of streams."""

import asyncio
import os
import socket as system_sockets
import threading

import pytest

import zmq
from zmq.eventloop import zmqstream
from zmq.eventloop.zmqstream import ZMQStream


async def test_closing_the_socket_in_a_callback(receiver, until, behind):
    a, s, got = receiver()
    raw = s.socket

    def handle(message):
        got.append(message)
        raw.close()

    s.on_recv(handle)
    a.send_many([b"1", b"2"])
    with behind():
        await until(lambda: got and s.closed())
    assert got == [[b"1"]]


async def test_a_socket_closed_behind_the_streams_back_is_noticed(receiver, until, behind):
    a, s, got = receiver()
    seen = []
    s.set_close_callback(lambda: seen.append(1))
    with behind():
        s.socket.close()
        await until(lambda: seen)  # by itself, though nothing happens
    assert s.closed() and s.socket is None
    s.close()


@pytest.mark.parametrize("notice", [ZMQStream.closed, ZMQStream.close])
async def test_it_is_noticed_when_the_stream_is_used(socket, stream, notice, behind):
    s = stream(socket(zmq.PUSH))
    s.socket.close()
    with behind():
        assert notice(s) in (True, None)
    assert s.closed()


async def test_it_is_noticed_by_send(socket, stream, behind):
    s = stream(socket(zmq.PUSH))
    s.socket.close()
    with behind(), pytest.raises(OSError):
        s.send(b"")


async def test_a_socket_that_gets_its_address_has_no_part_in_it(
    socket, stream, logged, monkeypatch
):
    """Whoever makes a stream of a new socket is not warned about another's."""
    old = stream(socket(zmq.PUSH))
    old.socket.close()
    fresh = socket(zmq.PUSH)
    monkeypatch.setitem(zmqstream._streams, fresh.underlying, old)  # as by chance
    s = stream(fresh)
    assert not s.closed() and old.closed()
    assert "closed socket" in logged()[0].getMessage()


async def test_the_descriptor_is_free_for_others(receiver, context, bind, stream, until, behind):
    """A new socket gets the number of the one that was closed behind a stream's back."""

    async def reuse():
        a, s, got = receiver()
        s.socket.close()
        b, c = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        c.connect(bind(b))
        with behind():
            other, received = stream(c), []
            other.on_recv(received.append)
            b.send(b"1")
            await until(lambda: received and s.closed())
        other.close()
        b.close()
        a.close()

    for _ in range(20):
        await reuse()


async def test_the_number_of_its_descriptor_is_used_again(socket, stream, until, behind):
    """Something else is watched under it, and goes on to be when the stream is unregistered."""

    def is_closed():
        try:
            os.fstat(number)
        except OSError:
            return True

    def find_end():
        """An open socket that has got the number, and its peer."""
        for _ in range(100):
            ends = system_sockets.socketpair()
            opened.extend(ends)
            for end, peer in (ends, ends[::-1]):
                if end.fileno() == number:
                    return end, peer
        raise AssertionError(f"{number} is not given out again")

    s = stream(socket(zmq.PULL))
    s.on_recv(print)
    number, loop, opened, seen = s.fileno(), asyncio.get_running_loop(), [], []
    with behind():
        s.socket.close()
        await until(is_closed)
        end, peer = find_end()
        loop.add_reader(end, lambda: seen.append(end.recv(10)))
        peer.send(b"1")
        await until(lambda: seen and s.closed())
    peer.send(b"2")
    await until(lambda: seen == [b"1", b"2"])
    loop.remove_reader(end)
    for each in opened:
        each.close()


async def test_the_context_is_destroyed(drive, stream, until, behind):
    context = zmq.Context()
    s = stream(context.socket(zmq.PULL))
    s.on_recv(print)
    context.destroy(linger=0)
    with behind():
        await until(lambda: s.closed())


async def test_the_context_is_terminated(stream, until, logged):
    """Which waits for all sockets to be closed: the stream closes its own, and says so."""
    context = zmq.Context()
    s, seen = stream(context.socket(zmq.PULL)), []
    s.set_close_callback(lambda: seen.append(1))
    s.on_recv(print)
    thread = threading.Thread(target=context.term)
    thread.start()
    await until(lambda: s.closed())
    thread.join(20)
    assert not thread.is_alive() and seen == [1]
    assert "terminated" in logged()[0].getMessage()


async def test_the_context_is_terminated_while_messages_wait(stream, until, logged):
    context = zmq.Context()
    s = stream(context.socket(zmq.PUSH))
    s.send(b"waits")
    thread = threading.Thread(target=context.term)
    thread.start()
    await until(lambda: s.closed())
    thread.join(20)
    assert not thread.is_alive() and len(logged()) == 2
