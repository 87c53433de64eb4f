# SPDX-License-Identifier: BSD-3-Clause
"""recv_into: receiving into memory of the caller."""

import array
import mmap

import numpy
import pytest

import zmq

pytestmark = pytest.mark.every_flavour


@pytest.fixture
def ends(pair):
    return pair(zmq.PUSH, zmq.PULL)


def test_fills_the_buffer_and_gives_the_size(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send(b"hello")
    memory = bytearray(8)
    assert b.recv_into(memory) == 5
    assert memory == b"hello\0\0\0"


def test_large_message(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    data = bytes(range(256)) * 4096
    memory = bytearray(len(data))
    a.send(data)
    assert b.recv_into(memory) == len(data)
    assert memory == data


@pytest.mark.parametrize("room", [0, 1, 4, 5, 6])
def test_short_buffer_truncates_and_gives_the_full_size(ends, room):
    a, b = ends
    a.send(b"hello")
    a.send(b"next")
    memory = bytearray(room)
    assert b.recv_into(memory) == 5
    assert memory == b"hello"[:room].ljust(room, b"\0")
    assert b.recv() == b"next"


def test_nothing_is_written_beyond_nbytes(ends):
    a, b = ends
    a.send(b"hello")
    memory = bytearray(b"........")
    assert b.recv_into(memory, nbytes=3) == 5
    assert memory == b"hel....."


def test_nbytes_0_means_the_whole_buffer(ends):
    a, b = ends
    a.send(b"hello")
    memory = bytearray(5)
    assert b.recv_into(memory, nbytes=0) == 5
    assert memory == b"hello"


@pytest.mark.parametrize("nbytes", [-1, 9, 10**6])
def test_nbytes_outside_of_the_buffer_is_refused(ends, nbytes):
    a, b = ends
    a.send(b"hello")
    memory = bytearray(8)
    with pytest.raises(ValueError):
        b.recv_into(memory, nbytes=nbytes)
    assert memory == bytes(8)
    assert b.recv() == b"hello"


@pytest.mark.parametrize(
    "memory",
    [
        array.array("d", [0, 0]),
        numpy.zeros(4, dtype="int32"),
        numpy.zeros((2, 2), dtype="float32"),
        memoryview(bytearray(16)),
        mmap.mmap(-1, 16),
    ],
    ids=lambda m: type(m).__name__,
)
def test_any_writable_buffer(ends, memory):
    a, b = ends
    data = bytes(range(1, 17))
    a.send(data)
    assert b.recv_into(memory) == 16
    assert memoryview(memory).tobytes() == data


def test_part_of_a_buffer(ends):
    a, b = ends
    a.send(b"xyz")
    memory = bytearray(b"--------")
    assert b.recv_into(memoryview(memory)[2:5]) == 3
    assert memory == b"--xyz---"


@pytest.mark.parametrize("memory", [b"read only", memoryview(b"read only")], ids=["bytes", "view"])
def test_read_only_buffer_is_refused(ends, memory):
    a, b = ends
    before = bytes(memory)
    a.send(b"x")
    with pytest.raises(BufferError):
        b.recv_into(memory)
    assert bytes(memory) == before
    assert b.recv() == b"x"


@pytest.mark.parametrize(
    "memory",
    [memoryview(bytearray(10))[::2], numpy.zeros((4, 4))[:, 1], numpy.zeros((4, 4))[:2, :2]],
    ids=["memoryview", "column", "corner"],
)
def test_buffer_that_is_not_contiguous_is_refused(ends, memory):
    a, b = ends
    a.send(b"x")
    with pytest.raises((BufferError, ValueError)):
        b.recv_into(memory)
    assert not any(memoryview(memory).tobytes())
    assert b.recv() == b"x"


def test_a_view_that_was_released_is_refused(ends):
    a, b = ends
    view = memoryview(bytearray(10))
    view.release()
    a.send(b"x")
    with pytest.raises(BufferError):
        b.recv_into(view)
    assert b.recv() == b"x"


@pytest.mark.parametrize("memory", ["text", None, 5, object()])
def test_what_is_no_buffer_is_refused(ends, memory):
    a, b = ends
    a.send(b"x")
    with pytest.raises((TypeError, BufferError)):
        b.recv_into(memory)
    assert b.recv() == b"x"


def test_the_buffer_is_positional_the_rest_keyword(ends):
    _, b = ends
    with pytest.raises(TypeError):
        b.recv_into(buffer=bytearray(1))
    with pytest.raises(TypeError):
        b.recv_into(bytearray(1), 1)


def test_without_waiting(ends):
    _, b = ends
    memory = bytearray(b"kept")
    with pytest.raises(zmq.Again):
        b.recv_into(memory, flags=zmq.NOBLOCK)
    b.rcvtimeo = 5
    with pytest.raises(zmq.Again):
        b.recv_into(memory)
    assert memory == b"kept"


def test_the_buffer_is_free_again_afterwards(ends):
    a, b = ends
    memory = bytearray(5)
    a.send(b"hello")
    b.recv_into(memory)
    memory.extend(b"!")  # a BufferError as long as anything holds it
    with pytest.raises(zmq.Again):
        b.recv_into(memory, flags=zmq.NOBLOCK)
    memory.extend(b"!")
    assert memory == b"hello!!"


def test_parts_one_by_one(ends):
    a, b = ends
    a.send_multipart([b"one", b"three"])
    memory = bytearray(5)
    assert b.recv_into(memory) == 3
    assert b.rcvmore
    assert b.recv_into(memory) == 5
    assert not b.rcvmore
    assert memory == b"three"


def test_empty_message(ends):
    a, b = ends
    a.send(b"")
    memory = bytearray(b"kept")
    assert b.recv_into(memory) == 0
    assert memory == b"kept"


def test_wrong_direction(ends):
    a, _ = ends
    with pytest.raises(zmq.ZMQError) as caught:
        a.recv_into(bytearray(1))
    assert caught.value.errno == zmq.ENOTSUP
