# SPDX-License-Identifier: BSD-3-Clause
"""After a fork: a new instance, zero-copy, and inherited objects that touch nothing."""

import pytest

PRELUDE = """
    import gc, itertools, os, sys, zmq
    serial = itertools.count()
    def in_child(work):
        "Run it in a forked child, and give its exit status."
        pid = os.fork()
        if not pid:
            status = 1
            try:
                work()
                status = 0
            except BaseException:
                import traceback
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    def talk(ctx, name, copy=True):
        "Whether a message of some size goes through that context."
        with ctx.socket(zmq.PUSH) as a, ctx.socket(zmq.PULL) as b:
            a.linger = 0
            b.rcvtimeo = 5000
            a.bind(f"{name}{next(serial)}" if name.startswith("inproc") else name)
            b.connect(a.last_endpoint)
            data = bytearray(200_000)
            tracker = a.send(data, copy=copy, track=not copy)
            assert len(b.recv()) == 200_000
            if tracker is not None:
                tracker.wait(5)
            return True
"""


@pytest.fixture
def forked(output):
    """`forked(text)`: the output of a script that may use `in_child` and `talk`."""

    def forked(text, **options):
        return output(PRELUDE + text, **options, deadline=15)

    return forked


def test_instance_is_new_in_the_child(forked):
    out = forked("""
    mine = zmq.Context.instance()
    def work():
        theirs = zmq.Context.instance()
        assert theirs is not mine
        assert theirs is zmq.Context.instance()
        assert talk(theirs, "tcp://127.0.0.1:0")
        theirs.term()
    assert talk(mine, "inproc://a")
    assert in_child(work) == 0
    assert zmq.Context.instance() is mine
    assert talk(mine, "inproc://a")
    mine.term()
    print("end")
    """)
    assert out == "end\n"


@pytest.mark.parametrize("copy", [True, False])
def test_messages_in_parent_and_child(forked, copy):
    out = forked(f"""
    copy = {copy}
    def work():
        with zmq.Context() as ctx:
            assert talk(ctx, "inproc://a", copy)
            assert talk(ctx, "tcp://127.0.0.1:0", copy)
    with zmq.Context() as ctx:
        assert talk(ctx, "inproc://a", copy)
        assert in_child(work) == 0
        assert talk(ctx, "inproc://a", copy)
        assert in_child(work) == 0
    work()
    print("end")
    """)
    assert out == "end\n"


def test_parent_and_child_talk(forked):
    out = forked("""
    ctx = zmq.Context()
    pull = ctx.socket(zmq.PULL)
    pull.rcvtimeo = 5000
    pull.bind("tcp://127.0.0.1:0")
    address = pull.last_endpoint
    def work():
        with zmq.Context() as mine, mine.socket(zmq.PUSH) as push:
            push.connect(address)
            push.send(b"from the child", copy=False)
    assert in_child(work) == 0
    print(pull.recv().decode())
    ctx.destroy(linger=0)
    """)
    assert out == "from the child\n"


@pytest.mark.parametrize(
    "act",
    [
        "s.close()",
        "s.close(linger=0)",
        "ctx.term()",
        "ctx.destroy()",
        "ctx.destroy(linger=0)",
        "s.__exit__(None, None, None)",
        "ctx.__exit__(None, None, None)",
        "del holder[:]; gc.collect()",
        "repr(s), repr(ctx), s.closed, ctx.closed",
        "frames.clear(); gc.collect()",
    ],
)
def test_inherited_objects_are_inert_in_the_child(forked, act):
    out = forked(f"""
    ctx = zmq.Context()
    holder = [ctx.socket(zmq.PULL), ctx.socket(zmq.PUSH)]
    s, push = holder
    s.rcvtimeo = 5000
    s.bind("tcp://127.0.0.1:0")
    push.connect(s.last_endpoint)
    memory = bytearray(100_000)
    push.send(memory, copy=False)
    frames = [s.recv(copy=False)]
    def work():
        global s, push, ctx
        {"s = push = ctx = None" if act.startswith("del") else "pass"}
        {act}
        gc.collect()
    assert in_child(work) == 0
    push.send(b"the parent goes on")
    print(s.recv().decode())
    assert len(frames[0]) == 100_000
    s.close(), push.close(linger=0)
    ctx.term()
    """)
    assert out == "the parent goes on\n"


