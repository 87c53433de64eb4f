# SPDX-License-Identifier: BSD-3-Clause
"""One message: what may be sent, how it arrives, flags and timeouts."""

import array
import mmap

import numpy
import pytest

import zmq

pytestmark = pytest.mark.every_flavour

BUFFERS = [
    b"bytes",
    b"",
    bytearray(b"bytearray"),
    memoryview(b"memoryview"),
    memoryview(bytearray(b"writable view")),
    memoryview(b"a slice of it")[2:7],
    array.array("d", [1.5, 2.5, -3.5]),
    array.array("B"),
    numpy.arange(7, dtype="int16"),
    numpy.ones((3, 4), dtype="complex128"),
    numpy.asfortranarray(numpy.arange(6).reshape(2, 3)),
    numpy.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
    numpy.array(5),
    numpy.zeros((0, 3)),
    numpy.arange(10)[2:5],
    numpy.array([True, False]),
    memoryview(b"cast to shorts").cast("H"),
]
NAMES = [f"{i}-{type(b).__name__}" for i, b in enumerate(BUFFERS)]


def content(buffer):
    """The memory of a buffer as it lies, which is what goes out."""
    plain = isinstance(buffer, (bytes, bytearray))
    return bytes(buffer) if plain else numpy.asarray(buffer).tobytes(order="A")


@pytest.mark.parametrize("size", [0, 1, 29, 30, 33, 34, 255, 256, 8191, 8193, 100_000, 3_000_000])
@pytest.mark.parametrize("copy", [True, False])
def test_sizes(pair, transport, size, copy):
    # 33 bytes fit into a libzmq message itself; its tcp buffers hold 8192
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    data = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    assert a.send(data, copy=copy) is None
    assert b.recv() == data
    a.send(data, copy=copy)
    assert b.recv(copy=False).bytes == data


