# SPDX-License-Identifier: BSD-3-Clause
"""The names of zmq.green: all that zmq has, some in a version of its own."""

import inspect
import pickle

import pytest

import zmq
import zmq.green as green

#: What differs from `zmq`.
OWN = {
    *("Context", "Poller", "Socket", "device", "proxy", "proxy_steerable", "request", "select"),
    "zmq_poll",
}


def test_every_name_of_zmq():
    own = {name for name in zmq.__all__ if getattr(green, name) is not getattr(zmq, name)}
    assert own == OWN & set(zmq.__all__)
    assert OWN <= set(green.__all__)
    for name in OWN:
        assert getattr(green, name) is not getattr(zmq, name)


@pytest.mark.parametrize("name", ["Stopwatch", "build_info", "get_includes", "utils"])
def test_names_that_are_loaded_late(name):
    assert getattr(green, name) is getattr(zmq, name)
    with pytest.raises(AttributeError):
        green.no_such_name  # noqa: B018


@pytest.mark.parametrize("cls", ["Socket", "Context", "Poller"])
def test_classes_have_the_same_methods(cls):
    """With the same parameters, whatever they are called in."""
    ours, theirs = getattr(green, cls), getattr(zmq, cls)
    assert issubclass(ours, theirs)
    for name, method in inspect.getmembers(theirs, callable):
        if name.startswith("_") or getattr(ours, name) is method:
            continue
        try:
            wanted = inspect.signature(method).parameters
        except ValueError:
            continue
        found = inspect.signature(getattr(ours, name)).parameters
        if any(each.kind is each.VAR_KEYWORD for each in found.values()):
            continue
        missing = {
            each.name for each in wanted.values() if each.kind is not each.VAR_KEYWORD
        } - set(found)
        assert missing == set(), name


@pytest.mark.parametrize("name", sorted(OWN - {"Context", "Socket", "Poller"}))
def test_functions_have_the_same_parameters(name):
    wanted = inspect.signature(getattr(zmq, name)).parameters
    found = inspect.signature(getattr(green, name)).parameters
    if name != "device":  # its parameters were called otherwise in pyzmq
        assert list(found) == list(wanted)
    else:
        assert list(found) == ["device_type", "isocket", "osocket"]


def test_old_places():
    from zmq.green import core, device, poll

    assert core.TIMEOS == (zmq.RCVTIMEO, zmq.SNDTIMEO)
    assert (core.Context, core.Socket) == (green.Context, green.Socket)
    assert (core._Context, core._Socket) == (green.Context, green.Socket)
    assert device is green.device
    assert poll.Poller is green.Poller


def test_pickling_is_refused(context, socket):
    for thing in (context, socket(zmq.PULL)):
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(thing)
