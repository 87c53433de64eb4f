# SPDX-License-Identifier: BSD-3-Clause
"""Ordinary sockets in several threads: misuse raises and never crashes; ending is not misuse."""

import threading

import pytest

import zmq

# -- what the error says -------------------------------------------------------------------------

CALLS = {
    "send": lambda s: s.send(b"x"),
    "send_multipart": lambda s: s.send_multipart([b"x", b"y"]),
    "send_string": lambda s: s.send_string("x"),
    "send_many": lambda s: s.send_many([b"x"]),
    "recv": lambda s: s.recv(zmq.DONTWAIT),
    "recv_timeout": lambda s: s.recv(timeout=1),
    "recv_multipart": lambda s: s.recv_multipart(zmq.DONTWAIT),
    "recv_multipart_timeout": lambda s: s.recv_multipart(timeout=1),
    "recv_into": lambda s: s.recv_into(bytearray(9), flags=zmq.DONTWAIT),
    "recv_string": lambda s: s.recv_string(zmq.DONTWAIT),
    "recv_many": lambda s: s.recv_many(1, flags=zmq.DONTWAIT),
    "recv_many_multipart": lambda s: s.recv_many_multipart(1, flags=zmq.DONTWAIT),
    "try_recv": lambda s: s.try_recv(),
    "try_recv_multipart": lambda s: s.try_recv_multipart(),
    "poll": lambda s: s.poll(0),
    "zmq_poll": lambda s: zmq.zmq_poll([(s, zmq.POLLIN)], 0),
    "get": lambda s: s.get(zmq.EVENTS),
    "set": lambda s: s.set(zmq.LINGER, 0),
    "attribute": lambda s: s.events,
    "bind": lambda s: s.bind("inproc://guard"),
    "connect": lambda s: s.connect("inproc://guard"),
    "unbind": lambda s: s.unbind("inproc://guard"),
    "disconnect": lambda s: s.disconnect("inproc://guard"),
    "monitor": lambda s: s.monitor("inproc://guard-events"),
    "close": lambda s: s.close(),
}

WAITS = {
    "recv": lambda s: s.recv(),
    "recv_timeout": lambda s: s.recv(timeout=20000),
    "poll": lambda s: s.poll(),
    "zmq_poll": lambda s: zmq.zmq_poll([(s, zmq.POLLIN)], -1),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_into": lambda s: s.recv_into(bytearray(9)),
    "recv_many": lambda s: s.recv_many(9),
}


@pytest.fixture
def waiting(pair, wait_for):
    """`waiting(wait)`: a socket in whose `wait` another thread is, and what ends that."""
    ends = []

    def waiting(wait):
        peer, s = pair(zmq.DEALER, zmq.DEALER)
        thread = threading.Thread(target=wait, args=(s,), name="the reader")
        thread.start()
        ends.append((peer, thread))
        wait_for(lambda: s._in_use)
        return s

    yield waiting
    for peer, thread in ends:
        peer.send(b"end")
        thread.join(10)
        assert not thread.is_alive()


def error_of(call, s):
    with pytest.raises(zmq.ZMQThreadError) as caught:
        call(s)
    return str(caught.value)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_beside_another_names_both_threads_and_the_way_out(waiting, call):
    text = error_of(CALLS[call], waiting(lambda s: s.recv()))
    assert "'the reader'" in text
    assert f"{threading.current_thread().name!r}" in text
    assert "threadsafe=True" in text
    assert "zmq.DEALER" in text


@pytest.mark.parametrize("wait", WAITS)
def test_whatever_call_waits(waiting, wait):
    assert "'the reader'" in error_of(CALLS["send"], waiting(WAITS[wait]))


def test_the_socket_is_as_good_as_before(waiting):
    s = waiting(lambda s: s.recv())
    for _ in range(3):
        error_of(CALLS["close"], s)
    assert not s.closed
    assert issubclass(zmq.ZMQThreadError, zmq.ZMQError)


def test_turns_are_allowed(pair):
    a, b = pair(zmq.DEALER, zmq.DEALER)
    for _ in range(5):
        thread = threading.Thread(target=lambda: b.send(a.send(b"x") or b.recv()))
        thread.start()
        thread.join()
        assert a.recv() == b"x"


# -- hammering -----------------------------------------------------------------------------------

