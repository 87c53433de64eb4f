# SPDX-License-Identifier: BSD-3-Clause
"""Draft sockets: with a libzmq and a build that have them they work, without it says so clearly."""

import socket as system

import pytest

import zmq

DRAFTS = zmq.DRAFT_API

TYPES = ("SERVER", "CLIENT", "RADIO", "DISH", "GATHER", "SCATTER", "DGRAM", "PEER", "CHANNEL")


@pytest.fixture
def works():
    """`works(function, …)`: call it where there are drafts; elsewhere it is refused clearly."""

    def works(function, *args, **kwargs):
        if DRAFTS:
            return function(*args, **kwargs)
        with pytest.raises((zmq.ZMQError, NotImplementedError), match=r"(?i)draft"):
            function(*args, **kwargs)
        return None

    return works


def test_both_ways_to_ask_agree():
    assert zmq.DRAFT_API is (zmq.has("draft") and zmq.backend.PYZMQ_DRAFT_API)
    assert type(zmq.DRAFT_API) is bool


def test_constants_are_there_in_any_case():
    values = [int(zmq.SocketType[name]) for name in TYPES]
    assert values == [12, 13, 14, 15, 16, 17, 18, 19, 20]
    assert [getattr(zmq, name) for name in TYPES] == values


@pytest.mark.parametrize("name", TYPES)
def test_every_type_can_be_made(context, works, name):
    s = works(context.socket, zmq.SocketType[name])
    if s is not None:
        assert s.type == zmq.SocketType[name]
        assert f"zmq.{name}" in repr(s)
        s.close()


def test_refusal_names_the_type_and_leaves_nothing(context):
    if DRAFTS:
        context.socket(zmq.CLIENT).close()
        return
    with pytest.raises((zmq.ZMQError, NotImplementedError), match="CLIENT") as caught:
        context.socket(zmq.CLIENT)
    assert isinstance(caught.value, (zmq.ZMQVersionError, zmq.ZMQError))
    assert str(caught.value) != "Invalid argument"


def test_client_and_server(pair, works, transport):
    ends = works(pair, zmq.SERVER, zmq.CLIENT, transport)
    if ends is None:
        return
    server, client = ends
    for copy in (True, False):
        client.send(b"question", copy=copy)
        frame = server.recv(copy=False)
        assert frame.bytes == b"question"
        assert frame.routing_id > 0
        assert frame.get("routing_id") == frame.routing_id
        server.send(b"answer", copy=copy, routing_id=frame.routing_id)
        assert client.recv() == b"answer"


def test_frame_with_a_routing_id(pair, works):
    ends = works(pair, zmq.SERVER, zmq.CLIENT)
    if ends is None:
        return
    server, client = ends
    client.send(b"question")
    asked = server.recv(copy=False)
    answer = zmq.Frame(b"answer")
    answer.routing_id = asked.routing_id
    server.send(answer, copy=False)
    assert client.recv() == b"answer"
    by_set = zmq.Frame(b"again")
    by_set.set("routing_id", asked.routing_id)
    server.send(by_set, copy=False)
    assert client.recv() == b"again"


def test_server_needs_a_routing_id(pair, works):
    ends = works(pair, zmq.SERVER, zmq.CLIENT)
    if ends is None:
        return
    server, client = ends
    with pytest.raises(zmq.ZMQError):
        server.send(b"to whom?", zmq.NOBLOCK)
    with pytest.raises(zmq.ZMQError):
        server.send(b"to nobody", zmq.NOBLOCK, routing_id=12345)


def test_other_senders_use_the_routing_id(pair, works):
    ends = works(pair, zmq.SERVER, zmq.CLIENT)
    if ends is None:
        return
    server, client = ends
    client.send(b"x")
    who = server.recv(copy=False).routing_id
    server.send_string("text", routing_id=who)
    assert client.recv_string() == "text"
    server.send_pyobj([1], routing_id=who)
    assert client.recv_pyobj() == [1]
    server.send_multipart([b"one"], routing_id=who)
    assert client.recv() == b"one"


def test_no_parts_on_a_thread_safe_socket(pair, works):
    ends = works(pair, zmq.SERVER, zmq.CLIENT)
    if ends is None:
        return
    with pytest.raises(zmq.ZMQError) as caught:
        ends[1].send_multipart([b"1", b"2"])
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("group", ["news", b"news"])
def test_radio_and_dish(socket, works, bind, transport, group):
    radio, dish = works(socket, zmq.RADIO), works(socket, zmq.DISH)
    if dish is None:
        return
    dish.join(group)
    dish.connect(bind(radio, transport))
    got = None
    for i in range(1000):  # until the membership has arrived
        radio.send(b"no", group="weather")
        radio.send(b"%d" % i, group=group)
        if dish.poll(5):
            got = dish.recv(copy=False)
            break
    assert int(got.bytes) <= i  # those before may come late
    assert got.group == "news"
    dish.leave(group)
    with pytest.raises(zmq.ZMQError):
        dish.leave(group)


def test_frame_with_a_group(socket, works, bind):
    radio, dish = works(socket, zmq.RADIO), works(socket, zmq.DISH)
    if dish is None:
        return
    dish.join("news")
    dish.connect(bind(radio))
    frame = zmq.Frame(b"x")
    frame.group = "news"
    assert frame.group == "news"
    for _ in range(1000):
        radio.send(frame, copy=False)
        if dish.poll(5):
            break
    assert dish.recv(copy=False).group == "news"


