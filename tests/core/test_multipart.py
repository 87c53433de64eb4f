# SPDX-License-Identifier: BSD-3-Clause
"""Messages of several parts, and that a bad one sends nothing at all."""

import array
from collections import deque

import pytest

import zmq

pytestmark = pytest.mark.every_flavour


@pytest.mark.parametrize("count", [1, 2, 4, 100])
@pytest.mark.parametrize("copy", [True, False])
def test_parts_arrive_together(pair, transport, count, copy):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    parts = [b"part %d" % i for i in range(count)]
    assert a.send_multipart(parts, copy=copy) is None
    a.send_multipart(parts)
    assert b.recv_multipart() == parts
    frames = b.recv_multipart(copy=False)
    assert [type(f) for f in frames] == [zmq.Frame] * count
    assert [f.bytes for f in frames] == parts


def test_single_message_is_a_list_of_one(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"x")
    assert b.recv_multipart() == [b"x"]


@pytest.mark.parametrize(
    "make",
    [list, tuple, iter, lambda p: (x for x in p), lambda p: dict.fromkeys(p).keys(), lambda p: p],
    ids=["list", "tuple", "iterator", "generator", "keys", "deque"],
)
def test_any_iterable(pair, make):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_multipart(make(deque([b"1", b"2", b"3"])))
    assert b.recv_multipart() == [b"1", b"2", b"3"]


def test_parts_of_every_kind(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    parts = [b"1", bytearray(b"2"), memoryview(b"3"), array.array("b", [52]), zmq.Frame(b"5"), b""]
    a.send_multipart(parts)
    assert b.recv_multipart() == [b"1", b"2", b"3", b"4", b"5", b""]


def test_large_and_small_parts(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    parts = [b"", b"x" * 200_000, b"y", b"z" * 70_000]
    for copy in (True, False):
        a.send_multipart(parts, copy=copy)
        assert b.recv_multipart() == parts
        a.send_multipart(parts, copy=copy)
        assert [bytes(f) for f in b.recv_multipart(copy=False)] == parts


def test_positional_arguments(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"1", b"2"], 0, True, False)
    assert b.recv_multipart(0, True, False) == [b"1", b"2"]
    a.send_multipart(msg_parts=[b"1"], flags=zmq.NOBLOCK, copy=True, track=False)
    assert b.recv_multipart(flags=zmq.NOBLOCK, copy=True) == [b"1"]


def test_more_after_the_last_part(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"1", b"2"], zmq.SNDMORE)
    a.send(b"3")
    assert b.recv_multipart() == [b"1", b"2", b"3"]


def test_rest_of_a_message(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"1", b"2", b"3"])
    assert b.recv() == b"1"
    assert b.recv_multipart() == [b"2", b"3"]


def test_messages_stay_apart(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    for i in range(50):
        a.send_multipart([b"%d" % i, b"end"])
    for i in range(50):
        assert b.recv_multipart() == [b"%d" % i, b"end"]


def test_identities_and_delimiters(pair, transport):
    router, req = pair(zmq.ROUTER, zmq.REQ, transport, routing_id=b"me")
    req.send_multipart([b"q", b"2"])
    assert router.recv_multipart() == [b"me", b"", b"q", b"2"]
    router.send_multipart([b"me", b"", b"a"])
    assert req.recv_multipart() == [b"a"]


def test_the_list_is_not_changed(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    parts = [b"1", b"2"]
    a.send_multipart(parts)
    assert parts == [b"1", b"2"]
    assert b.recv_multipart() == parts


# -- nothing is sent unless everything can be ----------------------------------------------------


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("wrong", [None, 5, ["x"], {}, object()], ids=repr)
def test_part_that_is_no_buffer(pair, where, wrong):
    a, b = pair(zmq.PUSH, zmq.PULL)
    parts = [b"1", b"2"]
    parts.insert(where, wrong)
    with pytest.raises(TypeError, match=str(where)):
        a.send_multipart(parts)
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("copy", [True, False])
def test_part_that_is_text(pair, where, copy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    parts = [b"1", b"2"]
    parts.insert(where, "text")
    with pytest.raises(TypeError, match="send_string|encode"):
        a.send_multipart(parts, copy=copy)
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


def test_part_that_is_not_contiguous(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises((BufferError, ValueError, TypeError), match="contiguous"):
        a.send_multipart([b"1", memoryview(b"abcdef")[::2]])
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


def test_part_that_is_an_untracked_frame(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(ValueError, match="track"):
        a.send_multipart([b"1", zmq.Frame(b"2")], copy=False, track=True)
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


def test_generator_that_fails_halfway(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)

    def parts():
        yield b"1"
        raise KeyError("halfway")

    with pytest.raises(KeyError, match="halfway"):
        a.send_multipart(parts())
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


@pytest.mark.parametrize("wrong", [None, 5, object()])
def test_what_cannot_be_iterated(pair, wrong):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        a.send_multipart(wrong)
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


def test_bytes_instead_of_a_list(pair):
    # the parts of bytes are numbers
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        a.send_multipart(b"abc")
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


def test_text_instead_of_a_list(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        a.send_multipart("abc")
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


@pytest.mark.parametrize("parts", [[], (), iter([])])
def test_no_parts_at_all(pair, parts):
    a, b = pair(zmq.PUSH, zmq.PULL)
    try:
        a.send_multipart(parts)
    except ValueError:
        pass  # to say so is better than to send nothing in silence
    a.send(b"next")
    assert b.recv_multipart() == [b"next"]


def test_without_room_no_part_is_sent(socket, bind):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    with pytest.raises(zmq.Again):
        a.send_multipart([b"1", b"2"], zmq.NOBLOCK)
    b.connect(bind(a))
    a.send_multipart([b"3", b"4"])
    assert b.recv_multipart() == [b"3", b"4"]


@pytest.mark.parametrize("copy", [True, False])
def test_recv_without_waiting(pair, copy):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.Again):
        b.recv_multipart(zmq.NOBLOCK, copy)


def test_unroutable_message_is_refused_whole(socket, bind):
    router, dealer = socket(zmq.ROUTER, router_mandatory=1), socket(zmq.DEALER, routing_id=b"me")
    dealer.connect(bind(router))
    dealer.send(b"here")
    assert router.recv_multipart() == [b"me", b"here"]
    with pytest.raises(zmq.ZMQError) as caught:
        router.send_multipart([b"nobody", b"lost"])
    assert caught.value.errno == zmq.EHOSTUNREACH
    router.send_multipart([b"me", b"found"])
    assert dealer.recv_multipart() == [b"found"]
