# SPDX-License-Identifier: BSD-3-Clause
"""proxy_steerable: PAUSE, RESUME, TERMINATE and STATISTICS by PAIR, REP and SUB control sockets."""

import struct
import threading

import pytest

import zmq

#: Type of the control socket of the proxy -> type of the other end.
CONTROLS = {zmq.PAIR: zmq.PAIR, zmq.REP: zmq.REQ, zmq.SUB: zmq.PUB}

FIELDS = (
    *("frontend received", "frontend received bytes", "frontend sent", "frontend sent bytes"),
    *("backend received", "backend received bytes", "backend sent", "backend sent bytes"),
)


class Steered:
    """A steerable PULL to PUSH proxy in a thread, and the sockets of the test around it."""

    def __init__(
        self, make, control=zmq.PAIR, kinds=(zmq.PULL, zmq.PUSH), ends=(zmq.PUSH, zmq.PULL)
    ):
        self.context = zmq.Context()
        self.addresses = {}
        self.result = self.returned = None
        ready = threading.Event()

        def work():
            sockets = {
                "in": self.context.socket(kinds[0]),
                "out": self.context.socket(kinds[1]),
                "capture": self.context.socket(zmq.PUB),
                "control": self.context.socket(control),
            }
            if control == zmq.SUB:
                sockets["control"].subscribe(b"")
            for name, s in sockets.items():
                s.linger = 0
                s.bind("tcp://127.0.0.1:0")
                self.addresses[name] = s.last_endpoint
            ready.set()
            try:
                self.returned = zmq.proxy_steerable(*sockets.values())
                self.result = "returned"
            except BaseException as exc:
                self.result = exc
            finally:
                for s in sockets.values():
                    s.close()

        self.thread = threading.Thread(target=work)
        self.thread.start()
        assert ready.wait(5)
        self.control_type = control
        self.push, self.pull = make(ends[0]), make(ends[1])
        self.control = make(CONTROLS[control])
        self.push.connect(self.addresses["in"])
        self.pull.connect(self.addresses["out"])
        self.control.connect(self.addresses["control"])

    def say(self, command):
        self.control.send(command)
        if self.control_type == zmq.REP:
            return self.control.recv_multipart()

    def statistics(self):
        self.control.send(b"STATISTICS")
        parts = self.control.recv_multipart()
        assert [len(p) for p in parts] == [8] * 8
        return dict(zip(FIELDS, (struct.unpack("=Q", p)[0] for p in parts)))

    def pass_on(self, data):
        self.push.send(data)
        return self.pull.recv()

    def stop(self):
        self.context.term()
        self.thread.join(5)
        assert not self.thread.is_alive()


@pytest.fixture
def steered(socket):
    started = []

    def steered(*args, **kwargs):
        started.append(Steered(socket, *args, **kwargs))
        return started[-1]

    yield steered
    for s in started:
        s.stop()


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: zmq.SocketType(c).name)
def test_passes_messages_on(steered, control):
    proxy = steered(control)
    for i in range(20):
        assert proxy.pass_on(b"%d" % i) == b"%d" % i


@pytest.mark.parametrize("control", [zmq.PAIR, zmq.REP], ids=["PAIR", "REP"])
def test_pause_stops_and_resume_restores(steered, control):
    # told apart from the proxy of libzmq 4.3.5, where the two do each other's work
    proxy = steered(control)
    assert proxy.pass_on(b"before") == b"before"
    proxy.say(b"PAUSE")
    assert proxy.statistics()["frontend received"] == 1  # so it has seen PAUSE
    proxy.push.send(b"held")
    assert proxy.pull.poll(50) == 0
    assert proxy.statistics()["frontend received"] == 1
    proxy.say(b"RESUME")
    assert proxy.pull.recv() == b"held"
    assert proxy.pass_on(b"after") == b"after"


def test_pause_and_resume_without_answers(steered, wait_for):
    # a SUB socket cannot answer: the commands are repeated until they show
    proxy = steered(zmq.SUB)
    assert proxy.pass_on(b"before") == b"before"

    def paused():
        proxy.say(b"PAUSE")
        proxy.push.send(b"x")
        return not proxy.pull.poll(50) or not proxy.pull.recv()

    wait_for(paused)
    proxy.push.send(b"held")
    assert proxy.pull.poll(50) == 0

    def resumed():
        proxy.say(b"RESUME")
        return proxy.pull.poll(20)

    wait_for(resumed)
    while proxy.pull.recv() != b"held":
        pass


@pytest.mark.parametrize("control", [zmq.PAIR, zmq.REP], ids=["PAIR", "REP"])
def test_commands_may_be_repeated(steered, control):
    proxy = steered(control)
    for command in (b"RESUME", b"PAUSE", b"PAUSE", b"RESUME", b"RESUME"):
        proxy.say(command)
    assert proxy.pass_on(b"x") == b"x"


