# SPDX-License-Identifier: BSD-3-Clause
"""The end of the interpreter: whatever is open, nothing hangs and nothing is printed."""

import subprocess

import pytest

import zmq

OPEN = {
    "nothing": "",
    "instance": "ctx = zmq.Context.instance()",
    "context": "ctx = zmq.Context()",
    "socket": "s = zmq.Context().socket(zmq.PUSH)",
    "instance socket": "s = zmq.Context.instance().socket(zmq.PUSH)",
    "bound": "ctx = zmq.Context(); s = ctx.socket(zmq.PULL); s.bind('tcp://127.0.0.1:0')",
    "unsent": """
s = zmq.Context.instance().socket(zmq.PUSH)
s.connect('tcp://127.0.0.1:9')
s.send(b'x')
""",
    "unsent and closed": """
ctx = zmq.Context.instance()
with ctx.socket(zmq.PUSH) as s:
    s.connect('tcp://127.0.0.1:9')
    s.send(b'x')
""",
    "unsent and dropped": """
def work():
    ctx = zmq.Context()
    s = ctx.socket(zmq.PUSH)
    s.connect('tcp://127.0.0.1:9')
    s.send(b'x')
work()
""",
    "zero-copy": """
s = zmq.Context.instance().socket(zmq.PUSH)
s.connect('tcp://127.0.0.1:9')
tracker = s.send(bytearray(300_000), copy=False, track=True)
""",
    "unread": """
ctx = zmq.Context()
a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
a.bind('inproc://x'), b.connect('inproc://x')
a.send(b'x'), a.send(bytes(300_000), copy=False)
frame = b.recv(copy=False)
view = frame.buffer
""",
    "monitor": """
s = zmq.Context.instance().socket(zmq.PULL)
m = s.get_monitor_socket()
s.bind('tcp://127.0.0.1:0')
""",
    "poller": """
s = zmq.Context.instance().socket(zmq.PULL)
p = zmq.Poller()
p.register(s)
p.poll(0)
""",
    "cycle": """
class Holder: pass
h = Holder()
h.me = h
h.ctx = zmq.Context()
h.s = h.ctx.socket(zmq.PUSH)
h.s.connect('tcp://127.0.0.1:9')
h.s.send(b'x')
""",
    "waiting daemon thread": """
import threading
ctx = zmq.Context.instance()
started = threading.Event()
def work():
    s = ctx.socket(zmq.PULL)
    s.bind('inproc://x')
    started.set()
    s.recv()
threading.Thread(target=work, daemon=True).start()
started.wait()
""",
    "proxy in a daemon thread": """
import threading
ctx = zmq.Context.instance()
a, b = ctx.socket(zmq.ROUTER), ctx.socket(zmq.DEALER)
a.bind('tcp://127.0.0.1:0'), b.bind('tcp://127.0.0.1:0')
threading.Thread(target=zmq.proxy, args=(a, b), daemon=True).start()
""",
    "busy daemon thread": """
import threading
ctx = zmq.Context.instance()
started = threading.Event()
def work(started=started):  # globals may be gone before the thread is
    a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
    a.bind('inproc://x'), b.connect('inproc://x')
    while True:
        a.send(bytes(100_000), copy=False)
        b.recv()
        started.set()
threading.Thread(target=work, daemon=True).start()
started.wait()
""",
    "closed by atexit": """
import atexit
ctx = zmq.Context()
s = ctx.socket(zmq.PUSH)
s.connect('tcp://127.0.0.1:9')
s.send(b'x')
atexit.register(ctx.destroy, 0)
""",
    "closed by a finalizer": """
class Client:
    def __init__(self):
        self.ctx = zmq.Context()
        self.s = self.ctx.socket(zmq.REQ)
    def __del__(self):
        self.s.close(linger=0)
        self.ctx.term()
client = Client()
""",
    "kept by a module": """
import sys
sys.kept = zmq.Context()
sys.kept_too = sys.kept.socket(zmq.PUSH)
""",
    "many": """
kept = [zmq.Context() for _ in range(20)]
kept += [c.socket(zmq.PUSH) for c in kept]
""",
    "shadow": "a = zmq.Context(); b = zmq.Context(a); s = b.socket(zmq.PUSH); t = zmq.Socket(s)",
}

ENDINGS = {
    "end": "",
    "sys.exit": "\nimport sys; sys.exit(0)",
    "deleted": "\nfor n in list(globals()):\n    if not n.startswith('_'): del globals()[n]",
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("state", OPEN)
def test_nothing_hangs_and_nothing_is_printed(run, state, ending):
    end = run("import zmq\n" + OPEN[state] + ENDINGS[ending], options=(), deadline=8)
    assert (end.returncode, end.stdout, end.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "state", ["socket", "unsent", "unread", "zero-copy", "waiting daemon thread"]
)
def test_an_exception_prints_only_itself(run, state):
    end = run("import zmq\n" + OPEN[state] + "\n1 / 0", options=(), deadline=8)
    assert end.returncode == 1
    assert end.stdout == ""
    assert end.stderr.count("Traceback") == 1
    assert end.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("state", ["bound", "unsent", "zero-copy", "busy daemon thread"])
def test_development_mode(run, state):
    # debug hooks of the allocator, faulthandler, and every warning shown
    end = run("import zmq\n" + OPEN[state], options=("-X", "dev", "-W", "ignore"), deadline=8)
    assert (end.returncode, end.stdout, end.stderr) == (0, "", "")


def test_ctrl_c_at_the_end(start, wait_for):
    program = start(
        """
        import zmq
        s = zmq.Context.instance().socket(zmq.PULL)
        s.bind("tcp://127.0.0.1:0")
        print("ready")
        s.recv()
        """,
        options=(),
    )
    assert program.line() == "ready"

    def interrupt():
        # again: one that comes just before the call begins to wait is seen after it
        program.process.send_signal(2)
        try:
            return program.process.wait(1) in (-2, 130, 1)
        except subprocess.TimeoutExpired:
            return False

    wait_for(interrupt, 8)
    end = program.wait()
    assert "KeyboardInterrupt" in end.stderr


def test_messages_of_a_closed_socket_leave_before_the_end(start, socket):
    pull = socket(zmq.PULL)
    pull.bind("tcp://127.0.0.1:0")
    program = start(
        """
        import sys, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as s:
            s.connect(sys.argv[1])
            s.send_multipart([b"last", b"words"])
        """,
        pull.last_endpoint.decode(),
    )
    assert pull.recv_multipart() == [b"last", b"words"]
    program.done()