HAMMER = """
    import random, sys, threading, time, zmq
    seconds, address = float(sys.argv[1]), sys.argv[2]
    sys.setswitchinterval(1e-5)
    ctx = zmq.Context()
    a, b = ctx.socket(zmq.DEALER), ctx.socket(zmq.DEALER)
    for s in (a, b):
        s.linger, s.rcvtimeo, s.sndtimeo = 0, 20, 20
    b.bind(address)
    a.connect(b.last_endpoint)
    big = bytes(100_000)
    poller = zmq.Poller()
    poller.register(a), poller.register(b)
    SENDS = [
        lambda s: s.send(b"x"),
        lambda s: s.send(big),
        lambda s: s.send(big, copy=False, track=True),
        lambda s: s.send(b"x", timeout=5),
        lambda s: s.send_multipart([b"x", big, b"y"]),
        lambda s: s.send_many([b"x"] * 20),
        lambda s: s.send_many(iter([b"x", big, [b"y", b"z"]])),
        lambda s: s.send_string("x"),
    ]
    RECEIVES = [
        lambda s: s.recv(),
        lambda s: s.recv(copy=False),
        lambda s: s.recv(zmq.DONTWAIT),
        lambda s: s.recv(timeout=5),
        lambda s: s.recv_multipart(),
        lambda s: s.recv_multipart(timeout=5),
        lambda s: s.recv_into(bytearray(50)),
        lambda s: s.recv_many(50),
        lambda s: s.recv_many_multipart(50, timeout=5),
        lambda s: s.try_recv_multipart(),
        lambda s: s.poll(1),
        lambda s: poller.poll(1),
        lambda s: s.events,
        lambda s: s.set(zmq.RCVHWM, 10),
    ]
    end = time.monotonic() + seconds
    done, refused, unexpected = [0], [0], []
    def work(calls, seed):
        choose = random.Random(seed).choice
        while time.monotonic() < end:
            try:
                choose(calls)(choose((a, b)))
                done[0] += 1
            except zmq.ZMQThreadError as exc:
                refused[0] += 1
                if "threadsafe=True" not in str(exc):
                    unexpected.append(exc)
            except zmq.Again:
                pass
            except BaseException as exc:
                unexpected.append(exc)
                return
    threads = [threading.Thread(target=work, args=(SENDS, n)) for n in range(3)]
    threads += [threading.Thread(target=work, args=(RECEIVES, n)) for n in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    a.close(), b.close()
    ctx.term()
    print(done[0] > 0, refused[0] > 0, unexpected)
"""


def test_hammering_never_crashes(output, endpoint, transport):
    assert output(HAMMER, 5, endpoint(transport), deadline=60) == "True True []\n"


@pytest.mark.long
@pytest.mark.timeout(240)
def test_hammering_for_a_minute_never_crashes(output, endpoint, transport):
    assert output(HAMMER, 60, endpoint(transport), deadline=200) == "True True []\n"


@pytest.mark.parametrize("call", ["send", "send_timeout", "send_many"])
def test_the_time_of_a_call_is_not_that_of_another_thread(pair, call):
    a, b = pair(zmq.PUSH, zmq.PULL, sndhwm=5, rcvhwm=5)
    calls = {
        "send": lambda: [a.send(b"other") for _ in range(100)],
        "send_timeout": lambda: a.send(b"other", timeout=5000),
        "send_many": lambda: a.send_many(iter([b"other"]), timeout=5000),
    }
    outcomes = []

    def other():
        try:
            calls[call]()
        except zmq.ZMQError as exc:
            outcomes.append(exc)

    def messages():
        yield b"one"
        thread = threading.Thread(target=other, name="the other")
        thread.start()
        thread.join(10)
        while b.try_recv() is not None:
            pass
        yield b"two"

    assert a.send_many(messages(), timeout=10_000) == 2
    assert [type(exc) for exc in outcomes] == [zmq.ZMQThreadError]
    assert threading.current_thread().name in str(outcomes[0])
    assert "the other" in str(outcomes[0])


# -- ending while others wait --------------------------------------------------------------------

BLOCKED = {
    **{name: ("pull", wait) for name, wait in WAITS.items()},
    "recv_string": ("pull", lambda s: s.recv_string()),
    "poll_timeout": ("pull", lambda s: s.poll(20000)),
    "send": ("push", lambda s: s.send(b"x")),
    "send_timeout": ("push", lambda s: s.send(b"x", timeout=20000)),
    "send_multipart": ("push", lambda s: s.send_multipart([b"x", b"y"])),
    "send_many": ("push", lambda s: s.send_many([b"x"] * 3)),
}


