# SPDX-License-Identifier: BSD-3-Clause
"""Shadows and copies: a second Python object for one libzmq context or socket."""

import copy
import gc
import pickle
import threading
import weakref

import pytest

import zmq


@pytest.mark.parametrize("make", [lambda c: zmq.Context(c), zmq.Context.shadow])
def test_context_shadow_of_an_object(context, make):
    shadow = make(context)
    assert shadow.underlying == context.underlying
    assert shadow is not context
    with shadow.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
        pull.rcvtimeo = 5000
        pull.bind("inproc://shadow")
        push.connect("inproc://shadow")
        push.send(b"through both")
        assert pull.recv() == b"through both"


@pytest.mark.parametrize(
    "make", [lambda a: zmq.Context(shadow=a), zmq.Context.shadow], ids=["keyword", "method"]
)
def test_context_shadow_of_an_address(context, make):
    shadow = make(context.underlying)
    assert shadow.underlying == context.underlying
    assert shadow.get(zmq.IO_THREADS) == 1


def test_dropping_a_context_shadow_leaves_the_context_alone(context):
    shadow = zmq.Context.shadow(context.underlying)
    del shadow
    gc.collect()
    with context.socket(zmq.PUSH) as s:
        assert not s.closed
    assert not context.closed


def test_term_of_a_context_shadow_leaves_no_dangling_context():
    context = zmq.Context()
    shadow = zmq.Context(context)
    shadow.term()
    assert shadow.closed
    if not context.closed:  # then it must be as good as before
        context.socket(zmq.PUSH).close()
    context.term()
    assert context.closed


def test_destroy_of_a_context_shadow_closes_its_sockets():
    context = zmq.Context()
    shadow = zmq.Context(context)
    s = shadow.socket(zmq.PUSH)
    shadow.destroy(linger=0)
    assert s.closed
    context.term()


def test_a_context_shadow_keeps_the_context():
    context = zmq.Context()
    watch = weakref.ref(context)
    shadow = zmq.Context(context)
    del context
    gc.collect()
    assert watch() is not None
    shadow.socket(zmq.PUSH).close()
    watch().term()


def test_shadow_pyczmq_needs_a_pyczmq_context():
    with pytest.raises((ImportError, TypeError)):
        zmq.Context.shadow_pyczmq(object())


@pytest.mark.parametrize("wrong", [b"1", "address", object(), 1.5])
def test_context_shadow_of_something_else(wrong):
    with pytest.raises((TypeError, ValueError)):
        zmq.Context.shadow(wrong)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copied_context_is_a_shadow(context, duplicate):
    twin = duplicate(context)
    assert type(twin) is zmq.Context
    assert twin is not context
    assert twin.underlying == context.underlying
    del twin
    gc.collect()
    assert not context.closed


# -- sockets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda s: zmq.Socket(s), zmq.Socket.shadow])
def test_socket_shadow_of_an_object(pair, make):
    a, b = pair(zmq.PUSH, zmq.PULL)
    shadow = make(a)
    assert shadow.underlying == a.underlying
    assert shadow.type == zmq.PUSH
    shadow.send(b"by the shadow")
    assert b.recv() == b"by the shadow"


@pytest.mark.parametrize(
    "make", [lambda a: zmq.Socket(shadow=a), zmq.Socket.shadow], ids=["keyword", "method"]
)
def test_socket_shadow_of_an_address(pair, make):
    a, b = pair(zmq.PUSH, zmq.PULL)
    make(a.underlying).send(b"by address")
    assert b.recv() == b"by address"


def test_socket_shadow_has_the_type_of_the_socket(socket):
    s = socket(zmq.DEALER)
    assert zmq.Socket.shadow(s.underlying).type == zmq.DEALER
    assert "zmq.DEALER" in repr(zmq.Socket(s))


@pytest.mark.parametrize("closer", ["shadow", "socket"])
def test_close_is_seen_by_both(socket, closer):
    # a stream that shadows a socket closes it for good
    s = socket(zmq.PUSH)
    shadow = zmq.Socket(s)
    (shadow if closer == "shadow" else s).close()
    assert shadow.closed
    assert s.closed
    with pytest.raises(zmq.ZMQError) as caught:
        s.send(b"x", zmq.NOBLOCK)
    assert caught.value.errno == zmq.ENOTSOCK
    s.close()
    shadow.close()


