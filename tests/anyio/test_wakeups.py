# SPDX-License-Identifier: BSD-3-Clause
"""Nobody who waits is forgotten, whatever else is done with the socket; waiting costs nothing."""

import random
import time

import anyio
import pytest

import zmq

#: Reading options: some take in the news.
PEEKS = (lambda s: s.events, lambda s: s.get(zmq.EVENTS), lambda s: s.rcvmore)


class Traffic:
    """Questions and answers between two sockets, whose news many others take in."""

    def __init__(self, dealer, router, shadows):
        self.dealer, self.router, self.shadows = dealer, router, shadows
        self.dice = random.Random(7)
        self.pending = {}  # question -> what its answer sets off
        self.answered = 0
        self.longest = 0.0

    def note(self, answer):
        self.answered += 1
        self.pending.pop(answer).set()  # a KeyError for one that came twice

    async def ask(self, offset, until):
        """Send when the answer before is there, so that a lost one stops everything."""
        number = offset
        while time.monotonic() < until:
            done = self.pending[b"%d" % number] = anyio.Event()
            begin = time.monotonic()
            await self.dealer.send(b"%d" % number)
            await done.wait()
            self.longest = max(self.longest, time.monotonic() - begin)
            number += 10

    def hurry(self):
        return anyio.move_on_after(self.dice.choice((0.0005, 0.01, None)))

    async def collect(self):
        while True:
            with self.hurry():
                if self.dice.random() < 0.3:
                    await self.dealer.poll()
                self.note(await self.dealer.recv())

    async def answer(self):
        while True:
            with self.hurry():
                message = await self.router.recv_multipart()
                with anyio.CancelScope(shield=True):
                    await self.router.send_multipart(message)

    async def meddle(self):
        """Take in the news of both sockets, in every way there is."""
        while True:
            s = self.dice.choice((self.dealer, self.router))
            self.dice.choice(PEEKS)(s)
            await s.poll(0, zmq.POLLIN | zmq.POLLOUT)
            if self.shadows:
                shadow = self.dice.choice(self.shadows)
                if self.dice.random() < 0.5:
                    shadow.poll(0)
                elif shadow.type == zmq.DEALER:
                    try:
                        self.note(shadow.recv(zmq.DONTWAIT))
                    except zmq.Again:
                        pass
            await anyio.sleep(self.dice.choice((0, 0, 0.0003, 0.002)))

    async def run(self, seconds):
        until = time.monotonic() + seconds
        async with anyio.create_task_group() as group:
            for helper in (self.answer, self.collect, self.meddle):
                group.start_soon(helper)
                group.start_soon(helper)
            async with anyio.create_task_group() as asking:
                for offset in range(3):
                    asking.start_soon(self.ask, offset, until)
            group.cancel_scope.cancel()


