# SPDX-License-Identifier: BSD-3-Clause
"""Bytes that go through a tunnel: much of it, both ways, by many sockets, in order."""

import hashlib
import os
import threading

import pytest

import zmq
from zmq import ssh

MIB = 1 << 20


def send_all(socket, count, digest):
    """Send so many MiB of what cannot be compressed, and note their checksum."""
    block = os.urandom(MIB)
    for number in range(count):
        message = number.to_bytes(8, "big") + block[8:]
        digest.update(message)
        socket.send(message)


def stream(socket, tunnel, sending, receiving, bound_sends, count):
    """Send `count` MiB through a tunnel; the checksums at both ends must be the same."""
    options = dict(rcvtimeo=60_000, sndtimeo=60_000, sndhwm=16, rcvhwm=16)
    inner, outer = (sending, receiving) if bound_sends else (receiving, sending)
    bound, connected = socket(inner, **options), socket(outer, **options)
    bound.bind("tcp://127.0.0.1:0")
    t = tunnel(to=bound.last_endpoint.decode())
    connected.connect(t.endpoint)
    source, sink = (bound, connected) if bound_sends else (connected, bound)
    sent, received = hashlib.sha256(), hashlib.sha256()
    thread = threading.Thread(target=send_all, args=(source, count, sent))
    thread.start()
    try:
        for _ in range(count):
            received.update(sink.recv())
    finally:
        thread.join()
    assert sent.digest() == received.digest()


@pytest.mark.parametrize("way", ["openssh"], indirect=True)
def test_a_gibibyte(socket, tunnel):
    stream(socket, tunnel, zmq.PUSH, zmq.PULL, True, 1024)


@pytest.mark.parametrize("bound_sends", [False, True], ids=["there", "back"])
def test_many_mebibytes(socket, tunnel, bound_sends):
    stream(socket, tunnel, zmq.PUSH, zmq.PULL, bound_sends, 32)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bound_sends", [False, True], ids=["there", "back"])
def test_a_gibibyte_each_way(socket, tunnel, bound_sends):
    stream(socket, tunnel, zmq.PUSH, zmq.PULL, bound_sends, 1024)


def test_many_sockets_share_a_tunnel(tunnel, socket):
    server = socket(zmq.ROUTER, rcvtimeo=20_000, sndtimeo=20_000)
    server.bind("tcp://127.0.0.1:0")
    t = tunnel(to=server.last_endpoint.decode())
    clients = [socket(zmq.DEALER, rcvtimeo=20_000) for _ in range(30)]
    for number, client in enumerate(clients):
        client.connect(t.endpoint)
        client.send(b"%d" % number)
    for _ in clients:
        server.send_multipart(server.recv_multipart())
    for number, client in enumerate(clients):
        assert client.recv() == b"%d" % number


@pytest.mark.common
def test_publications(tunnel, socket, wait_for):
    publisher, subscriber = socket(zmq.XPUB, rcvtimeo=20_000), socket(zmq.SUB, rcvtimeo=20_000)
    publisher.bind("tcp://127.0.0.1:0")
    t = tunnel(to=publisher.last_endpoint.decode())
    subscriber.connect(t.endpoint)
    subscriber.subscribe(b"a")
    assert publisher.recv() == b"\1a"
    for number in range(1000):
        publisher.send(b"a%d" % number)
    for number in range(1000):
        assert subscriber.recv() == b"a%d" % number
    subscriber.close()
    assert publisher.recv() == b"\0a"  # the other side sees that it has gone


@pytest.mark.common
def test_a_service_that_goes_and_comes(tunnel, socket, wait_for):
    """The tunnel outlives it; the socket connects again by itself."""
    client = socket(zmq.PUSH, sndtimeo=100, reconnect_ivl=20)
    (port,) = ssh.select_random_ports(1)
    t = None
    for number in (b"1", b"2", b"3"):
        service = socket(zmq.PULL)
        wait_for(lambda: bind(service, port), 20)  # noqa: B023
        if t is None:
            t = tunnel(to=f"tcp://127.0.0.1:{port}")
            client.connect(t.endpoint)
        # What is sent before the client has noticed that the other one has gone is lost.
        wait_for(lambda: get_through(client, service, number), 20)  # noqa: B023
        service.close()
    assert t.is_alive()


def bind(service, port):
    try:
        return service.bind(f"tcp://127.0.0.1:{port}")
    except zmq.ZMQError:  # the last one is not quite gone
        return None


def get_through(client, service, message):
    try:
        client.send(message)
    except zmq.Again:
        return False
    return service.poll(50) and service.recv() == message
