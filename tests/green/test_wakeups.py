# SPDX-License-Identifier: BSD-3-Clause
"""The edge-triggered descriptor: whoever waits is woken, and a hub with nothing to do sleeps."""

import random
import time

import gevent
import pytest

import zmq.green as zmq
from zmq import Socket as PlainSocket

#: Seconds without progress that make a stall.
STALL = 1.0


def poll_many(s):
    poller = zmq.Poller()
    poller.register(s)
    poller.poll(0)


def fail_to_receive(s):
    with pytest.raises(zmq.Again):
        s.recv(zmq.DONTWAIT)


def be_killed(s):
    waiting = gevent.spawn(s.poll)
    gevent.sleep(0)
    waiting.kill()


#: What reads commands of the socket, so that its descriptor need not become readable for them.
TAKERS = {
    "events": lambda s: s.events,
    "get": lambda s: s.get(zmq.EVENTS),
    "getsockopt": lambda s: s.getsockopt(zmq.EVENTS),
    "green shadow": lambda s: zmq.Socket.shadow(s).events,
    "plain shadow": lambda s: PlainSocket.shadow(s).events,
    "plain shadow of an address": lambda s: PlainSocket.shadow(s.underlying).poll(0),
    "send": lambda s: s.send(b"out", zmq.DONTWAIT),
    "send_multipart": lambda s: s.send_multipart([b"out"], zmq.DONTWAIT),
    "send_many": lambda s: s.send_many([b"out"], zmq.DONTWAIT),
    "poll": lambda s: s.poll(0),
    "poller": poll_many,
    "zmq_poll": lambda s: zmq.zmq_poll([(s, zmq.POLLIN)], 0),
    "select": lambda s: zmq.select([s], [], [], 0),
    "bind": lambda s: s.bind("inproc://taker-%d" % random.getrandbits(60)),
    "connect": lambda s: s.connect("inproc://nobody-%d" % random.getrandbits(60)),
    "greenlet that is killed": be_killed,
}


@pytest.mark.parametrize("taker", TAKERS)
def test_waiting_receive_is_woken(pair, taker, spawn, transport):
    """The message comes, and something else looks at the socket before the hub does."""
    a, b = pair(zmq.DEALER, zmq.DEALER, transport)
    for n in range(6):
        waiting = spawn(b.recv)
        a.send(b"%d" % n)
        for _ in range(n):
            TAKERS[taker](b)
        assert waiting.get(STALL) == b"%d" % n


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("many", [False, True])
def test_waiting_poll_is_woken(pair, taker, spawn, many):
    a, b = pair(zmq.DEALER, zmq.DEALER, "tcp")
    for n in range(6):
        waiting = spawn(zmq.zmq_poll, [(b, zmq.POLLIN)]) if many else spawn(b.poll)
        a.send(b"%d" % n)
        for _ in range(n):
            TAKERS[taker](b)
        assert waiting.get(STALL) == ([(b, zmq.POLLIN)] if many else zmq.POLLIN)
        assert b.recv() == b"%d" % n


@pytest.mark.parametrize(
    "taker", sorted({*TAKERS} - {"send", "send_multipart", "send_many", "bind", "connect"})
)
def test_waiting_send_is_woken(socket, bind, taker, spawn):
    for _ in range(4):
        a, b = socket(zmq.DEALER), socket(zmq.DEALER)
        address = bind(a)
        waiting = spawn(a.send, b"1")
        b.connect(address)
        TAKERS[taker](a)
        assert waiting.get(STALL) is None
        assert b.recv() == b"1"


def test_receive_that_fails_beside_a_send(socket, bind, spawn):
    for _ in range(4):
        a, b = socket(zmq.DEALER), socket(zmq.DEALER)
        address = bind(a)
        waiting = spawn(a.send, b"1")
        b.connect(address)
        fail_to_receive(a)
        assert a.try_recv() is None
        assert waiting.get(STALL) is None
        assert b.recv() == b"1"


def test_receive_behind_sends_that_need_not_wait(pair, spawn):
    """Each send reads the commands that came in, the one about a message among them."""
    a, b = pair(zmq.DEALER, zmq.DEALER, "tcp")
    waiting = spawn(b.recv)
    a.send(b"1")
    end = time.monotonic() + STALL
    while not waiting.done and time.monotonic() < end:
        b.send(b"x")
        a.recv()
    assert waiting.get(STALL) == b"1"


