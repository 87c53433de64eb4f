# SPDX-License-Identifier: BSD-3-Clause
"""Errors raised by real calls: they name the endpoint or option, and the way out."""

import errno

import pytest

import zmq


def message(call, code=None):
    """The text of the ZMQError that a call raises."""
    with pytest.raises(zmq.ZMQError) as caught:
        call()
    if code is not None:
        assert caught.value.errno == code
    assert caught.value.strerror
    return str(caught.value)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:0", "inproc://taken"])
def test_address_in_use_names_the_endpoint(socket, address):
    a, b = socket(zmq.PULL), socket(zmq.PULL)
    a.bind(address)
    taken = a.last_endpoint.decode()
    text = message(lambda: b.bind(taken), zmq.EADDRINUSE)
    assert taken in text


@pytest.mark.parametrize("method", ["bind", "connect"])
@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("nothing", errno.EINVAL),
        ("tcp:/127.0.0.1:5", errno.EINVAL),
        ("tcp://127.0.0.1", errno.EINVAL),
        ("tcp://127.0.0.1:port", errno.EINVAL),
        ("gopher://127.0.0.1:70", errno.EPROTONOSUPPORT),
    ],
)
def test_bad_endpoint_is_named(socket, method, address, code):
    assert address in message(lambda: getattr(socket(zmq.PULL), method)(address), code)


@pytest.mark.parametrize("method", ["bind", "connect"])
@pytest.mark.parametrize("port", ["", ":port", ":65536", ":65541", ":5x", f":{'9' * 99}"])
def test_tcp_endpoints_have_a_port(socket, method, port):
    text = message(lambda: getattr(socket(zmq.PULL), method)(f"tcp://127.0.0.1{port}"))
    assert "the number of a port" in text


@pytest.mark.parametrize("method", ["bind", "connect"])
def test_endpoint_given_as_bytes_is_named_as_text(socket, method):
    text = message(lambda: getattr(socket(zmq.PULL), method)(b"gopher://x"))
    assert "gopher://x" in text
    assert "b'" not in text


@pytest.mark.parametrize("method", ["unbind", "disconnect"])
def test_undoing_names_the_endpoint(socket, method):
    text = message(lambda: getattr(socket(zmq.PULL), method)("tcp://127.0.0.1:55"), errno.ENOENT)
    assert "tcp://127.0.0.1:55" in text


def test_interface_that_does_not_exist(socket):
    text = message(lambda: socket(zmq.PULL).bind("tcp://nosuchinterface:5"), errno.ENODEV)
    assert "nosuchinterface" in text


def test_ipc_path_in_a_missing_directory(socket, folder):
    text = message(lambda: socket(zmq.PULL).bind(f"ipc://{folder}/no/such/file"), errno.ENOENT)
    assert f"{folder}/no/such" in text


@pytest.mark.parametrize("method", ["bind", "connect"])
def test_ipc_path_too_long_names_the_limit(socket, folder, method):
    path = f"ipc://{folder}/{'x' * 200}"
    text = message(lambda: getattr(socket(zmq.PULL), method)(path), errno.ENAMETOOLONG)
    assert str(zmq.IPC_PATH_MAX_LEN) in text


def test_ipc_path_of_the_greatest_length(socket, folder):
    path = f"{folder}/".ljust(zmq.IPC_PATH_MAX_LEN, "x")
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    a.bind(f"ipc://{path}")
    b.connect(f"ipc://{path}")
    a.send(b"x")
    assert b.recv() == b"x"
    assert zmq.IPC_PATH_MAX_LEN == 107


@pytest.mark.parametrize(
    ("option", "value"), [("LINGER", -9), ("RCVHWM", -1), ("ROUTING_ID", b""), ("RATE", 0)]
)
def test_bad_value_names_option_and_value(socket, option, value):
    s = socket(zmq.DEALER)
    for call in (
        lambda: s.set(zmq.SocketOption[option], value),
        lambda: s.setsockopt(zmq.SocketOption[option], value),
        lambda: setattr(s, option, value),
    ):
        text = message(call, errno.EINVAL)
        assert option in text
        assert repr(value) in text


def test_context_option_is_named(context):
    assert "MAX_SOCKETS" in message(lambda: context.set(zmq.MAX_SOCKETS, -1), errno.EINVAL)
    assert "9999" in message(lambda: context.get(9999), errno.EINVAL)


def test_too_many_sockets_names_the_option(context):
    context.set(zmq.MAX_SOCKETS, 1)
    with context.socket(zmq.PUSH):
        assert "MAX_SOCKETS" in message(lambda: context.socket(zmq.PUSH), errno.EMFILE)


def test_wrong_state_says_which_call_is_due(pair):
    req, rep = pair(zmq.REQ, zmq.REP)
    assert "send" in message(req.recv, zmq.EFSM)
    assert "recv" in message(lambda: rep.send(b"x"), zmq.EFSM)
    req.send(b"x")
    assert "recv" in message(lambda: req.send(b"y"), zmq.EFSM)


def test_direction_names_the_type(pair):
    push, pull = pair(zmq.PUSH, zmq.PULL)
    assert "PUSH" in message(push.recv, errno.ENOTSUP)
    assert "PULL" in message(lambda: pull.send(b"x"), errno.ENOTSUP)


def test_closed_socket_says_so(context):
    s = context.socket(zmq.PULL)
    s.close()
    for call in (s.recv, lambda: s.bind("inproc://x"), lambda: s.get(zmq.LINGER)):
        assert "closed" in message(call, zmq.ENOTSOCK)


def test_unroutable_message(socket, bind):
    router = socket(zmq.ROUTER, router_mandatory=1)
    bind(router)
    message(lambda: router.send_multipart([b"nobody", b"x"]), errno.EHOSTUNREACH)


def test_terminated_context_has_its_own_class(context):
    def use():
        s = ctx.socket(zmq.PULL)
        s.close()

    ctx = zmq.Context()
    ctx.term()
    text = message(use)
    assert "context" in text.lower()


@pytest.mark.parametrize("copy", [True, False])
def test_again_is_cheap_and_complete(pair, copy):
    _, b = pair(zmq.PUSH, zmq.PULL)
    with pytest.raises(zmq.Again) as caught:
        b.recv(zmq.NOBLOCK, copy)
    exc = caught.value
    assert (exc.errno, str(exc)) == (errno.EAGAIN, exc.strerror)
    assert "unavailable" in exc.strerror
    assert repr(exc).startswith("Again(")


def test_errors_can_be_caught_by_number(pair):
    _, b = pair(zmq.PUSH, zmq.PULL)
    try:
        b.recv(zmq.NOBLOCK)
    except zmq.ZMQError as exc:
        assert exc.errno == zmq.EAGAIN == zmq.Errno.EAGAIN
    else:
        pytest.fail("nothing was raised")