@pytest.mark.parametrize("buffer", BUFFERS, ids=NAMES)
@pytest.mark.parametrize("copy", [True, False])
def test_every_contiguous_buffer(pair, buffer, copy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = 0
    a.send(buffer, copy=copy)
    assert b.recv() == content(buffer)
    a.send(buffer, zmq.SNDMORE, copy)
    a.send(b"end")
    assert b.recv_multipart() == [content(buffer), b"end"]


def test_memory_map(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with mmap.mmap(-1, 4096) as memory:
        memory[:3] = b"map"
        a.send(memory)
    assert b.recv() == b"map" + bytes(4093)


@pytest.mark.parametrize(
    "buffer",
    [memoryview(b"abcdef")[::2], numpy.arange(10)[::3], numpy.arange(12).reshape(3, 4)[:, :2]],
    ids=["memoryview", "stride", "columns"],
)
@pytest.mark.parametrize("copy", [True, False])
def test_buffer_that_is_not_contiguous_is_refused(pair, buffer, copy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises((BufferError, ValueError, TypeError), match="contiguous"):
        a.send(buffer, copy=copy)
    a.send(b"next")
    assert b.recv() == b"next"


@pytest.mark.parametrize("wrong", [None, 1, 1.5, ["x"], {}, object()])
@pytest.mark.parametrize("copy", [True, False])
def test_what_is_no_buffer_is_refused(pair, wrong, copy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        a.send(wrong, copy=copy)
    a.send(b"next")
    assert b.recv() == b"next"


@pytest.mark.parametrize("text", ["", "text", "größe"])
@pytest.mark.parametrize("copy", [True, False])
def test_text_is_refused_and_send_string_named(pair, text, copy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError, match="send_string"):
        a.send(text, copy=copy)
    a.send(b"next")
    assert b.recv() == b"next"


@pytest.mark.parametrize("copy", [True, False])
def test_changing_the_buffer_after_a_copying_send(pair, copy):
    a, b = pair(zmq.PUSH, zmq.PULL)
    data = bytearray(b"before")
    a.send(data, copy=copy)  # below the threshold it is copied in any case
    data[:] = b"after!"
    assert b.recv() == b"before"


def test_result_is_bytes_or_a_frame(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    for _ in range(3):
        a.send(b"x")
    assert type(b.recv()) is bytes
    assert type(b.recv(copy=True, track=True)) is bytes
    assert type(b.recv(copy=False)) is zmq.Frame


def test_positional_arguments(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"1", zmq.SNDMORE, True, False)
    a.send(b"2", 0, False)
    assert b.recv(0, True) == b"1"
    assert b.recv(0, False, False).bytes == b"2"


def test_keyword_arguments(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(data=b"1", flags=0, copy=True, track=False)
    assert b.recv(flags=0, copy=True, track=False) == b"1"


def test_flags_may_be_plain_numbers(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"1", 2)
    a.send(b"2", flags=1)
    assert b.recv(1) == b"1"
    assert b.rcvmore
    assert b.recv(flags=1) == b"2"


@pytest.mark.parametrize("call", ["send", "recv"])
def test_flags_of_a_wrong_type(pair, call):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        a.send(b"x", "NOBLOCK") if call == "send" else b.recv("NOBLOCK")


def test_unknown_keyword(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TypeError):
        a.send(b"x", colour=1)
    with pytest.raises(TypeError):
        b.recv(colour=1)


# -- nothing there, or no room -------------------------------------------------------------------


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("flag", [zmq.NOBLOCK, zmq.DONTWAIT, 1])
def test_recv_without_waiting(pair, copy, flag):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.Again) as caught:
        b.recv(flag, copy)
    assert caught.value.errno == zmq.EAGAIN


@pytest.mark.parametrize("copy", [True, False])
def test_recv_with_a_timeout(pair, copy):
    _, b = pair(zmq.PUSH, zmq.PULL, rcvtimeo=10)
    with pytest.raises(zmq.Again):
        b.recv(copy=copy)
    b.rcvtimeo = 0
    with pytest.raises(zmq.Again):
        b.recv(copy=copy)


@pytest.mark.parametrize("copy", [True, False])
def test_send_without_room(socket, copy):
    a = socket(zmq.PUSH, sndtimeo=10)
    with pytest.raises(zmq.Again):
        a.send(b"nobody", zmq.NOBLOCK, copy)
    with pytest.raises(zmq.Again):
        a.send(b"nobody", copy=copy)


def test_send_until_the_queue_is_full(socket, bind):
    a, b = socket(zmq.PUSH, sndhwm=5), socket(zmq.PULL, rcvhwm=5)
    b.connect(bind(a))
    sent = 0
    with pytest.raises(zmq.Again):
        while sent < 100:
            a.send(b"%d" % sent, zmq.NOBLOCK)
            sent += 1
    assert [b.recv() for _ in range(sent)] == [b"%d" % i for i in range(sent)]
    a.send(b"room again")
    assert b.recv() == b"room again"


def test_again_is_a_zmq_error_of_its_own(pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.ZMQError) as caught:
        b.recv(zmq.NOBLOCK)
    assert type(caught.value) is zmq.Again
    assert str(caught.value)
    assert caught.value.strerror


def test_wrong_state_names_what_is_wrong(pair):
    a, b = pair(zmq.REQ, zmq.REP)
    a.send(b"x")
    with pytest.raises(zmq.ZMQError) as caught:
        a.send(b"y")
    assert caught.value.errno == zmq.EFSM
    assert b.recv() == b"x"


def test_direction_that_the_type_does_not_have(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.ZMQError) as caught:
        a.recv()
    assert caught.value.errno == zmq.ENOTSUP
    with pytest.raises(zmq.ZMQError) as caught:
        b.send(b"x")
    assert caught.value.errno == zmq.ENOTSUP


# -- every pattern -------------------------------------------------------------------------------


@pytest.mark.parametrize("copy", [True, False])
def test_order_is_kept(pair, transport, copy):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    sent = [b"%d" % i for i in range(900)]
    for data in sent:
        a.send(data, copy=copy)
    assert [b.recv() for _ in sent] == sent


def test_request_reply(pair, transport):
    a, b = pair(zmq.REP, zmq.REQ, transport)
    for i in range(20):
        b.send(b"q%d" % i)
        assert a.recv() == b"q%d" % i
        a.send(b"a%d" % i)
        assert b.recv() == b"a%d" % i


def test_publish_subscribe(pair, transport):
    a, b = pair(zmq.XPUB, zmq.SUB, transport)
    b.subscribe(b"a")
    assert a.recv() == b"\x01a"
    a.send(b"b-no")
    a.send(b"a-yes")
    assert b.recv() == b"a-yes"


def test_dealer_router(pair, transport):
    a, b = pair(zmq.ROUTER, zmq.DEALER, transport, routing_id=b"peer")
    b.send(b"q")
    assert [a.recv(), a.recv()] == [b"peer", b"q"]
    a.send(b"peer", zmq.SNDMORE)
    a.send(b"a")
    assert b.recv() == b"a"


def test_exclusive_pair_both_ways(pair, transport):
    a, b = pair(zmq.PAIR, zmq.PAIR, transport)
    a.send(b"there")
    b.send(b"back")
    assert (a.recv(), b.recv()) == (b"back", b"there")


def test_raw_stream(pair):
    a, b = pair(zmq.STREAM, zmq.STREAM, "tcp")
    peer, empty = b.recv_multipart()
    assert empty == b""
    b.send_multipart([peer, b"raw"])
    there, empty = a.recv_multipart()
    assert empty == b""
    assert a.recv_multipart() == [there, b"raw"]
