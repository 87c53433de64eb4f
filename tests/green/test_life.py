# SPDX-License-Identifier: BSD-3-Clause
"""Contexts and sockets: how they are made, shared, closed and collected."""

import gc
import weakref

import gevent
import pytest
from gevent.exceptions import BlockingSwitchOutError

import zmq
import zmq.asyncio
import zmq.green as green
from zmq.error import SocketClosed


def test_classes(context):
    with context.socket(zmq.PUSH) as s:
        assert type(s) is green.Socket
        assert isinstance(s, zmq.Socket)
        assert s.context is context
        assert repr(s).startswith("<zmq.green.Socket(zmq.PUSH)")
    assert repr(context).startswith("<zmq.green.Context()")
    assert context._socket_class is green.Socket


@pytest.mark.parametrize("order", [1, -1])
def test_instance(order):
    classes = [green.Context, zmq.Context, zmq.asyncio.Context][::order]
    found = {cls: cls.instance() for cls in classes}
    assert len(set(map(id, found.values()))) == 3
    for cls, instance in found.items():
        assert type(instance) is cls
        assert cls.instance() is instance
        instance.term()
    again = green.Context.instance()
    assert again is not found[green.Context]
    again.term()


def test_green_and_plain_sockets_share_a_context(context, endpoint, spawn, until):
    address = endpoint("inproc")
    plain = zmq.Context(context)
    with context.socket(zmq.PULL) as a, plain.socket(zmq.PUSH) as b:
        assert type(b) is zmq.Socket
        a.bind(address)
        waiting = spawn(a.recv)
        b.connect(address)
        b.send(b"1")
        assert waiting.get() == b"1"
    shadow = green.Context(plain)
    with shadow.socket(zmq.PUSH) as s:
        assert type(s) is green.Socket


def test_shadows_of_sockets(pair, spawn):
    a, b = pair(zmq.PUSH, zmq.PULL)
    for shadow in (
        green.Socket(b),
        green.Socket.shadow(b),
        green.Socket(shadow=b),
        green.Socket.shadow(b.underlying),
        green.Socket(shadow=zmq.Socket.shadow(b)),
    ):
        assert shadow.type == zmq.PULL
        waiting = spawn(shadow.recv)
        a.send(b"1")
        assert waiting.get() == b"1"


def test_threadsafe_is_refused(context):
    with pytest.raises(TypeError, match="greenlets"):
        context.socket(zmq.PUSH, threadsafe=True)
    with pytest.raises(TypeError, match="greenlets"):
        green.Socket(context, zmq.PUSH, threadsafe=True)
    with context.socket(zmq.PUSH, zmq.Socket, threadsafe=True) as s:
        assert s.threadsafe


def test_socket_made_wrongly(context):
    with pytest.raises(TypeError, match="Context"):
        green.Socket()
    with pytest.raises(TypeError):
        green.Socket(context, zmq.PUSH, wrong=True)
    with pytest.raises(zmq.ZMQError):
        context.socket(77)


# -- closing -------------------------------------------------------------------------------------

WAITS = {
    "recv": lambda s: s.recv(),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_many": lambda s: s.recv_many(5),
    "recv with a timeout": lambda s: s.recv(timeout=30_000),
    "poll": lambda s: s.poll(),
    "poller": lambda s: green.zmq_poll([(s, zmq.POLLIN)]),
    "select": lambda s: green.select([s], [], []),
}


@pytest.mark.parametrize("wait", WAITS)
def test_closing_wakes_who_waits(socket, spawn, wait):
    s = socket(zmq.PULL)
    waiting = [spawn(WAITS[wait], s) for _ in range(3)]
    s.close()
    for each in waiting:
        with pytest.raises(SocketClosed, match="PULL socket was closed") as caught:
            each.get()
        assert caught.value.errno == zmq.ENOTSOCK


def test_closing_wakes_senders(no_room, spawn):
    s, _ = no_room()
    waiting = [spawn(s.send, b"1"), spawn(s.send_many, [b"1"]), spawn(s.send_many, iter([b"1"]))]
    s.close()
    for each in waiting:
        with pytest.raises(SocketClosed):
            each.get()


