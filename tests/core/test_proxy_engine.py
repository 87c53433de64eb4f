# SPDX-License-Identifier: BSD-3-Clause
"""The loop behind the proxies under stress: full queues, leaving peers, huge messages."""

import os
import struct
import sys
import threading
import time
from pathlib import Path

import pytest

import zmq


class Steered:
    """A `proxy_steerable` in a thread, ended by `end()`, which returns what it returned."""

    def __init__(self, front, back, capture, control, controller):
        self.controller = controller
        self.outcome = []
        self.thread = threading.Thread(target=self._work, args=(front, back, capture, control))
        self.thread.start()

    def _work(self, *sockets):
        try:
            self.outcome.append(zmq.proxy_steerable(*sockets))
        except zmq.ZMQError as error:
            self.outcome.append(error)

    def statistics(self):
        self.controller.send(b"STATISTICS")
        return [struct.unpack("=Q", frame)[0] for frame in self.controller.recv_multipart()]

    def obey(self, command):
        """Send a command and wait until it was obeyed: an answer to a later one proves it."""
        self.controller.send(command)
        self.statistics()

    def processor_time(self):
        """Seconds of work that the loop has done, which do not depend on other loads."""
        if hasattr(time, "pthread_getcpuclockid"):
            return time.clock_gettime(time.pthread_getcpuclockid(self.thread.ident))
        state = Path(f"/proc/self/task/{self.thread.native_id}/stat").read_text()
        ticks = state.rpartition(")")[2].split()[11:13]  # in user and in kernel mode
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def end(self):
        if self.thread.is_alive():
            self.controller.send(b"TERMINATE")
            self.thread.join(10)
            assert not self.thread.is_alive(), "the proxy does not end"
        return self.outcome[0]


@pytest.fixture
def steer(pair):
    """`steer(front, back, capture=None)`: a running, steered proxy between two sockets."""
    running = []

    def steer(front, back, capture=None):
        control, controller = pair(zmq.PAIR, zmq.PAIR)
        running.append(Steered(front, back, capture, control, controller))
        return running[-1]

    yield steer
    for proxy in running:
        assert proxy.end() == 0


@pytest.fixture
def joined(pair, steer):
    """`joined(kind, front, back, kind, transport)`: two peers with a proxy between them."""

    def joined(left, front, back, right, transport="inproc", capture=None, **options):
        inner, outer = pair(front, left, transport, **options)
        inner_back, outer_back = pair(back, right, transport, **options)
        return outer, outer_back, steer(inner, inner_back, capture)

    return joined


def top_up(socket, sent, total=sys.maxsize):
    """Send numbers from `sent` on, below `total`, while there is room; returns the next one."""
    while sent < total and socket.poll(0, zmq.POLLOUT):
        socket.send(b"%d" % sent, zmq.DONTWAIT)
        sent += 1
    return sent


def fill(socket, sent):
    """The same, until everything behind the socket is full as well."""
    while socket.poll(100, zmq.POLLOUT):
        sent = top_up(socket, sent)
    return sent


def test_a_full_direction_stops_alone_and_loses_nothing(joined, transport):
    total = 100_000 if transport == "inproc" else 20_000
    left, right, proxy = joined(
        zmq.DEALER, zmq.DEALER, zmq.DEALER, zmq.DEALER, transport, hwm=7, sndbuf=4096, rcvbuf=4096
    )
    sent = fill(left, 0)  # nobody reads on the right
    assert sent < total
    for number in range(total):  # the other direction goes on
        right.send(b"%d" % number)
        assert left.recv() == b"%d" % number
    for number in range(total):
        assert right.recv() == b"%d" % number
        sent = top_up(left, sent, total)
    assert proxy.statistics()[::2] == [total] * 4


def test_nothing_is_read_that_cannot_be_passed_on(pair, socket, bind, steer):
    front, left = pair(zmq.PULL, zmq.PUSH, hwm=5)
    back = socket(zmq.PUSH)
    address = bind(back)
    proxy = steer(front, back)
    sent = fill(left, 0)
    assert 0 < sent <= 10 and proxy.statistics()[0] == 0
    right = socket(zmq.PULL)
    right.connect(address)
    assert [right.recv() for _ in range(sent)] == [b"%d" % n for n in range(sent)]


