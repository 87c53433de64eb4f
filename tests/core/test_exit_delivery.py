# SPDX-License-Identifier: BSD-3-Clause
"""What an ordinary script sent before it just ended arrives where somebody is."""

import os
import signal
import subprocess

import pytest

import zmq

COUNT = 10_000

#: How scripts leave their sockets: each sends COUNT messages to sys.argv[1] with `fill(socket)`.
SCRIPTS = {
    "globals": "ctx = zmq.Context(); s = ctx.socket(zmq.PUSH); s.connect(there); fill(s)",
    "instance": "s = zmq.Context.instance().socket(zmq.PUSH); s.connect(there); fill(s)",
    "temporary context": "s = zmq.Context().socket(zmq.PUSH); s.connect(there); fill(s)",
    "locals": """
def work():
    ctx = zmq.Context()
    s = ctx.socket(zmq.PUSH)
    s.connect(there)
    fill(s)
work()
""",
    "local socket": """
ctx = zmq.Context()
def work():
    s = ctx.socket(zmq.PUSH)
    s.connect(there)
    fill(s)
work()
""",
    "closed": "ctx = zmq.Context(); s = ctx.socket(zmq.PUSH); s.connect(there); fill(s); s.close()",
    "closed by with": """
with zmq.Context.instance().socket(zmq.PUSH) as s:
    s.connect(there)
    fill(s)
""",
    "closed, instance": """
s = zmq.Context.instance().socket(zmq.PUSH)
s.connect(there)
fill(s)
s.close()
del s
""",
    "deleted": """
s = zmq.Context.instance().socket(zmq.PUSH)
s.connect(there)
fill(s)
del s
""",
    "cycle": """
class Client: pass
c = Client()
c.me, c.ctx = c, zmq.Context()
c.s = c.ctx.socket(zmq.PUSH)
c.s.connect(there)
fill(c.s)
""",
    "deleted cycle": """
class Client: pass
c = Client()
c.me, c.ctx = c, zmq.Context()
c.s = c.ctx.socket(zmq.PUSH)
c.s.connect(there)
fill(c.s)
del c
""",
    "collected cycle": """
import gc
class Client: pass
c = Client()
c.me, c.ctx = c, zmq.Context()
c.s = c.ctx.socket(zmq.PUSH)
c.s.connect(there)
fill(c.s)
del c
gc.collect()
""",
    "many sockets": """
kept = [zmq.Context.instance().socket(zmq.PUSH) for _ in range(10)]
for s in kept:
    s.connect(there)
for i, s in enumerate(kept):
    s.send_many([(b"%d" % n).ljust(SIZE) for n in range(i * COUNT // 10, (i + 1) * COUNT // 10)])
""",
    "at exit": """
import atexit
s = zmq.Context.instance().socket(zmq.PUSH)
s.connect(there)
atexit.register(fill, s)
""",
    "sys.exit": "s = zmq.Context().socket(zmq.PUSH); s.connect(there); fill(s); sys.exit(0)",
    "thread": """
import threading
def work():
    s = zmq.Context.instance().socket(zmq.PUSH)
    s.connect(there)
    fill(s)
threading.Thread(target=work).start()
""",
    "kept by a thread that has ended": """
import threading
kept = []
def work():
    kept.append(zmq.Context.instance().socket(zmq.PUSH))
    kept[0].connect(there)
    fill(kept[0])
t = threading.Thread(target=work)
t.start()
t.join()
""",
    "thread-safe": """
s = zmq.Context.instance().socket(zmq.PUSH, threadsafe=True)
s.connect(there)
fill(s)
""",
    "zero-copy": """
s = zmq.Context.instance().socket(zmq.PUSH)
s.sndhwm = 0
s.connect(there)
for n in range(COUNT):
    s.send(bytearray((b"%d" % n).ljust(SIZE)), copy=False, track=True)
""",
}

PREAMBLE = """
import sys
import zmq
import zmq.sugar.ending
there, COUNT, SIZE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def fill(s):
    s.sndhwm = 0
    for n in range(COUNT):
        s.send((b"%d" % n).ljust(SIZE))
"""

GRACE = "zmq.sugar.ending.grace = {}\n"


@pytest.fixture
def script(start):
    """`script(code, address)`: start a program that sends, and ends."""

    def script(code, address, grace=None, size=10, options=("-W", "ignore")):
        setting = "" if grace is None else GRACE.format(grace)
        return start(PREAMBLE + setting + code, address, COUNT, size, options=options)

    return script


def stays(program, seconds):
    """Whether a program is still running after some time."""
    try:
        program.process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def received(pull, size):
    """COUNT messages, in order."""
    return [pull.recv() for _ in range(COUNT)] == [(b"%d" % n).ljust(size) for n in range(COUNT)]


def received_all(pull, size):
    got = {pull.recv() for _ in range(COUNT)}
    return got == {(b"%d" % n).ljust(size) for n in range(COUNT)}


