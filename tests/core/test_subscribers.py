# SPDX-License-Identifier: BSD-3-Clause
"""Who has subscribed: `wait_subscribers` and `subscribers` of PUB and XPUB sockets that count."""

import threading

import pytest

import zmq

#: A process that subscribes to one topic after another, each time with a new socket.
ONE_BY_ONE = """
    import sys, zmq
    with zmq.Context() as ctx:
        for number in range(int(sys.argv[2])):
            with ctx.socket(zmq.SUB) as s:
                s.linger, s.rcvtimeo = 0, 10000
                s.connect(sys.argv[1])
                topic = b"%05d" % number
                s.subscribe(topic)
                assert s.recv_multipart() == [topic, b"first"]
    print("all")
"""

#: A process that subscribes, and stays.
MANY = """
    import sys, zmq
    with zmq.Context() as ctx:
        sockets = [ctx.socket(zmq.SUB) for _ in range(int(sys.argv[2]))]
        for s in sockets:
            s.connect(sys.argv[1])
            s.subscribe(b"topic")
        sys.stdin.readline()
        for s in sockets:
            s.close()
"""


#: A process whose SUB socket is bound.
BOUND = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.SUB) as s:
        s.rcvtimeo = 10000
        s.subscribe(b"topic")
        s.bind(sys.argv[1])
        print(s.recv_string())
        sys.stdin.readline()
