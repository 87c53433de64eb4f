# SPDX-License-Identifier: BSD-3-Clause
"""Every public callable tells its signature and what it does."""

import inspect
import pydoc

import pytest

import zmq
import zmq.backend
import zmq.sugar


def public_callables():
    for name in sorted(set(zmq.__all__)):
        thing = getattr(zmq, name)
        if inspect.ismodule(thing) or isinstance(thing, int) or not callable(thing):
            continue
        yield name, thing
        if inspect.isclass(thing) and not issubclass(thing, (int, BaseException)):
            for member in sorted(n for n in dir(thing) if not n.startswith("_")):
                found = next(vars(c)[member] for c in thing.__mro__ if member in vars(c))
                found = getattr(found, "__func__", found)
                if callable(found) and not inspect.isclass(found):
                    yield f"{name}.{member}", getattr(thing, member)


CALLABLES = dict(public_callables())


@pytest.mark.parametrize("name", CALLABLES)
def test_has_a_signature(name):
    signature = inspect.signature(CALLABLES[name])
    assert isinstance(signature, inspect.Signature)


@pytest.mark.parametrize("name", CALLABLES)
def test_has_a_docstring(name):
    assert inspect.getdoc(CALLABLES[name])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (zmq.Socket.send, ["self", "data", "flags", "copy", "track", "routing_id", "group"]),
        (zmq.Socket.recv, ["self", "flags", "copy", "track"]),
        (zmq.Socket.recv_into, ["self", "buffer", "nbytes", "flags"]),
        (zmq.Socket.poll, ["self", "timeout", "flags"]),
        (zmq.Socket.close, ["self", "linger"]),
        (zmq.Context.socket, ["self", "socket_type", "socket_class", "kwargs"]),
        (zmq.select, ["rlist", "wlist", "xlist", "timeout"]),
        (zmq.proxy, ["frontend", "backend", "capture"]),
        (zmq.proxy_steerable, ["frontend", "backend", "capture", "control"]),
        (zmq.zmq_poll, ["sockets", "timeout"]),
        (zmq.Frame, ["data", "track", "copy", "copy_threshold"]),
        (zmq.MessageTracker, ["towatch"]),
    ],
)
def test_names_of_parameters(function, expected):
    found = list(inspect.signature(function).parameters)
    assert found[: len(expected)] == expected


def test_defaults_of_parameters():
    defaults = {
        n: p.default
        for n, p in inspect.signature(zmq.Socket.bind_to_random_port).parameters.items()
    }
    assert (defaults["min_port"], defaults["max_port"], defaults["max_tries"]) == (
        49152,
        65536,
        100,
    )
    assert inspect.signature(zmq.Socket.recv).parameters["flags"].default == 0
    assert inspect.signature(zmq.Socket.recv).parameters["copy"].default is True
    assert inspect.signature(zmq.MessageTracker.wait).parameters["timeout"].default == -1
    into = inspect.signature(zmq.Socket.recv_into).parameters
    assert into["buffer"].kind is inspect.Parameter.POSITIONAL_ONLY
    assert into["nbytes"].kind is inspect.Parameter.KEYWORD_ONLY


def test_bound_methods_have_signatures(socket):
    s = socket(zmq.PUSH)
    assert "self" not in inspect.signature(s.send).parameters
    assert list(inspect.signature(s.send_multipart).parameters)[0] == "msg_parts"


def test_help_works():
    text = pydoc.plain(pydoc.render_doc(zmq.Socket))
    assert "send_multipart" in text
    assert "recv_into" in text


@pytest.mark.parametrize(
    "cls", [zmq.Socket, zmq.Context, zmq.Frame, zmq.Poller, zmq.MessageTracker]
)
def test_classes_are_named_as_people_write_them(cls):
    assert cls.__qualname__ in ("Socket", "Context", "Frame", "Poller", "MessageTracker")
    assert cls.__module__.partition(".")[0] == "zmq"


def test_classes_are_generic():
    assert zmq.Socket[bytes] is not None
    assert zmq.Context[zmq.Socket] is not None
    assert zmq.SyncSocket is not None
    assert zmq.SyncContext is not None
