# SPDX-License-Identifier: BSD-3-Clause
"""What happens to messages that a peer has no room for: the attribute `on_full`."""

import threading

import pytest

import zmq

PUBLISHERS = (zmq.PUB, zmq.XPUB)


@pytest.fixture
def publisher(context, bind, socket):
    """`publisher(type, on_full)`: one with a short queue, and a subscriber that does not read."""
    made = []

    def publisher(kind, on_full):
        pub = context.socket(kind, count_subscribers=True, on_full=on_full)
        made.append(pub)
        pub.linger, pub.sndhwm = 0, 5
        address = bind(pub)
        sub = socket(zmq.SUB, rcvhwm=5, subscribe=b"")
        sub.connect(address)
        pub.wait_subscribers(b"", timeout=5000)
        return pub, sub, address

    yield publisher
    for pub in made:
        pub.close()


def _drain(s):
    found = []
    while s.poll(0):
        found.append(s.recv())
    return found


@pytest.mark.parametrize("kind", PUBLISHERS)
@pytest.mark.parametrize("on_full", ["drop", None])
def test_publishers_drop(publisher, kind, on_full):
    pub, sub, _ = publisher(kind, on_full)
    assert pub.on_full == on_full
    for number in range(100):
        pub.send(b"%d" % number)
    assert len(_drain(sub)) == 10


@pytest.mark.parametrize("kind", PUBLISHERS)
def test_publishers_raise(publisher, kind):
    pub, sub, _ = publisher(kind, "raise")
    sent = 0
    with pytest.raises(zmq.Again):
        while True:
            pub.send(b"%d" % sent)
            sent += 1
    assert sent == 10
    assert _drain(sub) == [b"%d" % number for number in range(sent)]


@pytest.mark.parametrize("kind", PUBLISHERS)
def test_publishers_raise_before_a_message_of_several_parts(publisher, kind, wait_for):
    pub, sub, _ = publisher(kind, "raise")
    sent = 0
    with pytest.raises(zmq.Again):
        while True:
            pub.send_multipart([b"%d" % sent, b"and", b"more"])
            sent += 1
    received = []
    while sub.poll(0):
        received.append(sub.recv_multipart())
    assert received == [[b"%d" % number, b"and", b"more"] for number in range(sent)]

    def try_again():
        try:
            pub.send_multipart([b"again", b"whole"])
        except zmq.Again:  # libzmq looks for room about once in a millisecond
            return False
        return True

    wait_for(try_again)
    assert sub.recv_multipart() == [b"again", b"whole"]


@pytest.mark.parametrize("kind", PUBLISHERS)
def test_nobody_gets_what_one_has_no_room_for(publisher, kind, socket):
    pub, slow, address = publisher(kind, "raise")
    fast = socket(zmq.SUB, rcvhwm=1000, subscribe=b"")
    fast.connect(address)
    pub.wait_subscribers(b"", 2, timeout=5000)
    refused = 0
    for number in range(100):
        try:
            pub.send(b"%d" % number)
        except zmq.Again:
            refused += 1
    assert len(_drain(fast)) == len(_drain(slow)) == 100 - refused


@pytest.mark.parametrize("kind", PUBLISHERS)
def test_publishers_block(publisher, kind):
    pub, sub, _ = publisher(kind, "block")
    received = []
    reader = threading.Thread(target=lambda: received.extend(sub.recv() for _ in range(1000)))
    for number in range(10):
        pub.send(b"%d" % number)
    with pytest.raises(zmq.Again):
        pub.send(b"full", zmq.DONTWAIT)
    pub.sndtimeo = 20
    with pytest.raises(zmq.Again):
        pub.send(b"full")
    pub.sndtimeo = 5000
    reader.start()
    for number in range(10, 1000):
        pub.send(b"%d" % number)
    reader.join()
    assert received == [b"%d" % number for number in range(1000)]


