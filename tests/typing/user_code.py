# SPDX-License-Identifier: BSD-3-Clause
"""A program as users write them; what `reveal_type` must tell is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

import zmq
import zmq.utils.monitor
from zmq import PUB, Context, Socket
from zmq.error import ZMQError

if TYPE_CHECKING:
    from typing_extensions import reveal_type

# ---- contexts and sockets ----

ctx = zmq.Context()
reveal_type(ctx)  # Context[Socket[bytes]]
reveal_type(ctx.socket(zmq.PUB))  # Socket[bytes]
reveal_type(Context(2).socket(PUB))  # Socket[bytes]
reveal_type(Context.instance().closed)  # bool
reveal_type(Context.instance().socket(PUB).recv())  # bytes
reveal_type(zmq.Context.shadow(ctx.underlying).underlying)  # int
reveal_type(zmq.Socket(ctx, zmq.PUSH))  # Socket[bytes]
reveal_type(ctx.io_threads)  # int
reveal_type(ctx.get(zmq.MAX_SOCKETS))  # int
reveal_type(ctx.closed)  # bool
ctx.linger = 0
ctx.term(timeout=1000)
ctx.destroy(linger=0)

with zmq.Context() as inner, inner.socket(zmq.ROUTER, observe=True) as router:
    reveal_type(inner)  # Context[Socket[bytes]]
    reveal_type(router)  # Socket[bytes]
    reveal_type(router.context.socket(zmq.PAIR))  # Socket[bytes]
    reveal_type(router.bind("tcp://127.0.0.1:*").port)  # int | None
    with router.bind(b"inproc://here") as same:
        reveal_type(same)  # Socket[bytes]
    reveal_type(router.bind_to_random_port("tcp://127.0.0.1"))  # int
    reveal_type(router.peers)  # dict[str, int]
    reveal_type(router.wait_connected(1, timeout=100))  # int
    reveal_type(router.stats())  # dict[str, int]
    router.on_full = "raise"

s = ctx.socket(zmq.DEALER)
threadsafe = ctx.socket(zmq.PUSH, threadsafe=True, on_full="block")
reveal_type(threadsafe)  # Socket[bytes]

# ---- options ----

s.linger = 0
s.identity = b"me"
s.identity = bytearray(b"me")
s.plain_username = None
s.setsockopt(zmq.ROUTING_ID, b"me")
s.set(zmq.RCVHWM, 10)
s.hwm = 100
s.set_string(zmq.SUBSCRIBE, "topic")
s.subscribe("topic")
s.SNDTIMEO = 10
req = ctx.socket(zmq.REQ)
reveal_type(req.linger)  # int
reveal_type(req.identity)  # bytes
reveal_type(s.last_endpoint)  # bytes
reveal_type(s.LAST_ENDPOINT)  # bytes
reveal_type(s.type)  # SocketType
reveal_type(s.events)  # int
reveal_type(req.hwm)  # int
reveal_type(s.get(zmq.LINGER))  # int
reveal_type(s.get(zmq.LAST_ENDPOINT))  # bytes
reveal_type(s.getsockopt(zmq.IDENTITY))  # bytes
reveal_type(s.getsockopt(zmq.SocketOption.RCVMORE))  # int
reveal_type(s.get(17))  # int | bytes
reveal_type(s.get_string(zmq.LAST_ENDPOINT))  # str
reveal_type(s.fileno())  # int

# ---- messages ----

reveal_type(s.recv())  # bytes
reveal_type(s.recv(zmq.NOBLOCK))  # bytes
reveal_type(s.recv(copy=False))  # Frame
reveal_type(s.recv(0, False, True))  # Frame
reveal_type(s.recv_multipart())  # list[bytes]
reveal_type(s.recv_multipart(copy=False, timeout=5))  # list[Frame]
reveal_type(s.recv_string())  # str
reveal_type(s.recv_json())  # Any
reveal_type(s.recv_pyobj())  # Any
reveal_type(s.recv_serialized(b"".join))  # bytes
reveal_type(s.recv_signed(b"0123456789abcdef"))  # Any
reveal_type(s.recv_into(bytearray(10)))  # int
reveal_type(s.try_recv())  # bytes | None
reveal_type(s.recv_many(10))  # list[bytes]
reveal_type(s.recv_many_multipart(10))  # list[list[bytes]]
reveal_type(s.send(b"x", copy=False, track=True))  # MessageTracker
reveal_type(s.send_multipart([b"x", bytearray(3)], copy=False, track=True))  # MessageTracker
reveal_type(s.send_many([b"x", [b"y", memoryview(b"z")]]))  # int
s.send(b"x")
s.send(zmq.Frame(b"x"), flags=zmq.SNDMORE | zmq.DONTWAIT)
s.send(numpy.zeros(3), copy=False)
s.send_multipart([b"x", numpy.zeros(3)])
s.send_array(numpy.zeros(3))
reveal_type(s.recv_into(numpy.zeros(3)))  # int
s.send_string("x", timeout=5)
s.send_json({"a": [1, 2, None]})
s.send_pyobj(object(), protocol=5)
for message in s:
    reveal_type(message)  # bytes


def receive(sock: zmq.Socket[bytes], copy: bool) -> None:
    reveal_type(sock.recv(copy=copy))  # bytes | Frame


frame = s.recv(copy=False)
reveal_type(frame.bytes)  # bytes
reveal_type(frame.buffer)  # memoryview[int]
reveal_type(frame.more)  # bool
reveal_type(frame.get("User-Id"))  # str
reveal_type(frame.get(zmq.SRCFD))  # int
reveal_type(frame[0])  # int
reveal_type(frame[1:])  # bytes
reveal_type(bytes(frame))  # bytes
reveal_type(len(frame))  # int

tracker = s.send(b"x", copy=False, track=True)
reveal_type(tracker.done)  # bool
tracker.wait(timeout=1.5)

# ---- waiting ----

poller = zmq.Poller()
poller.register(s, zmq.POLLIN)
poller.register(0)
reveal_type(poller.poll(100))  # list[tuple[Any, int]]
reveal_type(s.poll(100))  # int
readable, writable, _ = zmq.select([s], [], [], timeout=0.1)
reveal_type(readable)  # list[Any]
reveal_type(zmq.request("tcp://127.0.0.1:1", b"x"))  # bytes
reveal_type(zmq.request(s, [b"x", b"y"], retries=1))  # list[bytes]

# ---- the rest ----

reveal_type(zmq.curve_keypair())  # tuple[bytes, bytes]
reveal_type(zmq.zmq_version_info())  # tuple[int, int, int]
reveal_type(zmq.has("curve"))  # bool
reveal_type(zmq.build_info())  # dict[str, Any]
reveal_type(zmq.utils.monitor.parse_monitor_message([b"", b""]))  # dict[str, Any]
reveal_type(s.get_monitor_socket())  # Socket[bytes]
reveal_type(zmq.utils.monitor.recv_monitor_message(s.get_monitor_socket()))  # dict[str, Any]
reveal_type(zmq.SocketOption.LINGER.value_type)  # type[bytes] | type[int]
reveal_type(zmq.POLLIN | zmq.POLLOUT)  # PollEvent

try:
    s.send(b"")
except zmq.Again as error:
    reveal_type(error)  # Again
except ZMQError as error:
    reveal_type(error.errno)  # int | None

# ---- subclasses, and functions for any kind of socket ----


class MySocket(zmq.Socket[bytes]):
    """A socket with something more."""

    name: str = ""

    def recv_upper(self) -> bytes:
        return self.recv().upper()


class MyContext(zmq.Context[MySocket]):
    """Makes them."""

    _socket_class = MySocket


reveal_type(MyContext())  # MyContext
reveal_type(MyContext().socket(zmq.PULL))  # MySocket
reveal_type(MyContext.instance().socket(zmq.PULL).recv_upper())  # bytes
reveal_type(ctx.socket(zmq.PULL, socket_class=MySocket))  # MySocket
reveal_type(ctx.socket(zmq.PULL, MySocket).name)  # str
reveal_type(ctx.socket(zmq.PULL, socket_class=zmq.Socket).recv())  # bytes


def make(owner: zmq.Context, kind: int) -> MySocket:
    return MySocket(owner, kind)


reveal_type(ctx.socket(zmq.PULL, socket_class=make))  # MySocket


def close_all(sockets: list[Socket], owner: Context) -> None:
    for each in sockets:
        each.close(linger=0)
    owner.term()


def only_blocking(sock: zmq.SyncSocket, owner: zmq.SyncContext) -> bytes:
    other: Socket[bytes] = owner.socket(sock.type)
    return other.recv()


def any_socket(sock: Socket[Any]) -> int:
    return sock.poll(0)


any_socket(MyContext().socket(zmq.PULL))
only_blocking(s, ctx)
