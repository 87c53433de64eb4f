# SPDX-License-Identifier: BSD-3-Clause
"""What takes a process of its own: monkey-patching, threads with hubs, forks, the end."""

import pytest

#: Talks, with large messages that are not copied, and with what waits inside zmq-core.
TALK = """
import gevent

def talk():
    with zmq.Context() as context:
        a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        with a, b:
            a.linger = 0
            a.connect(b.bind("tcp://127.0.0.1:0").endpoint)
            waiting = gevent.spawn(b.recv)
            gevent.sleep(0.01)
            tracker = a.send(bytes(1 << 20), copy=False, track=True)
            assert len(waiting.get(timeout=10)) == 1 << 20
            tracker.wait(10)
            for _ in range(200):
                a.send(bytearray(100_000), copy=False)
                assert len(b.recv(copy=False)) == 100_000
            with gevent.Timeout(0.01, False):
                b.recv()
            assert b.poll(10) == 0
"""


@pytest.mark.parametrize("patch", ["first", "last", "never"])
def test_monkey_patching(output, patch):
    patching = "from gevent import monkey\nmonkey.patch_all()\n"
    code = [patching if patch == "first" else "", "import zmq.green as zmq\n", TALK]
    code += [patching if patch == "last" else "", "talk()\nprint('done')\n"]
    assert output("".join(code), options=()) == "done\n"


def test_presence_under_monkey_patching(output):
    """What zmq-core runs in a thread must then not be a greenlet that blocks all others."""
    assert (
        output(
            """
from gevent import monkey
monkey.patch_all()
import gevent
import zmq.green as zmq
with zmq.Context() as context:
    with context.socket(zmq.PUSH, observe=True) as a, context.socket(zmq.PULL) as b:
        a.linger = 0
        monitor = a.get_monitor_socket(zmq.EVENT_ACCEPTED)
        reading = gevent.spawn(monitor.recv_multipart)
        waiting = gevent.spawn(a.wait_connected)
        b.connect(a.bind("tcp://127.0.0.1:0").endpoint)
        assert waiting.get(timeout=10) == 1
        assert len(reading.get(timeout=10)) == 2
        a.disable_monitor()
        monitor.close()
    print("done")
""",
            options=(),
        )
        == "done\n"
    )


def test_threads_with_hubs(output):
    """A hub in each thread, a context for all; each thread has sockets of its own."""
    assert (
        output(
            TALK
            + """
import threading
import zmq.green as zmq

context = zmq.Context()
server = context.socket(zmq.ROUTER)
server.linger = 0
server.bind("inproc://server")
counts = []

def ask():
    talk()
    def one(n):
        with context.socket(zmq.REQ) as s:
            s.linger = 0
            s.connect("inproc://server")
            for k in range(20):
                s.send(b"%d" % k)
                assert s.recv() == b"%d" % k
    greenlets = [gevent.spawn(one, n) for n in range(10)]
    gevent.joinall(greenlets, timeout=30, raise_error=True)
    counts.append(sum(g.successful() for g in greenlets))

def serve():
    while True:
        server.send_multipart(server.recv_multipart())

serving = gevent.spawn(serve)
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):
    gevent.sleep(0.01)
serving.kill()
context.destroy(linger=0)
print(counts)
"""
        )
        == "[10, 10, 10, 10]\n"
    )


def test_socket_that_moves_to_another_thread(output):
    assert (
        output("""
        import threading
        import gevent
        import zmq.green as zmq

        context = zmq.Context()
        a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        b.bind("inproc://x")
        a.connect("inproc://x")
        found = []

        def receive():
            waiting = gevent.spawn(b.recv)
            gevent.sleep(0.01)
            a.send(b"1")
            found.append(waiting.get(timeout=10))

        receive()
        for _ in range(3):
            thread = threading.Thread(target=receive)
            thread.start()
            thread.join(10)
        receive()
        context.destroy(linger=0)
        print(found)
    """)
        == "[b'1', b'1', b'1', b'1', b'1']\n"
    )


def test_two_threads_wait_for_one_socket(output):
    """The second one is told that this cannot be; the first one goes on."""
    assert (
        output("""
        import threading
        import gevent
        import zmq.green as zmq

        context = zmq.Context()
        a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        b.bind("inproc://x")
        a.connect("inproc://x")
        waiting = gevent.spawn(b.recv)
        gevent.sleep(0.01)

        def receive():
            try:
                b.recv()
            except zmq.ZMQThreadError as exc:
                print("threadsafe=True" in str(exc))

        thread = threading.Thread(target=receive)
        thread.start()
        thread.join(10)
        a.send(b"1")
        print(waiting.get(timeout=10))
        context.destroy(linger=0)
    """)
        == "True\nb'1'\n"
    )


