# SPDX-License-Identifier: BSD-3-Clause
"""Threadsafe sockets and signals: handlers that raise, close, or use the socket they interrupt."""

import signal
from pathlib import Path

import pytest

# -- signals -------------------------------------------------------------------------------------

SIGNALLED = """
    import errno, signal, sys, threading, zmq
    ctx = zmq.Context()
    a, b = ctx.socket(zmq.DEALER, threadsafe=True), ctx.socket(zmq.DEALER, threadsafe=True)
    lonely = ctx.socket(zmq.DEALER, threadsafe=True)
    a.bind("inproc://a"), b.connect("inproc://a")
    a.linger = b.linger = lonely.linger = 0
    CALLS = dict(
        recv=lambda: b.recv(), recv_multipart=lambda: b.recv_multipart(), poll=lambda: b.poll(),
        recv_into=lambda: b.recv_into(bytearray(9)), recv_many=lambda: b.recv_many(5),
        recv_timeout=lambda: b.recv(timeout=60000), select=lambda: zmq.select([b], [], []),
        send=lambda: lonely.send(b"x"), send_multipart=lambda: lonely.send_multipart([b"x", b"y"]),
    )
    call, what, beside = CALLS[sys.argv[1]], sys.argv[2], sys.argv[3] == "beside"
    watched = lonely if "send" in sys.argv[1] else b
    others = []
    if beside:   # another thread waits already, and watches the descriptor
        def wait():
            try:
                others.append(watched.recv())
            except zmq.ZMQError as exc:
                others.append(type(exc).__name__)
        thread = threading.Thread(target=wait)
        thread.start()
        while not watched._room.waiters:
            pass
    class Stop(Exception):
        pass
    seen = []
    def handler(*_):
        seen.append(1)
        if what == "raise":
            raise Stop
        if what == "close":
            watched.close()
        if what == "receive":
            a.send(b"inner")
            seen.append(b.recv())
            a.send(b"outer")
        if what == "resume":
            if len(seen) == 5:
                signal.setitimer(signal.ITIMER_REAL, 0)
                if watched is b:
                    a.send(b"x")
                else:
                    lonely.connect("inproc://a")
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.01 if what == "resume" else 0)
    try:
        result = call()
        print("done", len(seen), seen[1:] if what == "receive" else "")
    except Stop:
        print("stopped")
    except zmq.ZMQError as exc:
        print(type(exc).__name__, exc.errno == errno.ENOTSOCK)
    if beside:
        watched.close()
        thread.join()
        assert others == ["SocketClosed"], others
    for s in (a, b, lonely):
        assert s._room.waiters == []
        s.close()
    ctx.term()
"""

SIGNALLED_CALLS = """recv recv_multipart poll recv_into recv_many recv_timeout select
    send send_multipart""".split()


@pytest.mark.parametrize("beside", ["alone", "beside"])
@pytest.mark.parametrize("call", SIGNALLED_CALLS)
@pytest.mark.parametrize("what", ["raise", "close"])
def test_a_handler_ends_the_wait(output, call, what, beside):
    expected = {"raise": "stopped\n", "close": "SocketClosed True\n"}[what]
    assert output(SIGNALLED, call, what, beside) == expected


@pytest.mark.parametrize("call", SIGNALLED_CALLS)
def test_a_wait_goes_on_after_a_handler(output, call):
    assert output(SIGNALLED, call, "resume", "alone") == "done 5 \n"


@pytest.mark.parametrize("call", ["recv", "recv_multipart", "poll", "select"])
def test_a_handler_may_use_the_socket_of_the_call(output, call):
    assert output(SIGNALLED, call, "receive", "alone") == "done 2 [b'inner']\n"


def test_ctrl_c(start, wait_for):
    program = start(
        """
        import signal, zmq
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with zmq.Context() as ctx, ctx.socket(zmq.PULL, threadsafe=True) as s:
            print("ready")
            try:
                s.recv()
            except KeyboardInterrupt:
                print("interrupted", s._room.waiters)
        """
    )
    assert program.line() == "ready"
    wait_for(lambda: "poll" in Path(f"/proc/{program.pid}/wchan").read_text())
    program.process.send_signal(signal.SIGINT)
    assert program.done() == "interrupted []\n"


EVERY_MOMENT = """
    import sys, threading, zmq
    import zmq.sugar.waitingroom as room

    moments = 0     # of `wait`, until it sleeps
    chosen = None   # the one at which something happens that a signal handler could do

    watching = None # the thread whose moments these are
    WAIT, SLEEP = room.WaitingRoom.wait.__code__, room.Waiter.sleep.__code__

    def count(*place):
        global moments
        if threading.get_ident() == watching:
            if moments == chosen:
                stop()
                if sys.argv[2] == "raise":
                    raise KeyError("from the handler")
                s.close()
            moments += 1

    def stop(*place):
        global watching
        if threading.get_ident() == watching:
            watching = None
            sys.settrace(None)

    def trace(frame, event, arg):
        if event == "call" and frame.f_code is SLEEP:
            return stop()
        if frame.f_code is WAIT:
            frame.f_trace_opcodes = True
            if event == "opcode":
                count()
            return trace

    if sys.version_info >= (3, 12):     # where traces miss opcodes
        tool, monitoring, events = 2, sys.monitoring, sys.monitoring.events
        monitoring.use_tool_id(tool, "every moment")
        monitoring.register_callback(tool, events.INSTRUCTION, count)
        monitoring.register_callback(tool, events.PY_START, stop)
        monitoring.set_local_events(tool, WAIT, events.INSTRUCTION)
        monitoring.set_local_events(tool, SLEEP, events.PY_START)
        trace = None

    def wait():
        try:
            s.recv()
        except zmq.SocketClosed:
            pass

    def run(**options):
        global s, moments, watching
        s = ctx.socket(zmq.PULL, threadsafe=True)
        other = threading.Thread(target=wait)
        if sys.argv[1] == "beside":     # it watches the descriptor
            other.start()
            while not s._room.waiters:
                pass
        moments, watching = 0, threading.get_ident()
        sys.settrace(trace)
        try:
            s.recv(**options)
        except (zmq.ZMQError, KeyError) as exc:
            outcome = type(exc).__name__
        stop()
        assert s.closed or len(s._room.waiters) == (other.ident is not None)
        assert s.closed or s.try_recv() is None     # it can be used
        s.close()
        if other.ident:
            other.join()
        return outcome

    ctx = zmq.Context()
    outcomes = {run(timeout=1)}
    for chosen in range(moments):
        outcomes.add(run())
    print(chosen > 20, *sorted(outcomes))
    ctx.term()
"""


@pytest.mark.parametrize("beside", ["alone", "beside"])
@pytest.mark.parametrize("what, outcome", [("close", "SocketClosed"), ("raise", "KeyError")])
def test_a_handler_may_end_it_at_any_moment_before_the_wait(output, beside, what, outcome):
    outcomes = sorted({"TimeoutExpired", outcome})
    assert output(EVERY_MOMENT, beside, what).split() == ["True", *outcomes]
