# SPDX-License-Identifier: BSD-3-Clause
"""Threadsafe sockets: how long calls wait, and what ends them."""

import gc
import os
import threading
from pathlib import Path

import pytest

import zmq

# -- time-outs -----------------------------------------------------------------------------------

RECEIVES = {
    "recv": lambda s, **k: s.recv(**k),
    "frame": lambda s, **k: s.recv(copy=False, **k),
    "recv_multipart": lambda s, **k: s.recv_multipart(**k),
    "recv_into": lambda s, **k: s.recv_into(bytearray(9), **k),
    "recv_string": lambda s, **k: s.recv_string(**k),
    "recv_json": lambda s, **k: s.recv_json(**k),
    "recv_many": lambda s, **k: s.recv_many(9, **k),
    "recv_many_multipart": lambda s, **k: s.recv_many_multipart(9, **k),
}
SENDS = {
    "send": lambda s, **k: s.send(b"x", **k),
    "send_copyless": lambda s, **k: s.send(bytes(100000), copy=False, **k),
    "send_multipart": lambda s, **k: s.send_multipart([b"x", b"y"], **k),
    "send_string": lambda s, **k: s.send_string("x", **k),
    "send_many": lambda s, **k: s.send_many([b"x"], **k),
}
BLOCKING = {**RECEIVES, **SENDS}


@pytest.mark.parametrize("name", BLOCKING)
def test_times_that_run_out(shared, name):
    s, call = shared(zmq.DEALER), BLOCKING[name]
    for timeout in (0, 1, 20.5):
        with pytest.raises(zmq.TimeoutExpired):
            call(s, timeout=timeout)
    s.rcvtimeo = s.sndtimeo = 20
    with pytest.raises(zmq.Again) as caught:
        call(s)
    assert type(caught.value) is zmq.Again
    s.rcvtimeo = s.sndtimeo = 0
    with pytest.raises(zmq.Again):
        call(s)
    with pytest.raises(ValueError):
        call(s, timeout=float("nan"))
    with pytest.raises(TypeError, match="milliseconds"):
        call(s, timeout="soon")


@pytest.mark.parametrize("name", [n for n in BLOCKING if n != "send_many"])
def test_no_waiting(shared, name):
    s = shared(zmq.DEALER)
    for options in ({}, {"timeout": 60000}):
        with pytest.raises(zmq.Again) as caught:
            BLOCKING[name](s, flags=zmq.DONTWAIT, **options)
        assert type(caught.value) is zmq.Again
    assert s._room.waiters == []


def test_poll(shared_pair, run_all, wait_for_waiters):
    a, b = shared_pair(zmq.DEALER, zmq.DEALER)
    assert (b.poll(0), b.poll(20), b.poll(0, zmq.POLLOUT)) == (0, 0, zmq.POLLOUT)
    assert b.poll(5000, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLOUT
    polling = run_all(*[b.poll] * 3)
    wait_for_waiters(b, 3)
    a.send(b"x")
    assert polling() == [zmq.POLLIN] * 3
    assert b.try_recv() == b"x"


def test_pollers_beside_other_threads(shared_pair, socket, bind, run_all, wait_for_waiters):
    a, b = shared_pair(zmq.DEALER, zmq.DEALER)
    plain, other = socket(zmq.PAIR), socket(zmq.PAIR)
    other.connect(bind(plain))
    poller = zmq.Poller()
    for s in (b, plain):
        poller.register(s, zmq.POLLIN)
    assert poller.poll(10) == []
    for sender, s in ((a, b), (other, plain)):
        polling = run_all(poller.poll)
        wait_for_waiters(b)
        b.send(b"meanwhile")
        assert a.recv() == b"meanwhile"
        sender.send(b"x")
        assert polling() == [[(s, zmq.POLLIN)]]
        assert s.recv() == b"x"
    assert zmq.select([b], [b], [], 0) == ([], [b], [])
    polling = run_all(poller.poll, b.recv)
    wait_for_waiters(b, 2)
    b.close()
    assert [type(each) for each in polling()] == [zmq.SocketClosed] * 2


# -- closing and ending --------------------------------------------------------------------------

WAITS = {
    **BLOCKING,
    "recv_timeout": lambda s: s.recv(timeout=60000),
    "first_part": lambda s: s.send(b"x", zmq.SNDMORE),
    "poll": lambda s: s.poll(),
    "poll_timeout": lambda s: s.poll(60000),
    "select": lambda s: zmq.select([s], [], []),
}


@pytest.mark.parametrize("name", WAITS)
def test_close_sends_all_waiters_away(shared, run_all, wait_for_waiters, name):
    s = shared(zmq.DEALER)
    waiting = run_all(*[lambda: WAITS[name](s)] * 3)
    wait_for_waiters(s, 3)
    s.close()
    assert [type(each) for each in waiting()] == [zmq.SocketClosed] * 3
    assert "closed while" in str(waiting()[0])
    with pytest.raises(zmq.ZMQError) as caught:
        WAITS[name](s)
    assert caught.value.errno == zmq.ENOTSOCK
    assert s.closed
    s.close()


def test_iteration_ends_when_the_socket_closes(shared_pair, run_all, wait_for_waiters):
    a, b = shared_pair(zmq.PUSH, zmq.PULL)
    a.send_many([b"1", b"2"])
    iterating = run_all(lambda: list(b))
    wait_for_waiters(b)
    b.close()
    assert iterating() == [[b"1", b"2"]]


@pytest.mark.parametrize("ending", ["term", "destroy"])
@pytest.mark.parametrize("name", WAITS)
def test_ending_the_context_ends_all_calls(run_all, wait_for_waiters, name, ending):
    context = zmq.Context()
    s = context.socket(zmq.DEALER, threadsafe=True)

    def wait():
        try:
            WAITS[name](s)
        finally:
            if ending == "term":
                s.close()

    waiting = run_all(*[wait] * 3)
    wait_for_waiters(s, 3)
    context.term() if ending == "term" else context.destroy(linger=0)
    outcomes = [type(each) for each in waiting()]
    if ending == "destroy":
        assert outcomes == [zmq.ContextTerminated] * 3
    else:
        # the first to be told closes the socket under the others
        assert set(outcomes) <= {zmq.ContextTerminated, zmq.SocketClosed, zmq.ZMQError}
        assert zmq.ContextTerminated in outcomes


@pytest.mark.parametrize("ends", ["close", "term"])
def test_calls_race_with_the_end(run_all, ends):
    for _ in range(50):
        context = zmq.Context()
        a, b = (context.socket(zmq.DEALER, threadsafe=True) for _ in range(2))
        a.linger = b.linger = 0
        b.bind("inproc://race")
        a.connect("inproc://race")
        gate = threading.Barrier(5)

        def work(call, gate=gate):
            gate.wait(10)
            while True:
                call()

        calls = (lambda a=a: a.send(b"x"), b.recv, b.recv, b.poll)
        working = run_all(*[lambda call=call: work(call) for call in calls])
        gate.wait(10)
        if ends == "term":
            context.destroy(linger=0)
        else:
            b.close()
            a.close()
            context.term()
        errors = working()
        assert all(
            isinstance(e, zmq.ZMQError) and e.errno in (zmq.ENOTSOCK, zmq.ETERM) for e in errors
        )
        assert not any(isinstance(e, zmq.ZMQThreadError) for e in errors)


# -- what waiting costs --------------------------------------------------------------------------


def switches(ident):
    text = Path(f"/proc/self/task/{ident}/status").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if "ctxt_switches" in line)


