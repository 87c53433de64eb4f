# SPDX-License-Identifier: BSD-3-Clause
"""CURVE between processes: who has the server's key talks, who has not is never heard."""

import zmq

SERVER = """
    import sys, zmq
    public, secret = zmq.curve_keypair()
    with zmq.Context() as ctx, ctx.socket(zmq.REP) as s:
        s.curve_server = True
        s.curve_secretkey = secret
        s.bind("tcp://127.0.0.1:0")
        print(s.last_endpoint.decode())
        print(public.decode())
        heard = []
        while b"end" not in heard:
            heard.append(s.recv())
            s.send(b"heard " + heard[-1])
    print(*sorted(h.decode() for h in heard))
"""

CLIENT = """
    import sys, zmq
    address, key, name = sys.argv[1:]
    with zmq.Context() as ctx, ctx.socket(zmq.REQ) as s:
        s.linger = 0
        s.rcvtimeo = 300 if name == "intruder" else 10_000
        if key:
            s.curve_serverkey = key.encode()
            s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
        s.connect(address)
        s.send_string(name)
        try:
            print(s.recv_string())
        except zmq.Again:
            print("no answer")
"""


def test_only_those_with_the_key_are_heard(start):
    server = start(SERVER)
    address, key = server.line(), server.line()
    wrong = zmq.curve_keypair()[0].decode()
    intruders = [start(CLIENT, address, k, "intruder") for k in ("", wrong)]
    friends = [start(CLIENT, address, key, name) for name in ("anna", "ben")]
    assert [f.done() for f in friends] == ["heard anna\n", "heard ben\n"]
    assert [i.done() for i in intruders] == ["no answer\n"] * 2
    assert start(CLIENT, address, key, "end").done() == "heard end\n"
    assert server.done() == "anna ben end\n"
