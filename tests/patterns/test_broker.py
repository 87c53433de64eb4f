# SPDX-License-Identifier: BSD-3-Clause
"""Request-reply through a broker: clients, a proxy and workers, each a process of its own."""

import json

import zmq

BROKER = """
    import zmq
    with zmq.Context() as ctx, ctx.socket(zmq.ROUTER) as front, ctx.socket(zmq.DEALER) as back:
        for s in (front, back):
            s.bind("tcp://127.0.0.1:0")
            print(s.last_endpoint.decode())
        with ctx.socket(zmq.PAIR) as control:
            control.bind("tcp://127.0.0.1:0")
            print(control.last_endpoint.decode())
            zmq.proxy_steerable(front, back, None, control)
    print("broker ended")
"""

WORKER = """
    import os, sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.REP) as s:
        s.connect(sys.argv[1])
        while True:
            number = s.recv_json()
            s.send_json({"square": number * number, "worker": os.getpid()})
"""

CLIENT = """
    import sys, zmq
    workers = set()
    with zmq.Context() as ctx, ctx.socket(zmq.REQ) as s:
        s.connect(sys.argv[1])
        for number in range(int(sys.argv[2])):
            s.send_json(number)
            reply = s.recv_json()
            assert reply["square"] == number * number
            workers.add(reply["worker"])
    print(*sorted(workers))
"""


def test_clients_and_workers_meet_at_a_broker(start, socket):
    broker = start(BROKER)
    front, back, steering = broker.line(), broker.line(), broker.line()
    workers = [start(WORKER, back) for _ in range(3)]
    clients = [start(CLIENT, front, 60) for _ in range(4)]
    used = set()
    for client in clients:
        used |= set(map(int, client.done().split()))
    assert used <= {w.pid for w in workers}
    assert used
    control = socket(zmq.PAIR)
    control.connect(steering)
    control.send(b"STATISTICS")
    assert len(control.recv_multipart()) == 8
    control.send(b"TERMINATE")
    assert broker.done() == "broker ended\n"


def test_a_worker_that_dies_takes_only_its_own_request_along(start, socket):
    broker = start(BROKER)
    front, back, _ = broker.line(), broker.line(), broker.line()
    client = socket(zmq.DEALER)
    client.connect(front)
    doomed = start(WORKER, back)
    client.send_multipart([b"", b"3"])
    assert json.loads(client.recv_multipart()[1])["square"] == 9
    doomed.kill()
    start(WORKER, back)
    answers = 0
    while answers < 5:
        client.send_multipart([b"", b"4"])
        if client.poll(200):
            assert json.loads(client.recv_multipart()[1])["square"] == 16
            answers += 1
