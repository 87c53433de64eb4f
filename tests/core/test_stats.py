# SPDX-License-Identifier: BSD-3-Clause
"""What happened on the wire: `Socket.stats`."""

import pytest

import zmq

ALWAYS = {"messages_in", "bytes_in", "messages_out", "bytes_out", "would_block"}
OBSERVED = {"connects", "disconnects", "handshake_failures", "retries"}


def test_keys(context, socket):
    assert set(socket(zmq.PULL).stats()) == ALWAYS
    with context.socket(zmq.PULL, observe=True) as s:
        stats = s.stats()
    assert set(stats) == ALWAYS | OBSERVED
    assert not any(stats.values())


def test_messages_and_bytes(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send(b"12345")
    a.send_string("678")
    a.send(bytes(100_000), copy=False)
    for _ in range(3):
        b.recv()
    sent, received = a.stats(), b.stats()
    assert (sent["messages_out"], sent["bytes_out"]) == (3, 100_008)
    assert (received["messages_in"], received["bytes_in"]) == (3, 100_008)
    assert (sent["messages_in"], received["messages_out"]) == (0, 0)


SENDING = {
    "send_multipart": lambda s: s.send_multipart([b"12", b"34", b"5"]),
    "send": lambda s: (s.send(b"12", zmq.SNDMORE), s.send(b"34", zmq.SNDMORE), s.send(b"5")),
    "frames": lambda s: s.send_multipart([b"12", zmq.Frame(b"34"), bytearray(b"5")], copy=False),
    "send_many": lambda s: s.send_many([(b"12", b"34", b"5")]),
}

RECEIVING = {
    "recv_multipart": lambda s: s.recv_multipart(),
    "frames": lambda s: s.recv_multipart(copy=False),
    "recv": lambda s: (s.recv(), s.recv(), s.recv()),
    "recv_string": lambda s: (s.recv_string(), s.recv_string(), s.recv_string()),
    "recv_into": lambda s: [s.recv_into(bytearray(1)) for _ in range(3)],
    "recv_many": lambda s: s.recv_many(1),
    "recv_many_multipart": lambda s: s.recv_many_multipart(1),
    "try_recv": lambda s: (s.try_recv(), s.try_recv(), s.try_recv()),
    "try_recv_multipart": lambda s: s.try_recv_multipart(),
}


@pytest.mark.parametrize("sending", SENDING)
def test_a_message_of_several_parts_is_one_that_is_sent(pair, sending):
    a, _ = pair(zmq.PUSH, zmq.PULL)
    SENDING[sending](a)
    assert (a.stats()["messages_out"], a.stats()["bytes_out"]) == (1, 5)


@pytest.mark.parametrize("receiving", RECEIVING)
def test_a_message_of_several_parts_is_one_that_is_received(pair, receiving):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"12", b"34", b"5"])
    RECEIVING[receiving](b)
    assert (b.stats()["messages_in"], b.stats()["bytes_in"]) == (1, 5)


@pytest.mark.parametrize("threadsafe", [False, True])
def test_parts_that_have_others_behind_them_are_no_messages_yet(context, endpoint, threadsafe):
    with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL, threadsafe=threadsafe) as b:
        a.connect(b.bind(endpoint("inproc")).endpoint)
        a.send_multipart([b"head", b"tail"])
        assert b.recv() == b"head"
        if not threadsafe:
            assert b.stats()["messages_in"] == 0
        assert b.recv() == b"tail"
        assert b.stats()["messages_in"] == 1


def test_would_block(socket, bind):
    s = socket(zmq.PULL)
    bind(s)
    for _ in range(3):
        with pytest.raises(zmq.Again):
            s.recv(zmq.DONTWAIT)
    assert s.stats()["would_block"] == 3
    assert s.stats()["messages_in"] == 0


def test_what_is_refused_is_not_counted_as_sent(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=5, rcvhwm=5)
    sent = refused = 0
    for _ in range(50):
        try:
            a.send(b"x", zmq.DONTWAIT)
            sent += 1
        except zmq.Again:
            refused += 1
    assert sent and refused
    assert (a.stats()["messages_out"], a.stats()["would_block"]) == (sent, refused)
    while b.poll(0):
        b.recv()
    assert b.stats()["messages_in"] == sent


def test_connections(context, socket, bind, wait_for):
    with context.socket(zmq.DEALER, observe=True) as client:
        client.linger, client.reconnect_ivl = 0, 10
        server = socket(zmq.ROUTER)
        address = bind(server, "ipc")
        client.connect(address)
        client.wait_connected(timeout=5000)
        assert {key: client.stats()[key] for key in OBSERVED} == {
            **dict.fromkeys(OBSERVED, 0),
            "connects": 1,
        }
        server.close()
        wait_for(lambda: client.stats()["disconnects"] == 1)
        wait_for(lambda: client.stats()["retries"] >= 3)
        socket(zmq.ROUTER).bind(address)
        client.wait_connected(timeout=5000)
        assert client.stats()["connects"] == 2
        last = client.stats()
    assert client.stats() == last  # also when it is closed


def test_a_slow_subscriber_and_what_is_refused(context, socket, bind):
    with context.socket(zmq.PUB, count_subscribers=True, on_full="raise") as pub:
        pub.sndhwm = 10
        address = bind(pub)
        sub = socket(zmq.SUB, rcvhwm=10, subscribe=b"")
        sub.connect(address)
        pub.wait_subscribers(b"", timeout=5000)
        for number in range(1000):
            try:
                pub.send(b"%d" % number)
            except zmq.Again:
                pass
        stats = pub.stats()
        while sub.poll(0):
            sub.recv()
    assert stats["messages_out"] + stats["would_block"] == 1000
    assert stats["would_block"] > 0
    assert sub.stats()["messages_in"] == stats["messages_out"]