def test_all_waiters_are_woken_by_one_edge(pair, transport, spawn):
    a, b = pair(zmq.DEALER, zmq.DEALER, transport)
    polls = [spawn(b.poll) for _ in range(3)]
    receives = [spawn(b.recv) for _ in range(3)]
    a.send_many([b"0", b"1", b"2", b"3"])
    assert [each.get(STALL) for each in receives] == [b"0", b"1", b"2"]
    assert [each.get(STALL) for each in polls] == [zmq.POLLIN] * 3


def test_green_shadow_shares_the_room(pair, spawn):
    """Several objects, one libzmq socket: they know of one another, and need not look at times."""
    a, b = pair(zmq.DEALER, zmq.DEALER)
    waiting = [spawn(b.recv)]
    shadow = zmq.Socket(b)
    copied = zmq.Socket.shadow(b)
    waiting += [spawn(shadow.recv), spawn(copied.recv)]
    assert b._green_room is shadow._green_room is copied._green_room
    assert not b._green_room.shared
    a.send_many([b"1"] * 3)
    assert [each.get(STALL) for each in waiting] == [b"1"] * 3


def test_socket_at_the_address_of_a_closed_one(context, bind, spawn):
    """libzmq gives memory again: a new socket must not find the room of the one before."""
    kept = []
    for n in range(50):
        with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
            a.connect(bind(b))
            waiting = spawn(b.recv)
            assert not b._green_room.shared
            a.send(b"%d" % n)
            assert waiting.get(STALL) == b"%d" % n
            kept.append((b, b.underlying))


# -- senders whose EVENTS tells nothing ----------------------------------------------------------


