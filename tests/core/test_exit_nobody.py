# SPDX-License-Identifier: BSD-3-Clause
"""Scripts that just end with messages for nobody: they give up after the grace, or LINGER."""

import signal
import socket as plain_socket
import subprocess
import time

import pytest

import zmq

COUNT = 1000

#: How scripts leave the socket from which they sent COUNT messages to `there`.
SCRIPTS = {
    "globals": """
ctx = zmq.Context()
s = ctx.socket(zmq.PUSH)
s.connect(there)
fill(s)
""",
    "closed": """
ctx = zmq.Context()
s = ctx.socket(zmq.PUSH)
s.connect(there)
fill(s)
s.close()
""",
    "closed, instance": """
s = zmq.Context.instance().socket(zmq.PUSH)
s.connect(there)
fill(s)
s.close()
""",
    "locals": """
def work():
    ctx = zmq.Context()
    s = ctx.socket(zmq.PUSH)
    s.connect(there)
    fill(s)
work()
""",
    "locals, closed": """
def work():
    ctx = zmq.Context()
    with ctx.socket(zmq.PUSH) as s:
        s.connect(there)
        fill(s)
work()
""",
    "deleted": """
s = zmq.Context.instance().socket(zmq.PUSH)
s.connect(there)
fill(s)
del s
""",
    "thread": """
import threading
def work():
    s = zmq.Context.instance().socket(zmq.PUSH)
    s.connect(there)
    fill(s)
threading.Thread(target=work).start()
""",
    "term not reached": """
ctx = zmq.Context()
s = ctx.socket(zmq.PUSH)
s.connect(there)
fill(s)
sys.exit(0)
s.close()
ctx.term()
""",
}

PREAMBLE = """
import sys
import zmq
import zmq.sugar.ending
there, COUNT = sys.argv[1], int(sys.argv[2])
def fill(s):
    s.sndhwm = 0
    for n in range(COUNT):
        s.send(b"%d" % n)
"""


@pytest.fixture
def script(start):
    """`script(code, address)`: start a program that sends, and ends."""

    def script(code, address, grace=None, options=("-W", "ignore")):
        setting = "" if grace is None else f"zmq.sugar.ending.grace = {grace}\n"
        return start(PREAMBLE + setting + code, address, COUNT, options=options)

    return script


@pytest.fixture
def nobody():
    """An endpoint that refuses connections."""
    with plain_socket.socket() as s:
        s.bind(("127.0.0.1", 0))  # and nobody listens
        yield f"tcp://127.0.0.1:{s.getsockname()[1]}"


def stays(program, seconds):
    """Whether a program is still running after some time."""
    try:
        program.process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def received(pull):
    """COUNT messages, in order."""
    return [pull.recv() for _ in range(COUNT)] == [b"%d" % n for n in range(COUNT)]


# -- nobody --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", SCRIPTS)
def test_nobody_is_not_waited_for_for_ever(script, nobody, state):
    assert script(SCRIPTS[state], nobody, grace=100).done(deadline=8) == ""


@pytest.mark.parametrize("state", ["globals", "closed", "locals"])
def test_two_seconds_by_default(script, nobody, state):
    start = time.monotonic()
    script(SCRIPTS[state], nobody).done(deadline=8)
    assert time.monotonic() - start > 1.9


@pytest.mark.parametrize("state", ["globals", "closed"])
def test_the_grace_can_be_chosen(script, socket, endpoint, state):
    address = endpoint("ipc")
    program = script(SCRIPTS[state], address, grace=60_000)
    assert stays(program, 2.5)  # the default is over
    pull = socket(zmq.PULL, rcvhwm=0)
    pull.bind(address)
    assert received(pull)
    program.done(deadline=8)


def test_many_contexts_share_the_time(script, nobody):
    code = """
kept = [zmq.Context() for _ in range(30)]
for ctx in kept:
    with ctx.socket(zmq.PUSH) as s:
        s.connect(there)
        s.send(b"x")
"""
    program = script(code, nobody, grace=1000)
    assert program.done(deadline=15) == ""


