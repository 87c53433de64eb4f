# SPDX-License-Identifier: BSD-3-Clause
"""Socket options by get and set, every kind of value, and what is refused."""

import sys

import pytest

import zmq

#: option, type of a socket that has it, a value that is not its default
PLAIN = [
    ("AFFINITY", zmq.PUSH, 2**40 + 1),
    ("BACKLOG", zmq.PUSH, 7),
    ("CONFLATE", zmq.PUSH, 1),
    ("CONNECT_TIMEOUT", zmq.PUSH, 50),
    ("HANDSHAKE_IVL", zmq.PUSH, 500),
    ("HEARTBEAT_IVL", zmq.PUSH, 100),
    ("HEARTBEAT_TIMEOUT", zmq.PUSH, 200),
    ("HEARTBEAT_TTL", zmq.PUSH, 300),
    ("IMMEDIATE", zmq.PUSH, 1),
    ("INVERT_MATCHING", zmq.PUB, 1),
    ("IPV6", zmq.PUSH, 1),
    ("LINGER", zmq.PUSH, 12),
    ("MAXMSGSIZE", zmq.PULL, 2**40),
    ("MULTICAST_HOPS", zmq.PUSH, 3),
    ("MULTICAST_MAXTPDU", zmq.PUSH, 1400),
    ("PLAIN_PASSWORD", zmq.PUSH, b"secret"),
    ("PLAIN_USERNAME", zmq.PUSH, b"name"),
    ("RATE", zmq.PUB, 99),
    ("RCVBUF", zmq.PULL, 4096),
    ("RCVHWM", zmq.PULL, 5),
    ("RCVTIMEO", zmq.PULL, 40),
    ("RECONNECT_IVL", zmq.PUSH, 33),
    ("RECONNECT_IVL_MAX", zmq.PUSH, 44),
    ("RECOVERY_IVL", zmq.PUB, 55),
    ("ROUTING_ID", zmq.DEALER, b"id"),
    ("SNDBUF", zmq.PUSH, 4096),
    ("SNDHWM", zmq.PUSH, 0),
    ("SNDTIMEO", zmq.PUSH, 0),
    ("SOCKS_PROXY", zmq.PUSH, b"127.0.0.1:1"),
    ("TCP_KEEPALIVE", zmq.PUSH, 1),
    ("TCP_KEEPALIVE_CNT", zmq.PUSH, 4),
    ("TCP_KEEPALIVE_IDLE", zmq.PUSH, 5),
    ("TCP_KEEPALIVE_INTVL", zmq.PUSH, 6),
    ("TCP_MAXRT", zmq.PUSH, 1000),
    ("TOS", zmq.PUSH, 8),
    ("ZAP_DOMAIN", zmq.PUSH, b"global"),
]

#: options that can only be set, with a socket type and a value they take
WRITE_ONLY = [
    ("SUBSCRIBE", zmq.SUB, b"topic"),
    ("UNSUBSCRIBE", zmq.SUB, b"topic"),
    ("XPUB_VERBOSE", zmq.XPUB, 1),
    ("XPUB_VERBOSER", zmq.XPUB, 1),
    ("XPUB_NODROP", zmq.XPUB, 1),
    ("XPUB_MANUAL", zmq.XPUB, 1),
    ("XPUB_WELCOME_MSG", zmq.XPUB, b"hello"),
    ("ROUTER_MANDATORY", zmq.ROUTER, 1),
    ("ROUTER_HANDOVER", zmq.ROUTER, 1),
    ("PROBE_ROUTER", zmq.DEALER, 1),
    ("REQ_CORRELATE", zmq.REQ, 1),
    ("REQ_RELAXED", zmq.REQ, 1),
    ("CONNECT_ROUTING_ID", zmq.ROUTER, b"peer"),
    ("STREAM_NOTIFY", zmq.STREAM, 0),
]


