# SPDX-License-Identifier: BSD-3-Clause
"""Frame: making one, its content, metadata, sending it, and that it is let go."""

import copy
import gc
import sys
import weakref

import pytest

import zmq


def received(pair, data, transport="inproc"):
    """A frame with that content that came through a socket."""
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send(data)
    return b.recv(copy=False)


def test_message_is_frame():
    assert zmq.Message is zmq.Frame


@pytest.mark.parametrize("data", [b"", b"x", b"data", b"\0" * 100_000])
def test_content(data):
    frame = zmq.Frame(data)
    assert frame.bytes == data
    assert bytes(frame) == data
    assert len(frame) == len(data)
    assert bytes(frame.buffer) == data
    assert frame.buffer.nbytes == len(data)


def test_empty_frame():
    frame = zmq.Frame()
    assert frame.bytes == b""
    assert len(frame) == 0
    assert not frame.more


@pytest.mark.parametrize("make", [bytearray, memoryview])
def test_from_other_buffers(make):
    assert zmq.Frame(make(b"data")).bytes == b"data"


@pytest.mark.parametrize("args", [{"data": b"x", "track": False}, {"data": b"x", "copy": True}])
def test_keywords(args):
    assert zmq.Frame(**args).bytes == b"x"
    assert zmq.Frame(b"x", False, None, 5).bytes == b"x"
    assert zmq.Frame(b"x", copy_threshold=0).bytes == b"x"


@pytest.mark.parametrize("wrong", [1, 1.5, ["x"], object()])
def test_what_is_no_buffer_is_refused(wrong):
    with pytest.raises(TypeError):
        zmq.Frame(wrong)


def test_text_is_refused():
    with pytest.raises(TypeError):
        zmq.Frame("text")


def test_bytes_are_made_once(pair):
    frame = received(pair, b"x" * 1000)
    assert frame.bytes is frame.bytes


@pytest.mark.parametrize("size", [10, 100_000])
def test_slices_are_bytes(pair, size):
    data = b"0123456789".ljust(size, b".")
    for frame in (zmq.Frame(data), received(pair, data)):
        assert frame[2:5] == b"234"
        assert frame[:] == data
        assert frame[8::-4] == b"840"
        assert frame[0] == ord("0")
        assert frame[-1] == data[-1]
        with pytest.raises(IndexError):
            frame[size]


@pytest.mark.parametrize("size", [5, 200_000])
def test_str_and_repr_are_summaries(pair, size):
    data = b"payload".ljust(size, b".")
    for frame in (zmq.Frame(data), received(pair, data)):
        for text in (str(frame), repr(frame)):
            assert len(text) < 200
            assert text.startswith("<zmq.Frame(")


def test_summaries_say_how_long_it_is():
    assert str(zmq.Frame(b"")) == "<zmq.Frame(b'')>"
    assert str(zmq.Frame(b"0123456789abcdef")) == "<zmq.Frame(b'0123456789abcdef')>"
    for size, text in ((17, "17B"), (999, "999B"), (1000, "1kB"), (3_500_000, "3MB")):
        assert str(zmq.Frame(b"a" * size)) == f"<zmq.Frame(b'aaaaaaaaaaaa'...{text})>"


def test_the_buffer_is_one_object(pair):
    for frame in (zmq.Frame(b"x" * 100), received(pair, b"x" * 100), received(pair, b"")):
        view = frame.buffer
        assert frame.buffer is view
        assert view == frame.bytes
        del view
        assert frame.buffer == frame.bytes


def test_frames_have_truth_by_length_only():
    assert len(zmq.Frame(b"")) == 0
    assert zmq.Frame(b"x")


def test_frames_can_be_compared():
    a, b = zmq.Frame(b"x"), zmq.Frame(b"x")
    assert a == a
    assert (a.bytes == b.bytes) is True
    assert hash(a) == hash(a)


def test_more_is_known(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"1", b"2"])
    first, last = b.recv_multipart(copy=False)
    assert first.more is True
    assert last.more is False
    assert first.get(zmq.MORE) == 1
    assert last.get(zmq.MORE) == 0


def test_a_received_frame_outlives_its_socket_and_context():
    context = zmq.Context()
    with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
        a.bind("inproc://outlives")
        b.connect("inproc://outlives")
        a.send(b"x" * 100_000)
        frame = b.recv(copy=False)
    context.term()
    assert frame.bytes == b"x" * 100_000


# -- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, 100_000])
def test_copy_shares_the_content(size):
    frame = zmq.Frame(b"x" * size)
    twin = copy.copy(frame)
    assert type(twin) is zmq.Frame
    assert twin is not frame
    assert twin.bytes == frame.bytes
    del frame
    gc.collect()
    assert bytes(twin) == b"x" * size


def test_copy_of_a_received_frame(pair):
    frame = received(pair, b"x" * 100_000)
    twin = copy.copy(frame)
    del frame
    assert bytes(twin) == b"x" * 100_000


# -- metadata ------------------------------------------------------------------------------------


def test_metadata_by_key(pair):
    frame = received(pair, b"x", "tcp")
    assert frame["Socket-Type"] == "PUSH"
    assert frame.get("Socket-Type") == "PUSH"
    assert frame["Peer-Address"] == "127.0.0.1"


def test_identity_as_metadata(pair):
    a, b = pair(zmq.ROUTER, zmq.DEALER, "tcp", routing_id=b"me")
    b.send(b"x")
    *_, frame = a.recv_multipart(copy=False)
    assert frame["Identity"] == "me"
    assert frame["Socket-Type"] == "DEALER"


