# SPDX-License-Identifier: BSD-3-Clause
"""`term(timeout=)` and `destroy` beside threads: blocked calls, other terms, shadows, signals."""

import signal
import threading

import pytest

import zmq

CALLS = {
    "recv": lambda s: s.recv(),
    "recv timeout": lambda s: s.recv(timeout=60_000),
    "recv_into": lambda s: s.recv_into(bytearray(1)),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_many": lambda s: s.recv_many(9),
    "iteration": lambda s: next(s),
    "send": lambda s: s.send(b"x"),
    "send_many": lambda s: s.send_many([b"x"]),
    "poll": lambda s: s.poll(),
}


class Workers:
    """Threads that are in a call of a socket each, and keep how it ended."""

    def __init__(self, context, calls):
        self.context, self.ends, self.threads = context, [], []
        self.gate = threading.Barrier(len(calls) + 1)
        for call in calls:
            self.threads.append(threading.Thread(target=self.work, args=(call,)))
            self.threads[-1].start()
        self.gate.wait(10)

    def work(self, call):
        s = self.context.socket(zmq.DEALER)
        self.gate.wait(10)
        try:
            call(s)
        except Exception as exc:
            self.ends.append(type(exc))
        else:
            self.ends.append(None)
        self.finish(s)

    def finish(self, s):
        pass  # destroy closes it

    def join(self):
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


class ClosingWorkers(Workers):
    def finish(self, s):
        s.close()


@pytest.mark.parametrize(
    "arguments", [{}, {"linger": 0}, {"timeout": 20_000}, {"linger": 5, "timeout": 20_000}]
)
@pytest.mark.parametrize("call", CALLS)
def test_destroy_wakes_what_is_blocked(call, arguments):
    for _ in range(5):
        context = zmq.Context()
        workers = Workers(context, [CALLS[call]] * 2)
        context.destroy(**arguments)
        workers.join()
        assert context.closed
        # One that had not begun when the socket was closed meets a closed one; iterations end.
        allowed = {zmq.ContextTerminated, zmq.ZMQError, StopIteration}
        assert len(workers.ends) == 2
        assert set(workers.ends) <= allowed


def test_destroy_wakes_all_kinds_of_calls_at_once():
    for _ in range(10):
        context = zmq.Context()
        workers = Workers(context, list(CALLS.values()))
        context.destroy(timeout=20_000)
        workers.join()
        assert context.closed
        assert zmq.ZMQThreadError not in workers.ends
        assert None not in workers.ends


@pytest.mark.parametrize("call", CALLS)
def test_term_with_a_timeout_wakes_what_is_blocked(call):
    context = zmq.Context()
    workers = ClosingWorkers(context, [CALLS[call]] * 2)
    context.term(timeout=20_000)
    workers.join()
    assert context.closed
    expected = StopIteration if call == "iteration" else zmq.ContextTerminated
    assert workers.ends == [expected] * 2


def test_busy_threads():
    for _ in range(10):
        context = zmq.Context()

        def work(s, context=context):
            s.bind(f"inproc://{id(s)}")
            with context.socket(zmq.DEALER) as other:
                other.connect(f"inproc://{id(s)}")
                while True:
                    s.send(b"x", timeout=10_000)
                    other.recv(timeout=10_000)

        workers = Workers(context, [work] * 3)
        context.destroy(linger=0, timeout=20_000)
        workers.join()
        assert context.closed
        assert set(workers.ends) <= {zmq.ContextTerminated, zmq.ZMQError}


# -- several threads end one context -------------------------------------------------------------


def end(context, ends, **options):
    try:
        context.term(**options)
    except Exception as exc:
        ends.append(type(exc))
    else:
        ends.append(None)


def shut_down(s):
    """Wait until the end of the socket's context has begun."""
    with pytest.raises(zmq.ContextTerminated):
        s.recv(timeout=10_000)


@pytest.mark.parametrize("first", [{}, {"timeout": 20_000}], ids=["term()", "term(timeout)"])
@pytest.mark.parametrize("second", [{}, {"timeout": 20_000}], ids=["term()", "term(timeout)"])
def test_two_terms_wait_for_the_same(first, second):
    context, ends = zmq.Context(), []
    s = context.socket(zmq.PULL)
    threads = [threading.Thread(target=end, args=(context, ends), kwargs=first)]
    threads[0].start()
    shut_down(s)
    threads.append(threading.Thread(target=end, args=(context, ends), kwargs=second))
    threads[1].start()
    threads[1].join(0.05)
    assert ends == []
    s.close()
    for thread in threads:
        thread.join(10)
    assert ends == [None, None]
    assert context.closed