def plain(argvalues):
    return pytest.mark.parametrize(
        ("name", "kind", "value"), argvalues, ids=[name for name, _, _ in argvalues]
    )


@plain(PLAIN)
def test_value_comes_back_in_every_way(context, name, kind, value):
    option = zmq.SocketOption[name]
    for read, write in (
        (lambda s: s.get(option), lambda s: s.set(option, value)),
        (lambda s: s.getsockopt(option), lambda s: s.setsockopt(option, value)),
        (lambda s: getattr(s, name), lambda s: setattr(s, name, value)),
        (lambda s: getattr(s, name.lower()), lambda s: setattr(s, name.lower(), value)),
        (lambda s: s.get(int(option)), lambda s: s.set(int(option), value)),
    ):
        with context.socket(kind) as s:
            assert read(s) != value
            write(s)
            assert read(s) == s.get(option) == value
            assert type(read(s)) is type(value)


@plain([row for row in PLAIN if isinstance(row[2], bytes)])
def test_text_comes_back_by_the_string_methods(context, name, kind, value):
    option, text = zmq.SocketOption[name], value.decode()
    for read, write in (
        ("get_string", "set_string"),
        ("getsockopt_string", "setsockopt_string"),
        ("getsockopt_unicode", "setsockopt_unicode"),
    ):
        with context.socket(kind) as s:
            getattr(s, write)(option, text)
            assert getattr(s, read)(option) == text
            assert s.get(option) == value


@plain(WRITE_ONLY)
def test_write_only_options_can_be_set(context, name, kind, value):
    with context.socket(kind) as s:
        s.set(zmq.SocketOption[name], value)
        s.setsockopt(zmq.SocketOption[name], value)
        setattr(s, name, value)


@plain([row for row in WRITE_ONLY if row[0] not in ("SUBSCRIBE", "UNSUBSCRIBE")])
def test_reading_a_write_only_option_is_an_attribute_error(context, name, kind, value):
    with context.socket(kind) as s:
        for spelling in (name, name.lower(), name.title()):
            with pytest.raises(AttributeError, match=name):
                getattr(s, spelling)
            assert not hasattr(s, spelling)
        with pytest.raises(zmq.ZMQError, match=name):
            s.get(zmq.SocketOption[name])


@pytest.mark.parametrize("name", ["FD", "EVENTS", "TYPE", "RCVMORE", "LAST_ENDPOINT", "MECHANISM"])
def test_read_only_options_cannot_be_set(socket, name):
    s = socket(zmq.DEALER)
    before = s.get(zmq.SocketOption[name])
    value = b"x" if isinstance(before, bytes) else 1
    with pytest.raises((AttributeError, zmq.ZMQError)):
        setattr(s, name, value)
    with pytest.raises(zmq.ZMQError):
        s.set(zmq.SocketOption[name], value)
    assert s.get(zmq.SocketOption[name]) == before


def test_read_only_options_have_values(pair):
    a, b = pair(zmq.DEALER, zmq.DEALER)
    assert a.type == zmq.DEALER
    assert a.fd >= 0
    assert a.events == zmq.POLLOUT
    assert a.mechanism == zmq.NULL
    assert a.rcvmore in (0, False)
    assert a.last_endpoint.startswith(b"inproc://")
    assert b.thread_safe in (0, False)


def test_type_is_a_socket_type(socket):
    assert socket(zmq.XPUB).type is zmq.SocketType.XPUB


def test_rcvmore_follows_the_parts(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"1", b"2"])
    b.recv()
    assert b.rcvmore
    assert b.get(zmq.RCVMORE)
    b.recv()
    assert not b.rcvmore


