# SPDX-License-Identifier: BSD-3-Clause
"""Sockets that count their subscribers are what they were: what they receive, and who cannot."""

import pytest

import zmq


@pytest.fixture
def counting(context):
    """`counting(type)`: a socket that counts its subscribers, closed after the test."""
    made = []

    def counting(kind, **options):
        s = context.socket(kind, count_subscribers=True, **options)
        made.append(s)
        s.linger, s.rcvtimeo, s.sndtimeo = 0, 5000, 5000
        return s

    yield counting
    for s in made:
        s.close()


@pytest.fixture
def subscriber(socket):
    """`subscriber(address, *topics)`: a SUB socket."""

    def subscriber(address, *topics):
        s = socket(zmq.SUB)
        s.connect(address)
        for topic in topics:
            s.subscribe(topic)
        return s

    return subscriber


# ---- what the user of an XPUB receives ----


def notifications(s):
    found = []
    while s.poll(0):
        found.append(s.recv())
    return found


@pytest.mark.parametrize("keyword", ["count_subscribers", "observe"])
def test_recv_still_sees_the_notifications(context, bind, socket, keyword, transport):
    with context.socket(zmq.XPUB, **{keyword: True}) as pub:
        pub.rcvtimeo = 5000
        address = bind(pub, transport)
        sub = socket(zmq.SUB)
        sub.connect(address)
        for topic in (b"a", b"b", b"c"):
            sub.subscribe(topic)
        pub.wait_subscribers(b"c", timeout=5000)
        assert pub.recv() == b"\1a"
        sub.unsubscribe(b"a")
        sub.subscribe(b"d")
        pub.wait_subscribers(b"d", timeout=5000)
        assert notifications(pub) == [b"\1b", b"\1c", b"\0a", b"\1d"]
        assert notifications(pub) == []
        sub.subscribe(b"e")
        assert pub.recv() == b"\1e"  # from libzmq itself, and counted too
        assert pub.subscribers == {b"b": 1, b"c": 1, b"d": 1, b"e": 1}
        assert notifications(pub) == []


RECEIVE = {
    "recv": lambda s: s.recv(),
    "recv frame": lambda s: s.recv(copy=False).bytes,
    "recv_multipart": lambda s: b"".join(s.recv_multipart()),
    "recv_string": lambda s: s.recv_string().encode(),
    "recv_into": lambda s: (lambda b: bytes(b[: s.recv_into(b)]))(bytearray(100)),
    "recv with timeout": lambda s: s.recv(timeout=5000),
    "try_recv": lambda s: s.try_recv(),
    "recv_many": lambda s: s.recv_many(1)[0],
    "recv_many_multipart": lambda s: b"".join(s.recv_many_multipart(1)[0]),
    "iteration": lambda s: next(iter(s)),
}


@pytest.mark.parametrize("way", RECEIVE)
@pytest.mark.parametrize("waited", [True, False])
def test_every_way_to_receive(counting, bind, subscriber, way, waited, wait_for):
    pub = counting(zmq.XPUB)
    subscriber(bind(pub, "tcp"), b"a", b"b")
    if waited:
        pub.wait_subscribers(b"b", timeout=5000)
    else:
        wait_for(lambda: pub.poll(0))
    assert RECEIVE[way](pub) == b"\1a"
    assert pub.rcvmore == 0
    wait_for(lambda: pub.poll(0))
    assert RECEIVE[way](pub) == b"\1b"
    assert not pub.poll(0)
    assert pub.subscribers == {b"a": 1, b"b": 1}


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
def test_messages_from_below_stay_whole(counting, bind, socket, transport):
    pub, below = counting(zmq.XPUB), socket(zmq.XSUB)
    below.connect(bind(pub, transport))
    for message in ([b"\1a"], [b"one", b"two", b"three"], [b"", b"x"], [b"\1b"], [b"last"]):
        below.send_multipart(message)
    pub.wait_subscribers(b"b", timeout=5000)
    assert pub.subscribers == {b"a": 1, b"b": 1}
    assert pub.recv_multipart() == [b"\1a"]
    assert pub.recv() == b"one"
    assert pub.rcvmore == 1
    assert pub.recv_multipart() == [b"two", b"three"]
    assert pub.recv_multipart() == [b"", b"x"]
    assert pub.recv_multipart() == [b"\1b"]
    assert pub.recv_multipart() == [b"last"]
    assert pub.rcvmore == 0


