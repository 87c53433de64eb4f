# SPDX-License-Identifier: BSD-3-Clause
"""Every call that has to wait lets other greenlets run, and ends when it can or must."""

import time

import gevent
import numpy  # noqa: F401  (starts threads of its own)
import pytest

import zmq.green as zmq
from zmq.error import TimeoutExpired

KEY = b"k" * 32


def test_receive_waits_for_another_greenlet(pair, transport, receiving, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    waiting = spawn(receiving.call, b)
    assert not waiting.done
    a.send(receiving.write(7))
    assert waiting.get() == [7]


def test_receive_of_what_is_there(pair, receiving, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(receiving.write(7))
    until(lambda: b.poll(0))
    assert receiving.call(b, flags=zmq.DONTWAIT) == [7]
    a.send(receiving.write(8))
    until(lambda: b.poll(0))
    assert receiving.call(b) == [8]


def test_send_waits_for_room(no_room, sending, spawn):
    s, make_room = no_room()
    waiting = spawn(sending, s, 7)
    assert not waiting.done
    peer = make_room()
    waiting.get()
    assert int(peer.recv()) == 7


def test_send_that_need_not_wait(pair, sending):
    a, b = pair(zmq.PUSH, zmq.PULL)
    sending(a, 7)
    assert int(b.recv()) == 7


@pytest.mark.parametrize("timeout", [0, 30, 30.5])
def test_timeout_of_a_receive(pair, receiving, timeout):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(TimeoutExpired):
        receiving.call(b, timeout=timeout)


@pytest.mark.parametrize("timeout", [0, 30])
def test_timeout_of_a_send(no_room, sending, timeout):
    s, _ = no_room()
    with pytest.raises(TimeoutExpired):
        sending(s, 7, timeout=timeout)


@pytest.mark.parametrize("milliseconds", [0, 30])
def test_time_option_of_a_receive(pair, receiving, milliseconds):
    _, b = pair(zmq.PUSH, zmq.PULL, rcvtimeo=milliseconds)
    with pytest.raises(zmq.Again) as caught:
        receiving.call(b)
    assert type(caught.value) is zmq.Again


@pytest.mark.parametrize("milliseconds", [0, 30])
def test_time_option_of_a_send(no_room, sending, milliseconds):
    s, _ = no_room()
    s.sndtimeo = milliseconds
    with pytest.raises(zmq.Again) as caught:
        sending(s, 7)
    assert type(caught.value) is zmq.Again


def test_dontwait_of_a_receive(pair, receiving):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.Again):
        receiving.call(b, flags=zmq.DONTWAIT)


def test_dontwait_of_a_send(no_room, sending):
    s, _ = no_room()
    try:
        sent = sending(s, 7, flags=zmq.DONTWAIT)
    except zmq.Again:
        return
    assert sent == 0  # send_many


def test_time_passes_while_the_loop_is_late(pair):
    """The loop's own clock stands still while a greenlet computes."""
    _, b = pair(zmq.PUSH, zmq.PULL)
    gevent.sleep(0.001)
    begin = time.monotonic()
    while time.monotonic() < begin + 0.1:
        pass
    begin = time.monotonic()
    with pytest.raises(zmq.Again):
        b.recv(timeout=60)
    assert time.monotonic() - begin > 0.055


@pytest.mark.parametrize("name", ["recv", "recv_multipart", "recv_string", "poll"])
@pytest.mark.parametrize("timeout", ["soon", float("nan")])
def test_impossible_timeout(pair, name, timeout):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"1")
    with pytest.raises((TypeError, ValueError)):
        getattr(b, name)(timeout=timeout)
    assert b.recv() == b"1"


def test_signed_objects_and_arrays(pair, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL)
    waiting = spawn(b.recv_signed, KEY)
    a.send_signed({"a": 1}, KEY)
    assert waiting.get() == {"a": 1}
    waiting = spawn(b.recv_array)
    a.send_array(memoryview(b"abcd"))
    assert bytes(waiting.get()) == b"abcd"


def test_iterating(pair, spawn, until):
    a, b = pair(zmq.PUSH, zmq.PULL)
    got = []
    taking = spawn(lambda: [got.append(message) for message in b])
    a.send_many([b"%d" % n for n in range(4)])
    until(lambda: len(got) == 4)
    assert got == [b"0", b"1", b"2", b"3"]
    b.close()
    assert len(taking.get()) == 4


