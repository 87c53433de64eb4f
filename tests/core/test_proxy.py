# SPDX-License-Identifier: BSD-3-Clause
"""proxy and device: forwarding, capture, and how they end."""

import threading

import pytest

import zmq


class Running:
    """A proxy in a thread, on sockets that the thread makes in a context of its own."""

    def __init__(self, start, *kinds, options=None):
        self.context = zmq.Context()
        self.start, self.kinds, self.options = start, kinds, options or {}
        self.addresses = []
        self.result = None
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()
        assert self.ready.wait(5)

    def work(self):
        sockets = [self.context.socket(kind) for kind in self.kinds]
        for s in sockets:
            s.linger = 0
            for name, value in self.options.items():
                setattr(s, name, value)
            s.bind("tcp://127.0.0.1:0")
            self.addresses.append(s.last_endpoint)
        self.ready.set()
        try:
            self.result = self.start(*sockets)
        except BaseException as exc:
            self.result = exc
        finally:
            for s in sockets:
                s.close()

    def stop(self):
        self.context.term()
        self.thread.join(5)
        assert not self.thread.is_alive()


@pytest.fixture
def running():
    """`running(start, *types)`: a proxy that ends with the test; its addresses are as the types."""
    started = []

    def running(*args, **kwargs):
        started.append(Running(*args, **kwargs))
        return started[-1]

    yield running
    for r in started:
        r.stop()


@pytest.fixture
def ends(socket):
    """`ends(proxy, *types)`: a socket connected to each address of the proxy."""

    def ends(proxy, *kinds, **options):
        made = []
        for kind, address in zip(kinds, proxy.addresses):
            s = socket(kind, **options)
            if kind == zmq.SUB:
                s.subscribe(b"")
            s.connect(address)
            made.append(s)
        return made

    return ends


def test_requests_and_replies(running, ends):
    proxy = running(zmq.proxy, zmq.ROUTER, zmq.DEALER)
    client, server = ends(proxy, zmq.REQ, zmq.REP)
    for i in range(50):
        client.send(b"q%d" % i)
        assert server.recv() == b"q%d" % i
        server.send(b"a%d" % i)
        assert client.recv() == b"a%d" % i


def test_parts_stay_together(running, ends):
    proxy = running(zmq.proxy, zmq.PULL, zmq.PUSH)
    push, pull = ends(proxy, zmq.PUSH, zmq.PULL)
    messages = [[b"%d" % i] + [b"x" * (i % 50)] * (i % 7) for i in range(2000)]
    got = []
    for m in messages:
        push.send_multipart(m)
        while pull.poll(0):
            got.append(pull.recv_multipart())
    while len(got) < len(messages):
        got.append(pull.recv_multipart())
    assert got == messages


@pytest.mark.parametrize("size", [0, 40, 1_000_000])
def test_sizes(running, ends, size):
    proxy = running(zmq.proxy, zmq.PULL, zmq.PUSH)
    push, pull = ends(proxy, zmq.PUSH, zmq.PULL)
    push.send_multipart([b"x" * size, b"", b"y" * size])
    assert pull.recv_multipart() == [b"x" * size, b"", b"y" * size]


def test_subscriptions_go_the_other_way(running, ends, socket):
    proxy = running(zmq.proxy, zmq.XSUB, zmq.XPUB)
    pub = socket(zmq.XPUB)
    pub.connect(proxy.addresses[0])
    sub = socket(zmq.SUB)
    sub.connect(proxy.addresses[1])
    sub.subscribe(b"a")
    assert pub.recv() == b"\x01a"
    pub.send(b"b-no")
    pub.send(b"a-yes")
    assert sub.recv() == b"a-yes"
    sub.unsubscribe(b"a")
    assert pub.recv() == b"\x00a"


def test_several_clients_and_servers(running, socket):
    proxy = running(zmq.proxy, zmq.ROUTER, zmq.DEALER)
    servers = [socket(zmq.DEALER) for _ in range(3)]
    clients = [socket(zmq.DEALER) for _ in range(5)]
    for s in servers:
        s.connect(proxy.addresses[1])
    for number, c in enumerate(clients):
        c.connect(proxy.addresses[0])
        for i in range(20):
            c.send_multipart([b"", b"%d" % number, b"%d" % i])
    answered = 0
    poller = zmq.Poller()
    for s in servers:
        poller.register(s, zmq.POLLIN)
    while answered < 100:
        for s, _ in poller.poll(5000):
            s.send_multipart(s.recv_multipart())
            answered += 1
    for number, c in enumerate(clients):
        got = [c.recv_multipart() for _ in range(20)]
        assert sorted(int(m[2]) for m in got) == list(range(20))
        assert {m[1] for m in got} == {b"%d" % number}


def test_clients_that_vanish(running, socket):
    proxy = running(zmq.proxy, zmq.ROUTER, zmq.DEALER)
    server = socket(zmq.DEALER)
    server.connect(proxy.addresses[1])
    waiting = []
    for _ in range(30):
        client = socket(zmq.DEALER)
        client.connect(proxy.addresses[0])
        client.send(b"and gone")
        waiting.append(server.recv_multipart())
        client.close()
    for m in waiting:  # answers to nobody
        server.send_multipart(m)
    client = socket(zmq.DEALER)
    client.connect(proxy.addresses[0])
    client.send(b"still there?")
    server.send_multipart(server.recv_multipart())
    assert client.recv() == b"still there?"


