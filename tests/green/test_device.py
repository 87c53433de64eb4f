# SPDX-License-Identifier: BSD-3-Clause
"""Devices and proxies in greenlets."""

import struct

import gevent
import pytest

import zmq.green as zmq
from zmq.error import SocketClosed


@pytest.fixture
def around(socket, bind, endpoint):
    """`around(front, back, client, worker)`: two sides, bound, and a socket connected to each."""

    def around(front, back, client, worker, transport="inproc"):
        sides = socket(front), socket(back)
        ends = socket(client), socket(worker)
        for side, end in zip(sides, ends):
            end.connect(bind(side, transport))
        return (*sides, *ends)

    return around


@pytest.mark.parametrize("run", [zmq.proxy, lambda f, b: zmq.device(zmq.QUEUE, f, b)])
def test_requests(around, spawn, transport, run):
    front, back, client, worker = around(zmq.ROUTER, zmq.DEALER, zmq.REQ, zmq.REP, transport)
    spawn(run, front, back)
    for n in range(5):
        client.send_multipart([b"%d" % n, b"", b"x"])
        assert worker.recv_multipart() == [b"%d" % n, b"", b"x"]
        worker.send(b"reply")
        assert client.recv() == b"reply"


@pytest.mark.parametrize(
    ("front", "back", "sender", "receiver"),
    [(zmq.PULL, zmq.PUSH, zmq.PUSH, zmq.PULL), (zmq.PUSH, zmq.PULL, zmq.PULL, zmq.PUSH)],
)
def test_one_way(around, spawn, front, back, sender, receiver):
    front, back, *ends = around(front, back, sender, receiver)
    a, b = ends if sender == zmq.PUSH else ends[::-1]
    spawn(zmq.proxy, front, back)
    sending = spawn(a.send_many, [b"%d" % n for n in range(5000)])
    assert [int(b.recv(timeout=20_000)) for _ in range(5000)] == list(range(5000))
    sending.get()


def test_subscriptions_pass(around, spawn, until):
    front, back, sub, pub = around(zmq.XPUB, zmq.XSUB, zmq.SUB, zmq.PUB)
    spawn(zmq.proxy, front, back)
    sub.subscribe(b"a")
    sub.rcvtimeo = 5

    def arrived():
        pub.send(b"b")
        pub.send(b"a1")
        try:
            return sub.recv()
        except zmq.Again:
            return None

    until(arrived)
    assert sub.recv() == b"a1" if sub.poll(0) else True


def test_a_socket_gets_its_own_messages_back(socket, bind, spawn):
    for kind, peer in ((zmq.REP, zmq.REQ), (zmq.DEALER, zmq.DEALER)):
        s, client = socket(kind), socket(peer)
        client.connect(bind(s))
        joining = spawn(zmq.proxy, s, s)
        for n in range(3):
            client.send(b"%d" % n)
            assert client.recv() == b"%d" % n
        joining.kill()


def test_capture(around, socket, bind, spawn):
    front, back, client, worker = around(zmq.ROUTER, zmq.DEALER, zmq.REQ, zmq.REP)
    capture, seen = socket(zmq.PUSH), socket(zmq.PULL)
    seen.connect(bind(capture))
    spawn(zmq.proxy, front, back, capture)
    client.send(b"q")
    assert worker.recv() == b"q"
    worker.send(b"r")
    assert client.recv() == b"r"
    assert seen.recv_multipart()[-1] == b"q"
    assert seen.recv_multipart()[-1] == b"r"


@pytest.mark.parametrize("full", ["outlet", "capture"])
def test_nothing_is_taken_without_room(around, socket, bind, spawn, until, full):
    """A proxy that is killed while it waits has no message in hand."""
    front, back, client, worker = around(zmq.PULL, zmq.PUSH, zmq.PUSH, zmq.PULL)
    capture = socket(zmq.PUSH)
    address = bind(capture)
    if full == "outlet":
        worker.close()
        until(lambda: not back.poll(0, zmq.POLLOUT))
        args = (front, back)
    else:
        args = (front, back, capture)
    joining = spawn(zmq.proxy, *args)
    client.send_many([b"1", b"2", b"3"])
    gevent.sleep(0.05)
    joining.kill()
    assert [front.recv() for _ in range(3)] == [b"1", b"2", b"3"]
    assert address


def test_other_greenlets_run_meanwhile(around, spawn):
    """Also beside a proxy that always has something to pass on."""
    front, back, client, worker = around(zmq.PULL, zmq.PUSH, zmq.PUSH, zmq.PULL)
    client.set_hwm(0)
    for n in range(20_000):
        client.send(b"%d" % n)
    joining = spawn(zmq.proxy, front, back)
    ticks = 0
    got = 0
    while got < 1000:
        got += len(worker.recv_many(100))
        gevent.sleep(0)
        ticks += 1
    assert ticks > 5
    joining.kill()