@pytest.mark.parametrize("greenlets", [1, 3])
def test_mandatory_router(socket, bind, spawn, until, greenlets):
    """It always says that it can send; yet who waits for room does not spin, and is woken."""
    router = socket(zmq.ROUTER, router_mandatory=1, sndhwm=5)
    dealer = socket(zmq.DEALER, routing_id=b"d", rcvhwm=5)
    dealer.connect(bind(router, "tcp"))
    dealer.send(b"hello")
    assert router.recv_multipart() == [b"d", b"hello"]
    size = 1 << 20

    def send(first):
        for n in range(40):
            router.send_multipart([b"d", b"%d" % (first * 1000 + n), bytes(size)])

    sending = [spawn(send, n) for n in range(greenlets)]
    gevent.sleep(0.1)
    used = time.process_time()
    gevent.sleep(0.3)
    assert time.process_time() - used < 0.1
    assert not any(each.done for each in sending)
    got = []
    while len(got) < 40 * greenlets:
        number, content = dealer.recv_multipart()
        assert len(content) == size
        got.append(int(number))
    for n in range(greenlets):
        assert [each for each in got if each // 1000 == n] == [n * 1000 + k for k in range(40)]
        sending[n].get()


def test_publisher_that_waits(context, socket, bind, spawn):
    pub = context.socket(zmq.PUB, count_subscribers=True, on_full="block")
    pub.linger = 0
    pub.set_hwm(5)
    sub = socket(zmq.SUB, rcvhwm=5)
    sub.subscribe(b"")
    sub.connect(bind(pub))
    assert pub.wait_subscribers(b"", timeout=10_000) == 1
    sending = spawn(pub.send_many, [b"%d" % n for n in range(500)])
    assert not sending.done
    assert [int(sub.recv()) for _ in range(500)] == list(range(500))
    assert sending.get() == 500
    pub.close()


def test_look_that_finds_nothing_for_itself(pair, spawn, hub):
    """A greenlet that polls in vain takes in the news that another one waits for."""
    a, b = pair(zmq.DEALER, zmq.DEALER)
    polling, receiving = spawn(b.poll, None, zmq.POLLERR), spawn(b.recv)
    waiter = next(iter(b._green_room.guests)).waiter

    def disturb():
        a.send(b"1")
        waiter.switch(None)

    for _ in range(3):
        hub.loop.run_callback(disturb)
        assert receiving.get(STALL) == b"1"
        receiving = spawn(b.recv)
    polling.kill()


def test_blind_senders_use_up_one_anothers_news(socket, bind, spawn, hub):
    """Room for one peer is there, and a sender to another one has seen it, but cannot go on."""
    router = socket(zmq.ROUTER, router_mandatory=1, sndhwm=5)
    address = bind(router)
    dealers = {}
    for name in (b"a", b"b"):
        dealers[name] = socket(zmq.DEALER, routing_id=name, rcvhwm=5)
        dealers[name].connect(address)
        dealers[name].send(b"hello")
        assert router.recv_multipart() == [name, b"hello"]
        with pytest.raises(zmq.Again):
            while True:
                router.send_multipart([name, b"x"], zmq.DONTWAIT)
    sending = {name: spawn(router.send_multipart, [name, b"last"]) for name in dealers}
    first = next(iter(router._green_room.guests)).waiter

    def disturb():
        time.sleep(0.005)  # after a millisecond libzmq takes in commands with a send, too
        dealers[b"b"].recv_many(100, flags=zmq.DONTWAIT)
        first.switch(None)

    hub.loop.run_callback(disturb)
    sending[b"b"].get(STALL)
    assert not sending[b"a"].done
    assert dealers[b"b"].recv_many(100)[-1] == b"last"
    sending[b"a"].kill()


# -- the stress ----------------------------------------------------------------------------------


class Stress:
    """A ROUTER that echoes, and a DEALER that many greenlets use in every way at once."""

    def __init__(self, router, dealer, shadow, seconds):
        self.router, self.dealer, self.shadow = router, dealer, shadow
        self.end = time.monotonic() + seconds
        self.dice = random.Random(11)
        self.sent = self.seen = 0
        self.progress = time.monotonic()

    @property
    def over(self):
        return time.monotonic() > self.end

    def note(self, message):
        """What came back must be the next number: one greenlet receives."""
        assert int(message) == self.seen
        self.seen += 1
        self.progress = time.monotonic()

    def echo(self):
        while True:
            if self.dice.random() < 0.1:
                assert self.router.events >= 0
            try:
                with gevent.Timeout(self.dice.choice([0.0005, 0.01, None])):
                    message = self.router.recv_multipart()
            except gevent.Timeout:
                continue
            if self.dice.random() < 0.05:
                gevent.sleep(self.dice.random() / 1000)
            self.router.send_multipart(message)

    def send(self):
        while not self.over:
            if self.sent - self.seen > 50:
                gevent.sleep(0)
                continue
            number = b"%d" % self.sent
            self.sent += 1
            if self.shadow is not None and self.dice.random() < 0.2:
                self.shadow.send(number)
            else:
                self.dealer.send(number)
            if self.dice.random() < 0.3:
                gevent.sleep(self.dice.choice([0, 0, 0.0005]))

    def receive(self):
        while not self.over or self.seen < self.sent:
            chance = self.dice.random()
            if chance < 0.2:
                self.dealer.poll(self.dice.choice([0, 1, 20]))
            elif chance < 0.3:
                assert self.dealer.events >= 0
            elif chance < 0.4:
                self.receive_otherwise()
            elif chance < 0.6:
                try:
                    with gevent.Timeout(self.dice.choice([0.0002, 0.002])):
                        message = self.dealer.recv()
                    self.note(message)
                except gevent.Timeout:
                    pass
            elif self.seen < self.sent:
                self.note(self.dealer.recv())
            else:
                gevent.sleep(0)

    def receive_otherwise(self):
        try:
            self.note((self.shadow or self.dealer).recv(zmq.DONTWAIT))
        except zmq.Again:
            gevent.sleep(0)

    def watch(self):
        """Nothing may stall while something is under way."""
        while not self.over or self.seen < self.sent:
            if self.seen == self.sent:
                self.progress = time.monotonic()
            stalled = time.monotonic() - self.progress
            assert stalled < STALL, f"{self.sent} sent, {self.seen} seen"
            gevent.sleep(0.01)

    def meddle(self):
        while not self.over:
            self.dealer.poll(self.dice.choice([0, 1]), zmq.POLLIN | zmq.POLLOUT)
            zmq.select([self.dealer, self.router], [], [], 0.001)
            gevent.sleep(self.dice.choice([0, 0.0005]))

    def run(self, spawn):
        work = [spawn(each) for each in (self.send, self.receive, self.watch, self.meddle)]
        echoing = [spawn(self.echo), spawn(self.meddle)]
        for each in work:
            each.get(self.end - time.monotonic() + 30)
        echoing[0].kill()
        assert self.seen == self.sent > 100


def stress(pair, spawn, transport, shadowed, seconds):
    router, dealer = pair(zmq.ROUTER, zmq.DEALER, transport)
    shadow = PlainSocket.shadow(dealer) if shadowed else None
    Stress(router, dealer, shadow, seconds).run(spawn)


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
@pytest.mark.parametrize("shadowed", [False, True])
def test_stress(pair, spawn, transport, shadowed):
    stress(pair, spawn, transport, shadowed, 1.5)


@pytest.mark.long
@pytest.mark.timeout(200)
@pytest.mark.parametrize("transport", ["inproc", "ipc", "tcp"])
@pytest.mark.parametrize("shadowed", [False, True])
def test_long_stress(pair, spawn, transport, shadowed):
    stress(pair, spawn, transport, shadowed, 60)


# -- a hub with nothing to do --------------------------------------------------------------------


def idle_in_both(spawn, a, b):
    spawn(b.recv)
    spawn(b.poll, None, zmq.POLLERR)


IDLE = {
    "receive waits": lambda spawn, a, b: spawn(b.recv),
    "several wait": lambda spawn, a, b: [spawn(b.recv) for _ in range(5)],
    "receive ended": lambda spawn, a, b: (spawn(b.recv), a.send(b"1")),
    "messages that nobody takes": lambda spawn, a, b: (spawn(b.recv), a.send_many([b"1"] * 5)),
    "killed": lambda spawn, a, b: (spawn(b.recv).kill(), a.send(b"1")),
    "poll waits": lambda spawn, a, b: spawn(b.poll),
    "poll that cannot be": lambda spawn, a, b: (a.send(b"1"), spawn(b.poll, None, zmq.POLLERR)),
    "poller": lambda spawn, a, b: spawn(zmq.zmq_poll, [(b, zmq.POLLIN), (a, zmq.POLLIN)]),
    "poller that cannot be": lambda spawn, a, b: (
        a.send(b"1"),
        spawn(zmq.zmq_poll, [(b, zmq.POLLERR)]),
    ),
    "both directions": idle_in_both,
    "peer gone": lambda spawn, a, b: (spawn(b.recv), a.close()),
    "plain shadow": lambda spawn, a, b: (spawn(b.recv), PlainSocket.shadow(b)),
}


@pytest.mark.parametrize("state", IDLE)
def test_idle_uses_no_cpu(pair, no_room, spawn, state):
    a, b = pair(zmq.DEALER, zmq.DEALER, "tcp", sndhwm=0)
    kept = IDLE[state](spawn, a, b)
    waiting, _ = no_room()
    spawn(waiting.send, b"1")
    gevent.sleep(0.1)  # let it come to rest
    used = time.process_time()
    gevent.sleep(0.25)
    assert time.process_time() - used < 0.1
    del kept


#: A program that waits, and tells how often its hub woke up and what share of the time it used.
IDLE_PROGRAM = """
    import sys, time
    import gevent
    import zmq.green as zmq
    state, seconds = sys.argv[1], float(sys.argv[2])
    context = zmq.Context()
    router, dealer, other = (context.socket(k) for k in (zmq.ROUTER, zmq.DEALER, zmq.DEALER))
    where = router.bind("tcp://127.0.0.1:0").endpoint
    dealer.connect(where)
    other.connect(where)
    dealer.send(b"hello")
    router.recv_multipart()
    waiting = [gevent.spawn(dealer.recv), gevent.spawn(dealer.poll, None, zmq.POLLERR)]
    if state == "receiving":
        waiting.append(gevent.spawn(router.recv_multipart))
    else:  # news come that are not what is waited for
        waiting.append(gevent.spawn(router.poll, None, zmq.POLLERR))
    if state == "disconnected":
        gevent.sleep(0.1)
        other.close(0)
    if state == "unwanted":
        gevent.sleep(0.1)
        other.send_many([b"x"] * 10)
    gevent.sleep(0.3)
    loop = gevent.get_hub().loop
    turns, used, begin = loop.iteration, time.process_time(), time.monotonic()
    gevent.sleep(seconds)
    print(loop.iteration - turns, (time.process_time() - used) / (time.monotonic() - begin))
    gevent.killall(waiting)
    context.destroy(linger=0)
"""


@pytest.mark.parametrize("state", ["receiving", "disconnected", "unwanted"])
@pytest.mark.parametrize("seconds", [1, pytest.param(5, marks=pytest.mark.long)])
def test_no_timed_wakeups(output, state, seconds):
    """The hub turns only to end the sleep of the program itself."""
    turns, share = output(IDLE_PROGRAM, state, seconds).split()
    assert int(turns) <= 3
    assert float(share) < 0.01 or seconds < 5