@pytest.mark.parametrize(
    "act", ["s.recv(zmq.NOBLOCK)", "s.send(b'x')", "s.bind('inproc://x')", "ctx.socket(zmq.PUSH)"]
)
def test_use_of_inherited_objects_is_refused_in_the_child(forked, act):
    out = forked(f"""
    ctx = zmq.Context()
    s = ctx.socket(zmq.PAIR)
    def work():
        try:
            {act}
        except (zmq.ZMQError, RuntimeError) as exc:
            assert not isinstance(exc, zmq.Again), exc
            print("refused", flush=True)
    assert in_child(work) == 0
    s.close()
    ctx.term()
    """)
    assert out == "refused\n"


def test_child_that_ends_the_usual_way(output):
    # with finalizers, atexit functions and all inherited objects still open
    out = output(
        """
        import os, sys, zmq
        ctx = zmq.Context()
        a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
        a.bind("tcp://127.0.0.1:0")
        b.connect(a.last_endpoint)
        a.send(bytes(100_000), copy=False)
        pid = os.fork()
        if not pid:
            sys.exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        print(len(b.recv()))
        a.close(), b.close()
        ctx.term()
        """,
        deadline=10,
    )
    assert out == "100000\n"


def test_fork_with_messages_in_flight(forked):
    out = forked("""
    ctx = zmq.Context()
    a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
    a.linger = 0
    a.bind("inproc://x"), b.connect("inproc://x")
    trackers = [a.send(bytearray(100_000), copy=False, track=True) for _ in range(10)]
    def work():
        with zmq.Context() as mine:
            for _ in range(20):
                assert talk(mine, "inproc://x", copy=False)
    assert in_child(work) == 0
    for tracker in trackers:
        assert not tracker.done
        b.recv()
        tracker.wait(5)
    a.close(), b.close()
    ctx.term()
    print("end")
    """)
    assert out == "end\n"


def test_child_of_a_child(forked):
    out = forked("""
    mine = zmq.Context.instance()
    assert talk(mine, "inproc://a")
    def inner():
        assert talk(zmq.Context.instance(), "inproc://a", copy=False)
        zmq.Context.instance().term()
    def outer():
        assert talk(zmq.Context.instance(), "inproc://a")
        assert in_child(inner) == 0
        zmq.Context.instance().term()
    assert in_child(outer) == 0
    mine.term()
    print("end")
    """)
    assert out == "end\n"


def test_what_is_imported_late_is_there_before_a_fork(forked):
    """A thread may be importing it at that moment: the child would wait for its lock for ever."""
    out = forked("""
    assert in_child(lambda: None) == 0
    assert {"zmq.backend.checking", "zmq.backend.wording"} <= set(sys.modules)
    print("end")
    """)
    assert out == "end\n"


def test_fork_while_other_threads_work(forked):
    out = forked(
        """
    import threading
    ctx = zmq.Context()
    stop = threading.Event()
    def work():
        while not stop.is_set():
            talk(ctx, "inproc://t", copy=False)
    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    def child():
        with zmq.Context() as mine:
            assert talk(mine, "inproc://a", copy=False)
    for _ in range(20):
        assert in_child(child) == 0
    stop.set()
    for t in threads:
        t.join()
    ctx.term()
    print("end")
    """,
        options=("-W", "ignore"),  # newer Pythons warn about such a fork
    )
    assert out == "end\n"


def test_multiprocessing(output):
    out = output(
        """
        import multiprocessing, zmq
        def work(address):
            with zmq.Context.instance() as ctx, ctx.socket(zmq.REQ) as s:
                s.connect(address)
                s.send(bytes(100_000), copy=False)
                assert s.recv() == b"ok"
        if __name__ == "__main__":
            ctx = zmq.Context.instance()
            with ctx.socket(zmq.REP) as s:
                s.rcvtimeo = 10_000
                s.bind("tcp://127.0.0.1:0")
                method = multiprocessing.get_context("fork")
                args = (s.last_endpoint.decode(),)
                crew = [method.Process(target=work, args=args) for _ in range(3)]
                for p in crew:
                    p.start()
                for _ in crew:
                    assert len(s.recv()) == 100_000
                    s.send(b"ok")
                for p in crew:
                    p.join()
                print([p.exitcode for p in crew])
            ctx.term()
        """,
        options=("-W", "ignore"),
    )
    assert out == "[0, 0, 0]\n"
