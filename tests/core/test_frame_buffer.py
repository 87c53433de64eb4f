# SPDX-License-Identifier: BSD-3-Clause
"""Frames as memory: exports, slices, who may write, and that no immutable object ever changes."""

import copy
import io
import struct

import numpy
import pytest

import zmq
from zmq.sugar.frame import as_buffer

LARGE = 200_000


@pytest.fixture
def arrive(pair):
    """`arrive(data, transport, copy=…)`: send it, and receive it as a Frame."""

    def arrive(data, transport="inproc", copy=True):
        a, b = pair(zmq.PUSH, zmq.PULL, transport)
        a.send(data, copy=copy)
        return b.recv(copy=False)

    return arrive


def overwrite(frame):
    """Try to write over all of the frame; whether that was possible."""
    view = memoryview(as_buffer(frame))
    if view.readonly:
        return False
    view[:] = b"!" * len(view)
    return True


def test_memoryview_is_plain_bytes():
    view = memoryview(zmq.Frame(b"data"))
    assert (view.format, view.itemsize, view.ndim) == ("B", 1, 1)
    assert (view.shape, view.strides, view.nbytes) == ((4,), (1,), 4)
    assert view.c_contiguous
    assert view.tolist() == list(b"data")


def test_empty_memoryview():
    view = memoryview(zmq.Frame(b""))
    assert (view.nbytes, view.shape) == (0, (0,))
    assert view.tobytes() == b""


def test_several_views_at_a_time(arrive):
    frame = arrive(b"data")
    one, two = memoryview(frame), memoryview(frame)
    one.release()
    assert two.tobytes() == b"data"


def test_slices(arrive):
    for frame in (zmq.Frame(b"0123456789"), arrive(b"0123456789")):
        assert bytes(frame.buffer[2:5]) == b"234"
        assert bytes(frame.buffer[::3]) == b"0369"
        assert frame.buffer[-1] == ord("9")
        assert frame.bytes[4:] == b"456789"


def test_the_buffer_protocol_is_enough_for_others(arrive):
    data = struct.pack("3i", 1, 2, 3)
    for frame in (zmq.Frame(data), arrive(data)):
        assert struct.unpack("3i", frame) == (1, 2, 3)
        assert io.BytesIO(frame).read() == data
        assert bytearray(frame) == data
        assert b"".join([frame, frame]) == data * 2
        assert numpy.frombuffer(frame, dtype="i4").tolist() == [1, 2, 3]


def test_an_array_over_a_frame_keeps_it(arrive):
    array = numpy.frombuffer(arrive(b"\x01" * LARGE), dtype="u1")
    assert int(array.sum()) == LARGE


