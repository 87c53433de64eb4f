# SPDX-License-Identifier: BSD-3-Clause
"""MessageTracker: not done before libzmq is."""

import gc
import threading
import time

import pytest

import zmq

LARGE = 300_000


@pytest.fixture
def ends(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    return a, b


@pytest.mark.parametrize("size", [0, 1, 10, 33, 100, LARGE])
def test_done_only_after_it_arrived(ends, size):
    # also far below the copy threshold
    a, b = ends
    tracker = a.send(bytes(size), copy=False, track=True)
    assert isinstance(tracker, zmq.MessageTracker)
    assert tracker.done is False
    assert b.recv() == bytes(size)
    assert tracker.wait(5) is None
    assert tracker.done is True


def test_unsent_message_stays_not_done(socket):
    a = socket(zmq.PUSH)
    a.connect("tcp://127.0.0.1:9")
    tracker = a.send(b"0123456789", copy=False, track=True)
    assert not tracker.done
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.05)
    a.close(linger=0)
    tracker.wait(5)


@pytest.mark.parametrize("args", [(), (True, False), (True, True), (False, False)])
def test_without_tracking_there_is_none(ends, args):
    a, _ = ends
    assert a.send(bytes(LARGE), 0, *args) is None
    assert a.send_multipart([b"x", bytes(LARGE)], 0, *args) is None


def test_every_method_that_sends_can_track(ends):
    a, b = ends
    for tracker in (
        a.send(b"x", copy=False, track=True),
        a.send_multipart([b"x", b"y"], copy=False, track=True),
        a.send_serialized(1, lambda n: [b"x"], copy=False, track=True),
        a.send_string("x", copy=False, track=True),
        a.send_pyobj(1, copy=False, track=True),
    ):
        assert isinstance(tracker, zmq.MessageTracker)
        assert not tracker.done
        b.recv_multipart()
        tracker.wait(5)


def test_multipart_waits_for_every_part(ends):
    a, b = ends
    tracker = a.send_multipart([bytes(LARGE), b"small", bytes(LARGE)], copy=False, track=True)
    first = b.recv(copy=False)
    b.recv()
    b.recv()
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.02)
    del first
    tracker.wait(5)


@pytest.mark.parametrize("size", [1, 100, LARGE])
def test_parts_are_let_go_of_without_a_collection(ends, wait_for, size):
    a, b = ends
    gc.disable()
    try:
        tracker = a.send_multipart([bytes(size), bytearray(size)], copy=False, track=True)
        b.recv_multipart()
        wait_for(lambda: tracker.done)
    finally:
        gc.enable()


def test_received_frame_holds_the_message(ends):
    a, b = ends
    tracker = a.send(bytes(LARGE), copy=False, track=True)
    frame = b.recv(copy=False)
    assert not tracker.done
    del frame
    tracker.wait(5)


@pytest.mark.parametrize("timeout", [0, 0.01, 1e-9])
def test_wait_is_in_seconds_and_raises_not_done(ends, timeout):
    a, b = ends
    tracker = a.send(b"x", copy=False, track=True)
    with pytest.raises(zmq.NotDone):
        tracker.wait(timeout)
    with pytest.raises(zmq.NotDone):
        tracker.wait(timeout=timeout)
    b.recv()
    tracker.wait(5)


def test_wait_takes_its_time(ends):
    a, _ = ends
    tracker = a.send(b"x", copy=False, track=True)
    start = time.monotonic()
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.2)
    assert time.monotonic() - start >= 0.19


@pytest.mark.parametrize("forever", [(), (-1,), (None,)])
def test_wait_without_end(ends, forever):
    a, b = ends
    tracker = a.send(b"x", copy=False, track=True)
    helper = threading.Timer(0.02, b.recv)
    helper.start()
    assert tracker.wait(*forever) is None
    helper.join()
    assert tracker.done


def test_wait_again_after_the_end(ends):
    a, b = ends
    tracker = a.send(b"x", copy=False, track=True)
    b.recv()
    tracker.wait(5)
    tracker.wait()
    tracker.wait(0)


def test_many_threads_wait_for_one(ends):
    a, b = ends
    tracker = a.send(b"x", copy=False, track=True)
    woken = []

    def wait():
        tracker.wait(10)
        woken.append(1)

    threads = [threading.Thread(target=wait) for _ in range(8)]
    for t in threads:
        t.start()
    assert not tracker.done
    b.recv()
    for t in threads:
        t.join(10)
    assert len(woken) == 8


