# SPDX-License-Identifier: BSD-3-Clause
"""bind_to_random_port: who chooses the port, retries, and when it gives up."""

import errno
import socket as system
import threading

import pytest

import zmq


@pytest.fixture
def taken():
    """A port of the loopback interface that a plain socket listens on."""
    with system.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        yield s.getsockname()[1]


@pytest.fixture
def spied(context):
    """A socket that notes the addresses it was bound to."""

    class Spied(zmq.Socket):
        tried = ()

        def bind(self, addr):
            self.tried = (*self.tried, addr)
            return super().bind(addr)

    with context.socket(zmq.PULL, socket_class=Spied) as s:
        yield s


def test_port_is_returned_and_usable(socket):
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    port = a.bind_to_random_port("tcp://127.0.0.1")
    assert isinstance(port, int)
    assert a.last_endpoint == b"tcp://127.0.0.1:%d" % port
    b.connect(f"tcp://127.0.0.1:{port}")
    a.send(b"x")
    assert b.recv() == b"x"


@pytest.mark.parametrize("address", ["tcp://*", "tcp://127.0.0.1", "tcp://lo"])
def test_interfaces(socket, address):
    assert 0 < socket(zmq.PULL).bind_to_random_port(address) < 65536


def test_an_address_may_be_bytes(socket):
    assert 0 < socket(zmq.PULL).bind_to_random_port(b"tcp://127.0.0.1") < 65536


@pytest.mark.parametrize("wrong", [None, 5, bytearray(b"tcp://127.0.0.1")])
def test_what_is_no_address_is_refused(socket, wrong):
    with pytest.raises(TypeError, match="an endpoint is str or bytes"):
        socket(zmq.PULL).bind_to_random_port(wrong)


def test_ipv6(socket):
    s = socket(zmq.PULL, ipv6=1)
    port = s.bind_to_random_port("tcp://[::1]")
    assert s.last_endpoint == b"tcp://[::1]:%d" % port


def test_without_a_range_the_system_chooses(spied):
    spied.bind_to_random_port("tcp://127.0.0.1")
    assert len(spied.tried) == 1
    assert spied.tried[0].rpartition(":")[2] in ("0", "*")


def test_a_range_is_kept(socket):
    s = socket(zmq.PULL)
    ports = {s.bind_to_random_port("tcp://127.0.0.1", 50000, 50100) for _ in range(5)}
    assert ports <= set(range(50000, 50100))
    assert len(ports) == 5


def test_only_one_limit_given(socket):
    assert 60000 <= socket(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", min_port=60000) < 65536
    port = socket(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", max_port=50000)
    assert 49152 <= port < 50000


def test_the_upper_limit_is_exclusive(spied, taken):
    with pytest.raises(zmq.ZMQBindError):
        spied.bind_to_random_port("tcp://127.0.0.1", taken, taken + 1, max_tries=5)
    assert set(spied.tried) == {f"tcp://127.0.0.1:{taken}"}


def test_max_tries_is_kept(spied, taken):
    with pytest.raises(zmq.ZMQBindError):
        spied.bind_to_random_port("tcp://127.0.0.1", taken, taken + 1, max_tries=7)
    assert len(spied.tried) <= 7


def test_giving_up_says_why(spied, taken):
    with pytest.raises(zmq.ZMQBindError) as caught:
        spied.bind_to_random_port("tcp://127.0.0.1", taken, taken + 1, max_tries=2)
    text = str(caught.value)
    assert text
    assert "127.0.0.1" in text
    assert str(taken) in text


def test_a_taken_port_is_retried(taken):
    for _ in range(20):  # some of them meet the taken port first
        with zmq.Context() as ctx, ctx.socket(zmq.PULL) as s:
            assert taken < s.bind_to_random_port("tcp://127.0.0.1", taken, taken + 5) < taken + 5


@pytest.mark.parametrize("code", [errno.EADDRINUSE, errno.EACCES])
def test_errors_that_are_retried(context, code):
    class Reluctant(zmq.Socket):
        failures = 3

        def bind(self, addr):
            if self.failures:
                self.failures -= 1
                raise zmq.ZMQError(code)
            return super().bind(addr)

    with context.socket(zmq.PULL, socket_class=Reluctant) as s:
        assert s.bind_to_random_port("tcp://127.0.0.1", 50000, 60000) >= 50000
        assert s.failures == 0


@pytest.mark.parametrize("limits", [(), (50000, 50010)])
def test_other_errors_are_passed_on_at_once(spied, limits):
    with pytest.raises(zmq.ZMQError) as caught:
        spied.bind_to_random_port("tcp://no.such.interface.invalid", *limits)
    assert not isinstance(caught.value, zmq.ZMQBindError)
    assert len(spied.tried) == 1


@pytest.mark.parametrize("limits", [(), (1, 100)])
def test_closed_socket_is_passed_on(context, limits):
    s = context.socket(zmq.PULL)
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        s.bind_to_random_port("tcp://127.0.0.1", *limits)
    assert caught.value.errno == zmq.ENOTSOCK


def test_empty_range_is_refused(socket):
    with pytest.raises((ValueError, zmq.ZMQBindError)):
        socket(zmq.PULL).bind_to_random_port("tcp://127.0.0.1", 5000, 5000)


def test_bind_error_is_a_base_error():
    assert issubclass(zmq.ZMQBindError, zmq.ZMQBaseError)


def test_many_threads_bind_at_once():
    ports, errors = [], []
    gate = threading.Barrier(16)
    done = threading.Event()

    def work():
        try:
            with zmq.Context() as ctx, ctx.socket(zmq.PULL) as s:
                gate.wait(5)
                ports.append(s.bind_to_random_port("tcp://127.0.0.1"))
                done.wait(5)
        except Exception as exc:
            errors.append(exc)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for t in threads:
        t.start()
    while len(ports) + len(errors) < 16:
        done.wait(0.001)
    done.set()
    for t in threads:
        t.join(5)
    assert errors == []
    assert len(set(ports)) == 16
