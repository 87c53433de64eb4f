# SPDX-License-Identifier: BSD-3-Clause
"""The loop behind the proxies under stress: full queues, leaving peers, huge messages, signals."""

import signal
import struct
import threading
from itertools import count

import pytest

import zmq


class Steered:
    """A `proxy_steerable` in a thread, ended by `end()`, which returns what it returned."""

    def __init__(self, front, back, capture, control, controller):
        self.controller = controller
        self.outcome = []
        self.thread = threading.Thread(target=self._work, args=(front, back, capture, control))
        self.thread.start()

    def _work(self, *sockets):
        try:
            self.outcome.append(zmq.proxy_steerable(*sockets))
        except BaseException as error:
            self.outcome.append(error)

    def statistics(self):
        self.controller.send(b"STATISTICS")
        return [struct.unpack("=Q", frame)[0] for frame in self.controller.recv_multipart()]

    def obey(self, command):
        """Send a command and wait until it was obeyed: an answer to a later one proves it."""
        self.controller.send(command)
        self.statistics()

    def end(self):
        if self.thread.is_alive():
            self.controller.send(b"TERMINATE")
            self.thread.join(10)
            assert not self.thread.is_alive(), "the proxy does not end"
        return self.outcome[0]


@pytest.fixture
def steer(pair):
    """`steer(front, back, capture=None)`: a running, steered proxy between two sockets."""
    running = []

    def steer(front, back, capture=None):
        control, controller = pair(zmq.PAIR, zmq.PAIR)
        running.append(Steered(front, back, capture, control, controller))
        return running[-1]

    yield steer
    for proxy in running:
        assert proxy.end() == 0


@pytest.fixture
def joined(pair, steer):
    """`joined(kind, front, back, kind, transport)`: two peers with a proxy between them."""

    def joined(left, front, back, right, transport="inproc", capture=None, **options):
        inner, outer = pair(front, left, transport, **options)
        inner_back, outer_back = pair(back, right, transport, **options)
        return outer, outer_back, steer(inner, inner_back, capture)

    return joined


def feed(socket, numbers, limit=None):
    """Send numbers until the socket is full; returns how many it took."""
    for taken in count():
        if taken == limit:
            return taken
        number = next(numbers)
        try:
            socket.send(b"%d" % number, zmq.DONTWAIT)
        except zmq.Again:
            return taken


def fill(socket, sent):
    """Send numbers from `sent` on until the socket takes no more for a moment."""
    while socket.poll(100, zmq.POLLOUT):
        socket.send(b"%d" % sent, zmq.DONTWAIT)
        sent += 1
    return sent


def test_a_full_direction_stops_alone_and_loses_nothing(joined, transport):
    total = 100_000 if transport == "inproc" else 20_000
    left, right, _ = joined(zmq.DEALER, zmq.DEALER, zmq.DEALER, zmq.DEALER, transport, hwm=7)
    left.sndbuf = right.sndbuf = 4096
    sent = fill(left, 0)  # nobody reads on the right
    assert sent < total
    for number in range(total):  # the other direction goes on
        right.send(b"%d" % number)
        assert left.recv() == b"%d" % number
    for number in range(total):
        assert right.recv() == b"%d" % number
        if sent < total:
            left.send(b"%d" % sent)
            sent += 1


def test_nothing_is_read_that_cannot_be_passed_on(joined):
    left, _, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PUSH, hwm=5)  # PUSH to PUSH: no peer
    fill(left, 0)
    assert proxy.statistics()[0] == 0


def test_both_directions_full_at_once(joined):
    left, right, proxy = joined(zmq.PAIR, zmq.PAIR, zmq.PAIR, zmq.PAIR, hwm=3)
    forth, back = fill(left, 0), fill(right, 0)
    assert [right.recv() for _ in range(forth)] == [b"%d" % n for n in range(forth)]
    assert [left.recv() for _ in range(back)] == [b"%d" % n for n in range(back)]
    assert proxy.statistics()[::2] == [forth, back, back, forth]


@pytest.mark.parametrize("parts", [1, 2, 9, 1000, 50_000])
def test_messages_of_any_number_of_parts(joined, transport, parts):
    left, right, proxy = joined(zmq.PAIR, zmq.PAIR, zmq.PAIR, zmq.PAIR, transport)
    message = [b"" if n % 3 == 0 else b"%d" % n * (n % 50) for n in range(parts)]
    for _ in range(3):
        left.send_multipart(message)
        left.send(b"between")
        assert right.recv_multipart() == message
        assert right.recv_multipart() == [b"between"]
        right.send_multipart(message)
        assert left.recv_multipart() == message
    size = sum(map(len, message))
    assert proxy.statistics() == [6, 3 * size + 21, 3, 3 * size, 3, 3 * size, 6, 3 * size + 21]


