# SPDX-License-Identifier: BSD-3-Clause
"""The monitor: what it gets, and that nobody waits for it when it is a PUB."""

import pytest

import zmq

PREFIXES = {"Proxy": ([], []), "ProxySteerable": ([], []), "MonitoredQueue": ([b"in"], [b"out"])}


@pytest.mark.parametrize("family", PREFIXES)
@pytest.mark.parametrize("way", ["here", "thread", "fork", "spawn"])
@pytest.mark.parametrize("kind", [zmq.PUB, zmq.PUSH])
def test_every_message_is_copied(started, client, wait_for, family, way, kind):
    device = started(family, way, zmq.ROUTER, zmq.DEALER, kind)
    monitor = client(device, "mon", zmq.SUB if kind == zmq.PUB else zmq.PULL)
    left = client(device, "in", zmq.DEALER, routing_id=b"left")
    right = client(device, "out", zmq.DEALER)

    def probe():  # until the subscription is there
        left.send(b"probe")
        right.recv_multipart()
        return monitor.poll(10)

    wait_for(probe)
    left.send_multipart([b"", b"there", b"x" * 100_000])
    right.send_multipart([b"left", b"back"])
    assert right.recv_multipart() == [b"left", b"", b"there", b"x" * 100_000]
    assert left.recv_multipart() == [b"back"]
    got, (there, back) = [], PREFIXES[family]
    while len(got) < 2:
        message = monitor.recv_multipart()
        if message != [*there, b"left", b"probe"]:
            got.append(message)
    wanted = [[*there, b"left", b"", b"there", b"x" * 100_000], [*back, b"left", b"back"]]
    assert sorted(got) == sorted(wanted)


@pytest.mark.parametrize("prefixes", [(b"<", b">"), (b"", b""), (b"x" * 1000, b"\0")])
def test_prefixes(started, client, prefixes):
    device = started("MonitoredQueue", "thread", zmq.PAIR, zmq.PAIR, zmq.PUSH, *prefixes)
    left, right = client(device, "in", zmq.PAIR), client(device, "out", zmq.PAIR)
    monitor = client(device, "mon", zmq.PULL)
    left.send(b"1")
    assert monitor.recv_multipart() == [prefixes[0], b"1"]
    right.send(b"2")
    assert monitor.recv_multipart() == [prefixes[1], b"2"]


@pytest.mark.parametrize("name", ["in_prefix", "out_prefix"])
def test_prefixes_are_bytes(make, name):
    with pytest.raises(TypeError, match=name):
        make("MonitoredQueue", "thread", zmq.PAIR, zmq.PAIR, **{name: "text"})


@pytest.mark.parametrize("family", PREFIXES)
@pytest.mark.parametrize("state", ["never there", "slow", "dead"])
def test_a_pub_monitor_never_blocks_the_traffic(started, client, wait_for, family, state):
    device = started(family, "thread", zmq.PULL, zmq.PUSH)
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    if state != "never there":
        monitor = client(device, "mon", zmq.SUB, rcvhwm=1)

        def probe():
            source.send(b"probe")
            sink.recv()
            return monitor.poll(10)

        wait_for(probe)
        if state == "dead":
            monitor.close()
    payload = b"x" * 10_000  # more than all the buffers on the way to the monitor take
    for _ in range(3000):
        source.send(payload)
        assert sink.recv() == payload


def test_a_full_push_monitor_holds_the_traffic_up_and_loses_nothing(make, go, client, endpoint):
    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH, zmq.PUSH)
    for side in ("in", "out", "mon"):
        getattr(device, f"bind_{side}")(endpoint("tcp"))
        getattr(device, f"setsockopt_{side}")(zmq.SNDHWM, 2)
    go(device)
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    source.send(b"0")
    assert not sink.poll(100)  # the monitor has nobody to send it to
    monitor = client(device, "mon", zmq.PULL)
    assert (sink.recv(), monitor.recv()) == (b"0", b"0")


def test_a_monitor_without_an_endpoint_is_left_out(make, go, client, endpoint):
    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH, zmq.PUSH)
    device.bind_in(endpoint("tcp"))
    device.bind_out(endpoint("tcp"))
    go(device)
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    source.send(b"not for the monitor")
    assert sink.recv() == b"not for the monitor"
