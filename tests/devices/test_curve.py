# SPDX-License-Identifier: BSD-3-Clause
"""CURVE on both sides of a device, and strangers who do not get through."""

import pytest

import zmq


def lock(device, side, secret):
    """Make a side a CURVE server."""
    getattr(device, f"setsockopt_{side}")(zmq.CURVE_SERVER, 1)
    getattr(device, f"setsockopt_{side}")(zmq.CURVE_SECRETKEY, secret)


def key(server):
    """The options of a client of this server."""
    public, secret = zmq.curve_keypair()
    return {"curve_serverkey": server, "curve_publickey": public, "curve_secretkey": secret}


@pytest.mark.parametrize("way", ["here", "thread", "fork", "spawn"])
@pytest.mark.parametrize("family", ["Device", "Proxy", "ProxySteerable", "MonitoredQueue"])
def test_both_sides_are_encrypted(make, go, client, endpoint, way, family):
    device = make(family, way, zmq.ROUTER, zmq.DEALER)
    keys = {side: zmq.curve_keypair() for side in ("in", "out")}
    for side, (_, secret) in keys.items():
        lock(device, side, secret)
        getattr(device, f"bind_{side}")(endpoint("tcp"))
    go(device)
    asker = client(device, "in", zmq.REQ, **key(keys["in"][0]))
    worker = client(device, "out", zmq.REP, **key(keys["out"][0]))
    asker.send_multipart([b"question", b"", b"x" * 100_000])
    assert worker.recv_multipart() == [b"question", b"", b"x" * 100_000]
    worker.send(b"answer")
    assert asker.recv() == b"answer"


@pytest.mark.parametrize("options", [{}, "wrong key"], ids=["no key", "wrong key"])
def test_strangers_stay_outside(make, go, client, endpoint, options):
    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH)
    public, secret = zmq.curve_keypair()
    lock(device, "in", secret)
    device.bind_in(endpoint("tcp"))
    device.bind_out(endpoint("tcp"))
    go(device)
    stranger = client(device, "in", zmq.PUSH, **(options and key(zmq.curve_keypair()[0])))
    friend = client(device, "in", zmq.PUSH, **key(public))
    sink = client(device, "out", zmq.PULL)
    stranger.send(b"stranger", zmq.DONTWAIT)
    for _ in range(20):
        friend.send(b"friend")
        assert sink.recv() == b"friend"
    assert not sink.poll(50)


def test_as_a_client_of_an_encrypted_server(make, go, client, socket, bind, endpoint):
    public, secret = zmq.curve_keypair()
    server = socket(zmq.PULL, curve_server=True, curve_secretkey=secret)
    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH)
    device.bind_in(endpoint("tcp"))
    device.connect_out(bind(server, "tcp"))
    for option, value in key(public).items():
        device.setsockopt_out(zmq.SocketOption[option.upper()], value)
    go(device)
    client(device, "in", zmq.PUSH).send(b"x")
    assert server.recv() == b"x"