def test_multipart_messages_stay_whole_through_full_queues(joined):
    left, right, _ = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, hwm=2)
    sent = received = 0
    while received < 20_000:
        while sent < 20_000 and left.poll(0, zmq.POLLOUT):
            left.send_multipart([b"%d" % sent] * (sent % 4 + 1), zmq.DONTWAIT)
            sent += 1
        assert right.recv_multipart() == [b"%d" % received] * (received % 4 + 1)
        received += 1


def test_statistics_are_exact(joined, transport):
    left, right, proxy = joined(zmq.DEALER, zmq.DEALER, zmq.DEALER, zmq.DEALER, transport)
    assert proxy.statistics() == [0] * 8
    for n in range(300):
        left.send_multipart([b"x" * n, b"", b"yy"])
        right.recv_multipart()
    for n in range(200):
        right.send(b"z" * n)
        left.recv()
    forth, back = sum(n + 2 for n in range(300)), sum(range(200))
    assert proxy.statistics() == [300, forth, 200, back, 200, back, 300, forth]


def test_pause_and_resume_under_load(joined, wait_for):
    left, right, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, "tcp", hwm=50)
    numbers, expected = count(), 0
    for _ in range(20):
        while expected % 1000 != 999:
            feed(left, numbers, limit=100)
            assert right.recv() == b"%d" % expected
            expected += 1
        proxy.obey(b"PAUSE")
        before = proxy.statistics()
        feed(left, numbers, limit=100)
        assert proxy.statistics() == before
        while right.poll(20):
            assert right.recv() == b"%d" % expected
            expected += 1
        proxy.obey(b"RESUME")
        feed(left, numbers, limit=1)
        assert right.recv() == b"%d" % expected
        expected += 1


def test_a_held_message_survives_a_pause(joined):
    left, right, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, hwm=2)
    sent = fill(left, 0)
    proxy.obey(b"PAUSE")
    received = 0
    while right.poll(50):
        assert right.recv() == b"%d" % received
        received += 1
    assert received < sent
    proxy.obey(b"RESUME")
    assert [right.recv() for _ in range(received, sent)] == [
        b"%d" % n for n in range(received, sent)
    ]


def test_a_hundred_clients_come_and_go(context, socket, bind, steer):
    front, back = socket(zmq.ROUTER), socket(zmq.DEALER)
    entry, exit = bind(front, "tcp"), bind(back, "tcp")
    proxy = steer(front, back)
    worker = socket(zmq.REP)
    worker.connect(exit)
    steady = socket(zmq.REQ)
    steady.connect(entry)
    for n in range(100):
        with context.socket(zmq.REQ) as client:
            client.linger = 0
            client.connect(entry)
            client.send_multipart([b"client", b"%d" % n])
            kind, number = worker.recv_multipart()
            assert (kind, number) == (b"client", b"%d" % n)
            if n % 3 == 0:
                client.close()  # before its answer
            worker.send_multipart([b"answer", number])
            if n % 3:
                assert client.recv_multipart() == [b"answer", number]
        steady.send(b"steady %d" % n)
        worker.send(worker.recv())
        assert steady.recv() == b"steady %d" % n
    assert proxy.statistics()[::2] == [200, 200, 200, 200]


def test_workers_come_and_go(context, socket, bind, steer):
    front, back = socket(zmq.PULL), socket(zmq.PUSH, immediate=1)
    entry, exit = bind(front, "tcp"), bind(back, "tcp")
    steer(front, back)
    source = socket(zmq.PUSH, sndhwm=1)
    source.connect(entry)
    for n in range(30):
        with context.socket(zmq.PULL) as worker:
            worker.rcvtimeo = 5000
            worker.connect(exit)
            source.send_multipart([b"%d" % n, b"rest"])
            assert worker.recv_multipart() == [b"%d" % n, b"rest"]
            worker.close(0)
            while back_has_peer(back, source):
                break


def back_has_peer(back, source):
    return False


def test_an_unreachable_peer_of_a_mandatory_router(joined, pair, steer, socket, bind):
    front, left = pair(zmq.PULL, zmq.PUSH)
    back = socket(zmq.ROUTER, router_mandatory=1)
    address = bind(back)
    proxy = steer(front, back)
    peer = socket(zmq.DEALER, routing_id=b"here")
    peer.connect(address)
    left.send_multipart([b"nowhere", b"lost", b"whole"])
    left.send_multipart([b"here", b"found"])
    assert peer.recv_multipart() == [b"found"]
    assert proxy.statistics() == [2, 25, 0, 0, 0, 0, 1, 9]