@pytest.mark.parametrize("plain", [False, True])
def test_closing_a_shadow(socket, spawn, plain):
    """The libzmq socket is gone for all: who waits is told, also when a plain one closed it."""
    s = socket(zmq.PULL)
    shadow = zmq.Socket.shadow(s) if plain else green.Socket.shadow(s)
    waiting = [spawn(s.recv), spawn(s.poll), spawn(green.zmq_poll, [(s, zmq.POLLIN)])]
    shadow.close()
    assert s.closed
    for each in waiting:
        with pytest.raises(zmq.ZMQError) as caught:
            each.get()
        assert caught.value.errno == zmq.ENOTSOCK


def test_close_from_within_a_wakeup(pair, spawn):
    """The first one that is woken closes the socket under the others."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    first = spawn(lambda: (b.recv(), b.close()))
    others = [spawn(b.recv), spawn(b.poll), spawn(b.recv)]
    a.send_many([b"1", b"2"])
    first.get()
    for each in others:
        try:
            assert each.get() in (b"2", zmq.POLLIN)
        except SocketClosed:
            pass
    assert b.closed


def test_close_with_a_linger_does_not_wait(pair):
    a, b = pair(zmq.PUSH, zmq.PULL, "tcp")
    a.send(b"1")
    a.close(linger=5000)
    assert b.recv(timeout=10_000) == b"1"


def test_close_that_cannot_be(socket, spawn):
    s = socket(zmq.PULL)
    waiting = spawn(s.recv)
    with pytest.raises(TypeError):
        s.close(linger="soon")
    assert not s.closed
    assert not waiting.done
    s.close()
    with pytest.raises(SocketClosed):
        waiting.get()


def test_calls_of_a_closed_socket(socket):
    s = socket(zmq.PULL)
    s.close()
    s.close()
    for call in (s.recv, s.poll, s.recv_multipart, lambda: s.send(b"1"), lambda: s.recv_many(1)):
        with pytest.raises(zmq.ZMQError) as caught:
            call()
        assert caught.value.errno == zmq.ENOTSOCK


def test_descriptors_of_closed_sockets_go_to_others(context, bind, spawn):
    """Numbers of descriptors are used again at once; no watcher may be left on any."""
    for n in range(100):
        with context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
            a.linger = b.linger = 0
            b.connect(bind(a))
            waiting = [spawn(b.recv), spawn(b.recv), spawn(a.recv)]
            a.send(b"%d" % n)
            assert waiting[0].get() == b"%d" % n
        for each in waiting[1:]:
            with pytest.raises(SocketClosed):
                each.get()


# -- terminating ---------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", sorted({*WAITS}))
def test_term_lets_others_run(wait, spawn):
    """Who waits is told, closes its socket, and then the context has ended."""
    context = green.Context()

    def use():
        with context.socket(zmq.PULL) as s:
            WAITS[wait](s)

    waiting = [spawn(use) for _ in range(3)]
    context.term()
    assert context.closed
    for each in waiting:
        with pytest.raises(zmq.ContextTerminated):
            each.get()


def test_term_waits_for_messages(context, bind, spawn):
    """LINGER holds it until another greenlet of the same thread takes the message."""
    sender = green.Context()
    with context.socket(zmq.PULL) as b:
        with sender.socket(zmq.PUSH) as a:
            a.connect(bind(b, "tcp"))
            a.send(b"1")
        ending = spawn(sender.term)
        assert b.recv() == b"1"
        ending.get()


@pytest.mark.parametrize("timeout", [0, 30, 30.5])
def test_term_in_time(timeout):
    context = green.Context()
    s = context.socket(zmq.PUSH)
    with pytest.raises(zmq.TermTimeout, match=f"{timeout} ms") as caught:
        context.term(timeout=timeout)
    assert caught.value.sockets == [s]
    s.close()
    context.term(timeout=10_000)
    assert context.closed
    context.term()
    with pytest.raises(TypeError):
        context.term(timeout="soon")


def test_killed_term():
    context = green.Context()
    s = context.socket(zmq.PUSH)
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
        context.term()
    s.close()
    context.term()


def test_destroy(spawn, until):
    context = green.Context()
    sockets = [context.socket(zmq.PULL) for _ in range(3)]
    waiting = [spawn(s.recv) for s in sockets] + [spawn(sockets[0].poll)]
    context.destroy(linger=0)
    assert context.closed
    assert all(s.closed for s in sockets)
    for each in waiting:
        with pytest.raises(zmq.ContextTerminated):
            each.get()


def test_context_manager(spawn):
    with green.Context() as context, context.socket(zmq.PULL) as s:
        with pytest.raises(zmq.Again):
            s.recv(timeout=1)
    assert context.closed


def test_term_in_the_hub(hub, until):
    """A callback of the hub cannot wait for greenlets, but for libzmq."""
    context = green.Context()
    context.socket(zmq.PUSH).close()
    hub.loop.run_callback(context.term)
    until(lambda: context.closed)


def test_calls_in_the_hub(pair, hub, until):
    """What need not wait works; what would have to wait says that it cannot."""
    a, b = pair(zmq.PUSH, zmq.PULL)
    found = []

    def call():
        a.send(b"1")
        found.append(b.recv())
        for wait in (b.recv, b.poll, lambda: green.zmq_poll([(b, zmq.POLLIN)])):
            try:
                wait()
            except BlockingSwitchOutError as exc:
                found.append(type(exc))

    hub.loop.run_callback(call)
    until(lambda: len(found) == 4)
    assert found == [b"1"] + [BlockingSwitchOutError] * 3
    a.send(b"2")
    assert b.recv() == b"2"


# -- collecting ----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:unclosed")
@pytest.mark.parametrize("place", ["greenlet", "hub"])
@pytest.mark.parametrize("used", [False, True])
def test_collected_sockets(context, spawn, hub, until, place, used):
    def make():
        s = context.socket(zmq.PULL)
        if used:
            with pytest.raises(gevent.Timeout), gevent.Timeout(0.001):
                s.recv()
        return weakref.ref(s)

    gone = make()
    gevent.sleep(0.001)  # the hub is still about to throw the exception, which holds frames
    gc.collect()
    assert gone() is None
    cycle = []

    def make_cycle():
        s = context.socket(zmq.PULL)
        if used:
            s.poll(1)
        vars(s)["me"] = s
        cycle.append(weakref.ref(s))

    make_cycle()
    collect = hub.loop.run_callback if place == "hub" else spawn
    collect(gc.collect)
    until(lambda: cycle[0]() is None)
    assert not context._sockets


@pytest.mark.filterwarnings("ignore:unclosed")
@pytest.mark.parametrize("place", ["greenlet", "hub"])
def test_collected_context(spawn, hub, until, place):
    def make():
        context = green.Context()
        s = context.socket(zmq.PULL)
        s.bind("inproc://collected")
        s.poll(1)
        vars(context)["me"] = context
        return weakref.ref(context)

    gone = make()
    (hub.loop.run_callback if place == "hub" else spawn)(gc.collect)
    until(lambda: gone() is None)


def test_waiting_greenlet_keeps_its_socket(context, bind, until):
    """Nobody else holds it: it goes when the greenlet is done."""
    b = context.socket(zmq.PULL)
    a = context.socket(zmq.PUSH)
    a.connect(bind(b))
    waiting = gevent.spawn(b.recv)
    gone = weakref.ref(b)
    gevent.sleep(0)
    gc.collect()
    b.close = b.close  # an instance attribute: a cycle
    del b
    gc.collect()
    assert gone() is not None
    a.send(b"1")
    assert waiting.get(timeout=10) == b"1"
    waiting = None
    with pytest.warns(ResourceWarning, match="unclosed"):
        gc.collect()
        until(lambda: gone() is None)
    a.close()


# -- hubs ----------------------------------------------------------------------------------------


def test_hub_that_was_destroyed(output):
    """A new hub in the same thread: waiting begins anew there."""
    assert (
        output("""
        import gevent
        import zmq.green as zmq
        context = zmq.Context()
        a, b = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        b.bind("inproc://x")
        a.connect("inproc://x")
        waiting = gevent.spawn(b.recv)
        gevent.sleep(0.01)
        gevent.get_hub().destroy(destroy_loop=True)
        waiting = gevent.spawn(b.recv)
        gevent.sleep(0.01)
        a.send(b"1")
        print(waiting.get(timeout=10))
        a.close()
        b.close()
        context.term()
    """)
        == "b'1'\n"
    )
