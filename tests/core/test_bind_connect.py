# SPDX-License-Identifier: BSD-3-Clause
"""bind, connect, unbind, disconnect, and the context managers that bind and connect return."""

import errno
import gc
import os
import weakref

import pytest

import zmq


def refused(address, kind=zmq.PULL):
    """Whether a bind to the address fails because somebody has it."""
    with zmq.Context() as ctx, ctx.socket(kind) as s:
        try:
            s.bind(address)
        except zmq.ZMQError as exc:
            assert exc.errno == zmq.EADDRINUSE
            return True
    return False


def test_a_message_travels(pair, transport):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    a.send(b"x")
    assert b.recv() == b"x"


def test_connect_before_bind(socket, endpoint, transport, wait_for):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    address = endpoint(transport)
    if transport == "tcp":  # a port that was the system's choice, and is free again
        with b.bind(address):
            address = b.last_endpoint.decode()
        wait_for(lambda: not refused(address))
    a.connect(address)
    a.send(b"early")
    b.bind(address)
    assert b.recv() == b"early"


def test_endpoints_may_be_bytes(socket, endpoint, transport):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    a.bind(endpoint(transport).encode())
    assert isinstance(a.last_endpoint, bytes)
    b.connect(a.last_endpoint)
    a.send(b"x")
    assert b.recv() == b"x"


@pytest.mark.parametrize("wrong", [None, 1, ["inproc://a"], bytearray(b"inproc://a")])
@pytest.mark.parametrize("method", ["bind", "connect", "unbind", "disconnect"])
def test_endpoints_of_other_types_are_refused(socket, method, wrong):
    with pytest.raises(TypeError):
        getattr(socket(zmq.PULL), method)(wrong)


def test_endpoint_with_a_zero_byte_is_refused(socket):
    with pytest.raises((ValueError, zmq.ZMQError)):
        socket(zmq.PULL).bind("inproc://a\0b")


def test_non_ascii_ipc_path(socket, folder):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    address = f"ipc://{folder}/tür-ø"
    a.bind(address)
    assert a.last_endpoint.decode() == address
    assert os.path.exists(f"{folder}/tür-ø")
    b.connect(address)
    a.send(b"x")
    assert b.recv() == b"x"


def test_last_endpoint_is_resolved(socket):
    s = socket(zmq.PULL)
    s.bind("tcp://127.0.0.1:0")
    assert s.last_endpoint.startswith(b"tcp://127.0.0.1:")
    assert int(s.last_endpoint.rpartition(b":")[2]) > 0
    assert s.LAST_ENDPOINT == s.get(zmq.LAST_ENDPOINT) == s.last_endpoint


# -- what bind and connect return ----------------------------------------------------------------


def test_bind_knows_its_endpoint_and_port(socket):
    s = socket(zmq.PULL)
    bound = s.bind("tcp://127.0.0.1:0")
    assert isinstance(bound.port, int)
    assert bound.port > 0
    assert bound.endpoint == f"tcp://127.0.0.1:{bound.port}"
    assert bound.endpoint == s.last_endpoint.decode()


@pytest.mark.parametrize("address", ["tcp://*:0", "tcp://*:*", "tcp://lo:*"])
def test_bind_resolves_wildcards(pair, socket, address):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    bound = a.bind(address)
    assert bound.port > 0
    assert bound.endpoint.endswith(f":{bound.port}")
    b.connect(f"tcp://127.0.0.1:{bound.port}")
    a.send(b"x")
    assert b.recv() == b"x"


def test_bind_resolves_ipv6(socket):
    a, b = socket(zmq.PUSH, ipv6=1), socket(zmq.PULL, ipv6=1)
    bound = a.bind("tcp://[::1]:0")
    assert bound.endpoint == f"tcp://[::1]:{bound.port}"
    b.connect(bound.endpoint)
    a.send(b"x")
    assert b.recv() == b"x"


def test_bind_resolves_an_ipc_wildcard(socket):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    bound = a.bind("ipc://*")
    with bound:
        assert bound.endpoint.startswith("ipc://")
        assert "*" not in bound.endpoint
        assert bound.port is None
        b.connect(bound.endpoint)
        a.send(b"x")
        assert b.recv() == b"x"


def test_endpoints_of_two_binds_stay_apart(socket):
    s = socket(zmq.PULL)
    one = s.bind("tcp://127.0.0.1:0")
    two = s.bind("tcp://127.0.0.1:0")
    assert one.port != two.port
    assert one.endpoint != two.endpoint


