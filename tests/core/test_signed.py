# SPDX-License-Identifier: BSD-3-Clause
"""Signed objects: they arrive, and nothing else is ever loaded."""

import hashlib
import hmac
import json
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zmq

pytestmark = pytest.mark.every_flavour

KEY = b"a key that is known at both ends"
OTHER_KEY = b"a key that is known to nobody..."
OBJECT = {"a": [1, (2.5, None)], "b": {3}}


@pytest.fixture
def ends(pair):
    return pair(zmq.PUSH, zmq.PULL)


@pytest.fixture
def message(ends):
    """A signed message as it is on the wire."""
    a, b = ends
    a.send_signed(OBJECT, KEY)
    (sent,) = b.recv_multipart()
    return sent


@pytest.fixture
def refuse(ends):
    """`refuse(*parts)`: send them; see them refused, with nothing loaded, and a next one arrive."""
    a, b = ends

    def load(content):
        raise AssertionError(f"{content!r} was loaded")

    def refuse(*parts, match=None, key=KEY):
        a.send_multipart(parts)
        a.send_signed("next", KEY)
        with pytest.raises(zmq.SignatureError, match=match):
            b.recv_signed(key, loads=load)
        assert b.recv_signed(KEY) == "next"

    return refuse


# -- there and back ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, OBJECT, b"x" * 100_000, "é", zmq.Again])
def test_objects(pair, transport, value):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send_signed(value, KEY)
    assert b.recv_signed(KEY) == value


def test_the_form_on_the_wire(message):
    tag, signature, content = message[:4], message[4:36], message[36:]
    assert tag == b"\xffZS\x01"
    assert pickle.loads(content) == OBJECT
    assert signature == hmac.digest(KEY, tag + content, hashlib.sha256)


def test_other_serializers(ends):
    a, b = ends
    a.send_signed(OBJECT["a"], KEY, dumps=lambda obj: json.dumps(obj).encode())
    assert b.recv_signed(KEY, loads=json.loads) == [1, [2.5, None]]
    a.send_signed([1, 2], KEY, dumps=bytearray)
    assert b.recv_signed(KEY, loads=type) is bytes


@pytest.mark.parametrize("size", [16, 32, 64, 65, 1000])
def test_keys(ends, size):
    a, b = ends
    a.send_signed(1, bytes(size))
    assert b.recv_signed(bytearray(size)) == 1


def test_flags(ends):
    a, b = ends
    with pytest.raises(zmq.Again):
        b.recv_signed(KEY, zmq.NOBLOCK)
    a.send_signed(1, KEY, zmq.NOBLOCK)
    assert b.recv_signed(KEY, flags=zmq.NOBLOCK) == 1


def test_time_out(ends):
    a, b = ends
    with pytest.raises(zmq.TimeoutExpired):
        b.recv_signed(KEY, timeout=1)
    a.send_signed(1, KEY, timeout=1000)
    assert b.recv_signed(KEY, timeout=1000) == 1


def test_behind_other_parts(pair):
    dealer, router = pair(zmq.DEALER, zmq.ROUTER)
    dealer.send_signed("question", KEY)
    name = router.recv()
    assert router.recv_signed(KEY) == "question"
    router.send(name, zmq.SNDMORE)
    router.send_signed("answer", KEY)
    assert dealer.recv_signed(KEY) == "answer"


def test_between_processes(socket, bind, start):
    b = socket(zmq.PULL)
    script = """
        import sys, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as s:
            s.connect(sys.argv[1])
            s.send_signed({"n": 1}, b"another key, not the right one..")
            s.send_pyobj({"n": 2})
            s.send_signed({"n": 3}, sys.argv[2].encode())
    """
    sender = start(script, bind(b, "tcp"), KEY.decode())
    for _ in range(2):
        with pytest.raises(zmq.SignatureError):
            b.recv_signed(KEY)
    assert b.recv_signed(KEY) == {"n": 3}
    sender.done()


# -- what is refused -----------------------------------------------------------------------------


class Bomb:
    """Whoever loads its pickle fails the test."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


def test_another_key(refuse, message):
    refuse(message, key=OTHER_KEY, match="signature is wrong")


def test_nothing_is_loaded_before_the_check(ends):
    a, b = ends
    a.send_signed(Bomb(), OTHER_KEY)
    a.send_pyobj(Bomb())
    for _ in range(2):
        with pytest.raises(zmq.SignatureError):
            b.recv_signed(KEY)
    a.send_signed(Bomb(), KEY)
    with pytest.raises(pytest.fail.Exception):  # so the bomb is one
        b.recv_signed(KEY)


@pytest.mark.parametrize(
    "foreign", [b"", b"text", b'{"json": 1}', pickle.dumps(1), b"\xff", bytes(99)]
)
def test_foreign_messages(refuse, foreign):
    refuse(foreign, match="not a signed message")


def test_messages_of_another_version(refuse, message):
    refuse(message[:3] + b"\x02" + message[4:], match="form 2")


def test_longer_messages(refuse, message):
    refuse(message, b"", match="has 2")
    refuse(message, message, message, match="has 3")
    refuse(b"", message, match="has 2")


def test_a_signature_alone(refuse):
    refuse(b"\xffZS\x01" + hmac.digest(KEY, b"", "sha256"))
    refuse(hmac.digest(KEY, b"content", "sha256") + b"content")


def test_every_truncation(refuse, message):
    for size in range(len(message)):
        refuse(message[:size])


def test_every_byte_counts(refuse, message):
    for position in range(len(message)):
        changed = bytearray(message)
        changed[position] ^= 1 << position % 8
        refuse(changed)


_same_fixtures = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_same_fixtures
@given(st.data())
def test_tampering(refuse, message, data):
    begin = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(begin, len(message)))
    changed = message[:begin] + data.draw(st.binary(max_size=50)) + message[end:]
    if changed != message:
        refuse(changed)


@_same_fixtures
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_noise(refuse, parts):
    refuse(*parts)


# -- bad input -----------------------------------------------------------------------------------

BAD_KEYS = [
    (KEY.decode(), TypeError, "bytes.*str"),
    (None, TypeError, "NoneType"),
    (b"", ValueError, "16"),
    (b"only 15 bytes..", ValueError, "15 bytes.*16"),
]


@pytest.mark.parametrize(("key", "error", "hint"), BAD_KEYS)
def test_bad_keys(ends, key, error, hint):
    a, b = ends
    with pytest.raises(error, match=hint):
        a.send_signed(OBJECT, key)
    a.send_signed(OBJECT, KEY)
    with pytest.raises(error, match=hint):
        b.recv_signed(key)
    assert b.recv_signed(KEY) == OBJECT


def test_no_key(ends):
    a, b = ends
    with pytest.raises(TypeError):
        a.send_signed(OBJECT)
    with pytest.raises(TypeError):
        b.recv_signed()


def test_parts_behind_it_are_refused(ends):
    a, b = ends
    with pytest.raises(ValueError, match="ends its message"):
        a.send_signed(OBJECT, KEY, zmq.SNDMORE)
    a.send(b"next")
    assert b.recv() == b"next"


def test_serializers_that_fail(ends):
    a, b = ends
    with pytest.raises(TypeError, match="dumps makes bytes.*str"):
        a.send_signed(OBJECT, KEY, dumps=str)
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        a.send_signed(lambda: 1, KEY)
    a.send_signed(OBJECT, KEY)
    a.send_signed("next", KEY)
    with pytest.raises(ZeroDivisionError):
        b.recv_signed(KEY, loads=lambda content: 1 / 0)
    assert b.recv_signed(KEY) == "next"