@pytest.mark.parametrize("kind", ["mandatory router", "xpub without drops"])
def test_a_sink_that_says_it_has_room_but_has_not(pair, steer, socket, bind, kind):
    """Such a socket is ready for output always, so that it cannot be waited for."""
    front, left = pair(zmq.PULL, zmq.PUSH, hwm=2)
    if kind == "mandatory router":
        back = socket(zmq.ROUTER, router_mandatory=1, sndhwm=2)
        reader = socket(zmq.DEALER, routing_id=b"r", rcvhwm=2)
        other = socket(zmq.DEALER, routing_id=b"other")
        peers, parts = (reader, other), [b"r"]
    else:
        back = socket(zmq.XPUB, xpub_nodrop=1, sndhwm=2)
        reader = socket(zmq.SUB, subscribe=b"", rcvhwm=2)
        peers, parts = (reader,), []
    address = bind(back)
    for peer in peers:
        peer.connect(address)
    if kind != "mandatory router":
        assert back.recv() == b"\1"
    steer(front, back)
    sent = 0
    while left.poll(100, zmq.POLLOUT):
        left.send_multipart([*parts, b"%d" % sent])
        sent += 1
    for number in range(sent):
        assert reader.recv() == b"%d" % number


def test_a_full_capture_socket_holds_the_traffic_up(joined, pair):
    capture, log = pair(zmq.PUSH, zmq.PULL, hwm=3)
    left, right, proxy = joined(zmq.PAIR, zmq.PAIR, zmq.PAIR, zmq.PAIR, capture=capture)
    for n in range(500):
        left.send_multipart([b"forth", b"%d" % n])
        right.send_multipart([b"back", b"%d" % n])
    assert proxy.statistics()[0] < 500  # which also shows that it still obeys
    seen = {b"forth": 0, b"back": 0}
    for _ in range(1000):
        way, number = log.recv_multipart()
        assert number == b"%d" % seen[way]
        seen[way] += 1
    assert [right.recv_multipart()[1] for _ in range(500)] == [b"%d" % n for n in range(500)]
    assert [left.recv_multipart()[1] for _ in range(500)] == [b"%d" % n for n in range(500)]


def test_a_full_pub_capture_drops(joined, pair):
    capture, log = pair(zmq.PUB, zmq.SUB, hwm=3)
    log.subscribe(b"")
    left, right, proxy = joined(zmq.PUSH, zmq.PULL, zmq.PUSH, zmq.PULL, capture=capture)
    for n in range(5000):
        left.send(b"%d" % n)
        assert right.recv() == b"%d" % n
    assert proxy.statistics()[::2] == [5000, 0, 0, 5000]


def test_one_socket_on_both_sides(socket, bind, steer):
    middle = socket(zmq.ROUTER)
    address = bind(middle, "tcp")
    proxy = steer(middle, middle)
    clients = [socket(zmq.REQ) for _ in range(5)]
    for client in clients:
        client.connect(address)
        client.send_multipart([b"echo", b""])
    for client in clients:
        assert client.recv_multipart() == [b"echo", b""]
    assert proxy.statistics()[::2] == [5, 0, 0, 5]


def test_request_and_reply_types_in_the_middle(joined):
    left, right, _ = joined(zmq.REQ, zmq.REP, zmq.REQ, zmq.REP)
    for n in range(100):
        left.send(b"%d" % n)
        right.send(right.recv() + b"!")
        assert left.recv() == b"%d!" % n


def test_requests_wait_for_a_req_in_the_middle(joined):
    left, right, _ = joined(zmq.PUSH, zmq.PULL, zmq.REQ, zmq.REP)
    for n in range(10):
        left.send(b"%d" % n)
    for n in range(10):  # PULL takes no answers, so that REQ never gets rid of its first one
        if not right.poll(100 if n else 5000):
            break
        assert right.recv() == b"%d" % n
    assert n == 1


def test_sockets_belong_to_the_proxy_while_it_runs(pair, steer, wait_for):
    front, left = pair(zmq.PULL, zmq.PUSH)
    back, right = pair(zmq.PUSH, zmq.PULL)
    proxy = steer(front, back)
    left.send(b"it runs")
    assert right.recv() == b"it runs"
    for s, use in ((front, lambda: front.recv(zmq.DONTWAIT)), (back, back.close)):
        with pytest.raises(zmq.ZMQThreadError):
            use()
        assert not s.closed
    assert proxy.end() == 0
    left.send(b"later")
    assert front.recv() == b"later"