def test_result_has_the_facts_of_pyzmq(socket, endpoint):
    s, address = socket(zmq.PULL), endpoint("inproc")
    bound = s.bind(address)
    assert (bound.socket, bound.kind, bound.addr) == (s, "bind", address)
    assert "bind" in repr(bound)
    assert address in repr(bound)
    connected = s.connect(address)
    assert (connected.socket, connected.kind, connected.addr) == (s, "connect", address)


def test_leaving_bind_unbinds(socket, endpoint, transport, wait_for):
    s = socket(zmq.PULL)
    with s.bind(endpoint(transport)):
        address = s.last_endpoint.decode()
    other = socket(zmq.PULL)

    def bound():
        try:
            return other.bind(address)
        except zmq.ZMQError as exc:
            assert exc.errno == zmq.EADDRINUSE

    wait_for(bound)


def test_leaving_bind_gives_the_resolved_endpoint_back(socket):
    s = socket(zmq.PULL)
    bound = s.bind("tcp://127.0.0.1:0")
    with bound:
        assert refused(bound.endpoint)
    with pytest.raises(zmq.ZMQError) as caught:
        s.unbind(bound.endpoint)
    assert caught.value.errno == errno.ENOENT


def test_leaving_connect_disconnects(socket, bind, transport):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    address = bind(a, transport)
    with b.connect(address):
        a.send(b"x")
        assert b.recv() == b"x"
    with pytest.raises(zmq.ZMQError) as caught:
        b.disconnect(address)
    assert caught.value.errno == errno.ENOENT


@pytest.mark.parametrize("method", ["bind", "connect"])
def test_leaving_after_close_is_silent(socket, endpoint, method):
    s = socket(zmq.PULL)
    with getattr(s, method)(endpoint("inproc")):
        s.close()


def test_leaving_after_an_exception_passes_it_on(socket, endpoint):
    s, address = socket(zmq.PULL), endpoint("inproc")
    with pytest.raises(KeyError), s.bind(address):
        raise KeyError("x")
    with pytest.raises(zmq.ZMQError):
        s.unbind(address)


@pytest.mark.parametrize("method", ["bind", "connect"])
def test_entering_gives_the_socket(socket, endpoint, method):
    s = socket(zmq.PULL)
    with getattr(s, method)(endpoint("inproc")) as same:
        assert same is s


def test_dropping_the_result_keeps_the_binding(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    gc.collect()
    a.send(b"x")
    assert b.recv() == b"x"


def test_the_result_does_not_make_a_cycle(context, endpoint, gone):
    s = context.socket(zmq.PULL)
    s.bind(endpoint("inproc"))
    watch = weakref.ref(s)
    s.close()
    del s
    gone(watch)


@pytest.mark.parametrize("kind", [str, bytes])
def test_an_endpoint_may_be_of_a_subclass(socket, kind):
    class Endpoint(kind):
        pass

    address = Endpoint("inproc://subclass" if kind is str else b"inproc://subclass")
    a, b = socket(zmq.PAIR), socket(zmq.PAIR)
    a.bind(address)
    b.connect(address)
    b.send(b"x")
    assert a.recv() == b"x"
    b.disconnect(address)
    a.unbind(address)


# -- unbind and disconnect -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, bytes])
def test_unbind_frees_the_address(socket, endpoint, transport, kind, wait_for):
    s = socket(zmq.PULL)
    s.bind(endpoint(transport))
    address = s.last_endpoint
    s.unbind(address if kind is bytes else address.decode())
    if transport == "tcp":
        wait_for(lambda: not refused(address))
    with pytest.raises(zmq.ZMQError) as caught:
        s.unbind(address)
    assert caught.value.errno == errno.ENOENT


def test_disconnect_stops_delivery(socket, bind, transport, wait_for):
    pull, push = socket(zmq.PULL), socket(zmq.PUSH)
    push.connect(bind(pull, transport))
    push.send(b"x")
    assert pull.recv() == b"x"
    push.disconnect(pull.last_endpoint)
    wait_for(lambda: not push.poll(0, zmq.POLLOUT))


@pytest.mark.parametrize("method", ["unbind", "disconnect"])
def test_undoing_what_was_never_done(socket, method):
    with pytest.raises(zmq.ZMQError) as caught:
        getattr(socket(zmq.PULL), method)("tcp://127.0.0.1:5")
    assert caught.value.errno == errno.ENOENT


@pytest.mark.parametrize("transport", ["inproc", "tcp"])  # an ipc file changes hands in libzmq
def test_two_binds_to_one_address(socket, bind, transport):
    address = bind(socket(zmq.PULL), transport)
    with pytest.raises(zmq.ZMQError) as caught:
        socket(zmq.PULL).bind(address)
    assert caught.value.errno == zmq.EADDRINUSE