def test_a_peer_that_left(socket, bind, spawn):
    """A mandatory ROUTER refuses the message; the proxy goes on."""
    front, back = socket(zmq.PULL), socket(zmq.ROUTER, router_mandatory=1)
    client, worker = socket(zmq.PUSH), socket(zmq.DEALER, routing_id=b"here")
    client.connect(bind(front))
    worker.connect(bind(back))
    worker.send(b"hello")
    back.recv_multipart()
    spawn(zmq.proxy, front, back)
    client.send_multipart([b"gone", b"1"])
    client.send_multipart([b"here", b"2"])
    assert worker.recv() == b"2"


def test_end_of_the_context(spawn):
    context = zmq.Context()
    front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)

    def run():
        with front, back:
            zmq.proxy(front, back)

    joining = spawn(run)
    context.term()
    with pytest.raises(zmq.ContextTerminated):
        joining.get()


def test_closed_socket(socket, spawn):
    front, back = socket(zmq.ROUTER), socket(zmq.DEALER)
    joining = spawn(zmq.proxy, front, back)
    back.close()
    with pytest.raises(SocketClosed):
        joining.get()


def test_plain_sockets(context, bind, socket, spawn):
    from zmq import Context

    plain = Context(context)
    with plain.socket(zmq.PULL) as front, plain.socket(zmq.PUSH) as back:
        a, b = socket(zmq.PUSH), socket(zmq.PULL)
        a.connect(bind(front))
        b.connect(bind(back))
        joining = spawn(zmq.proxy, front, back)
        a.send(b"1")
        assert b.recv() == b"1"
        joining.kill()


@pytest.mark.parametrize("kinds", [(zmq.PUSH, zmq.PUSH), (zmq.PULL, zmq.SUB), (zmq.PULL, zmq.PULL)])
def test_types_that_do_not_fit(socket, kinds):
    with pytest.raises(zmq.ZMQError, match="nothing can pass") as caught:
        zmq.proxy(*map(socket, kinds))
    assert caught.value.errno == zmq.ENOTSUP


def test_wrong_arguments(socket):
    with pytest.raises(TypeError, match="sockets"):
        zmq.proxy(socket(zmq.PULL), "tcp://127.0.0.1:5555")
    with pytest.raises(zmq.ZMQError, match="capture"):
        zmq.proxy(socket(zmq.PULL), socket(zmq.PUSH), socket(zmq.PULL))
    with pytest.raises(zmq.ZMQError, match="commands"):
        zmq.proxy_steerable(socket(zmq.PULL), socket(zmq.PUSH), None, socket(zmq.PUSH))


@pytest.mark.parametrize("kinds", [(zmq.REP, zmq.REQ), (zmq.PAIR, zmq.PAIR)])
def test_commands(around, socket, bind, spawn, kinds):
    front, back, client, worker = around(zmq.ROUTER, zmq.DEALER, zmq.REQ, zmq.REP)
    control, commander = map(socket, kinds)
    commander.connect(bind(control))
    joining = spawn(zmq.proxy_steerable, front, back, None, control)

    def command(text, answers=kinds[0] == zmq.REP):
        commander.send(text)
        return commander.recv_multipart() if answers else None

    client.send(b"four")
    assert worker.recv() == b"four"
    worker.send(b"ok")
    assert client.recv() == b"ok"
    counts = [struct.unpack("=Q", part)[0] for part in command(b"STATISTICS", True)]
    assert counts[0::2] == [1, 1, 1, 1]
    assert counts[1] == counts[7] > 4
    command(b"PAUSE")
    gevent.sleep(0.05)
    client.send(b"later")
    assert worker.poll(50) == 0
    command(b"RESUME")
    assert worker.recv() == b"later"
    command(b"TERMINATE")
    assert joining.get() == 0


def test_unknown_command(around, socket, bind, spawn, monkeypatch):
    front, back, client, worker = around(zmq.PULL, zmq.PUSH, zmq.PUSH, zmq.PULL)
    control, commander = socket(zmq.PAIR), socket(zmq.PAIR)
    commander.connect(bind(control))

    def run():
        with pytest.warns(RuntimeWarning, match="NONSENSE"):
            return zmq.proxy_steerable(front, back, None, control)

    joining = spawn(run)
    commander.send(b"NONSENSE")
    client.send(b"1")
    assert worker.recv() == b"1"
    commander.send(b"TERMINATE")
    assert joining.get() == 0
