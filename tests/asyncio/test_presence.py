# SPDX-License-Identifier: BSD-3-Clause
"""Asynchronous sockets that know their connections and subscribers."""

import asyncio

import pytest

import zmq
import zmq.asyncio


@pytest.fixture
def observed(context):
    """`observed(left, right)`: two sockets that know their connections; the left one is bound."""
    made = []

    def observed(left, right):
        made.extend(context.socket(kind, observe=True) for kind in (left, right))
        a, b = made[-2:]
        a.bind("tcp://127.0.0.1:0")
        return a, b, a.last_endpoint.decode()

    yield observed
    for s in made:
        s.close(linger=0)


async def test_connections_are_waited_for(observed):
    a, b, endpoint = observed(zmq.ROUTER, zmq.DEALER)
    waiting = asyncio.ensure_future(a.wait_connected(timeout=10_000))
    await asyncio.sleep(0)
    assert not waiting.done()
    b.connect(endpoint)
    assert await waiting == 1
    assert await b.wait_connected(timeout=10_000) == 1
    assert b.peers == {endpoint: 1}


async def test_the_loop_goes_on_meanwhile(observed):
    a, b, endpoint = observed(zmq.PULL, zmq.PUSH)
    b.connect(endpoint)
    received = a.recv()  # waits on the same socket
    await asyncio.gather(a.wait_connected(timeout=10_000), b.wait_connected(timeout=10_000))
    await b.send(b"1")
    assert await asyncio.wait_for(received, 10) == b"1"
    assert a.stats()["messages_in"] == 1


async def test_too_few_connections_are_told_with_the_time(observed):
    a, _, _ = observed(zmq.PULL, zmq.PUSH)
    with pytest.raises(zmq.TimeoutExpired, match="3 connections .* 20 ms: there are 0"):
        await a.wait_connected(3, timeout=20)


async def test_a_socket_closed_meanwhile(observed):
    a, _, _ = observed(zmq.PULL, zmq.PUSH)
    waiting = asyncio.ensure_future(a.wait_connected(timeout=30_000))
    await asyncio.sleep(0)
    a.close()
    with pytest.raises(zmq.ZMQError):
        await asyncio.wait_for(waiting, 10)


async def test_one_that_is_not_observed_says_so(socket):
    with pytest.raises(zmq.ZMQError, match="observe"):
        await socket(zmq.PULL).wait_connected(timeout=10)


async def test_subscribers_are_waited_for(observed):
    a, b, endpoint = observed(zmq.XPUB, zmq.SUB)
    b.connect(endpoint)
    waiting = asyncio.ensure_future(a.wait_subscribers("news", timeout=10_000))
    await asyncio.sleep(0)
    b.subscribe("news")
    assert await waiting == 1
    assert a.subscribers == {b"news": 1}
    assert await a.recv() == b"\x01news"  # the notification is there all the same
    await a.send(b"news of today")
    assert await asyncio.wait_for(b.recv(), 10) == b"news of today"


async def test_too_few_subscribers_are_told_with_the_time(observed):
    a, _, _ = observed(zmq.XPUB, zmq.SUB)
    with pytest.raises(zmq.TimeoutExpired, match="2 subscribers to b'x' .* 20 ms: there are 0"):
        await a.wait_subscribers(b"x", 2, timeout=20)


async def test_a_notification_that_is_held_is_there_for_all(observed):
    a, b, endpoint = observed(zmq.XPUB, zmq.SUB)
    b.connect(endpoint)
    poller = zmq.asyncio.Poller()
    poller.register(a, zmq.POLLIN)
    b.subscribe("1")
    assert await a.wait_subscribers("1", timeout=10_000) == 1
    assert await asyncio.wait_for(a.poll(), 10) == zmq.POLLIN
    assert await asyncio.wait_for(poller.poll(), 10) == [(a, zmq.POLLIN)]
    assert a.events & zmq.POLLIN
    assert a.stats()["messages_in"] == 0  # it has not been received
    assert await a.recv() == b"\x011"
    assert (a.stats()["messages_in"], a.stats()["bytes_in"]) == (1, 2)


async def test_notifications_that_are_received_count(observed):
    a, b, endpoint = observed(zmq.XPUB, zmq.SUB)
    b.connect(endpoint)
    for topic in (b"1", b"2"):
        b.subscribe(topic)
        assert await asyncio.wait_for(a.recv(), 10) == b"\1" + topic
    b.unsubscribe(b"1")
    assert await asyncio.wait_for(a.recv(), 10) == b"\0" + b"1"
    assert a.subscribers == {b"2": 1}


async def test_pub_counts_and_receives_nothing(context, socket):
    b = socket(zmq.SUB)
    with context.socket(zmq.PUB, count_subscribers=True) as a:
        a.bind("tcp://127.0.0.1:0")
        b.connect(a.last_endpoint)
        b.subscribe("news")
        assert await a.wait_subscribers("news", timeout=10_000) == 1
        b.subscribe("more")
        while a.subscribers != {b"news": 1, b"more": 1}:
            await asyncio.sleep(0.001)
        b.unsubscribe("news")
        assert await a.poll(50) == 0  # what subscribers say is not for the user
        with pytest.raises(zmq.ZMQError) as caught:
            await a.recv()
        assert caught.value.errno == zmq.ENOTSUP
        await a.send_many([b"more of it", b"more"])
        assert await asyncio.wait_for(b.recv(), 10) == b"more of it"
        assert a.stats()["messages_out"] == 2


async def test_sending_takes_what_subscribers_say(observed):
    """So that nothing piles up on a socket that only sends."""
    a, b, endpoint = observed(zmq.XPUB, zmq.SUB)
    b.connect(endpoint)
    b.subscribe("news")

    async def send_until_it_is_known():
        while not a.counting.list_topics():
            await a.send(b"x")
            await a.send_many([b"x"])
            await asyncio.sleep(0)

    await asyncio.wait_for(send_until_it_is_known(), 10)
    assert a.counting.list_topics() == {b"news": 1}