def test_what_is_held_is_seen_by_polling(counting, bind, subscriber):
    pub = counting(zmq.XPUB)
    subscriber(bind(pub, "tcp"), b"a")
    pub.wait_subscribers(b"a", timeout=5000)
    assert pub.poll() == zmq.POLLIN
    assert pub.poll(flags=zmq.POLLIN | zmq.POLLOUT) == zmq.POLLIN | zmq.POLLOUT
    assert pub.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    assert pub.events == pub.get(zmq.EVENTS) == zmq.POLLIN | zmq.POLLOUT
    assert zmq.zmq_poll([(pub, zmq.POLLIN)]) == [(pub, zmq.POLLIN)]
    assert zmq.zmq_poll([(pub, zmq.POLLOUT)]) == [(pub, zmq.POLLOUT)]
    poller = zmq.Poller()
    poller.register(pub)
    assert dict(poller.poll()) == {pub: zmq.POLLIN | zmq.POLLOUT}
    pub.recv()
    assert pub.poll(0) == 0
    assert pub.events == zmq.POLLOUT
    assert zmq.zmq_poll([(pub, zmq.POLLIN)], 0) == []


def test_an_xpub_begins_to_count_before_it_is_bound(socket, bind, subscriber):
    pub = socket(zmq.XPUB)
    assert pub.subscribers == {}
    address = bind(pub, "tcp")
    for _ in range(3):
        subscriber(address, b"a")
    assert pub.wait_subscribers(b"a", 3, timeout=5000) == 3


# ---- a PUB that counts is a PUB ----


def test_a_counting_pub_is_a_pub(counting, bind, subscriber):
    pub = counting(zmq.PUB)
    assert pub.type == pub.get(zmq.TYPE) == zmq.PUB
    assert isinstance(pub.type, zmq.SocketType)
    assert "PUB" in repr(pub) and "XPUB" not in repr(pub)
    subscriber(bind(pub, "tcp"), b"a")
    pub.wait_subscribers(b"a", timeout=5000)
    assert pub.events == zmq.POLLOUT
    assert pub.poll(0) == 0
    assert zmq.zmq_poll([(pub, zmq.POLLIN)], 0) == []
    for receive in (
        pub.recv,
        pub.recv_multipart,
        lambda: pub.recv_into(bytearray(9)),
        pub.try_recv,
    ):
        with pytest.raises(zmq.ZMQError, match="PUB socket cannot receive") as caught:
            receive()
        assert caught.value.errno == zmq.ENOTSUP


def test_a_counting_pub_is_not_readable_before_it_looks(counting, bind, subscriber, wait_for):
    pub = counting(zmq.PUB)
    sub = subscriber(bind(pub, "inproc"), b"a")  # its subscription is there at once
    assert pub.poll(20) == 0
    assert zmq.zmq_poll([(pub, zmq.POLLIN)], 20) == []
    pub.send(b"a")
    assert sub.recv() == b"a"


def test_a_counting_pub_that_only_sends_takes_what_it_is_told(counting, bind, context, wait_for):
    pub = counting(zmq.PUB)
    address = bind(pub, "inproc")
    for number in range(1000):
        with context.socket(zmq.SUB) as sub:
            sub.connect(address)
            sub.subscribe(b"%d" % number)
            pub.send(b"x")
    assert pub.counting._topics  # without being asked: libzmq would keep all of it
    wait_for(lambda: pub.subscribers == {})


@pytest.mark.parametrize("kind", [zmq.PUB, zmq.XPUB])
@pytest.mark.parametrize("option", ["XPUB_VERBOSE", "XPUB_MANUAL"])
def test_options_that_would_spoil_the_count(counting, kind, option):
    pub = counting(kind)
    with pytest.raises(zmq.ZMQError, match=f"{option}.*count_subscribers") as caught:
        pub.set(getattr(zmq, option), 1)
    assert caught.value.errno == zmq.EINVAL
    pub.set(zmq.XPUB_VERBOSER, 1)
    with pytest.raises(zmq.ZMQError, match="XPUB_VERBOSER"):
        pub.set(zmq.XPUB_VERBOSER, 0)


def test_conflate_needs_a_real_pub(counting):
    with pytest.raises(zmq.ZMQError, match="CONFLATE"):
        counting(zmq.PUB).conflate = 1


# ---- who cannot count ----


def test_a_plain_pub_cannot(socket):
    pub = socket(zmq.PUB)
    for ask in (lambda: pub.wait_subscribers(b"x"), lambda: pub.subscribers):
        with pytest.raises(
            zmq.ZMQError, match=r"ctx\.socket\(zmq\.PUB, count_subscribers=True\)"
        ) as caught:
            ask()
        assert caught.value.errno == zmq.ENOTSUP


def test_an_xpub_that_was_bound_before_cannot(socket, bind):
    pub = socket(zmq.XPUB)
    bind(pub)
    with pytest.raises(zmq.ZMQError, match="count_subscribers=True"):
        pub.wait_subscribers(b"x")


@pytest.mark.parametrize("other", [zmq.SUB, zmq.ROUTER])
def test_other_types_cannot(socket, other):
    with pytest.raises(zmq.ZMQError, match=f"only PUB and XPUB.*{other.name}"):
        socket(other).wait_subscribers(b"x")
