# SPDX-License-Identifier: BSD-3-Clause
"""ROUTER and DEALER with identities: work goes to the worker that asked, answers to the client."""

import zmq

WORKER = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.DEALER) as s:
        s.identity = sys.argv[2].encode()
        s.connect(sys.argv[1])
        done = 0
        s.send(b"ready")
        while True:
            client, *body = s.recv_multipart()
            if body == [b"end"]:
                break
            s.send_multipart([client, sys.argv[2].encode(), *body])
            done += 1
    print(done)
"""

CLIENT = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.DEALER) as s:
        s.setsockopt_string(zmq.IDENTITY, sys.argv[2])
        s.connect(sys.argv[1])
        for i in range(50):
            s.send_multipart([b"%d" % i, sys.argv[2].encode()])
        got = sorted(int(number) for _, number, me in (s.recv_multipart() for _ in range(50)))
    print(got == list(range(50)))
"""


def test_least_recently_used_worker_gets_the_work(start, socket):
    front, back = socket(zmq.ROUTER), socket(zmq.ROUTER, router_mandatory=1)
    front.bind("tcp://127.0.0.1:0")
    back.bind("tcp://127.0.0.1:0")
    names = ["worker-ä", "worker-b", "worker-c"]
    workers = [start(WORKER, back.last_endpoint.decode(), name) for name in names]
    clients = [start(CLIENT, front.last_endpoint.decode(), f"client-{i}") for i in range(4)]
    idle, answered = [], 0
    for _ in workers:
        worker, ready = back.recv_multipart()
        assert ready == b"ready"
        idle.append(worker)
    poller = zmq.Poller()
    poller.register(back, zmq.POLLIN)
    while answered < 200:
        poller.register(front, zmq.POLLIN if idle else 0)  # no work is taken that nobody can do
        ready = dict(poller.poll(5000))
        assert ready
        if back in ready:
            worker, *rest = back.recv_multipart()
            idle.append(worker)
            front.send_multipart(rest)
            answered += 1
        if front in ready:
            client, *body = front.recv_multipart()
            back.send_multipart([idle.pop(0), client, *body])
    for client in clients:
        assert client.done() == "True\n"
    for name in names:
        back.send_multipart([name.encode(), b"", b"end"])
    counts = [int(w.done()) for w in workers]
    assert sum(counts) == 200
    assert min(counts) > 0