def test_group_that_is_too_long(socket, works):
    dish, radio = works(socket, zmq.DISH), works(socket, zmq.RADIO)
    if dish is None:
        return
    for call in (lambda: dish.join("x" * 256), lambda: radio.send(b"x", group="x" * 256)):
        with pytest.raises((zmq.ZMQError, ValueError)):
            call()


@pytest.mark.parametrize("wrong", [None, 5, ["news"]])
def test_group_of_a_wrong_type(socket, works, wrong):
    dish = works(socket, zmq.DISH)
    if dish is not None:
        with pytest.raises(TypeError):
            dish.join(wrong)


def test_join_and_leave_are_for_dish_sockets(socket):
    s = socket(zmq.SUB)
    for call in (s.join, s.leave):
        with pytest.raises((zmq.ZMQError, NotImplementedError, RuntimeError)):
            call("news")


def test_scatter_and_gather(pair, works, transport):
    ends = works(pair, zmq.SCATTER, zmq.GATHER, transport)
    if ends is None:
        return
    for copy in (True, False):
        ends[0].send(b"part", copy=copy)
        assert bytes(ends[1].recv(copy=copy)) == b"part"


def test_channel(pair, works, transport):
    ends = works(pair, zmq.CHANNEL, zmq.CHANNEL, transport)
    if ends is None:
        return
    a, b = ends
    a.send(b"there")
    assert b.recv() == b"there"
    b.send(b"back")
    assert a.recv() == b"back"


def test_peer(pair, works, transport):
    ends = works(pair, zmq.PEER, zmq.PEER, transport)
    if ends is None:
        return
    a, b = ends
    # only who connects this way learns an id to begin with
    who = b.connect_peer(a.last_endpoint)
    b.send(b"there", routing_id=who)
    frame = a.recv(copy=False)
    assert frame.bytes == b"there"
    a.send(b"back", routing_id=frame.routing_id)
    assert b.recv() == b"back"


def test_datagrams(socket, works):
    a, b = works(socket, zmq.DGRAM), works(socket, zmq.DGRAM)
    if b is None:
        return
    with system.socket(system.AF_INET, system.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    a.bind(f"udp://127.0.0.1:{port}")
    with system.socket(system.AF_INET, system.SOCK_DGRAM) as other:
        other.settimeout(5)
        other.bind(("127.0.0.1", 0))
        while not a.poll(20):  # libzmq binds in a thread of its own
            other.sendto(b"there", ("127.0.0.1", port))
        who, data = a.recv_multipart()
        assert data == b"there"
        assert who.rstrip(b"\0") == b"127.0.0.1:%d" % other.getsockname()[1]
        a.send_multipart([who, b"back"])
        assert other.recv(100) == b"back"


def test_poll_of_a_thread_safe_socket(pair, works):
    ends = works(pair, zmq.SERVER, zmq.CLIENT)
    if ends is None:
        return
    server, client = ends
    assert server.poll(0) == 0
    client.send(b"x")
    assert server.poll(5000) == zmq.POLLIN
    poller = zmq.Poller()
    poller.register(server, zmq.POLLIN)
    assert poller.poll(5000) == [(server, zmq.POLLIN)]


def test_fd_of_a_thread_safe_socket(socket, works):
    s = works(socket, zmq.CLIENT)
    if s is not None:
        with pytest.warns(zmq.error.DraftFDWarning):
            assert s.fd >= 0


@pytest.mark.parametrize(
    "keywords", [{"routing_id": 5}, {"group": "news"}], ids=["routing_id", "group"]
)
@pytest.mark.parametrize("copy", [True, False])
def test_routing_id_and_group_on_a_stable_type(pair, copy, keywords):
    a, b = pair(zmq.PUSH, zmq.PULL)
    if DRAFTS:  # libzmq keeps them to itself there
        a.send(b"x", copy=copy, **keywords)
        assert b.recv() == b"x"
        return
    with pytest.raises((zmq.ZMQError, NotImplementedError), match=r"(?i)draft"):
        a.send(b"x", copy=copy, **keywords)
    a.send(b"next")
    assert b.recv() == b"next"


@pytest.mark.parametrize(("name", "value"), [("routing_id", 5), ("group", "news")])
def test_properties_of_frames(works, name, value):
    frame = zmq.Frame(b"x")
    works(setattr, frame, name, value)
    works(frame.set, name, value)
    if DRAFTS:
        assert getattr(frame, name) == frame.get(name) == value
        return
    with pytest.raises((zmq.ZMQError, NotImplementedError, AttributeError), match=r"(?i)draft"):
        getattr(frame, name)
    works(frame.get, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ONLY_FIRST_SUBSCRIBE", 1), ("HELLO_MSG", b"hello"), ("PRIORITY", 1)],
)
def test_draft_options(socket, name, value):
    s = socket(zmq.DEALER)
    if DRAFTS:
        try:
            s.set(zmq.SocketOption[name], value)
        except zmq.ZMQError as exc:
            assert name in str(exc)
        return
    with pytest.raises((zmq.ZMQError, NotImplementedError), match=name) as caught:
        s.set(zmq.SocketOption[name], value)
    assert "draft" in str(caught.value).lower()


def test_hello_and_disconnect_messages(socket, bind, works):
    s = socket(zmq.ROUTER)
    works(s.set, zmq.HELLO_MSG, b"hello")
    if DRAFTS:
        works(s.set, zmq.DISCONNECT_MSG, b"bye")
        dealer = socket(zmq.DEALER)
        dealer.connect(bind(s, "tcp"))
        assert dealer.recv() == b"hello"
        # libzmq 4.3.4 may crash when both ends of such a connection close at once
        dealer.close()
        assert s.recv_multipart()[1:] == [b"bye"]
