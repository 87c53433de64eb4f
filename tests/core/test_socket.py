# SPDX-License-Identifier: BSD-3-Clause
"""The life of a socket: making, closing, repr, what other Python code may do with it."""

import gc
import select
import weakref

import pytest

import zmq


def test_every_stable_type_can_be_made(context):
    for kind in (
        *(zmq.PAIR, zmq.PUB, zmq.SUB, zmq.REQ, zmq.REP, zmq.DEALER, zmq.ROUTER),
        *(zmq.PULL, zmq.PUSH, zmq.XPUB, zmq.XSUB, zmq.STREAM),
    ):
        with context.socket(kind) as s:
            assert s.type == kind
            assert s.TYPE == kind


def test_type_may_be_a_plain_number(context):
    with context.socket(8) as s:
        assert s.type == zmq.PUSH
        assert isinstance(s.type, int)


def test_class_can_be_called_directly(context):
    with zmq.Socket(context, zmq.PULL) as s:
        assert s.type == zmq.PULL
        assert s.context is context


def test_class_called_with_keywords(context):
    with zmq.Socket(context, socket_type=zmq.PULL, copy_threshold=5) as s:
        assert (s.type, s.copy_threshold) == (zmq.PULL, 5)


@pytest.mark.parametrize("args", [(), (object(), zmq.PUSH), ("context", 1)])
def test_socket_without_a_context_is_refused(args):
    with pytest.raises((TypeError, AttributeError)):
        zmq.Socket(*args)


def test_socket_type_is_the_old_name_of_type(socket):
    with pytest.warns(DeprecationWarning):
        assert socket(zmq.PUSH).socket_type == zmq.PUSH


def test_socket_keeps_its_context():
    context = zmq.Context()
    watch = weakref.ref(context)
    s = context.socket(zmq.PUSH)
    del context
    gc.collect()
    assert watch() is s.context
    s.close()
    watch().term()


def test_context_does_not_keep_its_sockets(context, recwarn):
    s = context.socket(zmq.PUSH)
    watch = weakref.ref(s)
    del s
    recwarn.clear()  # the warning about it knows it, too
    gc.collect()
    assert watch() is None


# -- closing -------------------------------------------------------------------------------------


def test_closed_tells_the_state(context):
    s = context.socket(zmq.PUSH)
    assert s.closed is False
    s.close()
    assert s.closed is True


def test_close_twice_is_fine(context):
    s = context.socket(zmq.PUSH)
    s.close()
    s.close()
    s.close(linger=0)


def test_close_takes_linger(context):
    s = context.socket(zmq.PUSH)
    s.connect("tcp://127.0.0.1:9")
    s.send(b"to nobody")
    s.close(linger=0)  # otherwise the end of the context would wait for ever
    assert s.closed


def test_with_closes(context):
    with context.socket(zmq.PUSH) as s:
        assert not s.closed
    assert s.closed


def test_with_closes_after_an_exception(context):
    with pytest.raises(KeyError), context.socket(zmq.PUSH) as s:
        raise KeyError("x")
    assert s.closed


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.send(b"x"),
        lambda s: s.recv(),
        lambda s: s.recv(copy=False),
        lambda s: s.recv_into(bytearray(1)),
        lambda s: s.send_multipart([b"x"]),
        lambda s: s.recv_multipart(),
        lambda s: s.bind("inproc://x"),
        lambda s: s.connect("inproc://x"),
        lambda s: s.unbind("inproc://x"),
        lambda s: s.disconnect("inproc://x"),
        lambda s: s.get(zmq.LINGER),
        lambda s: s.set(zmq.LINGER, 0),
        lambda s: s.linger,
        lambda s: setattr(s, "linger", 0),
        lambda s: s.poll(0),
        lambda s: s.fileno(),
        lambda s: s.monitor("inproc://x"),
        lambda s: s.get_monitor_socket(),
        lambda s: s.subscribe(b""),
    ],
)
def test_use_of_a_closed_socket_raises(context, use):
    s = context.socket(zmq.SUB)
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        use(s)
    assert caught.value.errno in (zmq.ENOTSOCK, zmq.ENOTSUP)
    assert "closed" in str(caught.value) or "socket" in str(caught.value).lower()


def test_closed_socket_in_a_poller_raises(context):
    s = context.socket(zmq.PULL)
    poller = zmq.Poller()
    poller.register(s, zmq.POLLIN)
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        poller.poll(0)
    assert caught.value.errno == zmq.ENOTSOCK


def test_repr(context):
    s = context.socket(zmq.PUSH)
    assert repr(s).startswith("<zmq.Socket(zmq.PUSH) at 0x")
    s.close()
    assert repr(s).startswith("<zmq.Socket(zmq.PUSH) at 0x")
    assert "closed" in repr(s)


# -- as a Python object --------------------------------------------------------------------------


def test_sockets_compare_by_identity_and_hash(socket):
    a, b = socket(zmq.PUSH), socket(zmq.PUSH)
    assert a == a
    assert a != b
    assert len({a, b, a}) == 2


def test_dir_lists_methods_and_options(socket):
    names = dir(socket(zmq.PUSH))
    assert {"send", "recv_multipart", "linger", "LINGER", "rcvtimeo", "last_endpoint"} <= set(names)


def test_fileno_is_the_fd_option(socket):
    s = socket(zmq.PULL)
    assert s.fileno() == s.FD == s.fd == s.get(zmq.FD)


def test_fileno_works_with_select(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert b.events == 0
    a.send(b"x")
    ready, _, _ = select.select([b], [], [], 5)
    assert ready == [b]
    assert b.events & zmq.POLLIN  # only EVENTS says what it was: FD is edge-triggered
    assert b.recv() == b"x"


def test_fd_is_edge_triggered_and_events_re_arms_it(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    watch = select.poll()
    watch.register(b.fd, select.POLLIN)
    for _ in range(3):
        while b.events & zmq.POLLIN:
            b.recv()
        assert watch.poll(0) == []
        a.send(b"x")
        assert watch.poll(5000)


def test_hwm_by_method_and_attribute(socket):
    s = socket(zmq.DEALER)
    s.set_hwm(17)
    assert (s.sndhwm, s.rcvhwm, s.hwm, s.get_hwm()) == (17, 17, 17, 17)
    s.hwm = 18
    assert (s.sndhwm, s.rcvhwm, s.hwm, s.HWM) == (18, 18, 18, 18)
    s.sndhwm = 3
    assert s.hwm == s.get_hwm() == 3  # the one for sending is read first


def test_copy_threshold_is_taken_from_the_module(context, monkeypatch):
    with context.socket(zmq.PUSH) as s:
        assert s.copy_threshold == zmq.COPY_THRESHOLD
    monkeypatch.setattr(zmq, "COPY_THRESHOLD", 123)
    with context.socket(zmq.PUSH) as s:
        assert s.copy_threshold == 123
        s.copy_threshold = 4
        assert s.copy_threshold == 4


def test_underlying_is_an_address(socket):
    s = socket(zmq.PUSH)
    assert isinstance(s.underlying, int)
    assert s.underlying != 0