@pytest.fixture
def used_shadow(wait_for):
    """`(context, socket, shadow, outcomes)`: a thread receives from the shadow."""
    context, outcomes = zmq.Context(), []
    s = context.socket(zmq.PULL)
    shadow = zmq.Socket(s)

    def receive():
        try:
            shadow.recv()
        except zmq.ZMQError as exc:
            outcomes.append(type(exc))

    thread = threading.Thread(target=receive)
    thread.start()
    wait_for(lambda: shadow._in_use)
    yield context, s, shadow, outcomes
    context.destroy(linger=0, timeout=5000)
    thread.join(5)
    assert not thread.is_alive()


def test_a_socket_is_not_closed_while_a_thread_uses_its_shadow(used_shadow):
    _, s, shadow, _ = used_shadow
    with pytest.raises(zmq.ZMQThreadError):
        s.close()
    assert not s.closed
    assert not shadow.closed


def test_destroy_while_a_thread_uses_a_shadow(used_shadow, wait_for):
    context, s, shadow, outcomes = used_shadow
    context.destroy(linger=0, timeout=5000)
    assert s.closed
    assert shadow.closed
    wait_for(lambda: outcomes)
    assert outcomes == [zmq.ContextTerminated]


def test_dropping_a_socket_shadow_leaves_the_socket_alone(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    zmq.Socket.shadow(a.underlying)
    gc.collect()
    a.send(b"still here")
    assert b.recv() == b"still here"


def test_a_socket_shadow_keeps_the_socket(context):
    s = context.socket(zmq.PUSH)
    watch = weakref.ref(s)
    shadow = zmq.Socket(s)
    del s
    gc.collect()
    assert watch() is not None
    assert shadow.type == zmq.PUSH
    watch().close()


def test_shadow_of_a_closed_socket_is_closed_or_refused(context):
    s = context.socket(zmq.PUSH)
    s.close()
    try:
        shadow = zmq.Socket(s)
    except (zmq.ZMQError, TypeError, ValueError):
        return
    assert shadow.closed


def test_socket_shadow_knows_the_context(socket, context):
    shadow = zmq.Socket(socket(zmq.PUSH))
    assert shadow.context.underlying == context.underlying


def test_shadow_of_a_subclass_is_of_the_class_asked(socket):
    class Own(zmq.Socket):
        pass

    assert type(Own.shadow(socket(zmq.PUSH))) is Own
    assert type(Own(socket(zmq.PUSH))) is Own


@pytest.mark.parametrize("wrong", [b"1", "address", object()])
def test_socket_shadow_of_something_else(wrong):
    with pytest.raises((TypeError, ValueError)):
        zmq.Socket.shadow(wrong)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copied_socket_is_a_shadow(pair, duplicate):
    a, b = pair(zmq.PUSH, zmq.PULL)
    twin = duplicate(a)
    assert type(twin) is zmq.Socket
    assert twin is not a
    assert twin.underlying == a.underlying
    twin.send(b"by the copy")
    assert b.recv() == b"by the copy"
    del twin
    gc.collect()
    assert not a.closed


def test_copy_of_an_object_that_holds_a_socket(socket):
    holder = {"socket": socket(zmq.PUSH)}
    twin = copy.deepcopy(holder)
    assert twin["socket"].underlying == holder["socket"].underlying


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused_by_name(socket, context, protocol):
    for thing in (socket(zmq.PUSH), context, zmq.Frame(b"data")):
        with pytest.raises(TypeError, match=type(thing).__name__):
            pickle.dumps(thing, protocol)


def test_a_shadow_of_a_context_that_is_gone():
    ctx = zmq.Context()
    shadow = zmq.Context.shadow(ctx.underlying)
    ctx.term()
    with pytest.raises(zmq.ZMQError, match="terminated") as caught:
        shadow.socket(zmq.PUB)
    assert caught.value.errno == zmq.EFAULT
