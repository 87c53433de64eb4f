# SPDX-License-Identifier: BSD-3-Clause
"""Errors that help: what they name of endpoints, turns, peers and keys."""

import errno
import os

import pytest

import zmq
from zmq.utils import z85


def message(call, code):
    """The text of the ZMQError that a call raises."""
    with pytest.raises(zmq.ZMQError) as caught:
        call()
    assert caught.value.errno == code
    return str(caught.value)


# -- endpoints -----------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [str, str.encode], ids=["str", "bytes"])
def test_address_in_use(socket, bind, transport, given):
    if transport == "ipc":
        return  # libzmq takes over the path of an ipc endpoint
    taken = bind(socket(zmq.PULL), transport)
    assert taken in message(lambda: socket(zmq.PULL).bind(given(taken)), zmq.EADDRINUSE)


def test_address_of_another_machine(socket):
    text = message(lambda: socket(zmq.PULL).bind("tcp://203.0.113.7:5555"), zmq.EADDRNOTAVAIL)
    assert "tcp://203.0.113.7:5555" in text


def test_interface_that_does_not_exist(socket):
    text = message(lambda: socket(zmq.PULL).bind("tcp://nosuchinterface:5"), errno.ENODEV)
    assert "tcp://nosuchinterface:5" in text


def test_a_folder_that_cannot_be_written_to(output, folder):
    (folder / "closed").mkdir(mode=0o555)
    folder.chmod(0o755)
    there = f"ipc://{folder}/closed/x"
    printed = output(
        """
        import os, sys, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PULL) as s:
            if os.getuid() == 0:
                os.setuid(65534)  # to root everything is writable
            try:
                s.bind(sys.argv[1])
            except zmq.ZMQError as exc:
                print(exc.errno, exc)
        """,
        there,
    )
    assert printed.startswith(f"{errno.EACCES} ")
    assert there in printed


def test_a_path_that_is_too_long(socket, folder):
    there = f"ipc://{folder}/{'x' * 200}"
    for method in ("bind", "connect"):
        text = message(lambda m=method: getattr(socket(zmq.PULL), m)(there), errno.ENAMETOOLONG)
        assert there in text
        assert str(zmq.IPC_PATH_MAX_LEN) in text


def test_a_missing_folder_and_an_unknown_endpoint(socket, folder):
    there = f"ipc://{folder}/missing/x"
    text = message(lambda: socket(zmq.PULL).bind(there), errno.ENOENT)
    assert there in text and "director" in text
    for method in ("unbind", "disconnect"):
        text = message(lambda m=method: getattr(socket(zmq.PULL), m)(there), errno.ENOENT)
        assert there in text and method in text


def test_the_socket_still_works(socket, folder):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    for wrong in ("tcp://nosuchinterface:5", f"ipc://{folder}/missing/x", "nothing"):
        with pytest.raises(zmq.ZMQError):
            a.bind(wrong)
    b.connect(a.bind("tcp://127.0.0.1:0").endpoint)
    a.send(b"works")
    assert b.recv() == b"works"


# -- whose turn it is ----------------------------------------------------------------------------

SENDS = {
    "send": lambda s: s.send(b"x"),
    "multipart": lambda s: s.send_multipart([b"x", b"y"]),
    "string": lambda s: s.send_string("x"),
    "zero-copy": lambda s: s.send(b"x", copy=False, track=True),
    "large": lambda s: s.send(bytes(200_000)),
    "timeout": lambda s: s.send(b"x", timeout=1000),
    "dontwait": lambda s: s.send(b"x", zmq.DONTWAIT),
    "many": lambda s: s.send_many([b"x"]),
}
RECEIVES = {
    "recv": lambda s: s.recv(),
    "frame": lambda s: s.recv(copy=False),
    "multipart": lambda s: s.recv_multipart(),
    "string": lambda s: s.recv_string(),
    "into": lambda s: s.recv_into(bytearray(5)),
    "timeout": lambda s: s.recv(timeout=1000),
    "dontwait": lambda s: s.recv(zmq.DONTWAIT),
    "many": lambda s: s.recv_many(5),
    "try": lambda s: s.try_recv(),
}


@pytest.mark.parametrize("way", RECEIVES)
def test_receiving_out_of_turn(pair, way):
    req, rep = pair(zmq.REQ, zmq.REP)
    text = message(lambda: RECEIVES[way](req), zmq.EFSM)
    assert "REQ" in text and "send" in text and "request" in text
    req.send(b"question")
    rep.recv()
    text = message(lambda: RECEIVES[way](rep), zmq.EFSM)
    assert "REP" in text and "send" in text and "reply" in text
    rep.send(b"answer")
    assert req.recv() == b"answer"


@pytest.mark.parametrize("way", SENDS)
def test_sending_out_of_turn(pair, way):
    req, rep = pair(zmq.REQ, zmq.REP)
    text = message(lambda: SENDS[way](rep), zmq.EFSM)
    assert "REP" in text and "recv" in text
    req.send(b"question")
    text = message(lambda: SENDS[way](req), zmq.EFSM)
    assert "REQ" in text and "recv" in text
    assert rep.recv() == b"question"
    rep.send(b"answer")
    assert req.recv() == b"answer"


