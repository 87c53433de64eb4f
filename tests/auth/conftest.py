# SPDX-License-Identifier: BSD-3-Clause
"""Authenticators of both kinds, clients in other processes, and a voice that speaks ZAP itself."""

import asyncio
import json
import logging
import threading

import pytest

import zmq
from zmq.auth import create_certificates, load_certificate
from zmq.auth.asyncio import AsyncioAuthenticator
from zmq.auth.thread import ThreadAuthenticator

ZAP = "inproc://zeromq.zap.01"

#: Reads lists of clients, each the options of its socket, and writes how each of them fared: 0 if
#: it was let in, the status if it was refused, -1 if its handshake failed, -2 if nothing came.
CLIENTS = """
import json, resource, sys, time
import zmq
from zmq.utils.monitor import parse_monitor_message

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
SUCCEEDED, AUTH = zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_HANDSHAKE_FAILED_AUTH
FAILED = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
FAILED |= zmq.EVENT_DISCONNECTED

def begin(context, options):
    s = context.socket(zmq.PUSH)
    s.linger, s.reconnect_ivl, s.ipv6 = 10_000, -1, 1
    for name, value in options.items():
        if name not in ("endpoint", "message"):
            s.set(getattr(zmq, name), value.encode() if isinstance(value, str) else value)
    monitor = s.get_monitor_socket(SUCCEEDED | AUTH | FAILED)
    s.connect(options["endpoint"])
    return s, monitor

def fare(monitor, limit):
    while monitor.poll(max(0, limit - time.monotonic()) * 1000):
        event = parse_monitor_message(monitor.recv_multipart())
        if event["event"] == SUCCEEDED:
            return 0
        return event["value"] if event["event"] == AUTH else -1
    return -2

context = zmq.Context()
context.max_sockets = 10_000
for line in sys.stdin:
    wanted = json.loads(line)
    clients = [begin(context, options) for options in wanted]
    limit = time.monotonic() + 40
    fates = [fare(monitor, limit) for _, monitor in clients]
    for (s, monitor), fate, options in zip(clients, fates, wanted):
        if fate == 0:
            s.send_string(options.get("message", "hello"))
        s.disable_monitor()
        monitor.close()
        s.close(10_000 if fate == 0 else 0)
    print(json.dumps(fates), flush=True)
context.term()
"""


class AsyncioRunner:
    """An AsyncioAuthenticator in a loop of its own, in a thread, with the manners of the other."""

    def __init__(self, *args, **kwargs):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.auth = AsyncioAuthenticator(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.auth, name)

    def start(self):
        async def start():
            self.auth.start()

        asyncio.run_coroutine_threadsafe(start(), self.loop).result(10)

    def stop(self):
        if self.loop.is_closed():
            return
        try:
            asyncio.run_coroutine_threadsafe(self.auth.aclose(), self.loop).result(10)
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
            self.loop.close()


KINDS = {"thread": ThreadAuthenticator, "asyncio": AsyncioRunner}


@pytest.fixture
def records():
    """What authenticators log: a list of records."""
    found = []

    class Keeper(logging.Handler):
        def emit(self, record):
            found.append(record)

    keeper, logger = Keeper(), logging.getLogger("zmq.auth")
    logger.addHandler(keeper)
    level, logger.propagate = logger.level, False
    logger.setLevel(logging.DEBUG)
    yield found
    logger.removeHandler(keeper)
    logger.setLevel(level)
    logger.propagate = True


@pytest.fixture
def make_auth(context, records):
    """`make_auth(kind)`: a started authenticator of the context, stopped with the test."""
    made = []

    def make_auth(kind="thread", start=True, **kwargs):
        auth = KINDS[kind](context, **kwargs)
        made.append(auth)
        if start:
            auth.start()
        return auth

    yield make_auth
    for auth in made:
        auth.stop()


@pytest.fixture(params=KINDS)
def auth(request, make_auth):
    """A started authenticator: one of each kind in turn."""
    return make_auth(request.param)


@pytest.fixture
def decisions(records):
    """`decisions()`: those that were logged so far."""
    return lambda: [each.decision for each in records if hasattr(each, "decision")]


@pytest.fixture
def ask(context):
    """`ask(*frames)`: what an authenticator replies to a request; `ask.send`, `ask.receive`."""
    voice = zmq.Socket(context, zmq.DEALER)
    voice.linger = 0

    def send(*frames):
        voice.send_multipart([b"", *frames])

    def receive(timeout=10_000):
        assert voice.poll(timeout), "no reply"
        empty, *reply = voice.recv_multipart()
        assert empty == b""
        return reply

    def ask(*frames):
        send(*frames)
        return receive()

    ask.send, ask.receive, ask.socket = send, receive, voice
    voice.connect(ZAP)
    yield ask
    voice.close()


@pytest.fixture
def server(socket):
    """`server(**options)`: a PULL at a tcp port, and its endpoint; empty options are left out."""

    def server(host="127.0.0.1", **options):
        s = socket(zmq.PULL, **{name: value for name, value in options.items() if value != b""})
        s.rcvtimeo = 30_000
        port = s.bind(f"tcp://{host}:0").port
        return s, f"tcp://127.0.0.1:{port}"

    return server


class Clients:
    """A process with clients."""

    def __init__(self, start):
        self.script = start(CLIENTS)

    def begin(self, *wanted):
        self.script.say(json.dumps(wanted))

    def end(self):
        return json.loads(self.script.line())

    def __call__(self, *wanted):
        """How each of these clients fares."""
        self.begin(*wanted)
        return self.end()


@pytest.fixture
def clients(start):
    """`clients({option: value, …}, …)`: how clients fare, in another process."""
    return Clients(start)


@pytest.fixture
def certificates(tmp_path):
    """`certificates(name, …)`: pairs of keys by name, public parts in the directory `.path`."""
    path = tmp_path / "certificates"
    path.mkdir()

    def certificates(*names):
        for name in names:
            _, secret = create_certificates(tmp_path, name)
            (tmp_path / f"{name}.key").rename(path / f"{name}.key")
            yield load_certificate(secret)

    certificates.path = path
    return certificates


@pytest.fixture
def curve(server):
    """`curve(domain)`: a CURVE server, and what clients with these keys must have to reach it."""
    public, secret = zmq.curve_keypair()

    def curve(domain=b""):
        s, endpoint = server(curve_server=1, curve_secretkey=secret, zap_domain=domain)

        def client(keys, **options):
            return {
                "endpoint": endpoint,
                "CURVE_SERVERKEY": public.decode(),
                "CURVE_PUBLICKEY": keys[0].decode(),
                "CURVE_SECRETKEY": keys[1].decode(),
                **options,
            }

        return s, client

    return curve