@pytest.mark.parametrize("kind", ["PUSH", "DEALER", "SUB", "REQ", "PUB", "XSUB", "PAIR"])
def test_nothing_sent_nothing_waited_for(script, nobody, kind):
    code = f"s = zmq.Context.instance().socket(zmq.{kind}); s.connect(there)"
    if "SUB" in kind:
        code += "; s.subscribe(b'')" if kind == "SUB" else "; s.send(b'\\1')"
    assert script(code, nobody, grace=60_000).done(deadline=8) == ""


@pytest.mark.parametrize("state", ["s.close()", "", "del s"])
def test_a_context_that_does_not_linger(script, nobody, state):
    code = """
ctx = zmq.Context.instance()
ctx.set(zmq.BLOCKY, 0)
s = ctx.socket(zmq.PUSH)
s.connect(there)
fill(s)
"""
    assert script(code + state, nobody, grace=60_000).done(deadline=8) == ""


@pytest.mark.parametrize("ivl", [200, 30_000])
@pytest.mark.parametrize("state", ["globals", "closed"])
def test_a_server_that_never_says_a_word(script, state, ivl):
    with plain_socket.create_server(("127.0.0.1", 0)) as server:
        code = """
zmq.sugar.ending.silence = 800
"""
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        sender = SCRIPTS[state].replace("s.connect", f"s.handshake_ivl = {ivl}; s.connect")
        program = script(code + sender, address, grace=300)
        program.done(deadline=8)


def test_its_silence_is_suffered_for_a_while(script):
    with plain_socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        program = script(SCRIPTS["globals"], address, grace=50)
        assert stays(program, 1)
        program.done(deadline=12)


@pytest.mark.parametrize("state", ["globals", "closed"])
def test_ctrl_c_ends_the_waiting(script, nobody, state):
    program = script(SCRIPTS[state] + "print('ready')", nobody, grace=60_000)
    assert program.line() == "ready"
    assert stays(program, 0.5)
    program.process.send_signal(signal.SIGINT)
    assert program.wait().returncode in (0, 1, 130, -2)


# -- a LINGER that was set -----------------------------------------------------------------------

CHOSEN = {
    "attribute": "s.linger = {}",
    "option": "s.setsockopt(zmq.LINGER, {})",
    "set": "s.set(zmq.LINGER, {})",
    "context": "",  # set before the socket is made
    "close": "s.close(linger={})",
}


@pytest.mark.parametrize("way", CHOSEN)
@pytest.mark.parametrize("linger", [0, 100])
def test_a_short_linger_is_kept(script, nobody, way, linger):
    before = f"zmq.Context.instance().linger = {linger}\n" if way == "context" else ""
    code = "s = zmq.Context.instance().socket(zmq.PUSH); s.connect(there); fill(s)\n"
    code = before + code + CHOSEN[way].format(linger)
    script(code, nobody, grace=60_000).done(deadline=8)


@pytest.mark.parametrize("way", CHOSEN)
@pytest.mark.parametrize("linger", [-1, 60_000])
def test_a_long_linger_is_kept(script, socket, endpoint, way, linger):
    address = endpoint("ipc")
    before = f"zmq.Context.instance().linger = {linger}\n" if way == "context" else ""
    code = "s = zmq.Context.instance().socket(zmq.PUSH); s.connect(there); fill(s)\n"
    program = script(before + code + CHOSEN[way].format(linger), address, grace=50)
    assert stays(program, 0.7)
    pull = socket(zmq.PULL, rcvhwm=0)
    pull.bind(address)
    assert received(pull)
    program.done(deadline=8)


def test_term_waits_as_long_as_it_takes(script, socket, endpoint):
    address = endpoint("ipc")
    program = script(SCRIPTS["closed"] + "ctx.term()", address, grace=50)
    assert stays(program, 0.7)
    pull = socket(zmq.PULL, rcvhwm=0)
    pull.bind(address)
    assert received(pull)
    program.done(deadline=8)


