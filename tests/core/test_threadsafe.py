# SPDX-License-Identifier: BSD-3-Clause
"""Threadsafe sockets: several threads at once, every message once and whole, nobody locked out."""

import inspect
from collections import Counter

import pytest

import zmq
import zmq.backend

# -- what they are -------------------------------------------------------------------------------


def test_they_say_what_they_are(context, shared, socket):
    s = shared(zmq.PUSH)
    assert s.threadsafe and not socket(zmq.PUSH).threadsafe
    assert not context.socket(zmq.PUSH, threadsafe=False).close()
    assert repr(s).startswith("<zmq.Socket(zmq.PUSH) at ") and repr(s).endswith(" threadsafe>")
    assert isinstance(s, zmq.Socket)
    assert type(s) is type(shared(zmq.PULL))
    with pytest.raises(AttributeError):
        s.threadsafe = False


def test_options_and_defaults_are_as_usual(context, shared):
    context.sndhwm = 7
    s = shared(zmq.PUSH, rcvtimeo=5)
    assert (s.sndhwm, s.rcvtimeo, s.get(zmq.SNDHWM), s.getsockopt(zmq.TYPE)) == (7, 5, 7, zmq.PUSH)
    s.setsockopt(zmq.IDENTITY, b"me")
    assert s.identity == b"me" == s.get(zmq.ROUTING_ID)
    s.set_hwm(3)
    assert s.hwm == 3
    with pytest.raises(AttributeError):
        s.lingr = 0
    with pytest.raises(zmq.ZMQError, match="HWM|number 5000"):
        s.set(5000, 1)


def test_every_native_method_is_taken_over(shared):
    # one that is not would go past the lock
    harmless = {"underlying", "context", "closed", "copy_threshold", "share_bytes", "shadow"}
    harmless |= {"counting"}  # only says who counts
    harmless |= {n for n in dir(zmq.backend.Socket) if n.startswith("_")}
    public = set(dir(zmq.backend.Socket)) - harmless
    plain = shared(zmq.PULL)._plain
    own = {
        n for cls in type(shared(zmq.PULL)).__mro__ if not issubclass(plain, cls) for n in vars(cls)
    }
    assert public - own == set()


def test_parameters_are_as_usual(shared):
    for name in ("send", "recv", "send_multipart", "recv_multipart", "recv_into", "poll", "close"):
        theirs = inspect.signature(getattr(zmq.Socket, name)).parameters
        assert list(inspect.signature(getattr(type(shared(zmq.PULL)), name)).parameters) == list(
            theirs
        )


class Counting(zmq.Socket):
    sent = received = 0

    def send(self, data, flags=0, **kwargs):
        self.sent += 1
        return super().send(data, flags, **kwargs)

    def recv(self, flags=0, **kwargs):
        part = super().recv(flags, **kwargs)
        self.received += 1
        return part


def test_overrides_of_a_subclass_are_used(context, bind):
    with context.socket(zmq.PUSH, socket_class=Counting, threadsafe=True) as a:
        with context.socket(zmq.PULL, socket_class=Counting, threadsafe=True) as b:
            b.connect(bind(a))
            a.send(b"1")
            a.send(b"2", zmq.SNDMORE)
            a.send(b"3")
            a.send_multipart([b"4", b"5"])
            a.send_many([b"6", [b"7", b"8"]])
            a.send_string("9")
            got = [b.recv(), b.recv_multipart(), b.recv_multipart(timeout=5000), b.recv_many(1)]
            got += [b.recv(), b.recv(copy=False).bytes, b.recv_string()]
            assert got == [b"1", [b"2", b"3"], [b"4", b"5"], [b"6"], b"7", b"8", "9"]
            assert (a.sent, b.received) == (9, 9)


def test_a_copy_shares_the_lock(shared_pair, run_all, wait_for_waiters):
    import copy

    a, b = shared_pair(zmq.DEALER, zmq.DEALER)
    second = copy.copy(b)
    assert second.threadsafe and second._room is b._room
    results = run_all(b.recv, second.recv)
    wait_for_waiters(b, 2)
    a.send_many([b"x", b"x"])
    assert results() == [b"x", b"x"]


# -- every message once, whole, in order ---------------------------------------------------------


def send_plain(s, sender, number):
    s.send(b"%d %d" % (sender, number))


def send_parts(s, sender, number):
    s.send(b"%d %d" % (sender, number), zmq.SNDMORE)
    s.send(bytes(number % 50), zmq.SNDMORE, copy=False)
    s.send(b"%d %d" % (sender, number))


