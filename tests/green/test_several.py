# SPDX-License-Identifier: BSD-3-Clause
"""Several greenlets on one socket, and many sockets."""

import gevent
import pytest

import zmq.green as zmq


def test_each_message_wakes_one(pair, spawn, until, rest):
    a, b = pair(zmq.PUSH, zmq.PULL)
    waiting = [spawn(b.recv) for _ in range(10)]
    for n in range(10):
        a.send(b"%d" % n)
        until(lambda n=n: waiting[n].done)
        rest()
        assert [each.done for each in waiting] == [True] * (n + 1) + [False] * (9 - n)
        assert waiting[n].get() == b"%d" % n


def test_burst_goes_to_all(pair, spawn, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    waiting = [spawn(b.recv) for _ in range(100)]
    a.send_many([b"%d" % n for n in range(100)])
    assert sorted(int(each.get()) for each in waiting) == list(range(100))


def test_many_senders_wait(no_room, spawn):
    s, make_room = no_room()
    s.sndhwm = 1
    waiting = [spawn(s.send, b"%d" % n) for n in range(50)]
    peer = make_room()
    assert sorted(int(peer.recv(timeout=10_000)) for _ in range(50)) == list(range(50))
    for each in waiting:
        each.get()


def test_send_and_receive_at_once(pair, spawn, transport):
    """Two greenlets on each side, one for each direction."""
    a, b = pair(zmq.DEALER, zmq.DEALER, transport, sndhwm=3, rcvhwm=3)
    messages = [b"%d" % n for n in range(500)]

    def receive(s):
        return [s.recv() for _ in messages]

    def send(s):
        for message in messages:
            s.send(message)

    receiving = [spawn(receive, s) for s in (a, b)]
    sending = [spawn(send, s) for s in (a, b)]
    assert [each.get(30) for each in receiving] == [messages, messages]
    for each in sending:
        each.get()


@pytest.mark.parametrize("copy", [True, False])
def test_parts_are_never_interleaved(pair, spawn, transport, copy):
    """Several send messages of many parts over a queue that is full nearly always."""
    a, b = pair(zmq.PUSH, zmq.PULL, transport, sndhwm=2, rcvhwm=2)

    def send(name):
        for n in range(60):
            a.send_multipart([b"%s %d" % (name, n)] * 5, copy=copy)

    def send_part_by_part(name):
        for n in range(60):
            for k in range(5):
                a.send(b"%s %d" % (name, n), zmq.SNDMORE if k < 4 else 0, copy=copy)

    senders = [spawn(send, b"a"), spawn(send_part_by_part, b"b"), spawn(send, b"c")]
    got = []

    def receive(by_part):
        while len(got) < 180:
            message = [b.recv()] if by_part else b.recv_multipart()
            while by_part and b.rcvmore:
                message.append(b.recv())
            got.append(message)

    receivers = [spawn(receive, True), spawn(receive, False)]
    for each in senders:
        each.get(30)
    gevent.sleep(0.1)
    for each in receivers:
        each.kill()
    assert len(got) == 180
    for message in got:
        assert len(message) == 5
        assert len(set(message)) == 1


def test_parts_of_a_list_that_changes(no_room, spawn):
    s, make_room = no_room()
    parts = [b"1", b"2"]
    waiting = spawn(s.send_multipart, parts)
    parts.clear()
    peer = make_room()
    waiting.get()
    assert peer.recv_multipart() == [b"1", b"2"]


def test_a_thousand_sockets(context, spawn):
    """A greenlet for each, as servers have them."""
    context.max_sockets = 2100
    server = context.socket(zmq.ROUTER)
    server.linger = 0
    server.bind("inproc://server")

    def serve():
        while True:
            server.send_multipart(server.recv_multipart())

    def ask(n):
        with context.socket(zmq.REQ) as s:
            s.linger = 0
            s.connect("inproc://server")
            for k in range(3):
                s.send(b"%d %d" % (n, k))
                assert s.recv() == b"%d %d" % (n, k)
                gevent.sleep(0)

    serving = spawn(serve)
    asking = [gevent.spawn(ask, n) for n in range(1000)]
    gevent.joinall(asking, timeout=50, raise_error=True)
    assert all(each.successful() for each in asking)
    serving.kill()


def test_workers_and_a_broker(context, endpoint, spawn):
    front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    for s in (front, back):
        s.linger = 0
        s.bind(endpoint("ipc"))
    joining = spawn(zmq.proxy, front, back)

    def work():
        with context.socket(zmq.REP) as s:
            s.linger = 0
            s.connect(back.last_endpoint.decode())
            while True:
                s.send(s.recv() * 2)

    def ask(n):
        with context.socket(zmq.REQ) as s:
            s.linger = 0
            s.connect(front.last_endpoint.decode())
            s.send(b"%d" % n)
            return s.recv(timeout=20_000)

    workers = [spawn(work) for _ in range(3)]
    asking = [spawn(ask, n) for n in range(20)]
    assert [each.get(30) for each in asking] == [b"%d" % n * 2 for n in range(20)]
    for each in (*workers, joining):
        each.kill()
