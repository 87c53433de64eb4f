# SPDX-License-Identifier: BSD-3-Clause
"""`recv_pyobj` where strangers can send: one warning for each socket, and no message lost to it."""

import warnings

import numpy  # noqa: F401  (its threads start with the import, and are not a test's)
import pytest

import zmq

#: What binds beyond the loopback without a network: every address of this machine.
OPEN = "tcp://*:0"


@pytest.fixture
def quiet():
    """`quiet(socket)`: whether it receives a pickle without any warning."""

    def quiet(s):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with pytest.raises(zmq.Again):
                s.recv_pyobj(zmq.NOBLOCK)
        assert {w.category for w in caught} <= {zmq.SecurityWarning}
        return not caught

    return quiet


@pytest.fixture
def ends(socket):
    """A PUSH socket, connected to a PULL socket that anybody can connect to."""
    a, b = socket(zmq.PUSH), socket(zmq.PULL)
    a.connect(f"tcp://127.0.0.1:{b.bind(OPEN).port}")
    return a, b


def give_key(s):
    s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
    s.curve_server = True


# -- the warning ---------------------------------------------------------------------------------


def test_the_warning_names_the_way_out(ends):
    a, b = ends
    a.send_pyobj("object")
    with pytest.warns(zmq.SecurityWarning) as caught:
        assert b.recv_pyobj() == "object"
    text = str(caught[0].message)
    for part in (b.last_endpoint.decode(), "recv_pyobj", "CURVE", "send_signed", "send_json"):
        assert part in text


def test_it_points_at_the_caller(ends):
    a, b = ends
    a.send_pyobj(1)
    with pytest.warns(zmq.SecurityWarning) as caught:
        b.recv_pyobj()
    (warning,) = caught
    assert warning.filename == __file__


def test_once_for_each_socket(ends, socket, quiet):
    _, b = ends
    assert not quiet(b)
    assert quiet(b)
    b.bind(OPEN)
    assert quiet(b)
    other = socket(zmq.PULL)
    other.bind(OPEN)
    assert not quiet(other)


def test_nothing_is_lost_when_warnings_are_errors(ends):
    a, b = ends
    a.send_pyobj("object")
    assert b.poll(5000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(zmq.SecurityWarning):
            b.recv_pyobj()
        assert b.recv_pyobj() == "object"


def test_a_program_that_makes_it_an_error(run):
    script = """
        import warnings, zmq
        warnings.simplefilter("error", zmq.SecurityWarning)
        with zmq.Context() as ctx, ctx.socket(zmq.PULL) as b, ctx.socket(zmq.PUSH) as a:
            a.connect(f"tcp://127.0.0.1:{b.bind('tcp://*:0').port}")
            a.send_pyobj(1)
            try:
                b.recv_pyobj()
            except zmq.SecurityWarning:
                print(len(b.recv()))
    """
    end = run(script)
    assert (end.returncode, end.stderr) == (0, "")
    assert int(end.stdout) > 0


# -- where it is due -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", [OPEN, "tcp://*:*", "tcp://0.0.0.0:0", b"tcp://*:0"])
def test_addresses_that_are_open(socket, quiet, address):
    s = socket(zmq.PULL)
    s.bind(address)
    assert not quiet(s)


def test_all_interfaces_with_ipv6(socket, quiet):
    s = socket(zmq.PULL, ipv6=1)
    s.bind(OPEN)
    assert not quiet(s)


def test_a_random_port(socket, quiet):
    s = socket(zmq.PULL)
    s.bind_to_random_port("tcp://*")
    assert not quiet(s)
    s = socket(zmq.PULL)
    s.bind_to_random_port("tcp://*", 30000, 60000)
    assert not quiet(s)


@pytest.mark.parametrize("first", [True, False])
def test_one_open_address_among_others(socket, bind, quiet, first):
    s = socket(zmq.PULL)
    for address in (OPEN, "tcp://127.0.0.1:0")[:: 1 if first else -1]:
        s.bind(address)
    bind(s, "inproc")
    assert not quiet(s)


@pytest.mark.parametrize("late", ["before", "after"])
def test_plain_passwords_do_not_help(socket, quiet, late):
    s = socket(zmq.PULL)
    if late == "before":
        s.plain_server = True
    s.bind(OPEN)
    if late == "after":
        s.plain_server = True
    assert not quiet(s)


def test_curve_that_comes_after_the_bind_is_too_late(socket, quiet):
    s = socket(zmq.PULL)
    s.bind(OPEN)
    give_key(s)
    assert not quiet(s)


def test_shadows_know(socket, quiet):
    s = socket(zmq.PULL)
    shadow = zmq.Socket(s)
    deeper = zmq.Socket.shadow(shadow)
    s.bind(OPEN)
    assert not quiet(deeper)
    assert quiet(s)
    assert quiet(shadow)
    s = socket(zmq.PULL)
    zmq.Socket(s).bind(OPEN)
    assert not quiet(s)


def test_udp(socket, quiet):
    if not zmq.DRAFT_API:
        with pytest.raises(NotImplementedError, match="(?i)draft"):
            socket(zmq.DISH)
        return
    s = socket(zmq.DISH)
    s.bind("udp://127.0.0.1:0")
    assert quiet(s)
    s.bind("udp://*:0")
    assert not quiet(s)


# -- where it is not -----------------------------------------------------------------------------


def test_loopback_ipc_inproc(socket, bind, quiet, transport):
    s = socket(zmq.PULL)
    bind(s, transport)
    assert quiet(s)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:0", "tcp://127.3.2.1:0", "tcp://lo:0"])
@pytest.mark.parametrize("ipv6", [0, 1])
def test_ways_to_say_loopback(socket, quiet, address, ipv6):
    s = socket(zmq.PULL, ipv6=ipv6)
    s.bind(address)
    assert quiet(s)


def test_ipv6_loopback(socket, quiet):
    s = socket(zmq.PULL, ipv6=1)
    s.bind("tcp://[::1]:0")
    assert quiet(s)


def test_sockets_that_only_connect(socket, quiet):
    s = socket(zmq.PULL)
    s.connect("tcp://192.0.2.1:9")
    assert quiet(s)


def test_sockets_that_are_nowhere(socket, quiet):
    assert quiet(socket(zmq.PULL))


def test_an_address_that_was_left(socket, quiet):
    s = socket(zmq.PULL)
    with s.bind(OPEN):
        pass
    assert quiet(s)
    s.unbind(s.bind(OPEN).endpoint)
    assert quiet(s)
    s.bind(OPEN)
    assert not quiet(s)


def test_curve(socket, quiet):
    s = socket(zmq.PULL)
    give_key(s)
    s.bind(OPEN)
    assert quiet(s)


def test_other_ways_to_receive(ends):
    a, b = ends
    a.send_json(1)
    a.send_string("text")
    a.send_signed(2, b"a key of sufficient length")
    a.send_array(b"array")
    assert (b.recv_json(), b.recv_string()) == (1, "text")
    assert b.recv_signed(b"a key of sufficient length") == 2
    assert bytes(b.recv_array()) == b"array"
