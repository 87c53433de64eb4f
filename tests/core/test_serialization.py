# SPDX-License-Identifier: BSD-3-Clause
"""Strings, JSON, pickles and custom serialization, and that a bad message is only itself lost."""

import decimal
import json
import pickle

import pytest

import zmq

pytestmark = pytest.mark.every_flavour

SENDERS = ("send_string", "send_unicode")
RECEIVERS = ("recv_string", "recv_unicode")


@pytest.fixture
def ends(pair):
    return pair(zmq.PUSH, zmq.PULL)


# -- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "ascii", "größe", "日本", "\U0001f600", "a\0b"])
@pytest.mark.parametrize("send", SENDERS)
@pytest.mark.parametrize("recv", RECEIVERS)
def test_text(ends, text, send, recv):
    a, b = ends
    getattr(a, send)(text)
    assert getattr(b, recv)() == text


def test_text_over_every_transport(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send_string("é" * 50_000)
    assert b.recv_string() == "é" * 50_000


def test_text_is_utf8_on_the_wire(ends):
    a, b = ends
    a.send_string("é")
    assert b.recv() == b"\xc3\xa9"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "cp1252"])
def test_text_in_another_encoding(ends, encoding):
    a, b = ends
    a.send_string("é", encoding=encoding)
    a.send_string("ü", 0, True, encoding)
    assert b.recv_string(encoding=encoding) == "é"
    assert b.recv_string(0, encoding) == "ü"


def test_text_in_an_unknown_encoding(ends):
    a, b = ends
    with pytest.raises(LookupError, match="no-such"):
        a.send_string("é", encoding="no-such")
    a.send_string("next")
    with pytest.raises(LookupError, match="no-such"):
        b.recv_string(encoding="no-such")


@pytest.mark.parametrize("wrong", [b"bytes", None, 1, bytearray(b"x")])
@pytest.mark.parametrize("send", SENDERS)
def test_only_text_is_text(ends, wrong, send):
    a, b = ends
    with pytest.raises(TypeError):
        getattr(a, send)(wrong)
    a.send(b"next")
    assert b.recv() == b"next"


def test_text_that_cannot_be_encoded(ends):
    a, b = ends
    with pytest.raises(UnicodeError):
        a.send_string("日本", encoding="ascii")
    with pytest.raises(UnicodeError):
        a.send_string("\ud800")
    a.send(b"next")
    assert b.recv() == b"next"


@pytest.mark.parametrize("recv", RECEIVERS)
def test_bytes_that_are_no_text_lose_nothing_else(ends, recv):
    a, b = ends
    a.send(b"\xff\xfe")
    a.send_string("next")
    with pytest.raises(UnicodeError):
        getattr(b, recv)()
    assert getattr(b, recv)() == "next"


def test_undecodable_first_part_leaves_the_others(ends):
    a, b = ends
    a.send_multipart([b"\xff", b"second", b"third"])
    with pytest.raises(UnicodeError):
        b.recv_string()
    assert b.rcvmore
    assert b.recv_string() == "second"
    assert b.recv_string() == "third"
    assert not b.rcvmore


def test_text_takes_flags_and_copy(ends):
    a, b = ends
    a.send_string("1", zmq.SNDMORE)
    a.send_string("2", flags=0, copy=False)
    assert b.recv_string(zmq.NOBLOCK) == "1"
    assert b.rcvmore
    assert b.recv_string(flags=zmq.NOBLOCK) == "2"
    with pytest.raises(zmq.Again):
        b.recv_string(zmq.NOBLOCK)


# -- JSON ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [None, True, 0, -1.5, "é", [], [1, [2, {}]], {"a": None}, "x" * 100_000]
)
def test_json(pair, transport, value):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send_json(value)
    assert b.recv_json() == value


def test_json_is_utf8_on_the_wire(ends):
    a, b = ends
    a.send_json({"é": None}, ensure_ascii=False)
    assert json.loads(b.recv().decode("utf-8")) == {"é": None}


def test_json_passes_keywords_on(ends):
    a, b = ends
    a.send_json({"b": 1, "a": 2}, sort_keys=True, indent=1)
    first, second, third, fourth = b.recv().split(b"\n")
    assert (first, second[:5], third[:5], fourth) == (b"{", b' "a":', b' "b":', b"}")
    a.send_json([1.5])
    assert b.recv_json(parse_float=decimal.Decimal) == [decimal.Decimal("1.5")]
    a.send_json({"k": 1})
    assert b.recv_json(0, object_pairs_hook=list) == [("k", 1)]
    a.send_json({1, 2}, default=sorted)
    assert b.recv_json() == [1, 2]


