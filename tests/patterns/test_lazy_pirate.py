# SPDX-License-Identifier: BSD-3-Clause
"""The lazy pirate: a client that gives up on a silent server, tries again, and gets its answer."""

import signal

SERVER = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.REP) as s:
        s.bind(sys.argv[1])
        print(s.last_endpoint.decode())
        while True:
            s.send(b"answer to " + s.recv())
"""

NEW_SOCKET = """
    import sys, zmq
    ctx = zmq.Context()
    def connect():
        s = ctx.socket(zmq.REQ)
        s.linger = 0
        s.connect(sys.argv[1])
        return s
    s, tries = connect(), 0
    for number in range(6):
        while True:
            s.send(b"%d" % number)
            tries += 1
            if s.poll(150):
                assert s.recv() == b"answer to %d" % number
                print("answer", number)
                input()
                break
            print("again", number)
            s.close()
            s = connect()
    s.close()
    ctx.term()
    print("tries", tries)
"""

SAME_SOCKET = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.REQ) as s:
        s.linger = 0
        s.req_relaxed = 1
        s.req_correlate = 1
        s.rcvtimeo = 150
        s.connect(sys.argv[1])
        tries = 0
        for number in range(6):
            while True:
                s.send(b"%d" % number)
                tries += 1
                try:
                    reply = s.recv()
                except zmq.Again:
                    print("again", number)
                    continue
                assert reply == b"answer to %d" % number
                print("answer", number)
                input()
                break
    print("tries", tries)
"""


def pirate(start, code):
    """Play it against a server that is stopped for a while, then killed and started again."""

    def answer(number):
        while (line := client.line()) != f"answer {number}":
            assert line == f"again {number}"

    server = start(SERVER, "tcp://127.0.0.1:0")
    address = server.line()
    client = start(code, address)
    answer(0)
    server.process.send_signal(signal.SIGSTOP)
    client.say("")
    assert client.line() == "again 1"
    server.process.send_signal(signal.SIGCONT)
    answer(1)
    server.kill()
    client.say("")
    assert client.line() == "again 2"
    server = start(SERVER, address)
    assert server.line() == address
    for number in range(2, 6):
        answer(number)
        client.say("")
    return int(client.done().split()[-1])


def test_with_a_new_socket_for_every_try(start):
    assert pirate(start, NEW_SOCKET) >= 8


def test_with_a_relaxed_socket(start):
    assert pirate(start, SAME_SOCKET) >= 8