def test_both_directions_full_at_once(joined):
    left, right, proxy = joined(zmq.PAIR, zmq.PAIR, zmq.PAIR, zmq.PAIR, hwm=3)
    forth, back = fill(left, 0), fill(right, 0)
    assert [right.recv() for _ in range(forth)] == [b"%d" % n for n in range(forth)]
    assert [left.recv() for _ in range(back)] == [b"%d" % n for n in range(back)]
    assert proxy.statistics()[::2] == [forth, back, back, forth]


@pytest.mark.parametrize("parts", [1, 2, 9, 1000, 50_000])
def test_messages_of_any_number_of_parts(joined, transport, parts):
    left, right, proxy = joined(zmq.PAIR, zmq.PAIR, zmq.PAIR, zmq.PAIR, transport)
    message = [b"" if n % 3 == 0 else b"%d" % n * (n % 50) for n in range(parts)]
    for _ in range(3):
        left.send_multipart(message)
        left.send(b"between")
        assert right.recv_multipart() == message
        assert right.recv_multipart() == [b"between"]
        right.send_multipart(message)
        assert left.recv_multipart() == message
    size = sum(map(len, message))
    assert proxy.statistics() == [6, 3 * size + 21, 3, 3 * size, 3, 3 * size, 6, 3 * size + 21]


def test_multipart_messages_stay_whole_through_full_queues(joined):
    left, right, _ = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, hwm=2)
    sent = received = 0
    while received < 20_000:
        while sent < 20_000 and left.poll(0, zmq.POLLOUT):
            left.send_multipart([b"%d" % sent] * (sent % 4 + 1), zmq.DONTWAIT)
            sent += 1
        assert right.recv_multipart() == [b"%d" % received] * (received % 4 + 1)
        received += 1


def test_statistics_are_exact(joined, transport):
    left, right, proxy = joined(zmq.DEALER, zmq.DEALER, zmq.DEALER, zmq.DEALER, transport)
    assert proxy.statistics() == [0] * 8
    for n in range(300):
        left.send_multipart([b"x" * n, b"", b"yy"])
        right.recv_multipart()
    for n in range(200):
        right.send(b"z" * n)
        left.recv()
    forth, back = sum(n + 2 for n in range(300)), sum(range(200))
    assert proxy.statistics() == [300, forth, 200, back, 200, back, 300, forth]


def test_pause_and_resume_under_load(joined):
    left, right, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, "tcp", hwm=50)
    sent = received = 0
    for _ in range(20):
        for _ in range(1000):
            sent = top_up(left, sent)
            assert right.recv() == b"%d" % received
            received += 1
        proxy.obey(b"PAUSE")
        before = proxy.statistics()
        sent = fill(left, sent)
        while received < before[6]:
            assert right.recv() == b"%d" % received
            received += 1
        assert not right.poll(20)
        assert proxy.statistics() == before and received < sent
        proxy.obey(b"RESUME")
    for number in range(received, sent):
        assert right.recv() == b"%d" % number


def test_a_held_message_survives_a_pause(joined):
    left, right, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, hwm=2)
    sent = fill(left, 0)
    proxy.obey(b"PAUSE")
    received = 0
    while right.poll(50):
        assert right.recv() == b"%d" % received
        received += 1
    assert received < sent
    proxy.obey(b"RESUME")
    assert [right.recv() for _ in range(received, sent)] == [
        b"%d" % n for n in range(received, sent)
    ]


