# SPDX-License-Identifier: BSD-3-Clause
"""Mistakes that type checkers must find: each in a line that says so."""

import zmq

ctx = zmq.Context()
s = ctx.socket(zmq.DEALER)

ctx.socket("DEALER")  # error
ctx.socket(zmq.PUB, on_full="wait")  # error
s.send("text")  # error
s.send_string(b"bytes")  # error
s.send_multipart(b"one part")  # error
s.send(b"x", copy="yes")  # error
s.send(b"x", timeout="10")  # error
text: str = s.recv()  # error
part: bytes = s.recv(copy=False)  # error
parts: list[bytes] = s.recv()  # error
tracker: zmq.MessageTracker = s.send(b"x")  # error
s.recv(copy=False).upper()  # error
s.linger = "0"  # error
s.identity = "me"  # error
s.identity = None  # error
s.last_endpoint = b"x"  # error
s.rcvmore = 1  # error
s.lingr = 0  # error
s.no_such_method()  # error
s.set(zmq.SUBSCRIBE, "topic")  # error
number: int = s.get(zmq.LAST_ENDPOINT)  # error
s.on_full = "never"  # error
s.connect(5555)  # error
s.recv_into(b"read" if s else 1)  # error
constant = zmq.NO_SUCH_CONSTANT  # error
zmq.Poller().register("socket")  # error
zmq.request("tcp://127.0.0.1:1", "text")  # error
ctx.lingr = 0  # error
option = ctx.no_such_option  # error
asynchronous: zmq.Socket[int] = s  # error