def test_a_view_is_sent_on_without_a_copy_of_ones_own(arrive, pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    frame = arrive(b"head" + b"x" * LARGE)
    a.send(frame.buffer[4:], copy=False)
    del frame
    assert b.recv() == b"x" * LARGE


# -- who may write -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5, 30, 33, 100, LARGE])
def test_received_memory_is_writable(arrive, transport, size):
    frame = arrive(bytearray(size), transport)  # bytes might be shared, and must not change
    view = memoryview(as_buffer(frame))
    assert not view.readonly
    view[:] = b"w" * size
    assert bytes(view) == b"w" * size
    assert bytes(frame.buffer) == b"w" * size


def test_a_frame_over_bytes_is_read_only():
    data = b"immutable" * 20_000
    frame = zmq.Frame(data, copy=False)
    assert memoryview(as_buffer(frame)).readonly
    with pytest.raises(TypeError):
        memoryview(as_buffer(frame))[0] = 1
    assert data == b"immutable" * 20_000


def test_a_frame_over_a_read_only_view_is_read_only():
    memory = bytearray(b"mutable" * 20_000)
    frame = zmq.Frame(memoryview(memory).toreadonly(), copy=False)
    assert memoryview(as_buffer(frame)).readonly


@pytest.mark.parametrize("data", [b"x", b"x" * 30, b"x" * 40, b"x" * LARGE])
@pytest.mark.parametrize("sharing", [True, False, None])
def test_bytes_given_to_a_frame_never_change(data, sharing):
    kept = bytes(bytearray(data))
    frame = zmq.Frame(data, copy=sharing)
    overwrite(frame)
    assert data == kept


@pytest.mark.parametrize("size", [1, 30, 40, LARGE])
@pytest.mark.parametrize("sent_by_copy", [True, False])
def test_bytes_that_were_sent_never_change(arrive, transport, size, sent_by_copy):
    # over inproc the receiver gets the very memory of the bytes object
    data = b"%0*d" % (size, 0)
    kept = bytes(bytearray(data))
    frame = arrive(data, transport, copy=sent_by_copy)
    overwrite(frame)
    assert data == kept


@pytest.mark.parametrize("size", [5, LARGE])
def test_bytes_of_a_frame_never_change(arrive, size):
    # .bytes is given out as an immutable object: writing to the frame later must not reach it
    frame = arrive(b"a" * size)
    data = frame.bytes
    overwrite(frame)
    assert data == b"a" * size


@pytest.mark.parametrize("size", [5, LARGE])
def test_a_read_only_view_of_sent_bytes_never_changes(arrive, size):
    data = b"a" * size
    view = memoryview(data)
    overwrite(arrive(view, copy=False))
    assert data == b"a" * size
    assert bytes(view) == b"a" * size


@pytest.mark.parametrize("size", [5, 40, LARGE])
def test_frames_that_share_memory_do_not_change_one_another(arrive, pair, size):
    a, b = pair(zmq.PUSH, zmq.PULL)
    frame = arrive(b"a" * size)
    a.send(frame, copy=False)
    other = b.recv(copy=False)
    twin = copy.copy(frame)
    if overwrite(other):
        assert bytes(frame) == b"a" * size
        assert bytes(twin) == b"a" * size
    if overwrite(twin):
        assert bytes(frame) == b"a" * size


@pytest.mark.parametrize("size", [40, LARGE])
def test_subscribers_do_not_change_one_another(socket, bind, size):
    # libzmq gives all of them the same memory
    pub, subs = socket(zmq.XPUB), [socket(zmq.SUB) for _ in range(3)]
    address = bind(pub)
    for sub in subs:
        sub.connect(address)
        sub.subscribe(b"")
    assert pub.recv() == b"\x01"
    while pub.poll(0):
        pub.recv()
    pub.send(b"a" * size)
    first, *others = [sub.recv(copy=False) for sub in subs]
    overwrite(first)
    assert [bytes(frame) for frame in others] == [b"a" * size] * 2


def test_a_sent_frame_is_not_changed_on_the_way(pair):
    # what was sent is what the other side gets, whatever the sender does to its frame afterwards
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"a" * LARGE)
    frame = b.recv(copy=False)
    a.send(frame, copy=False)
    overwrite(frame)
    assert b.recv() == b"a" * LARGE


def test_writing_to_a_frame_over_a_bytearray_is_seen_there():
    memory = bytearray(b"a" * LARGE)
    frame = zmq.Frame(memory, copy=False)
    memory[0] = ord("b")
    assert bytes(frame.buffer)[:2] == b"ba"


@pytest.mark.parametrize("size", [5, LARGE])
def test_copy_of_a_bytearray_is_a_copy(size):
    memory = bytearray(size)
    frame = zmq.Frame(memory, copy=True)
    memory[0] = 1
    memory.append(1)
    assert bytes(frame) == bytes(size)


def test_threshold_decides_when_copy_does_not():
    memory = bytearray(100)
    small = zmq.Frame(memory, copy_threshold=101)
    memory.append(0)
    large = zmq.Frame(memory, copy_threshold=101)
    with pytest.raises(BufferError):
        memory.append(0)
    memory[0] = 1
    assert (small.buffer[0], large.buffer[0]) == (0, 1)


def test_default_threshold_of_the_module_is_live(monkeypatch):
    memory = bytearray(100)
    first = zmq.Frame(memory)
    memory.append(0)
    monkeypatch.setattr(zmq, "COPY_THRESHOLD", 50)
    second = zmq.Frame(memory)
    with pytest.raises(BufferError):
        memory.append(0)
    assert len(first) == 100
    assert len(second) == 101


@pytest.mark.parametrize("view", [memoryview(b"abcdef")[::2], numpy.arange(9)[::2]])
@pytest.mark.parametrize("sharing", [True, False])
def test_buffer_that_is_not_contiguous_is_refused(view, sharing):
    with pytest.raises((BufferError, ValueError, TypeError), match="contiguous"):
        zmq.Frame(view, copy=sharing)
