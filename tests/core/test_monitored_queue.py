# SPDX-License-Identifier: BSD-3-Clause
"""The monitored queue: prefixed copies for the monitor, and ROUTER sockets on both sides."""

import inspect
import threading

import pytest

import zmq


class Queue:
    """A monitored queue in a thread, on sockets in a context of its own."""

    def __init__(self, kinds, prefixes, monitor=zmq.PUSH):
        self.context = zmq.Context()
        self.addresses = []
        self.result = None
        ready = threading.Event()

        def work():
            sockets = [self.context.socket(kind) for kind in (*kinds, monitor)]
            for s in sockets:
                s.linger = 0
                s.bind("tcp://127.0.0.1:0")
                self.addresses.append(s.last_endpoint)
            ready.set()
            try:
                zmq.backend.monitored_queue(*sockets, *prefixes)
            except BaseException as exc:
                self.result = exc
            finally:
                for s in sockets:
                    s.close()

        self.thread = threading.Thread(target=work)
        self.thread.start()
        assert ready.wait(5)

    def stop(self):
        self.context.term()
        self.thread.join(5)
        assert not self.thread.is_alive()


@pytest.fixture
def queue(socket):
    """`queue(kinds, ends, …)`: a queue, and a socket connected to each of its three."""
    started = []

    def queue(kinds, ends, prefixes=(b"in", b"out"), monitor=zmq.PUSH, ids=(b"left", b"right")):
        started.append(Queue(kinds, prefixes, monitor))
        made = []
        for kind, address, name in zip((*ends, zmq.PULL), started[-1].addresses, (*ids, None)):
            made.append(socket(kind) if name is None else socket(kind, routing_id=name))
            made[-1].connect(address)
        return started[-1], *made

    yield queue
    for q in started:
        q.stop()


def test_both_directions_are_told_apart(queue):
    _, left, right, monitor = queue((zmq.ROUTER, zmq.DEALER), (zmq.REQ, zmq.REP))
    left.send_multipart([b"question", b"2"])
    assert right.recv_multipart() == [b"question", b"2"]
    assert monitor.recv_multipart() == [b"in", b"left", b"", b"question", b"2"]
    right.send(b"answer")
    assert left.recv() == b"answer"
    assert monitor.recv_multipart() == [b"out", b"left", b"", b"answer"]


@pytest.mark.parametrize("prefixes", [(b"<", b">"), (b"", b""), (b"x" * 1000, b"\0")])
def test_prefixes(queue, prefixes):
    _, left, right, monitor = queue((zmq.ROUTER, zmq.DEALER), (zmq.DEALER, zmq.DEALER), prefixes)
    left.send(b"1")
    right.send_multipart(right.recv_multipart())
    assert left.recv() == b"1"
    assert monitor.recv_multipart() == [prefixes[0], b"left", b"1"]
    assert monitor.recv_multipart() == [prefixes[1], b"left", b"1"]


def test_routers_on_both_sides(queue, wait_for):
    # the first two parts, who it is from and who it is for, change places
    _, left, right, monitor = queue((zmq.ROUTER, zmq.ROUTER), (zmq.DEALER, zmq.DEALER))

    def arrived():  # a ROUTER drops what is for somebody it has not met yet
        left.send_multipart([b"right", b"hello"])
        return right.poll(20)

    wait_for(arrived)
    assert right.recv_multipart() == [b"left", b"hello"]
    assert monitor.recv_multipart()[0] == b"in"
    right.send_multipart([b"left", b"back", b"2"])
    assert left.recv_multipart() == [b"right", b"back", b"2"]


def test_one_way(queue):
    _, left, right, monitor = queue((zmq.PULL, zmq.PUSH), (zmq.PUSH, zmq.PULL), ids=(None, None))
    for i in range(500):
        left.send_multipart([b"%d" % i, b"x" * i])
    for i in range(500):
        assert right.recv_multipart() == [b"%d" % i, b"x" * i]
        assert monitor.recv_multipart() == [b"in", b"%d" % i, b"x" * i]


def test_subscriptions(queue):
    _, left, right, monitor = queue((zmq.XSUB, zmq.XPUB), (zmq.XPUB, zmq.SUB), ids=(None, None))
    right.subscribe(b"a")
    assert left.recv() == b"\x01a"
    assert monitor.recv_multipart() == [b"out", b"\x01a"]
    left.send(b"abc")
    assert right.recv() == b"abc"
    assert monitor.recv_multipart() == [b"in", b"abc"]


def test_nobody_listens_to_the_monitor(queue):
    _, left, right, *_ = queue(
        (zmq.PULL, zmq.PUSH), (zmq.PUSH, zmq.PULL), monitor=zmq.PUB, ids=(None, None)
    )
    for i in range(300):
        left.send(b"%d" % i)
    assert [int(right.recv()) for _ in range(300)] == list(range(300))


def test_clients_that_vanish(queue, socket):
    q, left, right, monitor = queue((zmq.ROUTER, zmq.DEALER), (zmq.DEALER, zmq.DEALER))
    for _ in range(20):
        client = socket(zmq.DEALER)
        client.connect(q.addresses[0])
        client.send(b"and gone")
        question = right.recv_multipart()
        client.close()
        right.send_multipart(question)
    left.send(b"still there?")
    right.send_multipart(right.recv_multipart())
    assert left.recv() == b"still there?"


def test_the_end_of_the_context_ends_it(queue):
    q, *_ = queue((zmq.ROUTER, zmq.DEALER), (zmq.DEALER, zmq.DEALER))
    q.stop()
    assert isinstance(q.result, zmq.ContextTerminated)


def test_default_prefixes():
    parameters = inspect.signature(zmq.backend.monitored_queue).parameters
    assert list(parameters)[:3] == ["in_socket", "out_socket", "mon_socket"]
    assert [parameters[n].default for n in ("in_prefix", "out_prefix")] == [b"in", b"out"]


@pytest.mark.parametrize("prefix", ["in", None, 1])
def test_prefix_must_be_bytes(socket, prefix):
    sockets = socket(zmq.ROUTER), socket(zmq.DEALER), socket(zmq.PUB)
    with pytest.raises(TypeError):
        zmq.backend.monitored_queue(*sockets, prefix, b"out")
    with pytest.raises(TypeError):
        zmq.backend.monitored_queue(*sockets, b"in", prefix)