# -- what is said --------------------------------------------------------------------------------


def warnings_of(program):
    """The warnings about lost messages on stderr of a program that ended well."""
    end = program.wait()
    assert end.returncode == 0, end.stderr
    assert "Traceback" not in end.stderr
    return [line for line in end.stderr.splitlines() if "messages were dropped" in line]


@pytest.mark.parametrize("state", SCRIPTS)
def test_one_warning_names_the_socket(script, nobody, state):
    program = script(SCRIPTS[state], nobody, grace=100, options=("-W", "default"))
    (said,) = warnings_of(program)
    assert "ResourceWarning" in said
    assert "PUSH" in said
    assert nobody in said


def test_one_warning_for_several_sockets(script, nobody):
    code = """
kept = [zmq.Context.instance().socket(kind) for kind in (zmq.PUSH, zmq.DEALER, zmq.REQ)]
for s in kept:
    s.connect(there)
    s.send(b"x")
"""
    (said,) = warnings_of(script(code, nobody, grace=100, options=("-W", "default")))
    assert all(kind in said for kind in ("PUSH", "DEALER", "REQ"))


@pytest.mark.parametrize("state", SCRIPTS)
def test_warnings_as_errors_break_nothing(script, nobody, state):
    end = script(SCRIPTS[state], nobody, grace=100, options=("-W", "error")).wait()
    assert end.returncode == 0
    assert "dropped" in end.stderr


@pytest.mark.parametrize("end", ["", "s.close()\n", "del s\n"])
def test_no_warning_when_everything_was_delivered(script, socket, bind, end):
    pull = socket(zmq.PULL, rcvhwm=0)
    code = "s = zmq.Context.instance().socket(zmq.PUSH); s.connect(there); fill(s)\n"
    program = script(code + end, bind(pull, "tcp"), options=("-W", "default"))
    assert received(pull)
    assert warnings_of(program) == []


def test_no_warning_for_a_socket_that_sent_nothing(script, nobody, socket, bind):
    pull = socket(zmq.PULL, rcvhwm=1, rcvbuf=4096)
    code = f"""
idle = zmq.Context.instance().socket(zmq.PUSH)
idle.connect({nobody!r})
s = zmq.Context.instance().socket(zmq.PUSH)
s.sndhwm = 0
s.connect(there)
for n in range(COUNT):
    s.send((b"%d" % n).ljust(20_000))
"""
    program = script(code, bind(pull, "tcp"), grace=200, options=("-W", "default"))
    stays(program, 1)
    assert [int(pull.recv()) for _ in range(COUNT)] == list(range(COUNT))
    assert warnings_of(program) == []


def test_no_warning_for_what_a_linger_dropped(script, nobody):
    code = SCRIPTS["globals"] + "s.linger = 0\n"
    assert warnings_of(script(code, nobody, options=("-W", "default"))) == []


def test_python_shows_none_by_default(script, nobody):
    program = script(SCRIPTS["globals"], nobody, grace=100, options=())
    assert (program.wait().returncode, program.wait().stderr) == (0, "")


# -- the garbage collector, in the middle of a program -------------------------------------------


def test_collecting_waits_for_a_peer(script, socket, bind):
    pull = socket(zmq.PULL, rcvhwm=0)
    program = script(SCRIPTS["locals"] + "print('goes on')", bind(pull, "tcp"))
    assert received(pull)
    assert program.done(deadline=8) == "goes on\n"


def test_collecting_gives_up_without_one(script, nobody):
    program = script(SCRIPTS["locals"] + "print('goes on')", nobody, grace=100)
    assert program.line() == "goes on"
    program.done(deadline=8)


def test_a_dropped_socket_does_not_hold_an_explicit_term(script, nobody):
    code = """
ctx = zmq.Context()
s = ctx.socket(zmq.PUSH)
s.connect(there)
fill(s)
del s
ctx.term()
"""
    assert script(code, nobody, grace=100).done(deadline=8) == ""
