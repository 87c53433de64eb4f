# SPDX-License-Identifier: BSD-3-Clause
"""Signals: interrupted calls go on, a handler that raises and Ctrl-C end every blocking call."""

import signal

import limits
import pytest

PRELUDE = """
    import os, signal, sys, threading, zmq
    ctx = zmq.Context()
    a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
    full = ctx.socket(zmq.PUSH)
    rep, router, dealer = ctx.socket(zmq.REP), ctx.socket(zmq.ROUTER), ctx.socket(zmq.DEALER)
    mon, control = ctx.socket(zmq.PUB), ctx.socket(zmq.PAIR)
    everything = [a, b, full, rep, router, dealer, mon, control]
    for s in everything:
        s.linger = 0
    a.bind("inproc://a"), b.connect("inproc://a")
    router.bind("inproc://router"), dealer.bind("inproc://dealer"), control.bind("inproc://control")
    poller = zmq.Poller()
    poller.register(b, zmq.POLLIN)
    if sys.argv[2:] == ["threads"]:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    def tracked():
        return a.send(bytes(10), copy=False, track=True)
    def term():
        ctx.term()
    CALLS = dict(
        recv=lambda: b.recv(),
        frame=lambda: b.recv(copy=False),
        recv_multipart=lambda: b.recv_multipart(),
        recv_into=lambda: b.recv_into(bytearray(9)),
        recv_string=lambda: b.recv_string(),
        recv_json=lambda: b.recv_json(),
        send=lambda: full.send(b"x"),
        send_frame=lambda: full.send(bytes(100000), copy=False),
        send_multipart=lambda: full.send_multipart([b"x", b"y"]),
        poll=lambda: b.poll(),
        poller=lambda: poller.poll(),
        poller_timeout=lambda: poller.poll(100000),
        select=lambda: zmq.select([b], [], []),
        zmq_poll=lambda: zmq.zmq_poll([(b, zmq.POLLIN)], -1),
        proxy=lambda: zmq.proxy(router, dealer),
        proxy_steerable=lambda: zmq.proxy_steerable(router, dealer, None, control),
        monitored_queue=lambda: zmq.backend.monitored_queue(router, dealer, mon, b"in", b"out"),
        device=lambda: zmq.device(zmq.QUEUE, router, dealer),
        tracker=lambda: tracked().wait(),
        term=term,
    )
    call = CALLS[sys.argv[1]]
"""

CALLS = """recv frame recv_multipart recv_into recv_string recv_json send send_frame
    send_multipart poll poller poller_timeout select zmq_poll proxy proxy_steerable monitored_queue
    device tracker term""".split()

RAISES = """
    class Stop(Exception):
        pass
    def handler(*_):
        raise Stop
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    try:
        call()
    except Stop:
        print("stopped")
    for s in everything:
        s.close()
    ctx.term()
"""


def script(text):
    return PRELUDE + text


@pytest.mark.parametrize("threads", ["alone", "threads"])
@pytest.mark.parametrize("call", CALLS)
def test_a_handler_that_raises_ends_the_call(output, call, threads):
    assert output(script(RAISES), call, threads, deadline=10) == "stopped\n"


KEYBOARD = """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("ready")
    try:
        call()
    except KeyboardInterrupt:
        print("interrupted")
    for s in everything:
        s.close()
    ctx.term()
"""


@pytest.mark.parametrize(
    "call", ["recv", "send", "poll", "poller", "term", "proxy_steerable", "proxy"]
)
def test_ctrl_c_ends_the_call(start, call, wait_for):
    program = start(script(KEYBOARD), call)
    assert program.line() == "ready"
    wait_for(lambda: asleep(program.pid))
    program.process.send_signal(signal.SIGINT)
    assert program.done(10) == "interrupted\n"


def asleep(pid):
    """Whether the main thread of a process has arrived in a call that waits."""
    with open(f"/proc/{pid}/wchan") as f:
        where = f.read()
    return "poll" in where or (limits.CFFI and "futex" in where)


INTERRUPTED = """
    import time
    seen = []
    signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
    def help():
        while len(seen) < 5:
            time.sleep(0.001)
        a.send_json("x")
    helper = threading.Thread(target=help)
    helper.start()
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    call()
    helper.join()
    print(len(seen) >= 5)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for s in everything:
        s.close()
    ctx.term()
"""


@pytest.mark.parametrize(
    "call",
    ["recv", "frame", "recv_multipart", "recv_into", "recv_string", "recv_json", "poll", "poller"]
    + ["poller_timeout", "select", "zmq_poll"],
)
def test_an_interrupted_call_goes_on(output, call):
    assert output(script(INTERRUPTED), call) == "True\n"


ALONE = """
    seen = []
    def handler(*_):
        seen.append(1)
        if len(seen) == 5:
            signal.setitimer(signal.ITIMER_REAL, 0)
            a.send(b"x") if sys.argv[1] != "send" else b.connect("inproc://full")
    signal.signal(signal.SIGALRM, handler)
    if sys.argv[1] == "send":
        full.bind("inproc://full")
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    call()
    print(len(seen))
    for s in everything:
        s.close()
    ctx.term()
"""


@pytest.mark.parametrize("call", ["recv", "send", "poll", "poller", "recv_multipart"])
def test_a_handler_may_use_sockets(output, call):
    # the handler runs inside of the waiting call, and ends the wait itself
    assert output(script(ALONE), call) == "5\n"


TIMEOUT = """
    import time
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    start = time.monotonic()
    assert b.poll(100) == 0
    assert poller.poll(100) == []
    assert zmq.select([b], [], [], 0.1) == ([], [], [])
    b.rcvtimeo = 100
    try:
        b.recv()
    except zmq.Again:
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(time.monotonic() - start > 0.35)
    for s in everything:
        s.close()
    ctx.term()
"""


def test_timeouts_are_not_started_anew_by_signals(output):
    assert output(script(TIMEOUT), "recv") == "True\n"


NONBLOCKING = """
    import time
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    kinds = set()
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        try:
            b.recv(zmq.NOBLOCK)
        except zmq.ZMQError as exc:
            kinds.add(type(exc).__name__)
        b.poll(0), poller.poll(0)
        a.send(b"x")
        assert b.recv() == b"x"
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(kinds)
    for s in everything:
        s.close()
    ctx.term()
"""


def test_signals_during_short_calls(output):
    assert output(script(NONBLOCKING), "recv") == "{'Again'}\n"


CONNECT = """
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    for i in range(300):
        c = zmq.Context()
        with c.socket(zmq.PUSH) as s, c.socket(zmq.PULL) as p:
            s.bind("tcp://127.0.0.1:0")
            p.connect(s.last_endpoint)
        c.term()
    signal.setitimer(signal.ITIMER_REAL, 0)
    for s in everything:
        s.close()
    ctx.term()
    print("end")
"""


def test_signals_while_sockets_come_and_go(output):
    assert output(script(CONNECT), "recv") == "end\n"


LENDING = """
    content, calls, ready = bytes(70000), 0, True
    c, d = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
    c.bind("inproc://c"), d.connect("inproc://c")
    def handler(*_):
        global calls, ready
        if ready:  # not within itself
            calls, ready = calls + 1, False
            c.send(content, copy=False)
            d.recv(copy=False)
            ready = True
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    while calls < 1000:
        a.send(content, copy=False)
        b.recv(copy=False)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for s in [*everything, c, d]:
        s.close()
    ctx.term()
    print("end")
"""


def test_a_handler_may_lend_the_memory_that_is_being_lent(output):
    assert output(script(LENDING), "recv") == "end\n"
