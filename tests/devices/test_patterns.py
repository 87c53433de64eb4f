# SPDX-License-Identifier: BSD-3-Clause
"""Every pattern through every kind of device, started in every way."""

import pytest

import zmq

FAMILIES = ["Device", "Proxy", "ProxySteerable", "MonitoredQueue"]
WAYS = ["here", "thread", "fork"]

#: One way: types of the device -> types of the ends.
STREAMS = {
    (zmq.PULL, zmq.PUSH): (zmq.PUSH, zmq.PULL),
    (zmq.PAIR, zmq.PAIR): (zmq.PAIR, zmq.PAIR),
    (zmq.DEALER, zmq.DEALER): (zmq.DEALER, zmq.DEALER),
}

MESSAGES = [
    [b"small"],
    [b""],
    [b"", b"", b""],
    [b"%d" % n for n in range(100)],
    [b"x" * 1_000_000, b"", b"y" * 70_000],
]


def names(types):
    return "-".join(zmq.SocketType(kind).name for kind in types)


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.mark.parametrize("types", STREAMS, ids=names)
def test_streams_stay_whole_and_in_order(started, client, family, way, types):
    device = started(family, way, *types)
    source, sink = client(device, "in", STREAMS[types][0]), client(device, "out", STREAMS[types][1])
    for message in MESSAGES:
        source.send_multipart(message)
        assert sink.recv_multipart() == message
    for n in range(200):
        source.send_multipart([b"%d" % n, b"tail"])
    assert [sink.recv_multipart() for _ in range(200)] == [[b"%d" % n, b"tail"] for n in range(200)]


@pytest.mark.parametrize("types", [(zmq.PAIR, zmq.PAIR), (zmq.DEALER, zmq.DEALER)], ids=names)
def test_what_goes_back_comes_back(started, client, family, way, types):
    device = started(family, way, *types)
    left, right = client(device, "in", types[0]), client(device, "out", types[1])
    for message in MESSAGES:
        right.send_multipart(message)
        assert left.recv_multipart() == message


def test_requests_and_replies(started, client, family, way):
    device = started(family, way, zmq.ROUTER, zmq.DEALER)
    clients = [client(device, "in", zmq.REQ) for _ in range(3)]
    server = client(device, "out", zmq.REP)
    for message in MESSAGES:
        for each in clients:
            each.send_multipart(message)
        for _ in clients:
            server.send_multipart([*server.recv_multipart(), b"reply"])
        for each in clients:
            assert each.recv_multipart() == [*message, b"reply"]


def test_subscriptions_are_passed_on(started, client, socket, family, way):
    device = started(family, way, zmq.XSUB, zmq.XPUB)
    source = client(device, "in", zmq.XPUB)
    sink = socket(zmq.SUB)
    sink.connect(device.endpoints["out"][0])
    sink.subscribe(b"topic")
    assert source.recv() == b"\x01topic"
    source.send_multipart([b"other", b"0"])
    source.send_multipart([b"topic", b"1"])
    assert sink.recv_multipart() == [b"topic", b"1"]


def test_plain_subscribers(make, go, client, endpoint, wait_for, family, way):
    device = make(family, way, zmq.SUB, zmq.PUB)
    device.setsockopt_in(zmq.SUBSCRIBE, b"")
    for side in device.endpoints:
        if side != "ctrl":
            getattr(device, f"bind_{side}")(endpoint("tcp"))
    go(device)
    source, sink = client(device, "in", zmq.PUB), client(device, "out", zmq.SUB)

    def passes():  # a PUB drops until the subscriptions are there
        source.send_multipart([b"probe", b""])
        return sink.poll(10)

    wait_for(passes)
    source.send(b"end")
    while sink.recv_multipart() == [b"probe", b""]:
        pass


@pytest.mark.parametrize(("kind", "end"), [(zmq.ROUTER, zmq.REQ), (zmq.REP, zmq.REQ)])
def test_one_socket_on_both_sides(make, go, client, endpoint, family, way, kind, end):
    device = make(family, way, kind, -1)
    device.bind_out(endpoint("tcp"))  # the very same socket
    device.connect_in("inproc://nobody")
    go(device)
    echo = client(device, "out", end)
    for message in MESSAGES:
        echo.send_multipart(message)
        assert echo.recv_multipart() == message


@pytest.mark.parametrize("way", ["here", "thread", "fork", "spawn"])
def test_routers_on_both_sides_of_a_monitored_queue(started, client, wait_for, way):
    device = started("MonitoredQueue", way, zmq.ROUTER, zmq.ROUTER, zmq.PUSH)
    left = client(device, "in", zmq.DEALER, routing_id=b"left")
    right = client(device, "out", zmq.DEALER, routing_id=b"right")
    monitor = client(device, "mon", zmq.PULL)

    def arrived():  # a ROUTER drops what is for somebody it has not met yet
        left.send_multipart([b"right", b"", b"hello"])
        return right.poll(20)

    wait_for(arrived)
    assert right.recv_multipart() == [b"left", b"", b"hello"]
    assert monitor.recv_multipart() == [b"in", b"right", b"left", b"", b"hello"]
    right.send_multipart([b"left", b"back"])
    assert left.recv_multipart() == [b"right", b"back"]


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
@pytest.mark.parametrize("way", ["thread", "spawn"])
def test_nothing_is_lost_or_reordered_when_the_reader_is_slow(started, client, way, transport):
    device = started("Proxy", way, zmq.PULL, zmq.PUSH, transport=transport)
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    received, sent = [], 0
    while sent < 20_000:
        while sent < 20_000 and source.poll(20, zmq.POLLOUT):  # until every queue is full
            source.send_multipart([b"%d" % sent, b"x" * 100])
            sent += 1
        while sink.poll(0):
            received.append(int(sink.recv_multipart()[0]))
    while len(received) < sent:
        received.append(int(sink.recv_multipart()[0]))
    assert received == list(range(sent))