@pytest.mark.parametrize("end", ["close", "destroy", "term"])
def test_closed_by_another_thread(output, end):
    """Greenlets of several threads wait; the sockets are closed under them."""
    assert (
        output(
            """
        import sys
        import threading
        import gevent
        import zmq.green as zmq

        context = zmq.Context()
        sockets, names, ready = [], [], threading.Semaphore(0)

        def work():
            s = context.socket(zmq.PULL)
            sockets.append(s)
            def wait():
                try:
                    s.recv()
                except zmq.ZMQError as exc:
                    names.append(type(exc).__name__)
                    s.close()
            greenlets = [gevent.spawn(wait) for _ in range(3)]
            gevent.sleep(0.01)
            ready.release()
            gevent.joinall(greenlets, timeout=20)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            ready.acquire()
        if sys.argv[1] == "close":
            for s in sockets:
                s.close()
        elif sys.argv[1] == "destroy":
            context.destroy(linger=0)
        context.term()
        for thread in threads:
            thread.join(20)
        print(len(names), *sorted({*names} - {"ZMQError"}))
    """,
            end,
        )
        == f"9 {'SocketClosed' if end == 'close' else 'ContextTerminated'}\n"
    )


@pytest.mark.parametrize("fork", ["gevent.fork", "os.fork"])
def test_fork(output, fork):
    """In the child who waited is told, and new contexts work; the parent goes on undisturbed."""
    assert (
        output(
            f"""
        import contextlib
        import os
        import gevent
        import zmq.green as zmq

        context = zmq.Context()
        a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        a.connect(b.bind("tcp://127.0.0.1:0").endpoint)
        found = []

        def wait():
            try:
                found.append(b.recv())
            except zmq.ZMQError as exc:
                found.append(exc.errno == zmq.ENOTSOCK)

        waiting = [gevent.spawn(wait), gevent.spawn(wait)]
        gevent.sleep(0.01)
        child = {fork}()
        if child == 0:
            if "{fork}" == "os.fork":
                gevent.reinit()
            gevent.joinall(waiting, timeout=10)
            with zmq.Context() as own:
                with own.socket(zmq.REQ) as q, own.socket(zmq.REP) as p:
                    q.connect(p.bind("tcp://127.0.0.1:0").endpoint)
                    serving = gevent.spawn(lambda: p.send(p.recv()))
                    q.send(b"in the child")
                    found.append(q.recv())
            print(found, flush=True)
            os._exit(0)
        with contextlib.suppress(ChildProcessError):  # gevent may have reaped it
            while os.waitpid(child, os.WNOHANG) == (0, 0):
                gevent.sleep(0.01)
        a.send(b"1")
        a.send(b"2")
        gevent.joinall(waiting, timeout=10)
        print(found)
        context.destroy(linger=0)
    """,
            options=("-W", "ignore::DeprecationWarning"),  # newer Pythons warn about such a fork
        )
        == "[True, True, b'in the child']\n[b'1', b'2']\n"
    )


@pytest.mark.parametrize("waiting", [False, True])
def test_end_of_the_interpreter(run, waiting):
    """With sockets open and greenlets waiting: what was sent is delivered, and nothing hangs."""
    end = run(
        f"""
        import gevent
        import zmq.green as zmq
        context = zmq.Context()
        a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        a.connect(b.bind("tcp://127.0.0.1:0").endpoint)
        a.send(b"1")
        if {waiting}:
            c = context.socket(zmq.PULL)
            greenlet = gevent.spawn(c.recv)
            gevent.sleep(0.01)
        print("done")
    """,
        options=(),
    )
    assert (end.returncode, end.stdout) == (0, "done\n")
    assert "Traceback" not in end.stderr


def test_import_is_light(output):
    """`import zmq` loads neither gevent nor this; this loads no tornado, asyncio or numpy."""
    assert output("import sys, zmq; print('gevent' in sys.modules)") == "False\n"
    assert (
        output("""
        import sys
        import gevent
        before = set(sys.modules)
        import zmq.green
        loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(loaded & {"tornado", "asyncio", "numpy", "json", "pickle", "trio", "anyio"})
    """)
        == "set()\n"
    )


def test_plain_sockets_in_other_threads(output):
    """Threads without a hub use plain sockets of the same libzmq context."""
    assert (
        output("""
        import threading
        import time
        import gevent
        import zmq
        import zmq.green as green

        context = green.Context()
        plain = zmq.Context(context)
        pull = context.socket(zmq.PULL)
        pull.bind("inproc://x")

        def send():
            with plain.socket(zmq.PUSH) as s:
                s.connect("inproc://x")
                time.sleep(0.02)
                for n in range(1000):
                    s.send(b"%d" % n)

        threads = [threading.Thread(target=send) for _ in range(3)]
        ticks = []
        def tick():
            while True:
                ticks.append(1)
                gevent.sleep(0.001)
        ticking = gevent.spawn(tick)
        for thread in threads:
            thread.start()
        total = sum(int(pull.recv(timeout=10_000)) for _ in range(3000))
        ticking.kill()
        for thread in threads:
            thread.join()
        pull.close()
        context.term()
        print(total, bool(ticks))
    """)
        == f"{3 * sum(range(1000))} True\n"
    )
