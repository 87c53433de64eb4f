# SPDX-License-Identifier: BSD-3-Clause
"""CURVE: keys, encrypted connections over tcp and ipc, and who is kept out."""

import socket as system
import threading

import pytest

import zmq
from zmq.utils import z85


@pytest.fixture
def keys():
    """A server's and a client's pair of keys."""
    return zmq.curve_keypair(), zmq.curve_keypair()


@pytest.fixture
def secured(socket, keys):
    """`secured(server type, client type)`: sockets with keys, not connected yet."""
    (public, secret), (mine, my_secret) = keys

    def secured(left, right, **options):
        server = socket(left, curve_server=1, curve_secretkey=secret, **options)
        client = socket(
            right, curve_serverkey=public, curve_publickey=mine, curve_secretkey=my_secret
        )
        return server, client

    return secured


# -- keys ----------------------------------------------------------------------------------------


def test_this_library_can():
    assert zmq.has("curve")


def test_a_pair_of_keys():
    public, secret = zmq.curve_keypair()
    assert (type(public), len(public)) == (bytes, 40)
    assert (type(secret), len(secret)) == (bytes, 40)
    assert public != secret
    assert len(z85.decode(public)) == len(z85.decode(secret)) == 32


def test_keys_are_new_every_time():
    assert len({zmq.curve_keypair()[1] for _ in range(50)}) == 50


def test_public_key_of_a_secret_key():
    public, secret = zmq.curve_keypair()
    assert zmq.curve_public(secret) == public
    assert zmq.curve_public(secret_key=secret.decode()) == public


def test_public_key_of_the_documented_example():
    secret = b"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"
    assert zmq.curve_public(secret) == b"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"


@pytest.mark.parametrize("wrong", [b"", b"short", b"x" * 39, b"x" * 41, b"\xff" * 40, "é" * 40])
def test_what_is_no_secret_key(wrong):
    with pytest.raises((ValueError, zmq.ZMQError)):
        zmq.curve_public(wrong)


@pytest.mark.parametrize("wrong", [None, 5, object()])
def test_secret_key_of_a_wrong_type(wrong):
    with pytest.raises(TypeError):
        zmq.curve_public(wrong)


def test_keys_do_not_need_a_context(output):
    script = """
        import zmq
        first = zmq.curve_keypair()
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH):
            second = zmq.curve_keypair()
        third = zmq.curve_keypair()
        assert zmq.curve_public(first[1]) == first[0]
        print(len({first, second, third}))
    """
    assert output(script) == "3\n"


def test_keys_and_contexts_in_turns():
    for _ in range(100):
        context = zmq.Context()
        s = context.socket(zmq.PUSH)
        zmq.curve_keypair()
        s.close()
        context.term()
        zmq.curve_keypair()


# -- connections ---------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_messages_pass(secured, bind, transport):
    server, client = secured(zmq.REP, zmq.REQ)
    client.connect(bind(server, transport))
    for size in (0, 1, 1000, 1_000_000):
        client.send(b"q" * size)
        assert server.recv() == b"q" * size
        server.send_multipart([b"a", b"x" * size], copy=False)
        assert client.recv_multipart() == [b"a", b"x" * size]
    assert server.mechanism == client.mechanism == zmq.CURVE


def test_frames_carry_the_metadata(secured, bind):
    server, client = secured(zmq.PULL, zmq.PUSH)
    client.connect(bind(server, "tcp"))
    client.send(b"x")
    frame = server.recv(copy=False)
    assert frame["Socket-Type"] == "PUSH"


def test_keys_as_raw_bytes(secured, socket, bind, keys):
    (public, secret), (mine, my_secret) = keys
    server = socket(zmq.PULL, curve_server=1, curve_secretkey=z85.decode(secret))
    client = socket(zmq.PUSH, curve_serverkey=z85.decode(public))
    client.curve_publickey, client.curve_secretkey = z85.decode(mine), z85.decode(my_secret)
    client.connect(bind(server, "tcp"))
    client.send(b"x")
    assert server.recv() == b"x"


def test_the_wire_shows_no_plain_text(secured, bind):
    # a relay in the middle sees what goes over the wire
    server, client = secured(zmq.PULL, zmq.PUSH)
    host, _, port = bind(server, "tcp").removeprefix("tcp://").partition(":")
    seen = []
    with system.create_server(("127.0.0.1", 0)) as listener:
        client.connect("tcp://127.0.0.1:%d" % listener.getsockname()[1])
        inner, _ = listener.accept()
        outer = system.create_connection((host, int(port)))

        def copy(source, sink):
            while data := source.recv(65536):
                seen.append(data)
                sink.sendall(data)

        copiers = [
            threading.Thread(target=copy, args=ends, daemon=True)
            for ends in ((inner, outer), (outer, inner))
        ]
        for c in copiers:
            c.start()
        client.send(b"the plain text" * 10)
        assert server.recv() == b"the plain text" * 10
        for s in (inner, outer):
            s.shutdown(system.SHUT_RDWR)
        for c in copiers:
            c.join(5)
        inner.close(), outer.close()
    wire = b"".join(seen)
    assert b"CURVE" in wire
    assert b"plain text" not in wire


@pytest.mark.parametrize("who", ["without keys", "with another server key", "plain"])
def test_kept_out(secured, socket, bind, keys, who):
    server, client = secured(zmq.PULL, zmq.PUSH)
    address = bind(server, "tcp")
    intruder = socket(zmq.PUSH, sndtimeo=100)
    if who == "with another server key":
        public, secret = keys[1]
        intruder.curve_serverkey = zmq.curve_keypair()[0]
        intruder.curve_publickey, intruder.curve_secretkey = public, secret
    elif who == "plain":
        intruder.plain_username, intruder.plain_password = b"name", b"password"
    intruder.connect(address)
    intruder.send(b"intruder")
    client.connect(address)
    client.send(b"friend")
    assert server.recv() == b"friend"
    assert server.poll(100) == 0


def test_plain_server_lets_nobody_in_without_a_handler(socket, bind):
    server = socket(zmq.PULL, plain_server=1)
    client = socket(zmq.PUSH, plain_username=b"name", plain_password=b"word")
    client.connect(bind(server, "tcp"))
    client.send(b"x")
    assert server.poll(150) == 0
    assert server.mechanism == client.mechanism == zmq.PLAIN


@pytest.mark.parametrize("option", ["CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"])
@pytest.mark.parametrize("wrong", [b"", b"short", b"x" * 33, b"\xff" * 40])
def test_bad_keys_are_refused_by_name(socket, option, wrong):
    with pytest.raises(zmq.ZMQError, match=option):
        socket(zmq.PUSH).set(zmq.SocketOption[option], wrong)


def test_error_about_a_secret_key_does_not_show_it(socket):
    with pytest.raises(zmq.ZMQError) as caught:
        socket(zmq.PUSH).curve_secretkey = b"my very secret key, mistyped"
    assert "secret key, mistyped" not in str(caught.value)