def test_json_takes_flags(ends):
    a, b = ends
    a.send_json(1, zmq.SNDMORE)
    a.send_json(2, flags=zmq.NOBLOCK)
    assert b.recv_json() == 1
    assert b.rcvmore
    assert b.recv_json(flags=zmq.NOBLOCK) == 2
    with pytest.raises(zmq.Again):
        b.recv_json(zmq.NOBLOCK)


def test_json_sends_nothing_when_it_cannot_serialize(ends):
    a, b = ends
    with pytest.raises(TypeError):
        a.send_json(object())
    a.send(b"next")
    assert b.recv() == b"next"


@pytest.mark.parametrize("wire", [b"", b"{", b"\xff", b"nonsense"])
def test_bytes_that_are_no_json_lose_nothing_else(ends, wire):
    a, b = ends
    a.send(wire)
    a.send_json("next")
    with pytest.raises(ValueError):
        b.recv_json()
    assert b.recv_json() == "next"


# -- pickles -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, {1, 2}, b"x", ("a", 1.5), decimal.Decimal("1.1")])
def test_pickles(pair, transport, value):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send_pyobj(value)
    assert b.recv_pyobj() == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_protocol(ends, protocol):
    a, b = ends
    a.send_pyobj([1], protocol=protocol)
    assert b.recv() == pickle.dumps([1], protocol)
    a.send_pyobj([2], 0, protocol)
    assert b.recv_pyobj() == [2]


def test_pickle_protocol_by_default_and_latest(ends):
    a, b = ends
    a.send_pyobj([1])
    assert b.recv() == pickle.dumps([1])
    a.send_pyobj([1], protocol=-1)
    assert b.recv() == pickle.dumps([1], -1)


def test_pickles_take_flags(ends):
    a, b = ends
    a.send_pyobj(1, zmq.SNDMORE)
    a.send_pyobj(2, flags=zmq.NOBLOCK)
    assert b.recv_pyobj(0) == 1
    assert b.rcvmore
    assert b.recv_pyobj(flags=zmq.NOBLOCK) == 2
    with pytest.raises(zmq.Again):
        b.recv_pyobj(zmq.NOBLOCK)


def test_pickle_sends_nothing_when_it_cannot_serialize(ends):
    a, b = ends
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        a.send_pyobj(lambda: 1)
    a.send(b"next")
    assert b.recv() == b"next"


def test_bytes_that_are_no_pickle_lose_nothing_else(ends):
    a, b = ends
    a.send(b"nonsense")
    a.send_pyobj("next")
    with pytest.raises(Exception) as expected:  # on CPython an UnpicklingError
        pickle.loads(b"nonsense")
    with pytest.raises(expected.type):
        b.recv_pyobj()
    assert b.recv_pyobj() == "next"


# -- custom --------------------------------------------------------------------------------------


@pytest.mark.parametrize("copy", [True, False])
def test_serialized(pair, transport, copy):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    seen = []

    def load(frames):
        seen.extend(map(type, frames))
        return [bytes(f).decode() for f in frames]

    a.send_serialized(["a", "b"], lambda parts: [p.encode() for p in parts], copy=copy)
    assert b.recv_serialized(load, copy=copy) == ["a", "b"]
    assert seen == [bytes if copy else zmq.Frame] * 2


def test_serialized_by_keyword(ends):
    a, b = ends
    a.send_serialized(msg=1, serialize=lambda n: [b"x"] * n, flags=zmq.NOBLOCK, copy=True)
    assert b.recv_serialized(deserialize=list, flags=zmq.NOBLOCK, copy=True) == [b"x"]


def test_serializer_may_give_a_generator(ends):
    a, b = ends
    a.send_serialized("ab", lambda text: (c.encode() for c in text))
    assert b.recv_multipart() == [b"a", b"b"]


def test_serializer_that_raises_sends_nothing(ends):
    a, b = ends
    with pytest.raises(ZeroDivisionError):
        a.send_serialized(0, lambda n: [1 / n])
    a.send(b"next")
    assert b.recv() == b"next"


def test_deserializer_that_raises_loses_nothing_else(ends):
    a, b = ends
    a.send_multipart([b"1", b"2"])
    a.send(b"next")
    with pytest.raises(ZeroDivisionError):
        b.recv_serialized(lambda frames: 1 / 0)
    assert b.recv() == b"next"


def test_serialized_without_waiting(ends):
    _, b = ends
    with pytest.raises(zmq.Again):
        b.recv_serialized(list, zmq.NOBLOCK)