@pytest.mark.parametrize("ending", ["term", "destroy", "destroy_linger", "exit"])
@pytest.mark.parametrize("blocked", BLOCKED)
def test_ending_a_context_ends_blocked_calls(blocked, ending, wait_for):
    kind, call = BLOCKED[blocked]
    context = zmq.Context()
    outcomes = []

    def block(s):
        try:
            call(s)
        except BaseException as exc:
            outcomes.append(type(exc))
        finally:
            s.close()

    sockets = [context.socket(zmq.PULL if kind == "pull" else zmq.PUSH) for _ in range(3)]
    threads = [threading.Thread(target=block, args=(s,)) for s in sockets]
    for t in threads:
        t.start()
    wait_for(lambda: all(s._in_use for s in sockets))
    if ending == "term":
        context.term()
    elif ending == "destroy":
        context.destroy()
    elif ending == "destroy_linger":
        context.destroy(linger=0)
    else:
        with pytest.warns(ResourceWarning, match="unclosed"), context:
            pass
    for t in threads:
        t.join(10)
        assert not t.is_alive()
    assert outcomes == [zmq.ContextTerminated] * 3
    assert context.closed


BUSY = """
    import sys, threading, zmq
    sys.setswitchinterval(1e-5)
    for round in range(40):
        ctx = zmq.Context()
        outcomes = []
        begun = threading.Barrier(5)
        def work(bound):
            with ctx.socket(zmq.PAIR) as s:
                s.bind(f"inproc://{bound}")
                with ctx.socket(zmq.PAIR) as peer:
                    peer.connect(f"inproc://{bound}")
                    begun.wait()
                    try:
                        while True:
                            peer.send(b"x"), s.recv(), s.poll(0), s.events
                    except BaseException as exc:
                        outcomes.append(type(exc).__name__)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for t in threads:
            t.start()
        begun.wait()
        ctx.term() if sys.argv[1] == "term" else ctx.destroy(linger=0)
        for t in threads:
            t.join()
        # A call made after destroy has closed the socket finds it closed.
        allowed = {"ContextTerminated"} | ({"ZMQError"} if sys.argv[1] == "destroy" else set())
        assert set(outcomes) <= allowed, outcomes
    print("end")
"""


@pytest.mark.parametrize("ending", ["term", "destroy"])
def test_ending_a_context_of_busy_threads(output, ending):
    assert output(BUSY, ending, deadline=60) == "end\n"


# -- signal handlers that close ------------------------------------------------------------------

CLOSING = """
    import errno, signal, sys, threading, zmq
    ctx = zmq.Context()
    pull, push = ctx.socket(zmq.PULL), ctx.socket(zmq.PUSH)
    router, dealer = ctx.socket(zmq.ROUTER), ctx.socket(zmq.DEALER)
    pull.bind("inproc://a"), router.bind("inproc://b"), dealer.bind("inproc://c")
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    CALLS = dict(
        recv=lambda: pull.recv(),
        recv_timeout=lambda: pull.recv(timeout=20000),
        frame=lambda: pull.recv(copy=False),
        recv_multipart=lambda: pull.recv_multipart(),
        recv_into=lambda: pull.recv_into(bytearray(9)),
        recv_string=lambda: pull.recv_string(),
        recv_many=lambda: pull.recv_many(9),
        send=lambda: push.send(b"x"),
        send_frame=lambda: push.send(bytes(100000), copy=False),
        send_multipart=lambda: push.send_multipart([b"x", b"y"]),
        send_many=lambda: push.send_many([b"x"]),
        poll=lambda: pull.poll(),
        poll_timeout=lambda: pull.poll(20000),
        poller=lambda: poller.poll(),
        zmq_poll=lambda: zmq.zmq_poll([(pull, zmq.POLLIN)], -1),
        proxy=lambda: zmq.proxy(router, dealer),
        proxy_steerable=lambda: zmq.proxy_steerable(router, dealer, None, pull),
    )
    if sys.argv[2] == "threads":
        idle = threading.Event()
        threading.Thread(target=idle.wait, daemon=True).start()
    def handler(*_):
        for s in (pull, push, router, dealer):
            s.close(linger=0)
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        CALLS[sys.argv[1]]()
    except zmq.ZMQError as exc:
        print(exc.errno == errno.ENOTSOCK, exc)
    ctx.term()
"""

CLOSED_IN = """recv recv_timeout frame recv_multipart recv_into recv_string recv_many send
    send_frame send_multipart send_many poll poll_timeout poller zmq_poll proxy
    proxy_steerable""".split()


@pytest.mark.parametrize("threads", ["alone", "threads"])
@pytest.mark.parametrize("call", CLOSED_IN)
def test_a_handler_may_close_the_socket_of_the_call(output, call, threads):
    assert output(CLOSING, call, threads).startswith("True ")