def test_peer_metadata_of_ones_own(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    with a.context.socket(zmq.PUSH) as c:
        c.linger = 0
        c.set(zmq.METADATA, b"X-Colour:blue")
        b.bind("tcp://127.0.0.1:0")
        c.connect(b.last_endpoint)
        c.send(b"x")
        frame = b.recv(copy=False)
    assert frame["X-Colour"] == "blue"


def test_missing_metadata_is_an_error(pair):
    frame = received(pair, b"x", "tcp")
    with pytest.raises((KeyError, zmq.ZMQError)):
        frame["No-Such-Thing"]
    with pytest.raises((KeyError, zmq.ZMQError)):
        frame.get("No-Such-Thing")


def test_metadata_of_a_frame_of_ones_own():
    with pytest.raises((KeyError, zmq.ZMQError)):
        zmq.Frame(b"x")["Socket-Type"]


def test_options_of_a_frame(pair):
    frame = received(pair, b"x")
    assert frame.get(zmq.MORE) == frame.more == 0
    assert frame.get(zmq.SHARED) in (0, 1)
    with pytest.raises(zmq.ZMQError):
        frame.get(9999)
    with pytest.raises(zmq.ZMQError):
        frame.set(9999, 1)


@pytest.mark.parametrize("wrong", [1.5, None, [1]])
def test_key_of_a_wrong_type(wrong):
    with pytest.raises(TypeError):
        zmq.Frame(b"x")[wrong]


# -- sending -------------------------------------------------------------------------------------


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("size", [0, 5, 100_000])
def test_a_frame_can_be_sent_again_and_again(pair, transport, size, copy):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    data = b"x" * size
    frame = zmq.Frame(data)
    for _ in range(3):
        a.send(frame, copy=copy)
    a.send_multipart([frame, frame], copy=copy)
    assert [b.recv() for _ in range(3)] == [data] * 3
    assert b.recv_multipart() == [data] * 2
    assert frame.bytes == data


@pytest.mark.parametrize("copy", [True, False])
def test_a_received_frame_can_be_passed_on(pair, transport, copy):
    data = b"x" * 100_000
    frame = received(pair, data, transport)
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send(frame, copy=copy)
    assert b.recv() == data
    assert frame.bytes == data


def test_a_frame_goes_to_several_sockets(pair, transport):
    frame = zmq.Frame(b"x" * 100_000)
    ends = [pair(zmq.PUSH, zmq.PULL, transport) for _ in range(3)]
    for a, _ in ends:
        a.send(frame, copy=False)
    del frame
    assert [b.recv() for _, b in ends] == [b"x" * 100_000] * 3


def test_a_frame_survives_a_send_that_fails(socket):
    a = socket(zmq.PUSH)
    frame = zmq.Frame(b"x" * 100_000)
    for _ in range(3):
        with pytest.raises(zmq.Again):
            a.send(frame, zmq.NOBLOCK, copy=False)
    assert frame.bytes == b"x" * 100_000


# -- letting go ----------------------------------------------------------------------------------


class Buffer(bytearray):
    """A buffer whose end can be seen."""


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("sharing", [True, False, None])
def test_a_dropped_frame_lets_go_of_its_buffer(wait_for, size, sharing):
    data = Buffer(size)
    watch = weakref.ref(data)
    frame = zmq.Frame(data, copy=sharing)
    del data, frame
    wait_for(lambda: (gc.collect(), watch())[1] is None)


def test_a_dropped_frame_lets_go_of_bytes(wait_for):
    data = bytes(100_000)
    before = sys.getrefcount(data)
    frame = zmq.Frame(data, copy=False)
    assert sys.getrefcount(data) > before
    del frame
    wait_for(lambda: sys.getrefcount(data) == before)


def test_the_view_of_a_frame_keeps_the_frame(wait_for):
    data = Buffer(b"x" * 100_000)
    watch = weakref.ref(data)
    frame = zmq.Frame(data, copy=False)
    view = frame.buffer
    del data, frame
    gc.collect()
    assert watch() is not None
    assert bytes(view) == b"x" * 100_000
    del view
    wait_for(lambda: (gc.collect(), watch())[1] is None)


def test_buffer_makes_no_reference_cycle():
    gc.disable()
    try:
        frame = zmq.Frame(b"x")
        watch = weakref.ref(frame) if hasattr(frame, "__weakref__") else None
        first = frame.buffer
        assert bytes(first) == bytes(frame.buffer)
        del frame, first
        assert watch is None or watch() is None
    finally:
        gc.enable()


def test_a_frame_that_could_not_be_sent_lets_go(socket, wait_for):
    a = socket(zmq.PUSH)
    data = Buffer(100_000)
    watch = weakref.ref(data)
    with pytest.raises(zmq.Again):
        a.send(data, zmq.NOBLOCK, copy=False)
    del data
    wait_for(lambda: (gc.collect(), watch())[1] is None)


@pytest.mark.parametrize("name", ["tracker", "tracker_event"])
def test_the_tracker_stays(name):
    frame = zmq.Frame(b"x", track=True)
    found = getattr(frame, name)
    with pytest.raises(AttributeError):
        setattr(frame, name, None)
    with pytest.raises(AttributeError):
        delattr(frame, name)
    assert getattr(frame, name) is found
