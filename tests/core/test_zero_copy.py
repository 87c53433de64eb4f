# SPDX-License-Identifier: BSD-3-Clause
"""Sending without a copy: memory is shared, kept while libzmq needs it, let go of afterwards."""

import gc
import os
import sys
import threading
import weakref

import limits
import numpy
import pytest

import zmq

LARGE = 300_000


class Buffer(bytearray):
    """A buffer whose end can be seen."""


def pinned(memory):
    """Whether somebody holds the memory of a bytearray, so that it cannot be resized."""
    try:
        memory.append(0)
    except BufferError:
        return True
    memory.pop()
    return False


def threads():
    return len(os.listdir("/proc/self/task"))


def contexts():
    return [thing for thing in gc.get_objects() if isinstance(thing, zmq.backend.Context)]


def test_the_memory_is_shared(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    memory = bytearray(LARGE)
    a.send(memory, copy=False)
    memory[0] = 7
    assert b.recv()[:2] == b"\x07\0"


def test_parts_are_shared(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    memory = bytearray(LARGE)
    a.send_multipart([b"head", memory], copy=False)
    memory[0] = 7
    head, body = b.recv_multipart()
    assert (head, body[:2]) == (b"head", b"\x07\0")


def test_an_array_is_shared(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    array = numpy.zeros((200, 200))
    a.send(array, copy=False)
    array[0, 0] = 1.5
    assert numpy.frombuffer(b.recv(), dtype=array.dtype)[0] == 1.5


@pytest.mark.parametrize(("size", "shared"), [(999, False), (1000, True), (5000, True)])
def test_the_threshold_of_the_socket_decides(pair, size, shared):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = 1000
    memory = bytearray(size)
    a.send(memory, copy=False)
    memory[0] = 7
    assert (b.recv()[0] == 7) is shared


def test_threshold_0_always_shares(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = 0
    memory = bytearray(1)
    a.send(memory, copy=False)
    memory[0] = 7
    assert b.recv() == b"\x07"


def test_a_copying_send_never_shares(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = 0
    memory = bytearray(LARGE)
    a.send(memory)
    assert not pinned(memory)
    memory[0] = 7
    assert b.recv()[0] == 0


# -- for how long --------------------------------------------------------------------------------


def test_a_bytearray_is_pinned_until_it_arrived(pair, wait_for):
    a, b = pair(zmq.PUSH, zmq.PULL)
    memory = bytearray(LARGE)
    a.send(memory, copy=False)
    assert pinned(memory)
    assert b.recv() == memory
    wait_for(lambda: not pinned(memory))


def test_a_bytearray_is_free_after_the_journey(pair, transport, wait_for):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    memory = bytearray(b"x" * 20_000_000)
    a.send(memory, copy=False)
    assert b.recv() == memory
    wait_for(lambda: not pinned(memory))


def test_a_received_frame_keeps_the_memory_of_the_sender(pair, wait_for):
    a, b = pair(zmq.PUSH, zmq.PULL)
    memory = bytearray(LARGE)
    a.send(memory, copy=False)
    frame = b.recv(copy=False)
    assert pinned(memory)
    view = frame.buffer
    del frame
    assert pinned(memory)
    del view
    wait_for(lambda: not pinned(memory))


@pytest.mark.parametrize("size", [1, 50, LARGE])
def test_the_buffer_lives_until_it_arrived(pair, size, wait_for, collected):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = 0
    memory = Buffer(size)
    watch = weakref.ref(memory)
    a.send(memory, copy=False)
    del memory
    gc.collect()
    assert watch() is not None
    assert b.recv() == bytes(size)
    wait_for(lambda: collected() and watch() is None)


def test_bytes_are_kept_and_let_go(pair, transport, wait_for):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    data = bytes(LARGE)
    before = sys.getrefcount(data)
    for _ in range(5):
        a.send(data, copy=False)
    for _ in range(5):
        assert b.recv() == data
    wait_for(lambda: sys.getrefcount(data) == before)


def test_memory_goes_when_nobody_receives(context, wait_for):
    a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    a.bind("inproc://nobody")
    b.connect("inproc://nobody")
    memory = bytearray(LARGE)
    a.send(memory, copy=False)
    a.close(linger=0)
    b.close(linger=0)
    wait_for(lambda: not pinned(memory))


def test_memory_goes_with_the_context(wait_for):
    context = zmq.Context()
    with context.socket(zmq.PUSH) as s:
        s.connect("tcp://127.0.0.1:9")
        memory = bytearray(LARGE)
        s.send(memory, copy=False)
        assert pinned(memory)
        s.close(linger=0)
    context.term()
    wait_for(lambda: not pinned(memory))


def test_memory_goes_without_another_call(pair, wait_for):
    # the last holder is an I/O thread of libzmq, and nobody calls zmq afterwards
    a, b = pair(zmq.PUSH, zmq.PULL, "tcp")
    memory = bytearray(5_000_000)
    a.send(memory, copy=False)
    done = []

    def drain():
        done.append(b.recv())

    reader = threading.Thread(target=drain)
    reader.start()
    reader.join(5)
    assert len(done[0]) == 5_000_000
    wait_for(lambda: not pinned(memory))


def test_memory_does_not_pile_up_in_a_thread_of_its_own(context):
    # pending calls run on the main thread only, which is busy waiting for the worker here
    live, most = [], []

    def work():
        with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
            a.bind("inproc://worker")
            b.connect("inproc://worker")
            for _ in range(200):
                memory = Buffer(LARGE)
                live.append(weakref.ref(memory))
                a.send(memory, copy=False)
                b.recv()
                most.append(sum(watch() is not None for watch in live))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(20)
    assert len(most) == 200
    assert max(most) <= (100 if limits.PYPY else 10)  # what the collector lets pile up


def test_a_subscriber_more_or_less(socket, bind, wait_for):
    # shared by several pipes, let go of by the last
    pub, subs = socket(zmq.XPUB), [socket(zmq.SUB) for _ in range(3)]
    address = bind(pub)
    for sub in subs:
        sub.connect(address)
        sub.subscribe(b"")
    assert pub.recv() == b"\x01"
    memory = bytearray(LARGE)
    pub.send(memory, copy=False)
    for sub in subs[:2]:
        assert len(sub.recv()) == LARGE
    received = subs[2].recv(copy=False)
    assert pinned(memory)
    del received
    wait_for(lambda: not pinned(memory))


# -- what it must not cost -----------------------------------------------------------------------


def test_no_thread_and_no_context_of_its_own(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send(b"x")
    b.recv()
    before = threads(), len(contexts()), len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        a.send(bytes(LARGE), copy=False)
        a.send(bytearray(LARGE), copy=False, track=True)
        b.recv()
        b.recv(copy=False)
    assert (threads(), len(contexts()), len(os.listdir("/proc/self/fd"))) == before


def test_many_rounds_in_one_thread(pair):
    # the receiver frees the sender's memory while it holds the interpreter
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.copy_threshold = 0
    data = bytes(100)
    for _ in range(20_000):
        a.send(data, copy=False, track=True)
        b.recv()


def test_letting_go_may_send_again(pair, wait_for, collected):
    # the end of a buffer runs Python code, which may use zmq
    a, b = pair(zmq.PUSH, zmq.PULL)
    count, most = [], 5 if limits.PYPY else 50  # each takes a collection there

    class Chatty(bytearray):
        def __del__(self):
            count.append(1)
            if len(count) < most:
                a.send(Chatty(LARGE), copy=False)

    a.send(Chatty(LARGE), copy=False)

    def drained():
        while b.poll(0):
            b.recv()
        return collected() and len(count) >= most

    wait_for(drained)


def test_a_release_that_raises_is_not_lost_on_the_caller(pair, monkeypatch, wait_for, collected):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    a, b = pair(zmq.PUSH, zmq.PULL)

    class Bad(bytearray):
        def __del__(self):
            raise KeyError("at the end")

    a.send(Bad(LARGE), copy=False)
    assert len(b.recv()) == LARGE
    wait_for(lambda: collected() and seen)
    a.send(b"next")
    assert b.recv() == b"next"
    seen.clear()


def test_many_threads_share_one_buffer(context, wait_for):
    memory = bytearray(LARGE)
    errors = []

    def work(name):
        try:
            with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
                a.bind(f"inproc://{name}")
                b.connect(f"inproc://{name}")
                for _ in range(100):
                    a.send(memory, copy=False)
                    assert len(b.recv()) == LARGE
        except Exception as exc:
            errors.append(exc)

    workers = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(6)]
    for w in workers:
        w.start()
    for w in workers:
        w.join(30)
    assert errors == []
    wait_for(lambda: not pinned(memory))


RSS = """
    import sys, zmq
    def resident():
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * 4096
    rounds, kind = int(sys.argv[1]), sys.argv[2]
    with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as a, ctx.socket(zmq.PULL) as b:
        a.bind("tcp://127.0.0.1:0" if kind == "tcp" else "inproc://x")
        b.connect(a.last_endpoint)
        def turn():
            a.send(bytearray(1 << 20), copy=False)
            b.recv(copy=False)
        for _ in range(200):
            turn()
        before = resident()
        for _ in range(rounds):
            turn()
        print(resident() - before)
"""


@pytest.mark.parametrize("kind", ["inproc", "tcp"])
@pytest.mark.parametrize("rounds", [1000, pytest.param(100_000, marks=pytest.mark.long)])
def test_resident_memory_stays_flat(output, kind, rounds):
    grown = int(output(RSS, rounds, kind, deadline=300))
    assert grown < (128 if limits.PYPY else 16) << 20  # what the collector lets pile up


EXIT = """
    import sys, zmq
    ctx = zmq.Context()
    a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
    a.bind("tcp://127.0.0.1:0")
    b.connect(a.last_endpoint)
    trackers = [a.send(bytearray(500_000), copy=False, track=True) for _ in range(20)]
    frames = [b.recv(copy=False) for _ in range(5)]
    if sys.argv[1] == "closed":
        a.close(linger=0)
        b.close(linger=0)
    print("end")
"""


@pytest.mark.parametrize("state", ["open", "closed"])
@pytest.mark.parametrize("times", [3, pytest.param(60, marks=pytest.mark.long)])
def test_exit_with_messages_in_flight(run, state, times):
    for _ in range(times):
        end = run(EXIT, state, options=["-W", "ignore"], deadline=10)
        assert (end.returncode, end.stdout, end.stderr) == (0, "end\n", "")


def test_messages_over_two_gigabytes_are_not_cut(output):
    script = """
        import numpy, zmq
        size = 2**31 + 5
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as a, ctx.socket(zmq.PULL) as b:
            a.bind("inproc://x")
            b.connect("inproc://x")
            data = numpy.zeros(size, dtype="u1")
            data[-1] = 7
            a.send(data, copy=False)
            frame = b.recv(copy=False)
            print(len(frame) == size, frame.buffer[-1])
    """
    assert output(script, deadline=60) == "True 7\n"