@pytest.mark.parametrize("control", [zmq.PAIR, zmq.REP], ids=["PAIR", "REP"])
@pytest.mark.parametrize("paused", [False, True])
def test_terminate_returns(steered, control, paused):
    proxy = steered(control)
    assert proxy.pass_on(b"x") == b"x"
    if paused:
        proxy.say(b"PAUSE")
    proxy.control.send(b"TERMINATE")
    proxy.thread.join(5)
    assert proxy.result == "returned"
    assert proxy.returned in (0, None)


def test_terminate_without_answers(steered, wait_for):
    proxy = steered(zmq.SUB)

    def ended():
        proxy.control.send(b"TERMINATE")  # lost until the subscription has arrived
        return not proxy.thread.is_alive()

    wait_for(ended)
    assert proxy.result == "returned"


def test_rep_answers_every_command(steered):
    proxy = steered(zmq.REP)
    for command in (b"PAUSE", b"RESUME", b"PAUSE", b"RESUME"):
        assert len(proxy.say(command)) == 1
    assert len(proxy.say(b"STATISTICS")) == 8
    proxy.control.send(b"TERMINATE")
    proxy.thread.join(5)
    assert proxy.result == "returned"


@pytest.mark.parametrize("control", [zmq.PAIR, zmq.REP], ids=["PAIR", "REP"])
def test_statistics_count_messages_and_bytes(steered, control):
    proxy = steered(control)
    assert set(proxy.statistics().values()) == {0}
    for _ in range(3):
        proxy.pass_on(b"12345")
    proxy.push.send_multipart([b"ab", b"c"])
    assert proxy.pull.recv_multipart() == [b"ab", b"c"]
    found = proxy.statistics()
    assert found["frontend received"] == found["backend sent"]
    assert found["frontend received"] in (4, 5)  # messages, or parts as libzmq counts them
    assert found["frontend received bytes"] == found["backend sent bytes"] == 18
    assert found["backend received"] == found["frontend sent"] == 0


def test_statistics_of_both_directions(steered):
    proxy = steered(zmq.PAIR, (zmq.ROUTER, zmq.DEALER), (zmq.DEALER, zmq.DEALER))
    proxy.push.send(b"question")
    who, question = proxy.pull.recv_multipart()
    proxy.pull.send_multipart([who, b"answer"])
    assert proxy.push.recv() == b"answer"
    found = proxy.statistics()
    assert found["frontend received"] == found["backend sent"] > 0
    assert found["backend received"] == found["frontend sent"] > 0
    assert found["frontend received bytes"] == len(who) + 8
    assert found["backend received bytes"] == len(who) + 6


def test_control_works_under_load(steered):
    proxy = steered(zmq.REP)
    stop = threading.Event()

    def feed():
        while not stop.is_set():
            if proxy.push.poll(10, zmq.POLLOUT):
                proxy.push.send(b"x")
            while proxy.pull.poll(0):
                proxy.pull.recv()

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        counts = [proxy.statistics()["frontend received"] for _ in range(20)]
        assert counts == sorted(counts)
        proxy.say(b"TERMINATE")
        proxy.thread.join(5)
    finally:
        stop.set()
        feeder.join()
    assert proxy.result == "returned"


def test_controller_that_vanishes(steered, socket):
    proxy = steered(zmq.REP)
    proxy.control.send(b"STATISTICS")  # asked, and gone before the answer
    proxy.control.close()
    proxy.control = socket(zmq.REQ)
    proxy.control.connect(proxy.addresses["control"])
    assert proxy.statistics() is not None
    assert proxy.pass_on(b"x") == b"x"


def test_capture(steered, socket):
    proxy = steered(zmq.PAIR)
    capture = socket(zmq.SUB)
    capture.subscribe(b"")
    capture.connect(proxy.addresses["capture"])
    while not capture.poll(5):  # until the subscription has arrived
        proxy.pass_on(b"x")
    assert capture.recv() == b"x"


@pytest.mark.parametrize("paused", [False, True])
def test_the_end_of_the_context_ends_it(steered, paused):
    proxy = steered(zmq.PAIR)
    if paused:
        proxy.say(b"PAUSE")
        proxy.statistics()
    proxy.stop()
    assert isinstance(proxy.result, zmq.ContextTerminated)


def test_without_control_and_capture(socket):
    a, b = socket(zmq.PULL), socket(zmq.PUSH)
    a.close()
    with pytest.raises(zmq.ZMQError):
        zmq.proxy_steerable(a, b)
    with pytest.raises(zmq.ZMQError):
        zmq.proxy_steerable(a, b, capture=None, control=None)