def test_servers_that_come_late_and_vanish(running, socket):
    proxy = running(zmq.proxy, zmq.PULL, zmq.PUSH)
    push = socket(zmq.PUSH)
    push.connect(proxy.addresses[0])
    push.send(b"0")  # nobody there yet
    sent, got = 1, []
    for _ in range(5):
        pull = socket(zmq.PULL)
        pull.connect(proxy.addresses[1])
        while not pull.poll(5):  # some go to the one that vanished, before that is noticed
            push.send(b"%d" % sent)
            sent += 1
            assert sent < 1000
        got.append(int(pull.recv()))
        pull.close()
    assert got == sorted(set(got))
    assert got[0] == 0


def test_capture_gets_everything(running, ends):
    proxy = running(zmq.proxy, zmq.ROUTER, zmq.DEALER, zmq.PUSH)
    client, server, capture = ends(proxy, zmq.REQ, zmq.REP, zmq.PULL)
    client.send_multipart([b"q", b"2"])
    assert server.recv_multipart() == [b"q", b"2"]
    assert capture.recv_multipart()[1:] == [b"", b"q", b"2"]
    server.send(b"a")
    assert client.recv() == b"a"
    assert capture.recv_multipart()[1:] == [b"", b"a"]


def test_capture_nobody_listens_to(running, ends):
    proxy = running(zmq.proxy, zmq.PULL, zmq.PUSH, zmq.PUB)
    push, pull = ends(proxy, zmq.PUSH, zmq.PULL)
    for i in range(200):
        push.send(b"%d" % i)
    assert [int(pull.recv()) for _ in range(200)] == list(range(200))


def test_slow_receiver_holds_the_sender_up(running, socket):
    # nothing may be lost and nothing pile up when the way out is full
    proxy = running(
        zmq.proxy, zmq.PULL, zmq.PUSH, options={"hwm": 5, "sndbuf": 4096, "rcvbuf": 4096}
    )
    push = socket(zmq.PUSH, sndhwm=5, sndbuf=4096)
    pull = socket(zmq.PULL, rcvhwm=5, rcvbuf=4096)
    push.connect(proxy.addresses[0])
    pull.connect(proxy.addresses[1])
    sent = 0
    while push.poll(100, zmq.POLLOUT):
        push.send(b"%d" % sent + bytes(100_000))
        sent += 1
        assert sent < 5000
    for i in range(sent):
        assert int(pull.recv().rstrip(b"\0")) == i


# -- the end -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start", [zmq.proxy, lambda f, b: zmq.device(zmq.QUEUE, f, b)], ids=["proxy", "device"]
)
def test_the_end_of_the_context_ends_it(running, start):
    proxy = running(start, zmq.ROUTER, zmq.DEALER)
    proxy.stop()
    assert isinstance(proxy.result, zmq.ContextTerminated)


def test_busy_proxy_ends_too(running, ends):
    proxy = running(zmq.proxy, zmq.PULL, zmq.PUSH)
    push, pull = ends(proxy, zmq.PUSH, zmq.PULL)
    stop = threading.Event()

    def feed():
        while not stop.is_set():
            if push.poll(10, zmq.POLLOUT):
                push.send(b"x")
            while pull.poll(0):
                pull.recv()

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        proxy.stop()
    finally:
        stop.set()
        feeder.join()
    assert isinstance(proxy.result, zmq.ContextTerminated)


def test_other_threads_run_meanwhile(running, ends):
    running(zmq.proxy, zmq.ROUTER, zmq.DEALER)
    assert sum(range(10_000)) == 49995000


@pytest.mark.parametrize("which", ["frontend", "backend", "capture"])
def test_closed_sockets_are_refused(socket, which):
    sockets = {
        "frontend": socket(zmq.ROUTER),
        "backend": socket(zmq.DEALER),
        "capture": socket(zmq.PUB),
    }
    sockets[which].close()
    with pytest.raises(zmq.ZMQError) as caught:
        zmq.proxy(**sockets)
    assert caught.value.errno == zmq.ENOTSOCK


@pytest.mark.parametrize("wrong", [None, 1, "socket", object()])
def test_what_is_no_socket_is_refused(socket, wrong):
    with pytest.raises(TypeError):
        zmq.proxy(wrong, socket(zmq.DEALER))
    with pytest.raises(TypeError):
        zmq.proxy(socket(zmq.DEALER), wrong)


def test_device_types(running, ends):
    for kind in zmq.DeviceType:
        proxy = running(lambda f, b, kind=kind: zmq.device(kind, f, b), zmq.PULL, zmq.PUSH)
        push, pull = ends(proxy, zmq.PUSH, zmq.PULL)
        push.send(b"x")
        assert pull.recv() == b"x"


def test_with_curve_on_both_sides(running, socket):
    public, secret = zmq.curve_keypair()
    options = {"curve_server": 1, "curve_secretkey": secret}
    proxy = running(zmq.proxy, zmq.ROUTER, zmq.DEALER, options=options)
    mine, my_secret = zmq.curve_keypair()
    keys = {"curve_serverkey": public, "curve_publickey": mine, "curve_secretkey": my_secret}
    client, server = socket(zmq.REQ, **keys), socket(zmq.REP, **keys)
    client.connect(proxy.addresses[0])
    server.connect(proxy.addresses[1])
    client.send(b"secret")
    assert server.recv() == b"secret"
    server.send(b"answer")
    assert client.recv() == b"answer"