def test_waiting_lets_other_threads_run(ends):
    a, b = ends
    tracker = a.send(b"x", copy=False, track=True)
    ticks = []
    stop = threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(1)
            if len(ticks) == 100:
                b.recv()

    ticker = threading.Thread(target=tick)
    ticker.start()
    tracker.wait(10)
    stop.set()
    ticker.join()
    assert len(ticks) >= 100


# -- trackers of several things ------------------------------------------------------------------


def test_tracker_of_nothing_is_done():
    tracker = zmq.MessageTracker()
    assert tracker.done
    tracker.wait(0)
    tracker.wait()


def test_tracker_of_trackers_and_frames(ends):
    a, b = ends
    one = a.send(b"1", copy=False, track=True)
    frame = zmq.Frame(b"2", track=True)
    both = zmq.MessageTracker(one, frame)
    nested = zmq.MessageTracker(both)
    assert not both.done
    b.recv()
    one.wait(5)
    assert not both.done
    assert not nested.done
    a.send(frame, copy=False)
    b.recv()
    del frame
    both.wait(5)
    nested.wait(5)


def test_tracker_of_an_event():
    event = threading.Event()
    tracker = zmq.MessageTracker(event)
    assert not tracker.done
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.01)
    event.set()
    assert tracker.done
    tracker.wait(0)


def test_tracker_waits_for_all_within_one_timeout():
    events = [threading.Event() for _ in range(100)]
    tracker = zmq.MessageTracker(*events)
    start = time.monotonic()
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.1)
    assert time.monotonic() - start < 5  # not 0.1 for each of them


def test_tracker_of_an_untracked_frame_is_refused():
    with pytest.raises((TypeError, ValueError)):
        zmq.MessageTracker(zmq.Frame(b"x"))


@pytest.mark.parametrize("wrong", [b"x", 1, None, object()])
def test_tracker_of_something_else_is_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        zmq.MessageTracker(wrong)


# -- frames --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, LARGE])
def test_frames_are_tracked_when_asked(ends, size):
    a, b = ends
    frame = zmq.Frame(bytes(size), track=True)
    assert isinstance(frame.tracker, zmq.MessageTracker)
    tracker = a.send(frame, copy=False, track=True)
    assert not tracker.done
    b.recv()
    del frame
    tracker.wait(5)


def test_frames_are_not_tracked_otherwise():
    assert zmq.Frame(b"x").tracker is None
    assert zmq.Frame(bytes(LARGE), copy=False).tracker is None


@pytest.mark.parametrize("size", [3, LARGE])
def test_tracking_an_untracked_frame_is_refused(ends, size):
    a, b = ends
    frame = zmq.Frame(bytes(size))
    with pytest.raises(ValueError, match="track"):
        a.send(frame, copy=False, track=True)
    a.send(frame, copy=False)
    assert b.recv() == bytes(size)


def test_dropping_a_tracked_frame_is_its_end():
    frame = zmq.Frame(bytes(LARGE), track=True)
    tracker = frame.tracker
    assert not tracker.done
    del frame
    tracker.wait(5)


def test_frame_sent_many_times(ends):
    a, b = ends
    frame = zmq.Frame(bytes(LARGE), track=True)
    trackers = [a.send(frame, copy=False, track=True) for _ in range(5)]
    tracker = frame.tracker
    del frame
    for _ in range(4):
        b.recv()
    assert not any(t.done for t in (tracker, *trackers))
    b.recv()
    for t in (tracker, *trackers):
        t.wait(5)


@pytest.mark.parametrize("copied", [True, False])
def test_tracking_a_received_frame(ends, copied):
    a, b = ends
    a.send(bytes(LARGE))
    if copied:
        assert b.recv(copy=True, track=True) == bytes(LARGE)
        return
    frame = b.recv(copy=False, track=True)
    assert isinstance(frame.tracker, zmq.MessageTracker)
    again = a.send(frame, copy=False, track=True)
    assert not again.done
    assert b.recv() == bytes(LARGE)
    del frame
    again.wait(5)


def test_tracking_received_parts(ends):
    a, b = ends
    a.send_multipart([b"1", b"2"])
    frames = b.recv_multipart(copy=False, track=True)
    assert all(isinstance(f.tracker, zmq.MessageTracker) for f in frames)


def test_failed_send_leaves_no_tracker_waiting(socket):
    a = socket(zmq.PUSH)
    frame = zmq.Frame(bytes(LARGE), track=True)
    tracker = frame.tracker
    with pytest.raises(zmq.Again):
        a.send(frame, zmq.NOBLOCK, copy=False, track=True)
    del frame
    tracker.wait(5)


def test_not_done_is_a_base_error():
    assert issubclass(zmq.NotDone, zmq.ZMQBaseError)