def test_idle_waiters_sleep(shared_pair, wait_for_waiters):
    a, b = shared_pair(zmq.DEALER, zmq.DEALER)
    calls = [b.recv, b.recv, b.poll, lambda: zmq.select([b], [], []), lambda: b.recv(timeout=60000)]

    def wait(call):
        with pytest.raises(zmq.SocketClosed):
            call()

    threads = [threading.Thread(target=wait, args=(call,)) for call in calls]
    for t in threads:
        t.start()
    wait_for_waiters(b, len(calls))
    threading.Event().wait(0.2)  # let them arrive at their waits
    before = [switches(t.native_id) for t in threads]
    a.poll(500)
    assert [switches(t.native_id) for t in threads] == before
    b.close()
    for t in threads:
        t.join(10)


def test_descriptors_are_made_when_needed_and_given_back(context):
    def count():
        return len(os.listdir("/proc/self/fd"))

    first = context.socket(zmq.PULL)  # with which the context's own descriptors come
    before = count()
    with first, context.socket(zmq.PULL, threadsafe=True) as s:
        own = count() - before
        s.poll(0)
        with pytest.raises(zmq.Again):
            s.recv(zmq.DONTWAIT)
        assert count() - before == own
        for _ in range(50):
            with pytest.raises(zmq.Again):
                s.recv(timeout=1)
        assert count() - before == own + 2


def test_sockets_come_and_go(context, bind, wait_for):
    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    first = context.socket(zmq.PULL)
    before = descriptors()
    for _ in range(200):
        with context.socket(zmq.PULL, threadsafe=True) as s:
            with pytest.raises(zmq.Again):
                s.recv(timeout=0.1)
    wait_for(lambda: descriptors() <= before)
    first.close()


def test_an_open_one_that_is_dropped(context, wait_for):
    first = context.socket(zmq.PULL)
    before = len(os.listdir("/proc/self/fd"))
    s = context.socket(zmq.PULL, threadsafe=True)
    with pytest.raises(zmq.Again):
        s.recv(timeout=1)
    with pytest.warns(ResourceWarning, match="unclosed <zmq.Socket.zmq.PULL.*threadsafe>"):
        del s
        gc.collect()
    wait_for(lambda: len(os.listdir("/proc/self/fd")) <= before)
    first.close()


def test_in_a_forked_child_they_are_inert(output):
    script = """
        import os, threading, zmq
        ctx = zmq.Context()
        a, b = ctx.socket(zmq.PAIR, threadsafe=True), ctx.socket(zmq.PAIR, threadsafe=True)
        a.bind("inproc://a"), b.connect("inproc://a")
        waiting = threading.Thread(target=lambda: print(b.recv().decode(), flush=True))
        waiting.start()
        while not b._room.waiters:
            pass
        held, forked = threading.Event(), threading.Event()
        def hold():
            with a._room.lock:   # another thread is in a call
                held.set()
                forked.wait()
        holding = threading.Thread(target=hold)
        holding.start()
        held.wait()
        child = os.fork()
        if not child:
            assert a.closed and b.closed
            for s in (a, b):
                try:
                    s.recv()
                except zmq.ZMQError as exc:
                    assert exc.errno == zmq.ENOTSOCK
                s.close()
            with zmq.Context() as mine, mine.socket(zmq.PAIR, threadsafe=True) as s:
                assert s.poll(1) == 0
            print("child", flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        forked.set()
        a.send(b"parent")
        waiting.join(), holding.join()
        a.close(), b.close()
        ctx.term()
    """
    assert output(script) == "child\nparent\n"


def test_a_daemon_thread_that_waits_at_the_end(output):
    script = """
        import threading, zmq
        ctx = zmq.Context()
        s = ctx.socket(zmq.PULL, threadsafe=True)
        threading.Thread(target=s.recv, daemon=True).start()
        while not s._room.waiters:
            pass
        print("end")
    """
    assert output(script) == "end\n"
