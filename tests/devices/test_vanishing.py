# SPDX-License-Identifier: BSD-3-Clause
"""Clients in other processes that connect, send and vanish while traffic flows."""

import pytest

import zmq

CROWD = """
    import os, sys, zmq
    endpoint, count, serial = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for n in range(count):
        pid = os.fork()
        if not pid:
            context = zmq.Context()
            s = context.socket(zmq.DEALER)
            s.connect(endpoint)
            for part in range(5):
                s.send_multipart([b"gone", b"%d" % (serial + n), b"x" * 5000])
            if n % 2:
                s.poll(2000)  # half of them have an answer on its way when they go
            os._exit(0)  # without closing anything
        os.waitpid(pid, 0)
    print("done")
"""


def answer(server, deadline=0):
    """Answer what is there; return how many of them came from clients that vanish."""
    vanishing = 0
    while server.poll(deadline):
        message = server.recv_multipart()
        vanishing += message[-3:-2] == [b"gone"]
        server.send_multipart(message)
        deadline = 0
    return vanishing


@pytest.mark.parametrize(
    ("way", "family", "clients"),
    [
        ("thread", "Proxy", 100),
        ("fork", "MonitoredQueue", 100),
        pytest.param("spawn", "ProxySteerable", 500, marks=pytest.mark.long),
        pytest.param("thread", "Device", 1000, marks=pytest.mark.long),
    ],
)
def test_clients_vanish_while_traffic_flows(started, client, start, way, family, clients):
    device = started(family, way, zmq.ROUTER, zmq.DEALER)
    server = client(device, "out", zmq.DEALER)
    steady = client(device, "in", zmq.DEALER)
    crowds = [
        start(CROWD, device.endpoints["in"][0], clients // 2, n * 10_000, options=())
        for n in (0, 1)
    ]
    sent = seen = 0
    while any(crowd.process.poll() is None for crowd in crowds):
        steady.send(b"%d" % sent)
        sent += 1
        seen += answer(server, 1000)
        while steady.poll(0):
            steady.recv()
    assert [crowd.done() for crowd in crowds] == ["done\n"] * 2
    steady.send_multipart([b"last", b""])
    last = None
    while last != [b"last", b""]:
        seen += answer(server, 10)
        while steady.poll(0):
            last = steady.recv_multipart()
    assert seen > clients  # they were there
    assert device.is_alive()
    counted = device.statistics()
    assert counted.in_received >= seen + sent
    assert counted.in_received == counted.out_sent


def test_each_client_is_answered_in_order(started, client, start):
    """Clients in processes that stay are served in order, whatever the others do."""
    code = """
        import sys, zmq
        context = zmq.Context()
        s = context.socket(zmq.DEALER)
        s.rcvtimeo = 20000
        s.connect(sys.argv[1])
        answers = []
        for n in range(2000):
            s.send(b"%d" % n)
            if n >= 500:  # a ROUTER drops what is more than its high-water mark
                answers.append(int(s.recv()))
        answers += [int(s.recv()) for n in range(500)]
        print(answers == list(range(2000)))
        context.destroy(0)
    """
    device = started("Proxy", "thread", zmq.ROUTER, zmq.DEALER)
    server = client(device, "out", zmq.DEALER)
    clients = [start(code, device.endpoints["in"][0]) for _ in range(3)]
    while any(each.process.poll() is None for each in clients):
        answer(server, 100)
    assert [each.done() for each in clients] == ["True\n"] * 3