@pytest.mark.parametrize("identity", [b"a", b"\x01\x00", b"a\0b\0", bytes(range(1, 256)), b"\xff"])
@pytest.mark.parametrize("name", ["identity", "routing_id", "IDENTITY", "ROUTING_ID"])
def test_identity_may_hold_any_bytes(socket, bind, name, identity):
    router, dealer = socket(zmq.ROUTER), socket(zmq.DEALER)
    setattr(dealer, name, identity)
    assert dealer.identity == dealer.routing_id == identity
    dealer.connect(bind(router))
    dealer.send(b"x")
    assert router.recv_multipart() == [identity, b"x"]


def test_identity_of_256_bytes_is_too_long(socket):
    with pytest.raises(zmq.ZMQError, match="ROUTING_ID|IDENTITY") as caught:
        socket(zmq.DEALER).identity = b"x" * 256
    assert caught.value.errno == zmq.EINVAL


def test_empty_bytes(socket):
    sub = socket(zmq.SUB)
    sub.set(zmq.SUBSCRIBE, b"")
    sub.subscribe = b""
    sub.unsubscribe(b"")


def test_long_bytes_come_back_whole(socket):
    s = socket(zmq.PUSH)
    long = b"n" * 255
    s.plain_username = long
    assert s.plain_username == long


@pytest.mark.parametrize("option", ["CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"])
def test_curve_keys_come_back_as_text_keys(socket, option):
    s = socket(zmq.PUSH)
    key = b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
    s.set(zmq.SocketOption[option], key)
    assert s.get(zmq.SocketOption[option]) == key


# -- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["1", b"1", None, 1.5, [1]])
def test_int_option_takes_only_ints(socket, value):
    s = socket(zmq.PUSH)
    for put in (lambda: s.set(zmq.LINGER, value), lambda: setattr(s, "linger", value)):
        with pytest.raises(TypeError, match="LINGER|int|_string"):
            put()


def test_int_option_takes_what_has_an_index(socket):
    class Five:
        def __index__(self):
            return 5

    s = socket(zmq.PUSH)
    s.linger = Five()
    assert s.linger == 5
    s.linger = True
    assert s.linger == 1
    s.linger = zmq.SocketType.REP
    assert s.linger == 4


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**63, 2**64, -(2**70)])
def test_int_that_does_not_fit(socket, value):
    s = socket(zmq.PUSH)
    with pytest.raises((OverflowError, ValueError, zmq.ZMQError)):
        s.set(zmq.LINGER, value)
    assert s.linger == 0


def test_int64_that_does_not_fit(socket):
    s = socket(zmq.PULL)
    with pytest.raises((OverflowError, ValueError, zmq.ZMQError)):
        s.set(zmq.MAXMSGSIZE, 2**64)
    assert s.maxmsgsize == -1


@pytest.mark.parametrize("value", ["text", 1, None, 1.5, [b"x"]])
def test_bytes_option_takes_only_bytes(socket, value):
    s = socket(zmq.SUB)
    with pytest.raises(TypeError):
        s.set(zmq.SUBSCRIBE, value)
    with pytest.raises(TypeError):
        s.set(zmq.ROUTING_ID, value)


@pytest.mark.parametrize("method", ["set", "setsockopt"])
def test_text_for_a_bytes_option_names_the_string_method(socket, method):
    with pytest.raises(TypeError, match="_string"):
        getattr(socket(zmq.SUB), method)(zmq.SUBSCRIBE, "text")


def test_text_by_attribute_names_the_string_method(socket):
    s = socket(zmq.DEALER)
    with pytest.raises(TypeError, match="_string"):
        s.identity = "text"
    assert s.identity == b""


@pytest.mark.parametrize("value", [b"bytes", 1, None])
def test_string_methods_take_only_text(socket, value):
    with pytest.raises(TypeError):
        socket(zmq.DEALER).set_string(zmq.IDENTITY, value)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le"])
def test_string_methods_take_an_encoding(socket, encoding):
    s = socket(zmq.DEALER)
    s.set_string(zmq.IDENTITY, "größe", encoding=encoding)
    assert s.identity == "größe".encode(encoding)
    assert s.get_string(zmq.IDENTITY, encoding=encoding) == "größe"
    s.setsockopt_string(zmq.IDENTITY, "é", encoding)
    assert s.getsockopt_string(zmq.IDENTITY, encoding) == "é"