LOAD = """
    import signal, sys, threading, zmq
    context = zmq.Context()
    def socket(kind, address, bind):
        s = context.socket(kind)
        s.linger = 0
        (s.bind if bind else s.connect)(address)
        return s
    front, back = socket(zmq.PULL, "inproc://f", True), socket(zmq.PUSH, "inproc://b", True)
    passed = threading.Event()
    def push():
        with socket(zmq.PUSH, "inproc://f", False) as s:
            try:
                while True:
                    s.send(b"x" * 10)
            except zmq.ContextTerminated:
                pass
    def pull():
        with socket(zmq.PULL, "inproc://b", False) as s:
            try:
                while True:
                    s.recv()
                    passed.set()
            except zmq.ContextTerminated:
                pass
    threads = [threading.Thread(target=f) for f in (push, pull)]
    for thread in threads:
        thread.start()
    def finish():
        front.close()
        back.close()
        context.term()
        for thread in threads:
            thread.join()
"""


def test_signal_handlers_run_under_load(output):
    code = """
    calls = []
    def handler(*_):
        calls.append(passed.is_set())
        passed.clear()
        if len(calls) == 20:
            raise ZeroDivisionError
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        zmq.proxy(front, back)
    except ZeroDivisionError:
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(len(calls), any(calls[1:]))
    finish()
    """
    assert output(LOAD + code) == "20 True\n"


def test_interrupt_under_load(start):
    code = """
    passed.wait()
    print("running", flush=True)
    try:
        zmq.proxy(front, back)
    except KeyboardInterrupt:
        print("interrupted")
    finish()
    """
    script = start(LOAD.replace("passed.wait()", "") + code.replace("passed.wait()", "pass"))
    assert script.line() == "running"
    script.process.send_signal(signal.SIGINT)
    assert script.done() == "interrupted\n"


def test_interrupt_while_paused(start):
    code = """
    import zmq
    context = zmq.Context()
    front, back = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    control, controller = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    control.bind("inproc://c")
    controller.connect("inproc://c")
    controller.send(b"PAUSE")
    print("running", flush=True)
    try:
        zmq.proxy_steerable(front, back, control=control)
    except KeyboardInterrupt:
        print("interrupted")
    context.destroy(linger=0)
    """
    script = start(code)
    assert script.line() == "running"
    script.process.send_signal(signal.SIGINT)
    assert script.done() == "interrupted\n"


@pytest.mark.parametrize("action", ["close", "replace"])
def test_a_handler_that_closes_a_socket_ends_the_proxy(output, action):
    code = """
    import signal, sys, zmq
    context = zmq.Context()
    front, back = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    signal.signal(signal.SIGALRM, lambda *_: front.close())
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        zmq.proxy(front, back)
    except zmq.ZMQError as error:
        print(error.errno == zmq.ENOTSOCK)
    context.destroy(linger=0)
    """
    assert output(code, action) == "True\n"


def test_a_handler_may_use_the_sockets(output):
    code = """
    import signal, zmq
    context = zmq.Context()
    front, back = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    sink = context.socket(zmq.PULL)
    back.bind("inproc://b")
    sink.connect("inproc://b")
    def handler(*_):
        back.send(b"from the handler")
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        zmq.proxy(front, back)
    except KeyboardInterrupt:
        print(sink.recv().decode())
    context.destroy(linger=0)
    """
    assert output(code) == "from the handler\n"


def test_term_ends_a_proxy_whatever_it_waits_for(output):
    code = """
    import threading, zmq
    for state in ("idle", "stalled", "captured", "paused"):
        context = zmq.Context()
        def socket(kind, address, bind, hwm=1):
            s = context.socket(kind)
            s.linger, s.sndtimeo, s.hwm = 0, 300, hwm
            (s.bind if bind else s.connect)(f"inproc://{address}")
            return s
        front, source = socket(zmq.PULL, "f", True), socket(zmq.PUSH, "f", False)
        back, sink = socket(zmq.PUSH, "b", True), socket(zmq.PULL, "b", False)
        capture, log = socket(zmq.PUSH, "c", True), socket(zmq.PULL, "c", False)
        control, controller = socket(zmq.PAIR, "t", True), socket(zmq.PAIR, "t", False)
        def work():
            chosen = capture if state == "captured" else None
            try:
                zmq.proxy_steerable(front, back, chosen, control)
            except zmq.ContextTerminated:
                print(state, "ended")
            for s in (front, back, capture, control):
                s.close()
        if state == "paused":
            controller.send(b"PAUSE")
        thread = threading.Thread(target=work)
        thread.start()
        if state in ("stalled", "captured"):
            try:
                for _ in range(1000):
                    source.send(b"x")
            except zmq.Again:
                pass
        for s in (source, sink, log, controller):
            s.close()
        context.term()
        thread.join()
    """
    assert output(code).split("\n")[:4] == [
        "idle ended",
        "stalled ended",
        "captured ended",
        "paused ended",
    ]
