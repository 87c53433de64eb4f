# SPDX-License-Identifier: BSD-3-Clause
"""The edge-triggered descriptor: whoever waits is woken, and a loop with nothing to do sleeps."""

import asyncio
import random
import time

import pytest

import zmq

#: Seconds without progress that make a stall.
STALL = 1.0


# -- polls that are cancelled -------------------------------------------------------------------


@pytest.mark.every_loop
async def test_waiting_poll(mixed_pair, turns):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    for timeout in (None, -1, 5000):
        poll = b.poll(timeout)
        await turns()
        assert poll.cancel() is True
    others = [b.poll(), b.recv()]
    a.send(b"1")
    assert await others[1] == b"1"
    a.send(b"2")
    assert await others[0] == zmq.POLLIN
    assert await b.recv() == b"2"


async def test_poll_cancelled_when_ready(mixed_pair, interrupt):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    poll = b.poll()

    async def wait():
        await poll

    await interrupt(wait, poll.done, lambda: a.send(b"1"))
    assert await b.poll(1000) == zmq.POLLIN
    assert await b.recv() == b"1"


# -- edges used up by others ---------------------------------------------------------------------

#: What reads commands of the socket, so that its descriptor need not become readable for them.
DISTURBANCES = {
    "events": lambda s: s.events,
    "get": lambda s: s.get(zmq.EVENTS),
    "getsockopt": lambda s: s.getsockopt(zmq.EVENTS),
    "shadow events": lambda s: s._shadow_sock.events,
    "shadow poll": lambda s: s._shadow_sock.poll(0),
    "send": lambda s: s.send(b"out", zmq.DONTWAIT).exception(),
    "poll": lambda s: s.poll(0).cancel(),
    "poller": lambda s: zmq.Poller.poll(poller_of(s), 0),
    "option": lambda s: s.set(zmq.LINGER, 0),
    "bind": lambda s: s.bind("inproc://disturbance-%d" % random.getrandbits(60)),
    "connect": lambda s: s.connect("inproc://nobody-%d" % random.getrandbits(60)),
    "recv that fails": lambda s: s.recv(zmq.DONTWAIT).exception(),
    "cancelled recv": lambda s: s.recv().cancel(),
}


def poller_of(s):
    poller = zmq.Poller()
    poller.register(s._shadow_sock, zmq.POLLIN)
    return poller


@pytest.mark.every_loop
@pytest.mark.parametrize("disturbance", DISTURBANCES)
async def test_waiting_receive_is_woken(mixed_pair, transport, disturbance):
    """The message comes, and something else looks at the socket before the loop does."""
    a, b = mixed_pair(zmq.DEALER, zmq.DEALER, transport)
    for n in range(8):
        waiting = b.recv()
        await asyncio.sleep(0)
        a.send(b"%d" % n)
        for _ in range(n):
            DISTURBANCES[disturbance](b)
        assert await asyncio.wait_for(waiting, STALL) == b"%d" % n


@pytest.mark.parametrize("disturbance", DISTURBANCES)
async def test_waiting_poll_is_woken(mixed_pair, transport, disturbance):
    a, b = mixed_pair(zmq.DEALER, zmq.DEALER, transport)
    for n in range(6):
        waiting = b.poll()
        await asyncio.sleep(0)
        a.send(b"%d" % n)
        if disturbance not in ("recv that fails", "cancelled recv"):
            for _ in range(n):
                DISTURBANCES[disturbance](b)
        assert await asyncio.wait_for(waiting, STALL) == zmq.POLLIN
        assert await b.recv() == b"%d" % n


@pytest.mark.parametrize("disturbance", sorted({*DISTURBANCES} - {"send", "bind", "connect"}))
async def test_waiting_send_is_woken(socket, blocking, bind, disturbance):
    for _ in range(5):
        a = socket(zmq.DEALER)
        address = bind(a)
        waiting = a.send(b"1")
        await asyncio.sleep(0)
        b = blocking(zmq.DEALER)
        b.connect(address)
        DISTURBANCES[disturbance](a)
        await asyncio.wait_for(waiting, STALL)
        assert b.recv() == b"1"


async def test_receive_behind_sends_that_need_not_wait(pair):
    """Each send reads the commands that came in, the one about a message among them."""
    a, b = pair(zmq.DEALER, zmq.DEALER, "tcp")
    waiting = b.recv()
    await a.send(b"1")
    end = time.monotonic() + STALL
    while not waiting.done() and time.monotonic() < end:
        await b.send(b"x")
        await a.recv()
    assert await asyncio.wait_for(waiting, STALL) == b"1"


async def test_all_waiters_are_woken_by_one_edge(mixed_pair, transport):
    a, b = mixed_pair(zmq.DEALER, zmq.DEALER, transport)
    polls = [b.poll() for _ in range(3)]
    receives = [b.recv() for _ in range(3)]
    for n in range(4):
        a.send(b"%d" % n)
    assert await asyncio.wait_for(asyncio.gather(*receives), STALL) == [b"0", b"1", b"2"]
    assert await asyncio.wait_for(asyncio.gather(*polls), STALL) == [zmq.POLLIN] * 3