def test_undecodable_option_is_a_unicode_error_and_stays(socket):
    s = socket(zmq.DEALER)
    s.identity = b"\xff\xfe"
    with pytest.raises(UnicodeError):
        s.get_string(zmq.IDENTITY)
    assert s.identity == b"\xff\xfe"


def test_string_methods_refuse_int_options(socket):
    with pytest.raises(TypeError):
        socket(zmq.PUSH).get_string(zmq.LINGER)
    with pytest.raises(TypeError):
        socket(zmq.PUSH).set_string(zmq.LINGER, "1")


def test_unknown_option_number(socket):
    s = socket(zmq.PUSH)
    with pytest.raises(zmq.ZMQError, match="9999") as caught:
        s.get(9999)
    assert caught.value.errno == zmq.EINVAL
    with pytest.raises(zmq.ZMQError, match="9999"):
        s.set(9999, 1)
    with pytest.raises(TypeError, match="9999"):
        s.set(9999, b"5")


def test_option_of_another_type_of_socket(socket):
    with pytest.raises(zmq.ZMQError, match="SUBSCRIBE") as caught:
        socket(zmq.PUSH).set(zmq.SUBSCRIBE, b"x")
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("wrong", ["linger", None, 1.5])
def test_option_must_be_a_number(socket, wrong):
    s = socket(zmq.PUSH)
    with pytest.raises(TypeError):
        s.get(wrong)
    with pytest.raises(TypeError):
        s.set(wrong, 1)


def test_value_out_of_range_names_the_option(socket):
    with pytest.raises(zmq.ZMQError, match="LINGER") as caught:
        socket(zmq.PUSH).set(zmq.LINGER, -5)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.skipif(sys.platform == "win32", reason="handles are wider there")
def test_fd_is_an_int(socket):
    assert type(socket(zmq.PUSH).get(zmq.FD)) is int


# -- subscriptions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "off"),
    [
        (lambda s: s.subscribe(b"a"), lambda s: s.unsubscribe(b"a")),
        (lambda s: s.subscribe("a"), lambda s: s.unsubscribe("a")),
        (lambda s: setattr(s, "subscribe", b"a"), lambda s: setattr(s, "unsubscribe", b"a")),
        (lambda s: s.set(zmq.SUBSCRIBE, b"a"), lambda s: s.set(zmq.UNSUBSCRIBE, b"a")),
        (
            lambda s: s.setsockopt_string(zmq.SUBSCRIBE, "a"),
            lambda s: s.setsockopt_string(zmq.UNSUBSCRIBE, "a"),
        ),
        (lambda s: setattr(s, "SUBSCRIBE", b"a"), lambda s: setattr(s, "UNSUBSCRIBE", b"a")),
    ],
    ids=["bytes", "text", "attribute", "set", "string", "upper"],
)
def test_ways_to_subscribe(pair, on, off):
    xpub, sub = pair(zmq.XPUB, zmq.SUB)
    on(sub)
    assert xpub.recv() == b"\x01a"
    xpub.send_multipart([b"a", b"yes"])
    assert sub.recv_multipart() == [b"a", b"yes"]
    off(sub)
    assert xpub.recv() == b"\x00a"


def test_subscribe_stays_a_method_after_assignment(pair):
    xpub, sub = pair(zmq.XPUB, zmq.SUB)
    sub.subscribe = b"a"
    sub.subscribe(b"b")
    assert [xpub.recv(), xpub.recv()] == [b"\x01a", b"\x01b"]


def test_topic_as_text_is_utf8(pair):
    xpub, sub = pair(zmq.XPUB, zmq.SUB)
    sub.subscribe("é")
    assert xpub.recv() == b"\x01" + "é".encode()
