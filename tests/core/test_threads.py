# SPDX-License-Identifier: BSD-3-Clause
"""Many threads, each with sockets of its own, in one context."""

import sys
import threading

import pytest

import zmq


@pytest.fixture
def together():
    """`together(*functions)`: run them in threads at once; the first exception is raised here."""

    def together(*functions, deadline=30):
        errors = []
        gate = threading.Barrier(len(functions))

        def guarded(function):
            try:
                gate.wait(10)
                function()
            except BaseException as exc:
                errors.append(exc)

        threads = [threading.Thread(target=guarded, args=(f,), daemon=True) for f in functions]
        for t in threads:
            t.start()
        for t in threads:
            t.join(deadline)
        assert not any(t.is_alive() for t in threads), "threads still at work"
        if errors:
            raise errors[0]

    return together


@pytest.fixture(params=[None, 1e-5], ids=["usual", "frequent"])
def switching(request):
    """Runs the test also with very frequent changes of threads."""
    before = sys.getswitchinterval()
    if request.param:
        sys.setswitchinterval(request.param)
    yield
    sys.setswitchinterval(before)


def test_many_senders_one_receiver(context, socket, bind, together, transport, switching):
    pull = socket(zmq.PULL)
    address = bind(pull, transport)
    got = []

    def sender(number):
        def work():
            with context.socket(zmq.PUSH) as s:
                s.connect(address)
                for i in range(200):
                    s.send_multipart([b"%d" % number, b"%d" % i], copy=i % 2)

        return work

    def receiver():
        while len(got) < 1600:
            got.append(tuple(map(int, pull.recv_multipart())))

    together(receiver, *(sender(n) for n in range(8)))
    for number in range(8):
        assert [i for n, i in got if n == number] == list(range(200))


def test_request_reply_between_threads(context, endpoint, together, transport, switching):
    ready = threading.Event()
    address = []

    def server():
        with context.socket(zmq.ROUTER) as s:
            s.bind(endpoint(transport))
            address.append(s.last_endpoint)
            ready.set()
            for _ in range(6 * 100):
                who, empty, number = s.recv_multipart()
                s.send_multipart([who, empty, b"%d" % (int(number) + 1)])

    def client():
        assert ready.wait(5)
        with context.socket(zmq.REQ) as s:
            s.rcvtimeo = 5000
            s.connect(address[0])
            for i in range(100):
                s.send(b"%d" % i)
                assert int(s.recv()) == i + 1

    together(server, *[client] * 6)


def test_publishers_and_subscribers(context, endpoint, together):
    ready = threading.Barrier(5)
    address = endpoint("inproc")

    def publisher():
        with context.socket(zmq.XPUB) as s:
            s.rcvtimeo = 5000
            s.sndhwm = 0
            s.bind(address)
            s.xpub_verbose = 1
            ready.wait(5)
            for _ in range(4):
                assert s.recv() == b"\x01"
            for i in range(500):
                s.send(b"%d" % i)
            done.wait(5)

    done = threading.Barrier(5)

    def subscriber():
        ready.wait(5)
        with context.socket(zmq.SUB) as s:
            s.rcvtimeo, s.rcvhwm = 5000, 0
            s.connect(address)
            s.subscribe(b"")
            assert [int(s.recv()) for _ in range(500)] == list(range(500))
            done.wait(5)

    together(publisher, *[subscriber] * 4)


def test_a_waiting_thread_stops_nobody(pair, together):
    a, b = pair(zmq.PUSH, zmq.PULL)
    progress = []

    def wait():
        assert b.recv() == b"done"

    def work():
        for i in range(10_000):
            progress.append(i)
        a.send(b"done")

    together(wait, work)
    assert len(progress) == 10_000


def test_a_busy_thread_leaves_room_for_others(context, together):
    # tight loops of short calls still let another thread run in between
    stop = threading.Event()
    ticks = []

    def busy():
        with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
            a.bind(f"inproc://{threading.get_ident()}")
            b.connect(a.last_endpoint)
            while not stop.is_set():
                a.send(b"x")
                b.recv()

    def tick():
        while len(ticks) < 50:
            ticks.append(stop.wait(0.0005))
        stop.set()

    together(busy, busy, tick)
    assert len(ticks) == 50


def test_a_socket_may_move_to_another_thread(pair, together):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send(b"1")
    together(lambda: a.send(b"2"))
    together(lambda: a.send(b"3"))
    assert [b.recv() for _ in range(3)] == [b"1", b"2", b"3"]


def test_context_is_shared_by_making_and_using(context, together):
    def work():
        for _ in range(50):
            with context.socket(zmq.REQ) as s:
                s.linger = 0
                assert s.get(zmq.TYPE) == zmq.REQ
            context.set(zmq.MAX_SOCKETS, 1000)
            assert context.get(zmq.MAX_SOCKETS) == 1000

    together(*[work] * 8)


def test_keys_in_many_threads(together):
    # the generator of libsodium is set up and torn down with contexts
    def keys():
        for _ in range(30):
            public, secret = zmq.curve_keypair()
            assert zmq.curve_public(secret) == public

    def contexts():
        for _ in range(30):
            with zmq.Context() as ctx, ctx.socket(zmq.PUSH):
                pass

    together(*[keys] * 4, *[contexts] * 4)


def test_thread_local_sockets_end_with_their_threads(output):
    script = """
        import threading, warnings, zmq
        warnings.simplefilter("ignore")
        local = threading.local()
        ctx = zmq.Context()
        def work():
            local.socket = ctx.socket(zmq.PUSH)
            local.socket.linger = 0
        for _ in range(50):
            t = threading.Thread(target=work)
            t.start()
            t.join()
        ctx.term()
        print("end")
    """
    assert output(script, options=()) == "end\n"
