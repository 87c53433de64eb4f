# SPDX-License-Identifier: BSD-3-Clause
"""Threadsafe sockets: messages sent and received part by part, turns, batches."""

import pytest

import zmq

# -- part by part --------------------------------------------------------------------------------


def test_parts_wait_for_the_last_and_for_nobody_else(shared_pair, run_all):
    a, b = shared_pair(zmq.PUSH, zmq.PULL)
    a.send(b"1", zmq.SNDMORE)
    a.send_string("2", zmq.SNDMORE)
    assert run_all(lambda: a.send(b"between"))() == [None]
    buffer = bytearray(b"3")
    a.send(buffer, zmq.SNDMORE)
    buffer[:] = b"!"
    a.send_multipart([b"4", b"5"], zmq.SNDMORE)
    a.send(b"6")
    assert b.recv() == b"between"
    assert b.recv_multipart() == [b"1", b"2", b"3", b"4", b"5", b"6"]


def test_the_rest_is_for_the_thread_that_began(shared_pair, run_all):
    a, b = shared_pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"1", b"2", b"3", b"4", b"5", b"6"])
    a.send(b"next")
    assert b.recv() == b"1"
    assert b.rcvmore == b.get(zmq.RCVMORE) == 1 and b.poll(0) == zmq.POLLIN
    assert run_all(lambda: (b.rcvmore, b.recv(), b.poll(0)))() == [(0, b"next", 0)]
    frame = b.recv(copy=False)
    assert (frame.bytes, frame.more) == (b"2", True)
    buffer = bytearray(1)
    assert b.recv_into(buffer) == 1 and buffer == b"3"
    assert b.recv_string() == "4"
    assert b.try_recv() == b"5"
    assert b.recv_multipart() == [b"6"]
    assert b.rcvmore == 0 and b.poll(0) == 0 and b.try_recv() is None


@pytest.mark.parametrize("first", ["recv", "recv_copy", "recv_into"])
def test_the_rest_in_other_ways(shared_pair, first):
    a, b = shared_pair(zmq.PUSH, zmq.PULL)
    begin = {
        "recv": lambda: b.recv(),
        "recv_copy": lambda: b.recv(copy=False),
        "recv_into": lambda: b.recv_into(bytearray(1)),
    }[first]
    for rest in (b.recv_multipart, lambda: b.recv_many(5), lambda: b.recv_many_multipart(5)[0]):
        a.send_multipart([b"1", b"2", b"3"])
        begin()
        assert rest() == [b"2", b"3"]
        assert not b.rcvmore
    a.send_multipart([b"1", b"longer"])
    begin()
    with pytest.raises(BufferError):
        b.recv_into(b"read-only")
    with pytest.raises(ValueError):
        b.recv_into(bytearray(3), nbytes=4)
    assert b.recv_into(bytearray(9), nbytes=2) == 6


def test_a_thread_that_ends_in_the_middle_leaves_nothing(shared_pair, run_all):
    a, b = shared_pair(zmq.PUSH, zmq.PULL)
    a.send_multipart([b"1", b"lost"])
    for _ in range(3):
        assert run_all(lambda: a.send(b"begun", zmq.SNDMORE))() == [None]
    assert run_all(b.recv)() == [b"1"]
    a.send(b"whole")
    assert run_all(b.recv_multipart)() == [[b"whole"]]


def test_a_message_with_a_part_that_cannot_be_sent(shared_pair):
    a, b = shared_pair(zmq.PUSH, zmq.PULL)
    a.send(b"1", zmq.SNDMORE)
    with pytest.raises(TypeError):
        a.send("text", zmq.SNDMORE)
    a.send(b"2")
    with pytest.raises(TypeError):
        a.send_multipart([b"3", 4])
    a.send(b"5")
    assert (b.recv_multipart(), b.recv_multipart()) == ([b"1", b"2"], [b"5"])


def test_a_first_part_is_refused_where_a_message_would_be(shared, bind):
    a = shared(zmq.PUSH)
    for _ in range(2):
        with pytest.raises(zmq.Again):
            a.send(b"1", zmq.SNDMORE | zmq.DONTWAIT)
        with pytest.raises(zmq.TimeoutExpired):
            a.send(b"1", zmq.SNDMORE, timeout=10)
    b = shared(zmq.PULL)
    b.connect(bind(a))
    a.send(b"2")
    assert b.recv_multipart(timeout=5000) == [b"2"]


def test_trackers(shared_pair):
    a, b = shared_pair(zmq.PUSH, zmq.PULL)
    trackers = [a.send(bytes(9), zmq.SNDMORE, copy=False, track=True) for _ in range(2)]
    trackers.append(a.send_multipart([b"x", b"y"], copy=False, track=True))
    assert not any(t.done for t in trackers)
    frames = b.recv_multipart(copy=False)
    assert len(frames) == 4 and not any(t.done for t in trackers)
    del frames
    for t in trackers:
        t.wait(5)
    with pytest.raises(ValueError, match="not tracked"):
        a.send(zmq.Frame(b"x"), zmq.SNDMORE, copy=False, track=True)


def test_turns_are_still_turns(shared_pair, run_all):
    rep, req = shared_pair(zmq.REP, zmq.REQ)
    assert run_all(rep.recv, lambda: req.send(b"question"))()[0] == b"question"
    with pytest.raises(zmq.ZMQError) as caught:
        req.send(b"another")
    assert caught.value.errno == zmq.EFSM
    assert run_all(req.recv, lambda: rep.send(b"answer"))()[0] == b"answer"


# -- batches -------------------------------------------------------------------------------------


def test_batches(shared_pair):
    a, b = shared_pair(zmq.PUSH, zmq.PULL, sndhwm=5, rcvhwm=5)
    sent = a.send_many([b"%d" % n for n in range(100)], zmq.DONTWAIT)
    assert 0 < sent < 100
    assert b.recv_many(100) == [b"%d" % n for n in range(sent)]
    source = iter([b"%d" % n for n in range(100)])
    sent = a.send_many(source, zmq.DONTWAIT)
    assert next(source) == b"%d" % sent
    with pytest.raises(zmq.TimeoutExpired) as caught:
        a.send_many([b"x"] * 100, timeout=20)
    assert b.poll(1000)
    assert len(b.recv_many(200)) == sent + caught.value.sent
    with pytest.raises(TypeError) as caught:
        a.send_many([b"x", 5, b"y"])
    assert caught.value.sent == 1
    assert b.recv_many_multipart(9) == [[b"x"]]


def test_a_long_batch_waits_for_room(shared_pair, run_all):
    a, b = shared_pair(zmq.PUSH, zmq.PULL, sndhwm=5, rcvhwm=5)
    messages = [[b"%d" % n, b"x"] if n % 3 else b"%d" % n for n in range(1000)]
    for form in (messages, iter(messages)):
        sending = run_all(lambda form=form: a.send_many(form))
        got = [b.recv_multipart() for _ in range(1000)]
        assert [int(m[0]) for m in got] == list(range(1000))
        assert sending() == [1000]