# -- the stress ----------------------------------------------------------------------------------


class Stress:
    """A ROUTER that echoes, and a DEALER that many tasks use in every way at once."""

    def __init__(self, router, dealer, length):
        self.router, self.dealer = router, dealer
        self.end = time.monotonic() + length
        self.shadow = dealer._shadow_sock
        self.sent = self.seen = self.echoed = 0
        self.progress = time.monotonic()

    @property
    def over(self):
        return time.monotonic() > self.end

    def note(self, message):
        """What came back must be the next number."""
        assert int(message) == self.seen
        self.seen += 1
        self.progress = time.monotonic()

    async def echo(self):
        while True:
            message = await self.router.recv_multipart()
            if random.random() < 0.1:
                assert self.router.events & (zmq.POLLIN | zmq.POLLOUT) >= 0
            if random.random() < 0.05:
                await asyncio.sleep(random.random() / 1000)
            await self.router.send_multipart(message)
            self.echoed += 1

    async def send(self):
        while not self.over:
            if self.sent - self.seen > 50:
                await asyncio.sleep(0)
                continue
            number = b"%d" % self.sent
            self.sent += 1
            if random.random() < 0.2:
                self.shadow.send(number)
            else:
                await self.dealer.send(number)
            if random.random() < 0.2:
                await asyncio.sleep(random.choice([0, 0, 0.0005]))

    async def receive(self):
        while not self.over or self.seen < self.sent:
            chance = random.random()
            if chance < 0.2:
                await self.dealer.poll(random.choice([0, 1, 20]))
            elif chance < 0.3:
                assert self.dealer.events >= 0
            elif chance < 0.4:
                await self.receive_by_shadow()
            elif chance < 0.5:
                pending = self.dealer.recv()
                if not pending.cancel():
                    self.note(await pending)
            elif self.seen < self.sent:
                self.note(await self.dealer.recv())
            else:
                await asyncio.sleep(0)

    async def receive_by_shadow(self):
        try:
            self.note(self.shadow.recv(zmq.DONTWAIT))
        except zmq.Again:
            await asyncio.sleep(0)

    async def watch(self):
        """Nothing may stall while something is under way."""
        while not self.over or self.seen < self.sent:
            if self.seen == self.sent:
                self.progress = time.monotonic()
            stalled = time.monotonic() - self.progress
            assert stalled < STALL, f"{self.sent} sent, {self.echoed} echoed, {self.seen} seen"
            await asyncio.sleep(0.01)

    async def run(self):
        tasks = [asyncio.ensure_future(work()) for work in (self.send, self.receive, self.watch)]
        echo = asyncio.ensure_future(self.echo())
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in (echo, *tasks):
                task.cancel()
            await asyncio.wait([echo, *tasks])
        assert self.seen == self.sent > 100


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_stress(drive, pair, transport):
    router, dealer = pair(zmq.ROUTER, zmq.DEALER, transport)

    async def main():
        await Stress(router, dealer, 5).run()

    drive(main)


@pytest.mark.long
@pytest.mark.timeout(200)
@pytest.mark.parametrize("transport", ["inproc", "ipc", "tcp"])
def test_long_stress(drive, pair, transport):
    router, dealer = pair(zmq.ROUTER, zmq.DEALER, transport)

    async def main():
        await Stress(router, dealer, 60).run()

    drive(main, deadline=150)


# -- a loop with nothing to do -------------------------------------------------------------------

IDLE = {
    "nothing begun": lambda a, b: None,
    "receive waits": lambda a, b: b.recv(),
    "receive ended": lambda a, b: (b.recv(), a.send(b"1")),
    "messages that nobody takes": lambda a, b: (b.recv(), a.send_many([b"1"] * 5)),
    "cancelled": lambda a, b: (b.recv().cancel(), a.send(b"1")),
    "cancelled one in front": lambda a, b: (f := b.recv(), b.recv(), f.cancel()),
    "poll waits": lambda a, b: b.poll(),
    "poll that cannot be": lambda a, b: (a.send(b"1"), b.poll(None, zmq.POLLERR)),
    "poll for ready and not": lambda a, b: (a.send(b"1"), b.poll(), b.poll(None, zmq.POLLERR)),
    "send waits and messages come": lambda a, b: (b.send(b"x" * 99), a.send_many([b"1"] * 5)),
}


@pytest.mark.every_loop
@pytest.mark.parametrize("state", IDLE)
async def test_idle_uses_no_cpu(mixed_pair, no_room, state):
    a, b = mixed_pair(zmq.DEALER, zmq.DEALER, "tcp", sndhwm=0)
    kept = IDLE[state](a, b)
    waiting, _ = no_room()
    also_kept = waiting.send(b"1")
    await asyncio.sleep(0.05)  # let it come to rest
    used = time.process_time()
    await asyncio.sleep(0.25)
    assert time.process_time() - used < 0.1
    del kept, also_kept
