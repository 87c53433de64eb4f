# SPDX-License-Identifier: BSD-3-Clause
"""How long does a handshake take, and an answer of the authenticator alone?

Clients in a process of their own connect one after another, or many at once; with nobody to ask,
with a `ThreadAuthenticator`, and with an `AsyncioAuthenticator` in the thread that waits.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from itertools import repeat
from statistics import median
from time import perf_counter

import zmq
import zmq.asyncio
from harness.sheet import Sheet
from zmq.auth import CURVE_ALLOW_ANY, create_certificates, load_certificate
from zmq.auth.asyncio import AsyncioAuthenticator
from zmq.auth.thread import ThreadAuthenticator

FEWEST_REPEATS = 3
AT_ONCE = 50

#: Reads how many clients shall connect at once, lets them, and writes what each took, in ns.
CLIENT = """
import json, sys
from time import perf_counter_ns
import zmq
options = json.loads(sys.argv[1])
context = zmq.Context()
for line in sys.stdin:
    count = int(line)
    sockets = []
    for _ in range(count):
        s = context.socket(zmq.REQ)
        s.linger = 0
        for name, value in options["set"].items():
            s.setsockopt(getattr(zmq, name), value.encode())
        sockets.append(s)
    start = perf_counter_ns()
    for s in sockets:
        s.connect(options["endpoint"])
        s.send(b"")
    for s in sockets:
        s.recv()
    print((perf_counter_ns() - start) // count, flush=True)
    for s in sockets:
        s.close()
context.term()
"""


class Clients:
    """The process with the clients."""

    def __init__(self, process):
        self._process = process

    def begin(self, count):
        """Let so many clients connect."""
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()

    def end(self):
        """Return the nanoseconds for one, when all are connected."""
        return int(self._process.stdout.readline())


@contextmanager
def clients(endpoint, **options):
    """Start the process with the clients, and end it."""
    arguments = [sys.executable, "-c", CLIENT, json.dumps({"endpoint": endpoint, "set": options})]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(arguments, **pipes) as process:
        yield Clients(process)
        process.stdin.close()


@contextmanager
def server(context):
    """Yield a CURVE server, its endpoint, the options of its clients, and their certificates."""
    public, secret = zmq.curve_keypair()
    s = context.socket(zmq.REP)
    s.linger = 0
    s.backlog = 1000
    s.rcvtimeo = 20_000  # rather than wait for ever for somebody who was refused
    s.curve_server, s.curve_secretkey = 1, secret
    port = s.bind_to_random_port("tcp://127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(10):
            _, secret_file = create_certificates(folder, str(number))
        mine = load_certificate(secret_file)
        keys = {"CURVE_SERVERKEY": public, "CURVE_PUBLICKEY": mine[0], "CURVE_SECRETKEY": mine[1]}
        options = {name: key.decode() for name, key in keys.items()}
        yield s, f"tcp://127.0.0.1:{port}", options, folder
    s.close()


class Provider:
    """Accepts every key."""

    def callback(self, domain, key):
        return True


def configure(auth, folder, way):
    """Configure an authenticator one way or the other."""
    if way == "callback":
        auth.configure_curve_callback("*", Provider())
    else:
        auth.configure_curve("*", folder)


def measure(seconds, count, way):
    """Return the median of the nanoseconds that a handshake takes."""
    context = zmq.Context()
    costs = []
    with server(context) as (s, endpoint, options, folder):
        auth = None
        if way:
            auth = ThreadAuthenticator(context)
            auth.start()
            configure(auth, folder, way)
        with clients(endpoint, **options) as crowd:
            deadline = perf_counter() + seconds
            while len(costs) <= FEWEST_REPEATS or perf_counter() < deadline:
                crowd.begin(count)
                for _ in range(count):
                    s.recv()
                    s.send(b"")
                costs.append(crowd.end())
        if auth is not None:
            auth.stop()
    context.term()
    return median(costs[1:])


async def measure_async(seconds, count):
    """Return the same with an authenticator in the loop of the server."""
    context = zmq.asyncio.Context()
    costs = []
    with server(context) as (s, endpoint, options, folder):
        auth = AsyncioAuthenticator(context)
        auth.start()
        configure(auth, folder, "directory")
        with clients(endpoint, **options) as crowd:
            deadline = perf_counter() + seconds
            while len(costs) <= FEWEST_REPEATS or perf_counter() < deadline:
                crowd.begin(count)
                for _ in range(count):
                    await s.recv()
                    await s.send(b"")
                costs.append(crowd.end())
        auth.stop()
        await asyncio.sleep(0)
    context.term()
    return median(costs[1:])


class Asker:
    """Asks an authenticator in a thread, as libzmq does."""

    REQUEST = (b"", b"1.0", b"1", b"", b"127.0.0.1", b"", b"CURVE", bytes(32))

    def __init__(self):
        self.context = zmq.Context()
        self.auth = ThreadAuthenticator(self.context)
        self.auth.start()
        self.auth.configure_curve("*", CURVE_ALLOW_ANY)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.connect("inproc://zeromq.zap.01")

    def one_by_one(self, calls):
        """Ask, wait for the answer, and ask again."""
        for _ in repeat(None, calls):
            self.socket.send_multipart(self.REQUEST)
            self.socket.recv_multipart()

    def at_once(self, calls):
        """Ask all, and then wait for all answers."""
        for _ in repeat(None, calls):
            self.socket.send_multipart(self.REQUEST)
        for _ in repeat(None, calls):
            self.socket.recv_multipart()

    def close(self):
        """End it."""
        self.auth.stop()
        self.socket.close()
        self.context.term()


def main():
    sheet = Sheet(__doc__)
    for count in (1, AT_ONCE):
        crowd = "one by one" if count == 1 else f"{count} at once"
        for way in ("", "directory", "callback"):
            title = f"with ThreadAuthenticator, {way}" if way else "without authenticator"
            name = f"CURVE handshake {title}, {crowd}"
            sheet.add(name, measure(sheet.seconds, count, way), "ns", target=1.0)
        cost = asyncio.run(measure_async(sheet.seconds, count))
        sheet.add(f"CURVE handshake with AsyncioAuthenticator, {crowd}", cost, "ns", target=1.0)
    asker = Asker()
    sheet.cost("ThreadAuthenticator, one answer", asker.one_by_one, 500, pick=median)
    sheet.cost("ThreadAuthenticator, of many answers", asker.at_once, 500, pick=median)
    asker.close()
    sheet.show()


if __name__ == "__main__":
    main()