"""


@pytest.fixture(params=[zmq.PUB, zmq.XPUB], ids=["PUB", "XPUB"])
def kind(request):
    return request.param


@pytest.fixture
def counting(context):
    """`counting(type)`: a socket that counts its subscribers, closed after the test."""
    made = []

    def counting(kind, **options):
        s = context.socket(kind, count_subscribers=True, **options)
        made.append(s)
        s.linger, s.rcvtimeo, s.sndtimeo = 0, 5000, 5000
        return s

    yield counting
    for s in made:
        s.close()


@pytest.fixture
def subscriber(socket):
    """`subscriber(address, *topics)`: a SUB socket."""

    def subscriber(address, *topics):
        s = socket(zmq.SUB)
        s.connect(address)
        for topic in topics:
            s.subscribe(topic)
        return s

    return subscriber


# ---- the promise ----


def test_the_first_message_after_it_is_received(counting, context, kind, bind, transport):
    pub = counting(kind)
    address = bind(pub, transport)
    for number in range(1000):
        topic = b"%05d" % number
        with context.socket(zmq.SUB) as sub:
            sub.linger, sub.rcvtimeo = 0, 5000
            sub.connect(address)
            sub.subscribe(topic)
            assert pub.wait_subscribers(topic, timeout=5000) == 1
            pub.send(topic)
            assert sub.recv() == topic


@pytest.mark.parametrize("remote", ["tcp", "ipc"])
def test_the_first_message_reaches_other_processes(counting, kind, bind, start, remote):
    pub = counting(kind)
    script = start(ONE_BY_ONE, bind(pub, remote), 1000)
    for number in range(1000):
        topic = b"%05d" % number
        pub.wait_subscribers(topic, timeout=10000)
        pub.send_multipart([topic, b"first"])
    assert script.done() == "all\n"


def test_all_of_several_get_the_first_message(counting, kind, bind, subscriber, transport):
    pub = counting(kind)
    address = bind(pub, transport)
    subs = [subscriber(address, b"topic") for _ in range(20)]
    assert pub.wait_subscribers(b"topic", 20, timeout=5000) == 20
    pub.send(b"topic!")
    assert [s.recv() for s in subs] == [b"topic!"] * 20


def test_a_publisher_that_connects(counting, kind, start, folder, wait_for):
    pub = counting(kind)
    pub.reconnect_ivl = 10
    address = f"ipc://{folder}/subscriber"
    pub.connect(address)
    for number in range(4):
        script = start(BOUND, address)
        assert pub.wait_subscribers(b"topic", timeout=10000) == 1
        pub.send(b"topic %d" % number)
        assert script.line() == f"topic {number}"
        script.kill()
        wait_for(lambda: pub.subscribers == {})


# ---- counting ----


def test_unsubscribing_and_leaving_lower_the_count(
    counting, kind, bind, subscriber, transport, wait_for
):
    pub = counting(kind)
    address = bind(pub, transport)
    first, second = subscriber(address, b"a", b"b"), subscriber(address, b"a")
    pub.wait_subscribers(b"a", 2, timeout=5000)
    pub.wait_subscribers(b"b", timeout=5000)
    assert pub.subscribers == {b"a": 2, b"b": 1}
    first.unsubscribe(b"b")
    wait_for(lambda: pub.subscribers == {b"a": 2})
    second.close()
    wait_for(lambda: pub.subscribers == {b"a": 1})
    with pytest.raises(zmq.TimeoutExpired):
        pub.wait_subscribers(b"a", 2, timeout=20)
    first.close()
    wait_for(lambda: pub.subscribers == {})


@pytest.mark.parametrize("remote", ["tcp", "ipc"])
def test_killed_subscribers(counting, kind, bind, start, subscriber, remote, wait_for):
    pub = counting(kind)
    address = bind(pub, remote)
    doomed, other = start(MANY, address, 7), start(MANY, address, 3)
    subscriber(address, b"topic")
    pub.wait_subscribers(b"topic", 11, timeout=10000)
    doomed.kill()
    wait_for(lambda: pub.subscribers == {b"topic": 4})
    other.kill()
    wait_for(lambda: pub.subscribers == {b"topic": 1})
    replacement = start(MANY, address, 7)
    assert pub.wait_subscribers(b"topic", 8, timeout=10000) == 8
    replacement.say("end")
    replacement.done()
    wait_for(lambda: pub.subscribers == {b"topic": 1})


@pytest.mark.parametrize("remote", ["tcp", "ipc"])
def test_one_that_subscribes_twice_is_one(counting, kind, bind, subscriber, remote, wait_for):
    pub = counting(kind)
    sub = subscriber(bind(pub, remote), b"a", b"a", b"a", b"last")
    pub.wait_subscribers(b"last", timeout=5000)
    assert pub.subscribers == {b"a": 1, b"last": 1}
    sub.unsubscribe(b"a")
    sub.unsubscribe(b"a")
    sub.subscribe(b"b")
    pub.wait_subscribers(b"b", timeout=5000)
    assert pub.subscribers == {b"a": 1, b"b": 1, b"last": 1}
    sub.close()
    wait_for(lambda: pub.subscribers == {})


def test_prefixes_count(counting, kind, bind, subscriber):
    pub = counting(kind)
    address = bind(pub, "tcp")
    subscriber(address, b"")
    subscriber(address, b"news", b"")
    subscriber(address, b"news.sport")
    pub.wait_subscribers(b"news.sport", 3, timeout=5000)
    assert pub.wait_subscribers("news.sport.chess", 3) == 3
    assert pub.wait_subscribers(b"news", 2) == 2
    assert pub.wait_subscribers(b"") == 2
    with pytest.raises(zmq.TimeoutExpired, match="3 subscribers to b'new'.*2"):
        pub.wait_subscribers(b"new", 3, timeout=10)


def test_time_over(counting, kind, bind):
    pub = counting(kind)
    bind(pub, "tcp")
    for timeout in (0, 20):
        with pytest.raises(zmq.TimeoutExpired, match="b'topic'") as caught:
            pub.wait_subscribers(b"topic", timeout=timeout)
        assert isinstance(caught.value, TimeoutError)
    assert pub.wait_subscribers(b"topic", 0, timeout=0) == 0


@pytest.mark.parametrize(
    "arguments, named",
    [
        ((5,), "topic"),
        ((None,), "topic"),
        (([97],), "topic"),
        (("x", "2"), "n is"),
        (("x", 1.5), "n is"),
    ],
)
def test_what_cannot_be_waited_for(counting, kind, arguments, named):
    with pytest.raises(TypeError, match=named):
        counting(kind).wait_subscribers(*arguments, timeout=0)
    with pytest.raises(TypeError, match="milliseconds"):
        counting(kind).wait_subscribers("x", timeout="soon")


def test_the_end_of_the_context(context, counting, kind, bind):
    pub = counting(kind)
    bind(pub, "tcp")
    ending = threading.Timer(0.05, context.term)
    ending.start()
    with pytest.raises(zmq.ContextTerminated):
        pub.wait_subscribers(b"topic")
    pub.close()
    ending.join()