def send_whole(s, sender, number):
    s.send_multipart([b"%d %d" % (sender, number), b"x", b"%d %d" % (sender, number)])


def send_batch(s, sender, number):
    if number % 10 == 0:
        s.send_many([b"%d %d" % (sender, n) for n in range(number, number + 10)])


def recv_plain(s):
    return [[s.recv()]]


def recv_parts(s):
    parts = [s.recv()]
    while s.rcvmore:
        parts.append(s.recv(copy=len(parts) % 2))
    return [[bytes(part) for part in parts]]


def recv_whole(s):
    return [s.recv_multipart()]


def recv_batch(s):
    return s.recv_many_multipart(20)


def recv_after_poll(s):
    while True:
        s.poll()
        message = s.try_recv_multipart()
        if message is not None:
            return [message]


FORMS = {
    "plain": (send_plain, recv_plain),
    "parts": (send_parts, recv_parts),
    "whole": (send_whole, recv_whole),
    "parts-whole": (send_parts, recv_whole),
    "whole-parts": (send_whole, recv_parts),
    "batch": (send_batch, recv_batch),
    "polled": (send_plain, recv_after_poll),
}


def exchange(a, b, run_all, form, senders, receivers, count):
    """What each receiver got, when so many senders sent so many messages each, numbered."""
    send, receive = FORMS[form]
    end = b"end"

    def sender(who):
        for number in range(count):
            send(a, who, number)

    def receiver():
        got = []
        while True:
            for message in receive(b):
                if message[0] == end:
                    return got
                got.append(message)

    received = run_all(*[receiver] * receivers)
    assert run_all(*[lambda who=who: sender(who) for who in range(senders)])() == [None] * senders
    for _ in range(receivers):
        a.send(end)
    return received(60)


def numbers(messages):
    for message in messages:
        assert message[0] == message[-1]
        assert len(message) in (1, 3)
    return [tuple(map(int, message[0].split())) for message in messages]


@pytest.mark.parametrize("form", [form for form in FORMS if form != "batch"])
def test_every_message_exactly_once(shared_pair, run_all, transport, form):
    a, b = shared_pair(zmq.PUSH, zmq.PULL, transport, sndhwm=50, rcvhwm=50)
    got = exchange(a, b, run_all, form, 3, 3, 400)
    counted = Counter(each for messages in got for each in numbers(messages))
    assert counted == Counter((who, n) for who in range(3) for n in range(400))


@pytest.mark.parametrize("form", FORMS)
def test_one_receiver_sees_the_order_of_each_sender(shared_pair, run_all, transport, form):
    a, b = shared_pair(zmq.PUSH, zmq.PULL, transport, sndhwm=50, rcvhwm=50)
    (got,) = exchange(a, b, run_all, form, 3, 1, 400)
    for who in range(3):
        assert [n for w, n in numbers(got) if w == who] == list(range(400))


HAMMER = """
    import sys, threading, time, zmq
    seconds, address = float(sys.argv[1]), sys.argv[2]
    sys.setswitchinterval(1e-5)
    ctx = zmq.Context()
    a, b = ctx.socket(zmq.DEALER, threadsafe=True), ctx.socket(zmq.DEALER, threadsafe=True)
    b.bind(address)
    a.connect(b.last_endpoint)
    end = time.monotonic() + seconds
    sent, received = [], []
    def sender(who):
        number = 0
        while time.monotonic() < end:
            a.send(b"%d" % who, zmq.SNDMORE)
            middle = [b"%d" % number] if number % 2 else [bytes(9), b"%d" % number]
            a.send_multipart([*middle, b""])
            a.send_multipart([b"%d" % who, b"%d" % -number, b""])
            number += 1
        sent.append((who, number))
    def receiver():
        while True:
            parts = [b.recv()]
            while b.rcvmore:
                parts.append(b.recv())
            if parts == [b"end"]:
                return
            assert parts[-1] == b"" and b"" not in parts[:-1], parts
            received.append((int(parts[0]), int(parts[-2])))
            b.send(b"thanks")
    def thanked():
        while a.recv_multipart() != [b"end"]:
            pass
    senders = [threading.Thread(target=sender, args=(n,)) for n in range(3)]
    receivers = [threading.Thread(target=receiver) for n in range(3)]
    thanks = threading.Thread(target=thanked)
    for t in senders + receivers + [thanks]:
        t.start()
    for t in senders:
        t.join()
    for t in receivers:
        a.send(b"end")
    for t in receivers:
        t.join()
    b.send(b"end")
    thanks.join()
    a.close(), b.close()
    ctx.term()
    expected = [(who, sign * n) for who, count in sent for n in range(count) for sign in (1, -1)]
    print(len(received) > 100, sorted(received) == sorted(expected))
"""


