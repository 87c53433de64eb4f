# SPDX-License-Identifier: BSD-3-Clause
"""Greenlets that are killed or out of time while they wait: no message is lost, nothing remains."""

import random

import gevent
import pytest

import zmq.green as zmq


def numbers(b, receiving, count):
    """So many numbers, in order of arrival."""
    got = []
    while len(got) < count:
        got += receiving.call(b, timeout=10_000)
    return got


def test_kill_before_the_message(pair, transport, receiving, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    for _ in range(3):
        spawn(receiving.call, b).kill()
    a.send(receiving.write(1))
    assert receiving.call(b) == [1]


def test_kill_when_the_message_is_there(pair, receiving, spawn):
    """Before the hub has looked, and after."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    for n in range(20):
        waiting = spawn(receiving.call, b)
        a.send(receiving.write(n))
        if n % 2:
            b.poll(0)  # has the hub look
        waiting.greenlet.kill(block=False)
        waiting.greenlet.join()
        if waiting.outcome is None:
            assert receiving.call(b, timeout=10_000) == [n]
        else:
            assert waiting.get() == [n]


def test_killed_by_who_runs_first(pair, receiving, spawn, hub):
    """The kill comes in the very turn of the loop in which the message wakes the greenlet."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    lost = []
    for n in range(20):
        waiting = spawn(receiving.call, b)

        def kill(greenlet=waiting.greenlet):
            gevent.kill(greenlet)

        if n % 2:
            hub.loop.run_callback(kill)
            a.send(receiving.write(n))
        else:
            a.send(receiving.write(n))
            hub.loop.run_callback(b.poll, 0)
            hub.loop.run_callback(kill)
        waiting.greenlet.join()
        lost.append(waiting.outcome is None)
        seen = waiting.get() if waiting.outcome else receiving.call(b, timeout=10_000)
        assert seen == [n]
    assert any(lost)


def test_gevent_timeout(pair, receiving):
    a, b = pair(zmq.PUSH, zmq.PULL)
    for n in range(5):
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
            receiving.call(b)
        a.send(receiving.write(n))
        assert receiving.call(b) == [n]


def test_gevent_timeout_that_races_with_messages(pair, receiving, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL, "tcp")
    dice = random.Random(1)

    def send():
        for n in range(100):
            a.send(receiving.write(n))
            gevent.sleep(dice.choice([0, 0.0005, 0.001]))

    sending = spawn(send)
    got, missed = [], 0
    while len(got) < 100:
        try:
            with gevent.Timeout(dice.choice([0.0003, 0.001])):
                got += receiving.call(b)
        except gevent.Timeout:
            missed += 1
    sending.get()
    assert got == list(range(100))
    assert missed


@pytest.mark.parametrize("timeout", [1, None])
def test_timeouts_that_race_with_messages(pair, receiving, spawn, timeout):
    """A time-out of our own: the message that comes in that moment is received or stays."""
    a, b = pair(zmq.PUSH, zmq.PULL, rcvtimeo=1)
    dice = random.Random(2)
    options = {} if timeout is None else {"timeout": timeout}

    def send():
        for n in range(100):
            a.send(receiving.write(n))
            gevent.sleep(dice.choice([0, 0.001, 0.0015]))

    sending = spawn(send)
    got = []
    while len(got) < 100:
        try:
            got += receiving.call(b, **options)
        except zmq.Again:
            pass
    sending.get()
    assert got == list(range(100))


def test_killed_sender(no_room, sending, spawn):
    """What it would have sent is not sent later."""
    s, make_room = no_room()
    for _ in range(3):
        spawn(sending, s, 1).kill()
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
        sending(s, 2)
    last = spawn(sending, s, 3)
    peer = make_room()
    last.get()
    assert int(peer.recv()) == 3
    assert peer.poll(50) == 0


def test_another_goes_on_for_one_that_is_killed(pair, spawn, receiving, rest):
    """The one that was chosen to receive is killed before it runs: the next one is chosen."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    for n in range(10):
        first, second = spawn(receiving.call, b), spawn(receiving.call, b)
        a.send(receiving.write(n))
        first.greenlet.kill(block=False)
        gevent.sleep(0)
        assert second.get() == [n] if first.outcome is None else first.get() == [n]
        second.kill()
        rest()


def test_gevent_timeout_around_a_poll(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    poller = zmq.Poller()
    poller.register(b, zmq.POLLIN)
    for poll in (b.poll, poller.poll, lambda: zmq.select([b], [], [])):
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
            poll()
        a.send(b"1")
        assert poll()
        assert b.recv() == b"1"


def test_kill_of_what_polls(pair, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL)
    poller = zmq.Poller()
    poller.register(b, zmq.POLLIN)
    others = [spawn(poller.poll), spawn(b.poll)]
    spawn(poller.poll).kill()
    spawn(b.poll).kill()
    a.send(b"1")
    assert others[0].get() == [(b, zmq.POLLIN)]
    assert others[1].get() == zmq.POLLIN


def test_ten_thousand_kills(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    for n in range(1000):
        greenlets = [gevent.spawn(b.recv) for _ in range(10)]
        gevent.sleep(0)
        gevent.killall(greenlets, block=bool(n % 2))
    gevent.sleep(0)
    assert not b._green_room.guests
    a.send(b"1")
    assert b.recv() == b"1"