@pytest.mark.parametrize("seconds", [1, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.parametrize("shadowed", [False, True])
async def test_nothing_stalls(pair, plain, shadowed, seconds):
    dealer, router = pair(zmq.DEALER, zmq.ROUTER, "tcp")
    traffic = Traffic(dealer, router, [plain(dealer), plain(router)] if shadowed else [])
    await traffic.run(seconds)
    assert traffic.longest < 1
    assert traffic.answered > 20 * seconds


# -- news that somebody else takes in -------------------------------------------------------------

#: What takes in the news of a socket, as a synchronous call.
TAKERS = {
    "events": lambda s: s.events,
    "get": lambda s: s.get(zmq.EVENTS),
    "getsockopt": lambda s: s.getsockopt(zmq.EVENTS),
    "bind": lambda s: s.bind("inproc://taker-%d" % id(s)),
    "connect": lambda s: s.connect("inproc://taker-%d" % id(s)),
    "try_recv": lambda s: s.try_recv(),
    "send": lambda s: run_now(s.send(b"x")),
    "poll": lambda s: run_now(s.poll(0)),
    "poller": lambda s: run_now(poll_quickly(s)),
}


async def poll_quickly(s):
    poller = zmq.Poller()
    poller.register(s)
    poller.poll(0)
    poller = zmq.anyio.Poller()
    poller.register(s)
    return poller._look()


def run_now(call):
    """Run a coroutine that does not wait, without letting others run."""
    with pytest.raises(StopIteration):
        call.send(None)


@pytest.mark.parametrize("taker", sorted(TAKERS))
@pytest.mark.parametrize("waiting", ["recv", "both"])
async def test_news_that_another_call_takes_in(pair, taker, waiting, blocked):
    a, b = pair(zmq.DEALER, zmq.DEALER)
    found = []

    async def wait(name):
        found.append(await getattr(b, name)())

    async with anyio.create_task_group() as group:
        for name in ("poll", "recv") if waiting == "both" else (waiting,):
            group.start_soon(wait, name)
        await blocked()
        await a.send_many([b"x", b"y", b"z"])  # one for each
        TAKERS[taker](b)
        with anyio.fail_after(10):
            while len(found) < (2 if waiting == "both" else 1):
                await anyio.sleep(0)


async def test_a_sender_is_told_by_a_receiver(socket, bind, blocked):
    """The receiver's call takes in that there is room again."""
    a, b = socket(zmq.DEALER, sndhwm=1), socket(zmq.DEALER, rcvhwm=1)
    b.connect(bind(a))
    sent = 0
    while True:
        try:
            await a.send(b"%d" % sent, zmq.DONTWAIT)
            sent += 1
        except zmq.Again:
            break
    got = []

    async def take():
        got.append(await a.recv())

    async with anyio.create_task_group() as group:
        group.start_soon(take)
        await blocked()
        group.start_soon(a.send, b"last")
        await blocked()
        for number in range(sent):
            assert await b.recv() == b"%d" % number
        await b.send(b"reply")
        assert await b.recv() == b"last"
    assert got == [b"reply"]


async def test_two_objects_for_one_socket(context, pair, blocked):
    a, b = pair(zmq.PUSH, zmq.PULL)
    others = [zmq.anyio.Socket(b), zmq.anyio.Socket(zmq.Socket.shadow(b.underlying))]
    found = []

    async def receive(s):
        found.append(await s.recv())

    async with anyio.create_task_group() as group:
        for s in (b, *others):
            group.start_soon(receive, s)
        await blocked()
        await a.send_many([b"1", b"2", b"3"])
    assert found == [b"1", b"2", b"3"]


async def test_news_that_a_shadow_takes_in(pair, plain, blocked):
    a, b = pair(zmq.PUSH, zmq.PULL)
    shadow = plain(b)
    for _ in range(2):
        async with anyio.create_task_group() as group:
            group.start_soon(b.recv)
            await blocked()
            plain(a).send(b"x")
            assert shadow.poll(1000)


async def test_news_of_the_shadowed_socket(pair, blocked):
    """The anyio socket is the shadow here."""
    with zmq.Context() as context:
        with context.socket(zmq.PULL) as shared, context.socket(zmq.PUSH) as source:
            shared.bind("inproc://shared")
            source.connect("inproc://shared")
            async with anyio.create_task_group() as group:
                group.start_soon(zmq.anyio.Socket(shared).recv)
                await blocked()
                source.send(b"x")
                assert shared.poll(1000)


async def test_a_mandatory_router_that_is_full(socket, bind, beside):
    """EVENTS says that there is room, and there is none for this peer."""
    router = socket(zmq.ROUTER, router_mandatory=1, sndhwm=1)
    slow = socket(zmq.DEALER, routing_id=b"slow", rcvhwm=1)
    slow.connect(bind(router))
    await slow.send(b"here")
    await router.recv_multipart()

    async def flood():
        for number in range(50):
            await router.send_multipart([b"slow", b"%d" % number])

    async with beside(flood):
        before = time.process_time()
        await anyio.sleep(0.5)
        assert time.process_time() - before < 0.2
        for number in range(50):
            assert await slow.recv() == b"%d" % number


async def test_a_publisher_that_blocks_when_full(socket, bind):
    """As above, and nothing else wakes it than the news of the connection."""
    a, b = socket(zmq.XPUB, sndhwm=1, on_full="block"), socket(zmq.SUB, rcvhwm=1)
    b.subscribe(b"")
    b.connect(bind(a))
    await a.recv()
    async with anyio.create_task_group() as group:
        group.start_soon(a.send_many, [b"%d" % number for number in range(100)])
        for number in range(100):
            assert await b.recv() == b"%d" % number


async def test_an_observed_socket_reads_its_events_while_it_waits(context, beside):
    """They would pile up otherwise."""
    async with context.socket(zmq.ROUTER, observe=True) as router:
        router.bind("tcp://127.0.0.1:0")
        async with beside(router.recv):
            for count in range(1, 3):
                async with context.socket(zmq.DEALER) as dealer:
                    dealer.connect(router.last_endpoint)
                    with anyio.fail_after(10):
                        while router._observer.connections.connects < count:
                            await anyio.sleep(0.01)


# -- order ---------------------------------------------------------------------------------------


async def test_first_come_first_served(pair, blocked):
    a, b = pair(zmq.PUSH, zmq.PULL)
    order = []

    async def receive(name):
        for _ in range(3):
            order.append((name, await b.recv()))

    async with anyio.create_task_group() as group:
        for name in "abc":
            group.start_soon(receive, name)
            await blocked()
        for number in range(9):
            await a.send(b"%d" % number)
            await blocked()
    assert order == [("abc"[i % 3], b"%d" % i) for i in range(9)]


async def test_a_newcomer_stands_behind(pair, blocked):
    """Who was there before gets the message, even if it has not run yet."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    found = []

    async def receive():
        found.append(await b.recv())

    async with anyio.create_task_group() as group:
        group.start_soon(receive)
        group.start_soon(receive)
        await blocked()
        await a.send_many([b"1", b"2", b"3"])
        assert await b.recv() == b"3"
    assert found == [b"1", b"2"]


async def test_senders_stand_in_line(socket, bind, blocked):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    address = bind(a)
    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(a.send_multipart, [b"%d" % number, b"rest"])
            await blocked()
        b.connect(address)
        for number in range(5):
            assert await b.recv_multipart() == [b"%d" % number, b"rest"]


async def test_messages_of_several_senders_are_not_mixed(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2)

    async def send(name):
        for _ in range(100):
            await a.send_multipart([name] * 4)
            await a.send(name, zmq.SNDMORE)
            await a.send(name)

    seen = {b"%d" % number: 0 for number in range(4)}
    async with anyio.create_task_group() as group:
        for name in seen:
            group.start_soon(send, name)
        for _ in range(800):
            parts = await b.recv_multipart()
            assert parts in ([parts[0]] * 4, [parts[0]] * 2)
            seen[parts[0]] += 1
    assert set(seen.values()) == {200}


async def test_parts_received_one_by_one_are_not_mixed(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    whole = []

    async def receive():
        while len(whole) < 600:
            parts = [await b.recv()]
            while b.rcvmore:
                parts.append(await b.recv())
            whole.append(parts)
            if len(whole) >= 600:
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(receive)
        for number in range(600):
            await a.send_multipart([b"%d" % number] * 5)
    assert sorted(whole) == sorted([b"%d" % number] * 5 for number in range(600))


# -- idle ----------------------------------------------------------------------------------------


async def test_an_idle_socket_uses_no_processor_time(pair, socket, beside):
    a, b = pair(zmq.DEALER, zmq.DEALER, "tcp")
    poller = zmq.anyio.Poller()
    poller.register(a, zmq.POLLIN)
    for s in (a, b):
        for _ in range(100):
            await s.send(b"x")
    for s in (a, b):
        for _ in range(100):
            await s.recv()
    async with beside(a.recv) as group:
        group.start_soon(b.poll)
        group.start_soon(poller.poll)
        group.start_soon(socket(zmq.PUSH).send, b"to nobody")
        socket(zmq.DEALER).connect(a.last_endpoint)  # news that are for nobody
        await anyio.sleep(0.2)
        before = time.process_time()
        await anyio.sleep(1)
        assert time.process_time() - before < 0.1


# -- fairness ------------------------------------------------------------------------------------


async def send_and_receive(a, b):
    while True:
        await a.send_multipart([b"x", b"y"])
        await b.recv_multipart()


async def try_always(s):
    while True:
        try:
            await s.recv(zmq.DONTWAIT)
        except zmq.Again:
            pass


async def poll_always(s):
    while True:
        await s.poll(0)


async def send_without_end(s):
    def messages():
        while True:
            yield b"x"

    await s.send_many(messages())


@pytest.mark.parametrize("busy", ["both", "try", "poll", "many"])
async def test_others_have_their_turn(pair, socket, beside, busy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    pub = socket(zmq.PUB)
    work = {
        "both": (send_and_receive, a, b),
        "try": (try_always, b),
        "poll": (poll_always, b),
        "many": (send_without_end, pub),
    }[busy]
    async with beside(*work):
        begin = time.thread_time()  # other processes do not count
        for _ in range(50):
            await anyio.sleep(0.01)
        assert time.thread_time() - begin < 1


async def count_turns(turns):
    while True:
        turns.append(None)
        await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("budget", [256, 1, 5, 100, 0])
async def test_the_budget_can_be_set(pair, budget):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert a.budget == 256
    a.budget = b.budget = budget
    assert a.budget == budget
    turns = []
    async with anyio.create_task_group() as group:
        group.start_soon(count_turns, turns)
        await anyio.lowlevel.checkpoint()
        before = len(turns)
        for _ in range(2000):
            await a.send(b"x")
            await b.recv()
        count = len(turns) - before
        group.cancel_scope.cancel()
    assert count == pytest.approx(4000 / budget if budget else 0, rel=0.3)


async def test_large_messages_cost_more(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    large = b"x" * 409_600
    for send, receive in ((a.send, b.recv), (a.send_multipart, b.recv_multipart)):
        turns = []
        async with anyio.create_task_group() as group:
            group.start_soon(count_turns, turns)
            await anyio.lowlevel.checkpoint()
            before = len(turns)
            for _ in range(60):
                await send(large if send == a.send else [large])
                await receive()
            count = len(turns) - before
            group.cancel_scope.cancel()
        assert 15 < count < 60


async def test_an_impossible_budget(socket):
    with pytest.raises(ValueError, match="budget"):
        socket(zmq.PUB).budget = -1