# -- peers ---------------------------------------------------------------------------------------

ROUTES = {
    "send": lambda s, name: s.send(name, zmq.SNDMORE),
    "buffer": lambda s, name: s.send(bytearray(name), zmq.SNDMORE),
    "frame": lambda s, name: s.send(zmq.Frame(name), zmq.SNDMORE),
    "zero-copy": lambda s, name: s.send(name, zmq.SNDMORE, copy=False, track=True),
    "multipart": lambda s, name: s.send_multipart([name, b"x"]),
    "frames": lambda s, name: s.send_multipart([zmq.Frame(name), b"x"]),
    "timeout": lambda s, name: s.send_multipart([name, b"x"], timeout=1000),
    "dontwait": lambda s, name: s.send_multipart([name, b"x"], zmq.DONTWAIT),
    "many": lambda s, name: s.send_many([[name, b"x"]]),
}


@pytest.mark.parametrize("way", ROUTES)
@pytest.mark.parametrize("name", [b"nobody", b"\x00k\x8b", b"x" * 255])
def test_a_peer_that_is_not_there(socket, bind, way, name):
    router, dealer = socket(zmq.ROUTER, router_mandatory=1), socket(zmq.DEALER, routing_id=b"d")
    dealer.connect(bind(router))
    dealer.send(b"here")
    assert router.recv_multipart() == [b"d", b"here"]
    text = message(lambda: ROUTES[way](router, name), errno.EHOSTUNREACH)
    assert repr(name)[:40] in text  # long ones are cut
    router.send_multipart([b"d", b"works"])
    assert dealer.recv() == b"works"


def test_a_peer_that_has_left(socket, bind, wait_for):
    router, dealer = socket(zmq.ROUTER, router_mandatory=1), socket(zmq.DEALER, routing_id=b"gone")
    dealer.connect(bind(router, "tcp"))
    dealer.send(b"here")
    router.recv_multipart()
    dealer.close()

    def refused():
        try:
            router.send_multipart([b"gone", b"x"], zmq.DONTWAIT)
        except zmq.ZMQError as exc:
            return exc.errno == errno.EHOSTUNREACH and str(exc)

    assert repr(b"gone") in wait_for(refused)


# -- CURVE keys ----------------------------------------------------------------------------------

KEYS = [zmq.CURVE_PUBLICKEY, zmq.CURVE_SECRETKEY, zmq.CURVE_SERVERKEY]
GOOD = b"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"


@pytest.mark.parametrize("option", KEYS, ids=lambda option: option.name)
@pytest.mark.parametrize("size", [0, 1, 31, 33, 39, 41, 64, 80])
def test_a_key_of_the_wrong_length(socket, option, size):
    text = message(lambda: socket(zmq.DEALER).set(option, GOOD[:1] * size), errno.EINVAL)
    assert option.name in text
    for number in (40, 32, size):
        assert str(number) in text


@pytest.mark.parametrize("option", KEYS, ids=lambda option: option.name)
@pytest.mark.parametrize("wrong", [b" ", b"\0", b"~", b'"', b"\xff", b"\n", b",", b"'"])
@pytest.mark.parametrize("place", [0, 17, 39])
def test_a_key_with_a_wrong_character(socket, option, wrong, place):
    key = GOOD[:place] + wrong + GOOD[place + 1 :]
    text = message(lambda: socket(zmq.DEALER).set(option, key), errno.EINVAL)
    assert option.name in text
    assert "Z85" in text


@pytest.mark.parametrize("option", KEYS, ids=lambda option: option.name)
def test_the_text_of_a_key_is_not_shown(socket, option):
    """Half of a secret key is half of a secret."""
    for key in (GOOD[:-1], GOOD[:-1] + b" "):
        text = message(lambda k=key: socket(zmq.DEALER).set(option, k), errno.EINVAL)
        assert key[:8].decode() not in text


@pytest.mark.parametrize("option", KEYS, ids=lambda option: option.name)
@pytest.mark.parametrize("form", ["text", "binary", "attribute", "string"])
def test_good_keys_are_taken(socket, option, form):
    s = socket(zmq.DEALER)
    if form == "attribute":
        setattr(s, option.name.lower(), GOOD)
    elif form == "string":
        s.setsockopt_string(option, GOOD.decode())
    else:
        s.set(option, GOOD if form == "text" else z85.decode(GOOD))
    assert s.get(option) == GOOD


def test_binary_keys_may_hold_any_bytes(socket):
    s = socket(zmq.DEALER)
    for key in (bytes(32), b"\xff" * 32, os.urandom(32)):
        s.curve_serverkey = key
        assert z85.decode(s.curve_serverkey) == key


@pytest.mark.parametrize("option", KEYS, ids=lambda option: option.name)
def test_a_refused_key_changes_nothing(socket, option):
    s = socket(zmq.DEALER)
    s.set(option, GOOD)
    for key in (b"short", GOOD[:-1] + b" "):
        with pytest.raises(zmq.ZMQError):
            s.set(option, key)
    assert s.get(option) == GOOD