@pytest.mark.parametrize("first", [{}, {"timeout": 20_000}], ids=["term()", "term(timeout)"])
@pytest.mark.parametrize("method", ["term", "destroy"])
def test_a_timeout_beside_another_term(first, method):
    """The second one says what holds the context, as it would alone; destroy closes it."""
    context, ends = zmq.Context(), []
    s = context.socket(zmq.PULL)
    other = threading.Thread(target=end, args=(context, ends), kwargs=first)
    other.start()
    shut_down(s)
    try:
        if method == "destroy":
            context.destroy(timeout=20_000)
            assert s.closed
        else:
            with pytest.raises(zmq.TermTimeout, match="PULL"):
                context.term(timeout=20)
    finally:
        s.close()
        other.join(10)
    assert ends == [None]
    assert context.closed


def test_many_terms_at_once():
    for _ in range(30):
        context, ends = zmq.Context(), []
        s = context.socket(zmq.PULL)
        options = [{}, {"timeout": 20_000}] * 3
        threads = [
            threading.Thread(target=end, args=(context, ends), kwargs=each) for each in options
        ]
        for thread in threads:
            thread.start()
        s.close()
        for thread in threads:
            thread.join(10)
        assert ends == [None] * 6
        assert context.closed


def test_sockets_closed_one_by_one_while_it_waits_again_and_again():
    context = zmq.Context()
    sockets = [context.socket(zmq.PUSH) for _ in range(5)]
    while sockets:
        with pytest.raises(zmq.TermTimeout) as caught:
            context.term(timeout=1)
        assert caught.value.sockets == sockets
        sockets.pop().close()
    context.term(timeout=20_000)
    assert context.closed


# -- shadows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["context", "shadow"])
@pytest.mark.parametrize("again", [{}, {"timeout": 5000}], ids=["term()", "term(timeout)"])
def test_shadows_of_a_context_that_ran_out(output, who, again):
    # in a process of its own, because a call that cannot be interrupted would hang
    code = """
    import zmq
    context = zmq.Context()
    shadow = zmq.Context(context)
    s = context.socket(zmq.PULL)
    try:
        {first}.term(timeout=0)
    except zmq.TermTimeout:
        print("timeout")
    s.close()
    {second}.term(**{again})
    print(context.closed, shadow.closed)
    """
    second = {"context": "shadow", "shadow": "context"}[who]
    assert output(code.format(first=who, second=second, again=again), deadline=10) == (
        "timeout\nTrue True\n"
    )


# -- signals -------------------------------------------------------------------------------------


@pytest.fixture
def ring():
    before = signal.getsignal(signal.SIGALRM)

    def ring(handler, interval=0.005):
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.005, interval)

    yield ring
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_signals_do_not_restart_the_time(ring):
    context, hits = zmq.Context(), []
    s = context.socket(zmq.PULL)

    def count(*args):
        hits.append(1)
        assert len(hits) < 1000, "each signal has begun the time anew"

    ring(count)
    with pytest.raises(zmq.TermTimeout):
        context.term(timeout=100)
    s.close()
    context.term(timeout=20_000)
    assert context.closed


@pytest.mark.parametrize("options", [{}, {"timeout": -1}, {"timeout": 20_000}], ids=repr)
def test_a_handler_that_raises(ring, options):
    context = zmq.Context()
    s = context.socket(zmq.PULL)

    def stop(*args):
        raise KeyError("from the handler")

    ring(stop, 0)
    with pytest.raises(KeyError, match="from the handler"):
        context.term(**options)
    assert not context.closed
    s.close()
    context.term(timeout=20_000)
    assert context.closed


@pytest.mark.parametrize("options", [{}, {"timeout": 20_000}], ids=repr)
def test_a_handler_that_closes_what_holds_it(ring, options):
    context = zmq.Context()
    s = context.socket(zmq.PULL)
    ring(lambda *args: s.close(), 0)
    context.term(**options)
    assert context.closed


def test_fork_while_it_ends(output):
    assert (
        output(
            """
            import os, zmq
            context = zmq.Context()
            s = context.socket(zmq.PULL)
            try:
                context.term(timeout=0)
            except zmq.TermTimeout:
                pass
            pid = os.fork()
            if pid == 0:
                s.close()
                context.term()
                context.term(timeout=0)
                with zmq.Context() as own:
                    own.socket(zmq.PULL).close()
                os._exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            s.close()
            context.term(timeout=10_000)
            print(context.closed)
            """
            if hasattr(__import__("os"), "waitstatus_to_exitcode")
            else ""
        )
        == "7\nTrue\n"
    )
