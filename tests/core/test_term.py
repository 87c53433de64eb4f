# SPDX-License-Identifier: BSD-3-Clause
"""Ending a context: what waits, who is woken, and sockets of other threads."""

import gc
import threading

import pytest

import zmq


@pytest.fixture
def ending():
    """A context, its end begun by `begin()` in another thread and joined after the test."""

    class Ending:
        def __init__(self):
            self.context = zmq.Context()
            self.thread = threading.Thread(target=self.context.term)

        def begin(self):
            self.thread.start()

        @property
        def over(self):
            return not self.thread.is_alive()

    it = Ending()
    yield it
    if it.thread.ident is None:
        it.begin()
    it.thread.join(5)
    assert it.over


def test_term_waits_for_open_sockets(ending):
    s = ending.context.socket(zmq.PUSH)
    ending.begin()
    ending.thread.join(0.05)
    assert not ending.over
    s.close()
    ending.thread.join(5)
    assert ending.over
    assert ending.context.closed


def test_term_waits_for_messages_on_the_way(ending, socket, bind):
    pull = socket(zmq.PULL)
    with ending.context.socket(zmq.PUSH) as push:
        push.linger = -1
        push.connect(bind(pull, "tcp"))
        push.send_multipart([b"x" * 1000, b"last"])
    ending.begin()
    assert pull.recv_multipart() == [b"x" * 1000, b"last"]
    ending.thread.join(5)
    assert ending.over


def test_linger_0_drops_them(ending):
    with ending.context.socket(zmq.PUSH) as push:
        push.linger = 0
        push.connect("tcp://127.0.0.1:9")
        push.send(b"to nobody")
    ending.begin()
    ending.thread.join(5)
    assert ending.over


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.recv(),
        lambda s: s.recv(copy=False),
        lambda s: s.recv_multipart(),
        lambda s: s.recv_into(bytearray(1)),
        lambda s: s.recv_string(),
        lambda s: s.send(b"x"),
        lambda s: s.send_multipart([b"x", b"y"]),
        lambda s: s.poll(),
    ],
    ids=["recv", "frame", "multipart", "into", "string", "send", "send_multipart", "poll"],
)
def test_a_waiting_call_is_woken(ending, use):
    ended = []

    def work():
        with ending.context.socket(zmq.DEALER) as s:
            started.set()
            try:
                use(s)
            except zmq.ContextTerminated as exc:
                ended.append(exc.errno)

    started = threading.Event()
    worker = threading.Thread(target=work)
    worker.start()
    assert started.wait(5)
    ending.begin()
    worker.join(5)
    assert ended == [zmq.ETERM]
    ending.thread.join(5)
    assert ending.over


def test_later_calls_are_refused(ending):
    with ending.context.socket(zmq.PULL) as s:
        ending.begin()
        with pytest.raises(zmq.ContextTerminated):
            s.recv()
        with pytest.raises(zmq.ContextTerminated):
            s.recv(zmq.NOBLOCK)
        with pytest.raises(zmq.ContextTerminated):
            s.get(zmq.EVENTS)
        with pytest.raises(zmq.ContextTerminated):
            s.bind("inproc://late")


def test_no_socket_is_made_while_it_ends(ending):
    s = ending.context.socket(zmq.PULL)
    ending.begin()
    with pytest.raises(zmq.ContextTerminated):
        s.recv()  # once this is refused the end has begun
    with pytest.raises(zmq.ZMQError):
        ending.context.socket(zmq.PUSH)
    s.close()


def test_term_lets_other_threads_run(ending):
    s = ending.context.socket(zmq.PULL)
    ending.begin()
    assert sum(range(1000)) == 499500
    s.close()


def test_two_threads_end_one_context():
    context = zmq.Context()
    s = context.socket(zmq.PULL)
    threads = [threading.Thread(target=context.term) for _ in range(4)]
    for t in threads:
        t.start()
    s.close()
    for t in threads:
        t.join(5)
    assert not any(t.is_alive() for t in threads)
    assert context.closed


def test_destroy_while_another_thread_closes():
    # the same sockets are closed by both, never twice in libzmq
    for _ in range(30):
        context = zmq.Context()
        sockets = [context.socket(zmq.PAIR) for _ in range(20)]
        gate = threading.Barrier(2)

        def close(sockets=sockets, gate=gate):
            gate.wait(5)
            for s in sockets:
                s.close()

        other = threading.Thread(target=close)
        other.start()
        gate.wait(5)
        context.destroy(linger=0)
        other.join(5)
        assert context.closed
        assert all(s.closed for s in sockets)


def test_sockets_collected_in_another_thread(recwarn):
    context = zmq.Context()

    def work():
        kept = context.socket(zmq.PAIR)
        kept = [kept]
        kept.append(kept)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(5)
    recwarn.clear()
    gc.collect()
    recwarn.clear()
    gc.collect()
    context.term()
    assert context.closed


def test_closing_the_last_socket_from_a_finalizer():
    context = zmq.Context()

    class Holder:
        def __init__(self):
            self.socket = context.socket(zmq.PUSH)

        def __del__(self):
            self.socket.close()

    Holder()
    context.term()
    assert context.closed


@pytest.mark.parametrize("blocky", [0, 1])
def test_blocky_decides_the_default_linger(blocky):
    with zmq.Context() as context:
        context.set(zmq.BLOCKY, blocky)
        with context.socket(zmq.PUSH) as s:
            assert s.linger == (-1 if blocky else 0)
