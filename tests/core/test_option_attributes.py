# SPDX-License-Identifier: BSD-3-Clause
"""Options as attributes: spelling, names that are no options, nothing set by accident."""

import pytest

import zmq


@pytest.mark.parametrize("spelling", ["linger", "LINGER", "Linger", "lInGeR"])
def test_any_case(socket, spelling):
    s = socket(zmq.PUSH)
    setattr(s, spelling, 321)
    assert getattr(s, spelling) == s.get(zmq.LINGER) == 321
    assert hasattr(s, spelling)


@pytest.mark.parametrize("spelling", ["rcvTimeo", "RcvTimeO", "rCVTIMEO", "Rcvtimeo"])
def test_any_case_of_a_long_name(socket, spelling):
    s = socket(zmq.PULL)
    setattr(s, spelling, 321)
    assert s.rcvtimeo == 321
    assert getattr(s, spelling) == 321


@pytest.mark.parametrize(
    ("alias", "option"),
    [
        ("identity", "ROUTING_ID"),
        ("connect_rid", "CONNECT_ROUTING_ID"),
        ("fail_unroutable", "ROUTER_MANDATORY"),
        ("delay_attach_on_connect", "IMMEDIATE"),
        ("ipv6", "IPV6"),
    ],
)
def test_aliases_of_options(socket, alias, option):
    s = socket(zmq.ROUTER)
    value = b"peer" if "ID" in option else 1
    setattr(s, alias, value)
    try:
        read = s.get(zmq.SocketOption[option])
    except zmq.ZMQError:
        return  # it can only be set
    assert read == getattr(s, alias) == value


def test_ipv4only_is_the_opposite_of_ipv6(socket):
    s = socket(zmq.PUSH)
    s.ipv6 = 1
    assert s.ipv4only == 0


@pytest.mark.parametrize("name", ["no_such_thing", "lingerr", "_linger", "LINGER_", "hwm2"])
def test_unknown_name_is_an_attribute_error(socket, name):
    s = socket(zmq.PUSH)
    assert not hasattr(s, name)
    with pytest.raises(AttributeError, match=name):
        getattr(s, name)
    with pytest.raises(AttributeError, match=name):
        setattr(s, name, 1)


@pytest.mark.parametrize(
    "name",
    [
        *("pub", "xpub", "sub", "PUB", "XPUB", "router"),  # socket types: xpub is also 9
        *("noblock", "sndmore", "DONTWAIT"),  # flags
        *("pollin", "POLLOUT", "event_connected", "EVENT_ALL"),
        *("eagain", "EINVAL", "efsm"),
        *("io_threads", "MAX_SOCKETS", "streamer", "curve", "null"),
        *("more", "MORE", "shared"),  # options of messages
    ],
)
def test_constants_that_are_no_socket_options_set_nothing(socket, name):
    s = socket(zmq.PUB)
    options = ("SNDHWM", "RCVHWM", "RECOVERY_IVL", "RATE", "AFFINITY", "LINGER", "BACKLOG")
    before = [s.get(zmq.SocketOption[o]) for o in options]
    with pytest.raises(AttributeError):
        setattr(s, name, 77)
    with pytest.raises(AttributeError):
        getattr(s, name)
    assert [s.get(zmq.SocketOption[o]) for o in options] == before


def test_socket_options_are_no_options_of_frames():
    frame = zmq.Frame(b"x")
    for name in ("linger", "rcvtimeo", "pub"):
        with pytest.raises(AttributeError):
            getattr(frame, name)
        with pytest.raises(AttributeError):
            setattr(frame, name, 1)


def test_missing_attribute_of_a_closed_socket(context):
    s = context.socket(zmq.PUSH)
    s.close()
    with pytest.raises(AttributeError):
        _ = s.no_such_thing
    assert getattr(s, "no_such_thing", 5) == 5


def test_option_of_a_closed_socket_is_not_an_attribute_error(context):
    s = context.socket(zmq.PUSH)
    s.close()
    with pytest.raises(zmq.ZMQError) as caught:
        _ = s.linger
    assert caught.value.errno == zmq.ENOTSOCK


def test_wrong_value_is_not_an_attribute_error(socket):
    s = socket(zmq.PUSH)
    with pytest.raises(zmq.ZMQError, match="LINGER"):
        s.linger = -7
    with pytest.raises(zmq.ZMQError, match="LINGER"):
        s.Linger = -7


def test_option_of_another_type_of_socket_names_it(socket):
    push = socket(zmq.PUSH)
    with pytest.raises((zmq.ZMQError, AttributeError), match="XPUB_VERBOSE"):
        push.xpub_verbose = 1


@pytest.mark.parametrize("spelling", ["linger", "LINGER"])
def test_options_cannot_be_deleted(socket, spelling):
    with pytest.raises((AttributeError, TypeError)):
        delattr(socket(zmq.PUSH), spelling)


def test_lower_and_upper_names_are_descriptors():
    for option in zmq.SocketOption:
        if option.name in ("SUBSCRIBE", "UNSUBSCRIBE", "HWM"):
            continue
        for name in (option.name, option.name.lower()):
            found = getattr(zmq.Socket, name)
            assert hasattr(type(found), "__get__"), name
            assert hasattr(type(found), "__set__"), name


def test_every_option_is_listed_by_dir(socket):
    names = set(dir(socket(zmq.PUSH)))
    missing = [o.name for o in zmq.SocketOption if {o.name, o.name.lower()} - names]
    assert missing == []


def test_context_options_are_listed_by_dir(context):
    assert {"io_threads", "IO_THREADS", "max_sockets", "socket", "term"} <= set(dir(context))


def test_help_and_mocks_can_look_at_sockets(socket):
    # tools walk over dir() with getattr; nothing but AttributeError may stop them
    s = socket(zmq.PUSH)
    for name in dir(s):
        try:
            getattr(s, name)
        except (AttributeError, DeprecationWarning):
            pass
        except zmq.ZMQError as exc:
            assert exc.errno in (zmq.EINVAL, zmq.ENOTSUP), name