def test_a_hundred_clients_come_and_go(context, socket, bind, steer):
    front, back = socket(zmq.ROUTER), socket(zmq.DEALER)
    entry, exit = bind(front, "tcp"), bind(back, "tcp")
    proxy = steer(front, back)
    worker = socket(zmq.REP)
    worker.connect(exit)
    steady = socket(zmq.REQ)
    steady.connect(entry)
    for n in range(100):
        with context.socket(zmq.REQ) as client:
            client.linger = 0
            client.connect(entry)
            client.send_multipart([b"client", b"%d" % n])
            kind, number = worker.recv_multipart()
            assert (kind, number) == (b"client", b"%d" % n)
            if n % 3 == 0:
                client.close()  # before its answer
            worker.send_multipart([b"answer", number])
            if n % 3:
                assert client.recv_multipart() == [b"answer", number]
        steady.send(b"steady %d" % n)
        worker.send(worker.recv())
        assert steady.recv() == b"steady %d" % n
    assert proxy.statistics()[::2] == [200, 200, 200, 200]


def test_workers_that_vanish_leave_whole_messages_to_the_others(context, pair, steer, transport):
    front, source = pair(zmq.PULL, zmq.PUSH, transport)
    back, survivor = pair(zmq.PUSH, zmq.PULL, transport)
    address = back.last_endpoint
    steer(front, back)
    sent, last = 0, -1
    for _ in range(30):
        with context.socket(zmq.PULL) as doomed:
            doomed.linger = 0
            doomed.connect(address)
            for _ in range(50):
                source.send_multipart([b"%d" % sent] * 3)
                sent += 1
            while doomed.poll(0):
                doomed.recv()  # leaves a message half read, most likely
        while survivor.poll(0):
            parts = survivor.recv_multipart()
            assert len(parts) == 3 and len(set(parts)) == 1
            assert int(parts[0]) > last
            last = int(parts[0])
    parts = []
    while parts != [b"end"]:
        source.send(b"end")  # the first ones may go where the last of the doomed was
        while survivor.poll(50):
            parts = survivor.recv_multipart()
            assert parts == [b"end"] or (len(parts) == 3 and len(set(parts)) == 1)


def test_an_unreachable_peer_of_a_mandatory_router(joined, pair, steer, socket, bind):
    front, left = pair(zmq.PULL, zmq.PUSH)
    back = socket(zmq.ROUTER, router_mandatory=1)
    address = bind(back)
    proxy = steer(front, back)
    peer = socket(zmq.DEALER, routing_id=b"here")
    peer.connect(address)
    left.send_multipart([b"nowhere", b"lost", b"whole"])
    left.send_multipart([b"here", b"found"])
    assert peer.recv_multipart() == [b"found"]
    assert proxy.statistics() == [2, 25, 0, 0, 0, 0, 1, 9]


@pytest.fixture
def deceptive(pair, socket, bind, steer):
    """`deceptive(kind)`: a proxy to a socket that says it has room when its only reader is full."""

    def deceptive(kind):
        front, source = pair(zmq.PULL, zmq.PUSH, hwm=2)
        if kind == "router":
            back = socket(zmq.ROUTER, router_mandatory=1, sndhwm=2)
            reader = socket(zmq.DEALER, routing_id=b"r", rcvhwm=2)
            idler = socket(zmq.DEALER, routing_id=b"i")
        else:
            back = socket(zmq.XPUB, xpub_nodrop=1, sndhwm=2)
            reader = socket(zmq.SUB, subscribe=b"", rcvhwm=2)
            idler = socket(zmq.SUB)
        address = bind(back)
        reader.connect(address)
        idler.connect(address)
        if kind == "xpub":
            assert back.recv() == b"\1"
        proxy = steer(front, back)
        sent = 0
        while source.poll(100, zmq.POLLOUT):
            source.send_multipart([b"r", b"%d" % sent])
            sent += 1
        return reader, sent, proxy

    return deceptive


@pytest.mark.parametrize("kind", ["router", "xpub"])
def test_a_sink_that_says_it_has_room_but_has_not(deceptive, kind):
    reader, sent, _ = deceptive(kind)
    for number in range(sent):
        assert reader.recv_multipart()[-1] == b"%d" % number


