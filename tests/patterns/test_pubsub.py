# SPDX-License-Identifier: BSD-3-Clause
"""Publishers and subscribers in processes: topics, a forwarder, and a subscriber that dies."""

import zmq

SUBSCRIBER = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.SUB) as s:
        s.rcvhwm = 0
        s.connect(sys.argv[1])
        for topic in sys.argv[2:]:
            s.subscribe(topic)
        print("subscribed")
        got = []
        while True:
            topic, body = s.recv_multipart()
            if topic.endswith(b"end"):
                break
            got.append(int(body))
    print(*got)
"""

PUBLISHER = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.XPUB) as s:
        s.sndhwm = 0
        s.xpub_verbose = 1
        s.connect(sys.argv[1]) if sys.argv[1:] else s.bind("tcp://127.0.0.1:0")
        print(s.last_endpoint.decode())
        wanted = int(input())
        topics = sorted(s.recv() for _ in range(wanted))
        print(topics)
        for i in range(300):
            s.send_multipart([b"even" if i % 2 == 0 else b"odd", b"%d" % i])
        for topic in (b"even end", b"odd end"):
            s.send_multipart([topic, b""])
"""

FORWARDER = """
    import zmq
    with zmq.Context() as ctx, ctx.socket(zmq.XSUB) as front, ctx.socket(zmq.XPUB) as back:
        back.xpub_verbose = 1
        for s in (front, back):
            s.bind("tcp://127.0.0.1:0")
            print(s.last_endpoint.decode())
        zmq.proxy(front, back)
"""


def test_subscribers_get_what_they_asked_for(start):
    publisher = start(PUBLISHER)
    address = publisher.line()
    even = [start(SUBSCRIBER, address, "even") for _ in range(2)]
    odd = start(SUBSCRIBER, address, "odd")
    publisher.say(3)
    assert publisher.line() == str([b"\x01even", b"\x01even", b"\x01odd"])
    for s in even:
        assert s.done().split()[1:] == [str(i) for i in range(0, 300, 2)]
    assert odd.done().split()[1:] == [str(i) for i in range(1, 300, 2)]
    publisher.done()


def test_through_a_forwarder(start):
    forwarder = start(FORWARDER)
    front, back = forwarder.line(), forwarder.line()
    subscribers = [start(SUBSCRIBER, back, topic) for topic in ("even", "odd")]
    publisher = start(PUBLISHER, front)
    publisher.line()
    publisher.say(2)
    assert publisher.line() == str([b"\x01even", b"\x01odd"])
    for first, s in enumerate(subscribers):
        assert s.done().split()[1:] == [str(i) for i in range(first, 300, 2)]
    publisher.done()


def test_subscriber_that_dies_disturbs_nobody(start, socket):
    pub = socket(zmq.XPUB)
    pub.bind("tcp://127.0.0.1:0")
    address = pub.last_endpoint.decode()
    doomed, other = start(SUBSCRIBER, address, "a"), start(SUBSCRIBER, address, "b")
    assert sorted([pub.recv(), pub.recv()]) == [b"\x01a", b"\x01b"]
    doomed.kill()
    assert pub.recv() == b"\x00a"
    pub.send_multipart([b"b", b"1"])
    pub.send_multipart([b"b end", b""])
    assert other.done() == "subscribed\n1\n"