@pytest.fixture
def slow(socket):
    """`slow(kind)`: a socket that hardly takes anything before it is asked to."""
    return lambda kind: socket(kind, rcvhwm=1, rcvbuf=4096)


# -- a live peer ---------------------------------------------------------------------------------
# Over ipc the receivers here have no high-water mark: libzmq's receiver drops what it has not read
# from the system yet when the sender goes away while its queue is full (also after term()).


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("state", SCRIPTS)
def test_a_live_peer_gets_everything(script, socket, bind, state, transport):
    pull = socket(zmq.PULL, rcvhwm=0)
    program = script(SCRIPTS[state], bind(pull, transport))
    assert (received_all if state == "many sockets" else received)(pull, 10)
    program.done()


@pytest.mark.parametrize("state", SCRIPTS)
def test_a_slow_peer_is_waited_for(script, slow, bind, state):
    pull = slow(zmq.PULL)
    program = script(SCRIPTS[state], bind(pull, "tcp"), size=2000, grace=300)
    assert stays(program, 1)  # more than thrice the grace
    assert (received_all if state == "many sockets" else received)(pull, 2000)
    program.done()


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_stopped_peer_is_waited_for(script, start, endpoint, transport):
    peer = start(
        """
        import sys, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PULL) as s:
            s.rcvhwm = 0
            s.rcvbuf = 4096
            s.rcvtimeo = 20_000
            print(s.bind(sys.argv[1]).endpoint)
            count = int(sys.argv[2])
            got = [int(s.recv()) for _ in range(count)]
            print(got == list(range(count)))
        """,
        endpoint(transport),
        COUNT,
    )
    address = peer.line()
    os.kill(peer.pid, signal.SIGSTOP)
    program = script(SCRIPTS["globals"], address, size=2000, grace=300)
    assert stays(program, 1)
    os.kill(peer.pid, signal.SIGCONT)
    assert peer.done() == "True\n"
    program.done()


BOUND = """
s = zmq.Context.instance().socket(zmq.PUSH)
print(s.bind(there).endpoint)
s.poll(10_000, zmq.POLLOUT)
fill(s)
print("filled")
"""


@pytest.mark.parametrize("end", ["", "s.close()", "del s"])
def test_a_slow_peer_of_a_bound_socket_is_waited_for(script, slow, endpoint, end):
    pull = slow(zmq.PULL)
    program = script(BOUND + end, endpoint("tcp"), size=2000, grace=200)
    pull.connect(program.line())
    assert program.line() == "filled"
    stays(program, 1)
    assert received(pull, 2000)
    program.done()


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("end", ["", "s.close()", "del s"])
def test_a_peer_of_a_bound_socket_gets_everything(script, socket, endpoint, end, transport):
    pull = socket(zmq.PULL, rcvhwm=0)
    program = script(BOUND + end, endpoint(transport))
    pull.connect(program.line())
    assert received(pull, 10)
    program.done()


FILLING = "s = {}.socket(zmq.PUSH); s.connect(there); fill(s); print('filled')\n"
FILLED = {
    "open": FILLING.format("zmq.Context.instance()"),
    "closed": FILLING.format("zmq.Context.instance()") + "s.close()",
    "locals": "def main():\n    ctx = zmq.Context()\n    " + FILLING.format("ctx") + "main()\n",
    "dropped": FILLING.format("zmq.Context()") + "del s\n",
}


@pytest.mark.parametrize("state", FILLED)
def test_a_peer_that_comes_in_time_and_is_slow(script, slow, socket, bind, state):
    pull = slow(zmq.PULL)
    address = bind(pull, "tcp")
    pull.unbind(address)
    program = script(FILLED[state], address, size=2000, grace=1500)
    assert program.line() == "filled"
    pull.bind(address)
    stays(program, 2.5)
    assert received(pull, 2000)
    program.done()


def test_a_router_delivers_its_last_replies(script, slow, endpoint):
    dealer = slow(zmq.DEALER)
    dealer.routing_id = b"d"
    code = """
s = zmq.Context.instance().socket(zmq.ROUTER)
s.sndhwm = 0
print(s.bind(there).endpoint)
s.recv_multipart()
for n in range(COUNT):
    s.send_multipart([b"d", (b"%d" % n).ljust(SIZE)])
print("filled")
"""
    program = script(code, endpoint("tcp"), size=2000, grace=200)
    dealer.connect(program.line())
    dealer.send(b"hello")
    assert program.line() == "filled"
    stays(program, 1)
    assert received(dealer, 2000)
    program.done()


def test_a_peer_that_goes_away_is_not_waited_for(script, socket, endpoint):
    address = endpoint("ipc")
    pull = socket(zmq.PULL, rcvhwm=1, rcvbuf=4096)
    pull.bind(address)
    program = script(SCRIPTS["globals"], address, size=2000, grace=200)
    assert pull.recv()
    pull.close()
    program.done()