@pytest.mark.parametrize("state", ["idle", "full", "captured", "paused", "router", "xpub"])
def test_waiting_costs_no_processor_time(joined, pair, deceptive, state):
    if state in ("router", "xpub"):
        _, _, proxy = deceptive(state)
    else:
        capture = pair(zmq.PUSH, zmq.PULL, hwm=1)[0] if state == "captured" else None
        left, _, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, capture=capture, hwm=10)
        if state == "paused":
            proxy.obey(b"PAUSE")
        if state != "idle":
            fill(left, 0)
    before = proxy.processor_time()
    assert not proxy.controller.poll(300)
    assert proxy.processor_time() - before < 0.1


def test_a_full_capture_socket_holds_the_traffic_up(joined, pair):
    capture, log = pair(zmq.PUSH, zmq.PULL, hwm=3)
    left, right, proxy = joined(zmq.PAIR, zmq.PAIR, zmq.PAIR, zmq.PAIR, capture=capture)
    for n in range(500):
        left.send_multipart([b"forth", b"%d" % n])
        right.send_multipart([b"back", b"%d" % n])
    assert proxy.statistics()[0] < 500  # which also shows that it still obeys
    seen = {b"forth": 0, b"back": 0}
    for _ in range(1000):
        way, number = log.recv_multipart()
        assert number == b"%d" % seen[way]
        seen[way] += 1
    assert [right.recv_multipart()[1] for _ in range(500)] == [b"%d" % n for n in range(500)]
    assert [left.recv_multipart()[1] for _ in range(500)] == [b"%d" % n for n in range(500)]


def test_a_held_message_is_captured_once(joined, pair):
    capture, log = pair(zmq.PUSH, zmq.PULL)
    left, right, _ = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, capture=capture, hwm=3)
    sent = fill(left, 0)
    for reader in (right, log):
        assert [reader.recv() for _ in range(sent)] == [b"%d" % n for n in range(sent)]
    assert not log.poll(50)


def test_a_full_pub_capture_drops(joined, pair):
    capture, log = pair(zmq.PUB, zmq.SUB, hwm=3)
    log.subscribe(b"")
    left, right, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, capture=capture)
    for n in range(5000):
        left.send(b"%d" % n)
        assert right.recv() == b"%d" % n
    assert proxy.statistics()[::2] == [5000, 0, 0, 5000]


def test_one_socket_on_both_sides(socket, bind, steer):
    middle = socket(zmq.ROUTER)
    address = bind(middle, "tcp")
    proxy = steer(middle, middle)
    clients = [socket(zmq.REQ) for _ in range(5)]
    for client in clients:
        client.connect(address)
        client.send_multipart([b"echo", b""])
    for client in clients:
        assert client.recv_multipart() == [b"echo", b""]
    assert proxy.statistics()[::2] == [5, 0, 0, 5]


def test_request_and_reply_types_in_the_middle(joined):
    left, right, _ = joined(zmq.REQ, zmq.REP, zmq.REQ, zmq.REP)
    for n in range(100):
        left.send(b"%d" % n)
        right.send(right.recv() + b"!")
        assert left.recv() == b"%d!" % n


def test_requests_wait_for_a_req_in_the_middle(joined):
    left, right, _ = joined(zmq.PUSH, zmq.PULL, zmq.REQ, zmq.REP)
    for n in range(10):
        left.send(b"%d" % n)
    assert right.recv() == b"0"
    right.send(b"answer")  # which PULL does not take: so REQ never gets rid of it
    assert not right.poll(100)


def test_sockets_belong_to_the_proxy_while_it_runs(pair, steer, wait_for):
    front, left = pair(zmq.PULL, zmq.PUSH)
    back, right = pair(zmq.PUSH, zmq.PULL)
    proxy = steer(front, back)
    left.send(b"it runs")
    assert right.recv() == b"it runs"
    for s, use in ((front, lambda: front.recv(zmq.DONTWAIT)), (back, back.close)):
        with pytest.raises(zmq.ZMQThreadError):
            use()
        assert not s.closed
    assert proxy.end() == 0
    left.send(b"later")
    assert front.recv() == b"later"
