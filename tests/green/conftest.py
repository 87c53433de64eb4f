# SPDX-License-Identifier: BSD-3-Clause
"""Green sockets, and greenlets beside the test, which itself runs in the main greenlet.

An error that reaches gevent's hub, or a watcher that is still active after the test, fails it.
"""

import collections
import gc
import pickle

import gevent
import gevent.hub
import pytest

import zmq.green as zmq

#: Seconds that a test may take, the long forms aside.
PATIENCE = 60


@pytest.fixture(scope="session", autouse=True)
def warm_hub():
    """Let the hub open, once, the descriptors that it keeps while the process lives."""
    gevent.sleep(0.001)
    gevent.get_hub().loop.run_callback_threadsafe(int)
    gevent.sleep(0.001)


@pytest.fixture(autouse=True)
def hub(request, leaks, monkeypatch):
    """The hub, which must not have had to report an error, nor be watching anything in the end."""
    complaints = []

    def complain(self, context, kind, value, traceback):
        complaints.append((context, value))

    monkeypatch.setattr(gevent.hub.Hub, "handle_error", complain)
    hub = gevent.get_hub()
    gevent.sleep(0)
    limit = None if request.node.get_closest_marker("long") else PATIENCE
    with gevent.Timeout(limit):
        before = hub.loop.activecnt
        yield hub
        for _ in range(100):
            gc.collect()
            if hub.loop.activecnt <= before:
                break
            gevent.sleep(0.01)
        assert hub.loop.activecnt <= before, "something is still being watched"
    assert complaints == []


@pytest.fixture
def context():
    """A green context, destroyed with its sockets after the test."""
    ctx = zmq.Context()
    yield ctx
    ctx.destroy(linger=0)


@pytest.fixture
def socket(context):
    """`socket(type, **options)`: a green socket without time-outs, closed after the test.

    Without, so that nothing but the event under test can end a wait.
    """
    made = []

    def socket(kind, **options):
        s = context.socket(kind)
        made.append(s)
        s.linger = 0
        for name, value in options.items():
            setattr(s, name, value)
        return s

    yield socket
    for s in made:
        s.close()


class Beside:
    """A greenlet whose exception is kept for who asks, instead of being reported to the hub."""

    def __init__(self, function, *args, **kwargs):
        self.outcome = None
        self.greenlet = gevent.spawn(self._run, function, args, kwargs)

    def _run(self, function, args, kwargs):
        try:
            self.outcome = (function(*args, **kwargs), None)
        except Exception as exc:
            self.outcome = (None, exc)

    @property
    def done(self):
        return self.greenlet.dead

    def get(self, timeout=10):
        """What the function returned; or raise what it raised."""
        self.greenlet.join(timeout)
        assert self.greenlet.dead, f"still waiting after {timeout} s"
        assert self.outcome is not None, "the greenlet was killed"
        value, error = self.outcome
        self.outcome = None
        if error is not None:
            try:
                raise error
            finally:
                error = None  # its traceback holds this frame
        return value

    def kill(self):
        self.greenlet.kill()


@pytest.fixture
def rest():
    """`rest()`: let the other greenlets run until they wait."""

    def rest():
        for _ in range(5):
            gevent.sleep(0)

    return rest


@pytest.fixture
def spawn(rest):
    """`spawn(function, *args)`: run it in a greenlet, up to where it waits; killed in the end."""
    begun = []

    def spawn(function, *args, **kwargs):
        begun.append(Beside(function, *args, **kwargs))
        rest()
        return begun[-1]

    yield spawn
    for beside in begun:
        beside.kill()
    begun.clear()


@pytest.fixture
def until():
    """`until(predicate, deadline=10)`: let other greenlets run until the predicate is true."""

    def until(predicate, deadline=10.0):
        with gevent.Timeout(deadline, AssertionError(f"not within {deadline} s: {predicate}")):
            while not predicate():
                gevent.sleep(0.001)

    return until


@pytest.fixture
def no_room(socket, bind):
    """`no_room(type)`: a socket whose sends wait, and a function that gives it a peer."""

    def no_room(kind=zmq.PUSH, peer=zmq.PULL, transport="inproc"):
        s = socket(kind)
        address = bind(s, transport)

        def make_room():
            other = socket(peer)
            other.connect(address)
            return other

        return s, make_room

    return no_room


# -- all the methods -----------------------------------------------------------------------------

#: One way of receiving numbers: `write(n)` is the message to send, `call(s, **options)` makes the
#: call and returns the numbers received.
Receiving = collections.namedtuple("Receiving", "write call")


def _text(n):
    return b"%d" % n


def _into(s, **options):
    buffer = bytearray(8)
    return [int(bytes(buffer[: s.recv_into(buffer, **options)]))]


RECEIVING = {
    "recv": Receiving(_text, lambda s, **o: [int(s.recv(**o))]),
    "frame": Receiving(_text, lambda s, **o: [int(s.recv(copy=False, **o).bytes)]),
    "recv_multipart": Receiving(_text, lambda s, **o: list(map(int, s.recv_multipart(**o)))),
    "frames": Receiving(
        _text, lambda s, **o: [int(f.bytes) for f in s.recv_multipart(copy=False, **o)]
    ),
    "recv_string": Receiving(_text, lambda s, **o: [int(s.recv_string(**o))]),
    "recv_json": Receiving(_text, lambda s, **o: [s.recv_json(**o)]),
    "recv_pyobj": Receiving(pickle.dumps, lambda s, **o: [s.recv_pyobj(**o)]),
    "recv_serialized": Receiving(
        _text, lambda s, **o: [s.recv_serialized(lambda parts: int(parts[0]), **o)]
    ),
    "recv_into": Receiving(_text, _into),
    "recv_many": Receiving(_text, lambda s, **o: list(map(int, s.recv_many(3, **o)))),
    "recv_many_multipart": Receiving(
        _text,
        lambda s, **o: [int(part) for parts in s.recv_many_multipart(3, **o) for part in parts],
    ),
}

#: Ways of sending a number, so that `int` can read it.
SENDING = {
    "send": lambda s, n, **o: s.send(_text(n), **o),
    "send zero-copy": lambda s, n, **o: s.send(_text(n), copy=False, **o),
    "send frame": lambda s, n, **o: s.send(zmq.Frame(_text(n)), **o),
    "send buffer": lambda s, n, **o: s.send(bytearray(_text(n)), **o),
    "send_multipart": lambda s, n, **o: s.send_multipart([_text(n)], **o),
    "send_multipart generator": lambda s, n, **o: s.send_multipart(map(_text, [n]), **o),
    "send_multipart zero-copy": lambda s, n, **o: s.send_multipart([_text(n)], copy=False, **o),
    "send_string": lambda s, n, **o: s.send_string(str(n), **o),
    "send_json": lambda s, n, **o: s.send_json(n, **o),
    "send_serialized": lambda s, n, **o: s.send_serialized(n, lambda n: [_text(n)], **o),
    "send_many": lambda s, n, **o: s.send_many([_text(n)], **o),
    "send_many generator": lambda s, n, **o: s.send_many(map(_text, [n]), **o),
}


def pytest_generate_tests(metafunc):
    for name, table in (("receiving", RECEIVING), ("sending", SENDING)):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, table.values(), ids=table)