def test_hammering_loses_nothing(output, endpoint, transport):
    assert output(HAMMER, 5, endpoint(transport), deadline=60) == "True True\n"


@pytest.mark.long
@pytest.mark.timeout(240)
def test_hammering_for_a_minute_loses_nothing(output, endpoint, transport):
    assert output(HAMMER, 60, endpoint(transport), deadline=200) == "True True\n"


def test_senders_and_receivers_of_one_socket(shared_pair, run_all, transport):
    a, b = shared_pair(zmq.DEALER, zmq.DEALER, transport, sndhwm=20, rcvhwm=20)

    def echo():
        for _ in range(600):
            b.send_multipart(b.recv_multipart())

    def send(who):
        for n in range(200):
            a.send_multipart([b"%d" % who, b"%d" % n])

    def receive():
        return [tuple(map(int, a.recv_multipart())) for _ in range(200)]

    received = run_all(receive, receive, receive)
    others = run_all(echo, *[lambda who=who: send(who) for who in range(3)])
    got = [each for part in received(60) for each in part]
    assert others() == [None] * 4
    assert sorted(got) == [(who, n) for who in range(3) for n in range(200)]


def test_a_waiting_receiver_locks_nobody_out(shared_pair, run_all, wait_for_waiters):
    a, b = shared_pair(zmq.DEALER, zmq.DEALER)
    waiting = run_all(a.recv)
    wait_for_waiters(a)
    for _ in range(100):
        a.send(b"x")
        assert a.poll(0) == 0 and a.events == zmq.POLLOUT and a.linger == 0
    assert b.recv_many(100) == [b"x"] * 100
    assert len(a._room.waiters) == 1
    b.send(b"y")
    assert waiting() == [b"y"]


def test_a_waiting_sender_locks_nobody_out(shared, bind, run_all, wait_for_waiters):
    a = shared(zmq.DEALER)
    waiting = run_all(lambda: a.send(b"x"))
    wait_for_waiters(a)
    with pytest.raises(zmq.Again):
        a.recv(zmq.DONTWAIT)
    b = shared(zmq.DEALER)
    b.connect(bind(a))
    assert waiting() == [None]
    assert b.recv(timeout=5000) == b"x"


def test_a_router_waits_for_one_peer_of_several(shared, bind, run_all, wait_for_waiters):
    # EVENTS says that it can send, and it cannot send to this peer
    router = shared(zmq.ROUTER, router_mandatory=1, sndhwm=1)
    address = bind(router)
    full, idle = shared(zmq.DEALER, rcvhwm=1), shared(zmq.DEALER, rcvhwm=1)
    for s, name in ((full, b"full"), (idle, b"idle")):
        s.identity = name
        s.connect(address)
        s.send(b"hello")
        assert router.recv_multipart(timeout=5000) == [name, b"hello"]
    sent = 0
    with pytest.raises(zmq.Again):
        while True:
            router.send_multipart([b"full", b"%d" % sent], zmq.DONTWAIT)
            sent += 1
    waiting = run_all(
        lambda: router.send_multipart([b"full", b"last"]),
        lambda: router.send_multipart([b"full", b"last"]),
    )
    wait_for_waiters(router, 2)
    router.send_multipart([b"idle", b"x"])
    assert idle.recv(timeout=5000) == b"x"
    got = [full.recv(timeout=5000) for _ in range(sent + 2)]
    assert got == [b"%d" % n for n in range(sent)] + [b"last"] * 2
    assert waiting() == [None, None]


def test_requests_of_several_threads_get_their_own_answers(shared, bind, run_all, transport):
    server, client = shared(zmq.REP), shared(zmq.REQ)
    client.connect(bind(server, transport))

    def serve():
        for _ in range(150):
            server.send(b"answer to " + server.recv(timeout=10000))

    def ask(name):
        for number in range(50):
            question = b"%d-%d" % (name, number)
            assert zmq.request(client, question, 10000) == b"answer to " + question

    assert run_all(serve, *(lambda n=n: ask(n) for n in range(3)))() == [None] * 4