@pytest.fixture
def router(context, bind, socket):
    """`router(on_full)`: one with a short queue, and a peer that does not read."""
    made = []

    def router(on_full):
        s = context.socket(zmq.ROUTER, on_full=on_full)
        made.append(s)
        s.linger, s.sndhwm = 0, 5
        peer = socket(zmq.DEALER, routing_id=b"peer", rcvhwm=5)
        peer.connect(bind(s))
        peer.send(b"hello")
        s.rcvtimeo = 5000
        assert s.recv_multipart() == [b"peer", b"hello"]
        return s, peer

    yield router
    for s in made:
        s.close()


@pytest.mark.parametrize("on_full", ["drop", None])
def test_routers_drop(router, on_full):
    s, peer = router(on_full)
    for number in range(100):
        s.send_multipart([b"peer", b"%d" % number])
    s.send_multipart([b"nobody", b"x"])
    assert len(_drain(peer)) == 10


def test_routers_raise(router):
    s, peer = router("raise")
    sent = 0
    with pytest.raises(zmq.Again):
        while True:
            s.send_multipart([b"peer", b"%d" % sent])
            sent += 1
    assert _drain(peer) == [b"%d" % number for number in range(sent)]
    with pytest.raises(zmq.ZMQError) as caught:
        s.send_multipart([b"nobody", b"x"])
    assert caught.value.errno == zmq.EHOSTUNREACH


def test_routers_block(router):
    s, peer = router("block")
    for number in range(10):
        s.send_multipart([b"peer", b"%d" % number])
    s.sndtimeo = 20
    with pytest.raises(zmq.Again):
        s.send_multipart([b"peer", b"full"])
    with pytest.raises(zmq.ZMQError) as caught:
        s.send_multipart([b"nobody", b"x"])
    assert caught.value.errno == zmq.EHOSTUNREACH
    s.sndtimeo = 5000
    received = []
    reader = threading.Thread(target=lambda: received.extend(peer.recv() for _ in range(200)))
    reader.start()
    for number in range(10, 200):
        s.send_multipart([b"peer", b"%d" % number])
    reader.join()
    assert received == [b"%d" % number for number in range(200)]


def test_it_may_be_changed(publisher):
    pub, sub, _ = publisher(zmq.PUB, "drop")
    pub.sndtimeo = 1234
    pub.on_full = "raise"
    pub.on_full = "raise"
    assert (pub.on_full, pub.sndtimeo) == ("raise", 0)
    pub.on_full = "block"
    assert (pub.on_full, pub.sndtimeo) == ("block", 1234)
    pub.on_full = "drop"
    for _ in range(100):
        pub.send(b"x")
    assert len(_drain(sub)) == 10


def test_a_timeout_of_one_s_own_is_kept(publisher):
    pub, _, _ = publisher(zmq.PUB, "raise")
    pub.sndtimeo = 77
    pub.on_full = "block"
    assert pub.sndtimeo == 77


@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.DEALER, zmq.REQ, zmq.SUB, zmq.PAIR])
def test_types_that_do_not_drop(context, kind):
    with context.socket(kind) as s:
        assert s.on_full is None
        with pytest.raises(zmq.ZMQError, match=f"PUB, XPUB and ROUTER.*{kind.name}") as caught:
            s.on_full = "block"
        assert caught.value.errno == zmq.EINVAL
    with pytest.raises(zmq.ZMQError, match="on_full"):
        context.socket(kind, on_full="raise")
    assert not context._sockets


@pytest.mark.parametrize("wrong", ["wait", "", 1, b"drop"])
def test_wrong_values(context, wrong):
    with context.socket(zmq.PUB) as s:
        with pytest.raises(ValueError, match="'drop', 'block' or 'raise'"):
            s.on_full = wrong
    with pytest.raises(ValueError, match="'drop', 'block' or 'raise'"):
        context.socket(zmq.PUB, on_full=wrong)
    assert not context._sockets
