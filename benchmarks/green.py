# SPDX-License-Identifier: BSD-3-Clause
"""What do calls cost in gevent programs, when they need not wait and when they have to?"""

from contextlib import contextmanager
from functools import partial
from itertools import repeat
from statistics import median

import gevent

import zmq.green as zmq
from harness.pairs import WILDCARDS
from harness.sheet import Sheet

PAYLOAD = b"x" * 10
PARTS = [b"x" * 10] * 4
CALLS = 3000
REQUESTS = 500
GREENLETS = 1000
REQUEST_TARGETS = {"inproc": 1.5, "tcp": 1.5}


@contextmanager
def green_pair(connected, bound, transport):
    """Open two connected green sockets without limits, and close them in the end."""
    context = zmq.Context()
    first, second = context.socket(connected), context.socket(bound)
    try:
        for socket in (first, second):
            socket.set_hwm(0)
            socket.setsockopt(zmq.LINGER, 0)
        second.bind(WILDCARDS[transport])
        first.connect(second.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
        yield first, second
    finally:
        first.close()
        second.close()
        context.term()


def send(socket, calls):
    """Send `calls` messages."""
    for _ in repeat(None, calls):
        socket.send(PAYLOAD)


def receive(socket, calls):
    """Receive `calls` messages."""
    for _ in repeat(None, calls):
        socket.recv()


def send_multipart(socket, calls):
    """Send `calls` messages of four parts."""
    for _ in repeat(None, calls):
        socket.send_multipart(PARTS)


def receive_multipart(socket, calls):
    """Receive `calls` messages with their parts."""
    for _ in repeat(None, calls):
        socket.recv_multipart()


def reply(socket, calls):
    """Answer `calls` requests."""
    for _ in repeat(None, calls):
        socket.send(socket.recv())


def in_turn(first, second, push, pull, calls):
    """Send all, then receive all."""
    first(push, calls)
    second(pull, calls)


def at_once(push, pull, calls):
    """Send in one greenlet, receive in another that has to wait."""
    receiving = gevent.spawn(receive, pull, calls)
    gevent.sleep(0)
    sending = gevent.spawn(send, push, calls)
    gevent.joinall([receiving, sending], raise_error=True)


def ask(client, server, calls):
    """Ask `calls` times a greenlet that answers."""
    replying = gevent.spawn(reply, server, calls)
    for _ in repeat(None, calls):
        client.send(PAYLOAD)
        client.recv()
    replying.join()


def ask_in_greenlets(clients, server, calls):
    """Ask `calls` times, with a greenlet for each of many sockets."""

    def answer():
        for _ in repeat(None, calls):
            server.send_multipart(server.recv_multipart())

    answering = gevent.spawn(answer)
    each = calls // len(clients)

    def ask(client):
        for _ in repeat(None, each):
            client.send(PAYLOAD)
            client.recv()

    gevent.joinall([answering, *(gevent.spawn(ask, client) for client in clients)])


@contextmanager
def crowd():
    """Open a server and a thousand clients, and close them in the end."""
    context = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 2 * GREENLETS + 100)
    server = context.socket(zmq.ROUTER)
    server.bind("inproc://server")
    clients = [context.socket(zmq.DEALER) for _ in range(GREENLETS)]
    for client in clients:
        client.setsockopt(zmq.LINGER, 0)
        client.connect("inproc://server")
    try:
        yield clients, server
    finally:
        for socket in (*clients, server):
            socket.close(0)
        context.term()


def main():
    sheet = Sheet(__doc__)
    for transport in ("inproc", "tcp"):
        with green_pair(zmq.PUSH, zmq.PULL, transport) as sockets:
            single = partial(in_turn, send, receive, *sockets)
            sheet.cost(f"send and recv in turn, {transport}", single, CALLS, target=4)
            parts = partial(in_turn, send_multipart, receive_multipart, *sockets)
            sheet.cost(f"the same with 4 parts, {transport}", parts, CALLS, target=4)
            concurrent = partial(at_once, *sockets)
            sheet.cost(f"send and recv at once, {transport}", concurrent, CALLS, target=4)
        with green_pair(zmq.REQ, zmq.REP, transport) as sockets:
            target = REQUEST_TARGETS[transport]
            title = f"REQ/REP, {transport}"
            sheet.cost(title, partial(ask, *sockets), REQUESTS, pick=median, target=target)
    with crowd() as sockets:
        title = f"{GREENLETS} greenlets with a socket each, inproc"
        asking = partial(ask_in_greenlets, *sockets)
        sheet.cost(title, asking, 2 * GREENLETS, pick=median, target=1.5)
    sheet.show()


if __name__ == "__main__":
    main()