def test_poll_of_one_socket(pair, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert b.poll(0) == b.poll(20) == 0
    assert a.poll(0, zmq.POLLOUT) == a.poll(None, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLOUT
    waiting = spawn(b.poll)
    a.send(b"1")
    assert waiting.get() == b.poll() == zmq.POLLIN
    assert b.recv() == b"1"


# -- batches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_batch_that_does_not_fit(pair, spawn, kind):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=10, rcvhwm=10)
    messages = [b"%d" % n for n in range(3000)]
    sending = spawn(a.send_many, kind(messages))
    assert not sending.done
    got = []
    while len(got) < len(messages):
        got += b.recv_many(1000)
    assert got == messages
    assert sending.get() == len(messages)


@pytest.mark.parametrize("kind", [list, iter])
def test_batch_whose_time_is_over(pair, kind):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=10, rcvhwm=10)
    with pytest.raises(TimeoutExpired) as caught:
        a.send_many(kind([b"%d" % n for n in range(100)]), timeout=30)
    sent = caught.value.sent
    assert 0 < sent < 100
    assert caught.value.unsent == (None if kind is list else b"%d" % sent)
    assert b.recv_many(1000, timeout=1000) == [b"%d" % n for n in range(sent)]


def test_batch_with_messages_of_several_parts(pair, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=2, rcvhwm=2)
    messages = [[b"%d" % n, b"x"] if n % 2 else b"%d" % n for n in range(50)]
    sending = spawn(a.send_many, messages)
    got = []
    while len(got) < len(messages):
        got += b.recv_many_multipart(7)
    assert got == [m if isinstance(m, list) else [m] for m in messages]
    assert sending.get() == 50


@pytest.mark.parametrize(
    ("wrong", "error"), [([b"1", []], ValueError), ([b"1", "2"], TypeError), (b"1", TypeError)]
)
@pytest.mark.parametrize("kind", [lambda m: m, iter])
def test_batch_with_what_is_no_message(pair, wrong, error, kind):
    a, b = pair(zmq.PUSH, zmq.PULL)
    if isinstance(wrong, bytes) and kind is iter:
        return
    with pytest.raises(error) as caught:
        a.send_many(kind(wrong))
    if isinstance(wrong, list):
        assert caught.value.sent == 1
        assert b.recv() == b"1"


def test_long_batch_with_what_is_no_message(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=0, rcvhwm=0)
    with pytest.raises(TypeError) as caught:
        a.send_many([b"1"] * 2500 + ["2"])
    assert caught.value.sent == len(b.recv_many(5000)) == 2500


def test_batch_of_a_killed_greenlet(pair, spawn, rest):
    """What was queued is known, and what was taken from the iterator can be had."""
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=10, rcvhwm=10)
    errors = []

    def send():
        try:
            a.send_many(b"%d" % n for n in range(100))
        except gevent.GreenletExit as exc:
            errors.append(exc)

    sending = spawn(send)
    sending.kill()
    (error,) = errors
    assert error.unsent == b"%d" % error.sent
    assert len(b.recv_many(1000)) == error.sent


def test_try_recv(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert b.try_recv() is None
    assert b.try_recv_multipart() is None
    a.send(b"1")
    a.send_multipart([b"2", b"3"])
    assert b.try_recv() == b"1"
    assert b.try_recv_multipart() == [b"2", b"3"]


# -- subclasses ----------------------------------------------------------------------------------


class Shouting(zmq.Socket):
    """Overrides what native code would otherwise go around."""

    def send(self, data, flags=0, **kwargs):
        return super().send(bytes(data).upper(), flags, **kwargs)

    def recv(self, flags=0, **kwargs):
        return b"<" + super().recv(flags, **kwargs) + b">"


class Wordy(zmq.Socket):
    __slots__ = ("word",)

    def _deserialize(self, received, load):
        return ["got", super()._deserialize(received, load)]


def test_subclass_with_send_and_recv(context, bind, spawn):
    with context.socket(zmq.PUSH, Shouting) as a, context.socket(zmq.PULL, Shouting) as b:
        a.connect(bind(b))
        waiting = spawn(b.recv_multipart)
        a.send_multipart([b"a", b"b"])
        assert waiting.get() == [b"<A>", b"<B>"]
        waiting = spawn(b.recv_string)
        a.send_string("c")
        assert waiting.get() == "<C>"
        a.send_many([b"d", [b"e"]])
        assert b.recv_many(9) == [b"<D>", b"<E>"]


def test_subclass_that_deserializes(context, bind, spawn):
    with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL, Wordy) as b:
        a.connect(bind(b))
        waiting = spawn(b.recv_json)
        a.send_json([1])
        assert waiting.get() == ["got", [1]]
        waiting = spawn(b.recv_string)
        a.send_string("x")
        assert waiting.get() == ["got", "x"]


def test_options(socket):
    s = socket(zmq.PULL)
    s.rcvtimeo, s.RCVHWM = 50, 7
    s.set(opt=zmq.SNDTIMEO, val=60)
    s.setsockopt(zmq.LINGER, 0)
    assert (s.get(zmq.RCVTIMEO), s.rcvhwm, s.get(opt=zmq.SNDTIMEO), s.linger) == (50, 7, 60, 0)
    assert s.getsockopt(zmq.TYPE) == zmq.PULL
    with pytest.raises(zmq.Again):
        s.recv()


@pytest.mark.parametrize("parts", [False, True])
def test_tracker_lets_others_run(pair, spawn, parts):
    """Another greenlet of this thread has to receive the message before libzmq is done with it."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    content = bytearray(1 << 20)
    if parts:
        tracker = a.send_multipart([b"1", content], copy=False, track=True)
    else:
        tracker = a.send(content, copy=False, track=True)
    assert isinstance(tracker, zmq.MessageTracker)
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.01)
    with pytest.raises(zmq.NotDone):
        tracker.wait(0)
    waiting = spawn(tracker.wait)
    assert not waiting.done
    assert len(b.recv_multipart()[-1]) == 1 << 20
    waiting.get()
    assert tracker.done
    tracker.wait()
    assert a.send(b"1") is None
