# SPDX-License-Identifier: BSD-3-Clause
"""`timeout=` while other things happen: signals, subclasses, full pipes, the end of the context."""

import signal
import subprocess
import threading
import time

import pytest

import zmq


@pytest.fixture(params=["alone", "beside a thread"])
def company(request):
    """Whether other Python threads exist: calls take another way then."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    if request.param != "alone":
        other.start()
    yield
    done.set()
    if other.ident:
        other.join(5)


@pytest.fixture
def ring():
    """`ring(handler)`: have a signal handler called every 5 ms."""
    before = signal.getsignal(signal.SIGALRM)

    def ring(handler, interval=0.005):
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.005, interval)

    yield ring
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# -- signals -------------------------------------------------------------------------------------

WAITING = {
    "recv": lambda s, **o: s.recv(**o),
    "frame": lambda s, **o: s.recv(copy=False, **o),
    "recv_into": lambda s, **o: s.recv_into(bytearray(9), **o),
    "recv_multipart": lambda s, **o: s.recv_multipart(**o),
    "recv_string": lambda s, **o: s.recv_string(**o),
    "recv_many": lambda s, **o: s.recv_many(9, **o),
    "send": lambda s, **o: s.send(b"x", **o),
    "send large": lambda s, **o: s.send(bytes(200_000), **o),
    "send_multipart": lambda s, **o: s.send_multipart([b"x", b"y"], **o),
    "send_many": lambda s, **o: s.send_many([b"x"], **o),
}


class Restarted(Exception):
    """So many signals came that the time must have begun anew with each."""


class Counter:
    def __init__(self):
        self.count = 0

    def __call__(self, *args):
        self.count += 1
        if self.count > 1000:  # 5 s
            raise Restarted


@pytest.mark.parametrize("method", WAITING)
def test_signals_do_not_restart_the_time(socket, ring, company, method):
    s = socket(zmq.DEALER)
    ring(Counter())
    with pytest.raises(zmq.TimeoutExpired):
        WAITING[method](s, timeout=100)


@pytest.mark.parametrize("method", WAITING)
def test_signals_do_not_restart_the_time_of_the_option(socket, ring, company, method):
    s = socket(zmq.DEALER, rcvtimeo=100, sndtimeo=100)
    ring(Counter())
    with pytest.raises(zmq.Again) as caught:
        WAITING[method](s)
    assert type(caught.value) is zmq.Again


@pytest.mark.parametrize("method", [name for name in WAITING if name.startswith("recv")])
def test_signals_lose_nothing(pair, ring, method):
    a, b = pair(zmq.PUSH, zmq.PULL, "tcp")
    ring(lambda *args: None, 0.001)
    sender = threading.Thread(target=lambda: [a.send(b"x") for _ in range(5000)])
    sender.start()
    got = 0
    while got < 5000:
        received = WAITING[method](b, timeout=5000)
        got += len(received) if method == "recv_many" else 1
    sender.join(5)
    assert b.try_recv() is None


@pytest.mark.parametrize("method", WAITING)
def test_a_handler_that_raises_ends_the_call(socket, ring, company, method):
    s = socket(zmq.DEALER, rcvtimeo=1, sndtimeo=1)

    def stop(*args):
        raise KeyError("from the handler")

    ring(stop, 0)
    with pytest.raises(KeyError, match="from the handler"):
        WAITING[method](s, timeout=5000)
    with pytest.raises(zmq.Again) as caught:
        WAITING[method](s)
    assert type(caught.value) is zmq.Again  # the limit is gone with the call


@pytest.mark.parametrize("inner", [name for name in WAITING if name.startswith("recv")])
def test_a_handler_that_receives_from_the_same_socket(socket, ring, company, inner):
    s = socket(zmq.DEALER)
    missed = []

    def look(*args):
        try:
            WAITING[inner](s, timeout=0)
        except zmq.TimeoutExpired as exc:
            missed.append(exc)
        assert len(missed) < 1000, "the time of the interrupted call does not end"

    ring(look)
    with pytest.raises(zmq.TimeoutExpired):
        s.recv(timeout=100)
    assert missed


def test_a_handler_that_sends_from_the_same_socket(pair, ring):
    a, b = pair(zmq.PAIR, zmq.PAIR)

    def send(*args):
        b.send(b"from the handler", timeout=1000)

    ring(send, 0)
    with pytest.raises(zmq.TimeoutExpired):
        b.recv(timeout=100)
    assert a.recv(timeout=1000) == b"from the handler"


def test_a_handler_that_closes_the_socket(context, ring, company):
    s = context.socket(zmq.PULL)
    ring(lambda *args: s.close(), 0)
    with pytest.raises(zmq.ZMQError) as caught:
        s.recv(timeout=5000)
    assert caught.value.errno == zmq.ENOTSOCK
    assert "closed" in str(caught.value)


def test_ctrl_c(start, wait_for):
    program = start(
        """
        import signal, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PULL) as s:
            try:
                print("ready")
                s.recv(timeout=60_000)
            except KeyboardInterrupt:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                print("interrupted")
        """
    )
    assert program.line() == "ready"

    def interrupt():
        # again and again: one that comes just before the call begins to wait is seen after it
        program.process.send_signal(signal.SIGINT)
        try:
            return program.process.wait(0.1) == 0
        except subprocess.TimeoutExpired:
            return False

    wait_for(interrupt, 20)
    assert program.done() == "interrupted\n"


# -- the end of the context, other threads -------------------------------------------------------


@pytest.mark.parametrize("method", WAITING)
def test_the_end_of_the_context_wakes(method):
    context, woken, started = zmq.Context(), [], threading.Event()

    def work():
        with context.socket(zmq.DEALER) as s:
            started.set()
            try:
                WAITING[method](s, timeout=30_000)
            except zmq.ContextTerminated as exc:
                woken.append(exc)

    worker = threading.Thread(target=work)
    worker.start()
    assert started.wait(5)
    context.term()
    worker.join(5)
    assert len(woken) == 1


def test_other_threads_run_meanwhile(socket):
    s, counted = socket(zmq.PULL), []
    counter = threading.Thread(target=lambda: counted.append(sum(range(100_000))))
    counter.start()
    with pytest.raises(zmq.TimeoutExpired):
        s.recv(timeout=100)
    counter.join(20)
    assert counted == [4999950000]


# -- ready, but not for this message: no spinning ------------------------------------------------


def cpu_share(call):
    """How much of the time of a call that expires this thread was busy."""
    start, busy = time.monotonic(), time.thread_time()
    with pytest.raises(zmq.TimeoutExpired):
        call()
    return (time.thread_time() - busy) / (time.monotonic() - start)


def test_a_mandatory_router_does_not_spin(socket, bind, company):
    router = socket(zmq.ROUTER, router_mandatory=1, sndhwm=1)
    full, free = [socket(zmq.DEALER, rcvhwm=1, routing_id=name) for name in (b"full", b"free")]
    address = bind(router)
    for dealer in (full, free):
        dealer.connect(address)
        dealer.send(b"here")
        router.recv_multipart()
    with pytest.raises(zmq.Again):
        for _ in range(10):
            router.send_multipart([b"full", b"x"], zmq.DONTWAIT)
    assert router.poll(0, zmq.POLLOUT)  # for the other peer
    assert cpu_share(lambda: router.send_multipart([b"full", b"x"], timeout=300)) < 0.5
    router.send_multipart([b"free", b"y"], timeout=300)
    assert free.recv() == b"y"
    full.recv()
    router.send_multipart([b"full", b"again"], timeout=5000)


def test_xpub_nodrop_does_not_spin(socket, bind, company):
    xpub = socket(zmq.XPUB, xpub_nodrop=1, sndhwm=1)
    sub = socket(zmq.SUB, rcvhwm=1)
    sub.subscribe(b"")
    sub.connect(bind(xpub))
    assert xpub.recv() == b"\x01"
    with pytest.raises(zmq.Again):
        for _ in range(10):
            xpub.send(b"x", zmq.DONTWAIT)
    assert cpu_share(lambda: xpub.send(b"x", timeout=300)) < 0.5
    sub.recv()
    xpub.send(b"again", timeout=5000)


# -- subclasses ----------------------------------------------------------------------------------


class Old(zmq.Socket):
    """Written before there were time-outs for each call."""

    def send(self, data, flags=0, copy=True, track=False):
        return super().send(data, flags, copy, track)

    def recv(self, flags=0, copy=True, track=False):
        return super().recv(flags, copy, track)


class New(zmq.Socket):
    seen = ()

    def send(self, data, flags=0, **options):
        self.seen = (*self.seen, options)
        return super().send(data, flags, **options)

    def recv(self, flags=0, **options):
        self.seen = (*self.seen, options)
        return super().recv(flags, **options)


OBJECTS = {
    "string": ("send_string", "recv_string"),
    "unicode": ("send_unicode", "recv_unicode"),
    "json": ("send_json", "recv_json"),
    "pyobj": ("send_pyobj", "recv_pyobj"),
}


@pytest.fixture
def both_ends(context, endpoint):
    """`both_ends(cls)`: a PAIR of this class, connected to itself, so to speak."""
    made = []

    def both_ends(cls):
        a, b = (context.socket(zmq.PAIR, socket_class=cls) for _ in range(2))
        made.extend([a, b])
        b.connect(a.bind(endpoint("inproc")).endpoint)
        return a, b

    yield both_ends
    for s in made:
        s.close(linger=0)


@pytest.mark.parametrize("kind", OBJECTS)
def test_a_subclass_gets_timeout_when_it_is_given(both_ends, kind):
    a, b = both_ends(New)
    send, receive = OBJECTS[kind]
    getattr(a, send)("x", timeout=1000)
    assert getattr(b, receive)(timeout=2000) == "x"
    assert [options.get("timeout") for options in (*a.seen, *b.seen)] == [1000, 2000]
    with pytest.raises(zmq.TimeoutExpired):
        getattr(b, receive)(timeout=0)


@pytest.mark.parametrize("kind", OBJECTS)
def test_a_subclass_gets_no_timeout_when_none_is_given(both_ends, kind):
    a, b = both_ends(New)
    send, receive = OBJECTS[kind]
    getattr(a, send)("x")
    assert getattr(b, receive)() == "x"
    assert all("timeout" not in options for options in (*a.seen, *b.seen))


@pytest.mark.parametrize("kind", OBJECTS)
def test_subclasses_that_do_not_know_timeout(both_ends, kind):
    a, b = both_ends(Old)
    send, receive = OBJECTS[kind]
    getattr(a, send)("x")
    assert getattr(b, receive)() == "x"


@pytest.mark.parametrize("cls", [Old, New])
def test_messages_of_several_parts_keep_their_time_in_subclasses(both_ends, cls):
    a, b = both_ends(cls)
    a.send_multipart([b"1", b"2"], timeout=1000)
    assert b.recv_multipart(timeout=1000) == [b"1", b"2"]
    a.send_serialized(5, lambda n: [b"5"], timeout=1000)
    assert b.recv_serialized(list, timeout=1000) == [b"5"]
    assert a.send_many([b"1", [b"2", b"3"]], timeout=1000) == 2
    assert b.recv_many_multipart(9, timeout=1000) == [[b"1"], [b"2", b"3"]]
    b.rcvtimeo = 60_000
    for call in (b.recv_multipart, lambda **o: b.recv_many(3, **o)):
        with pytest.raises(zmq.TimeoutExpired):
            call(timeout=20)
