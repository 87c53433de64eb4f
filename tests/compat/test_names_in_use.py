# SPDX-License-Identifier: BSD-3-Clause
"""Undocumented names that released programs read, and who reads them."""

import asyncio
import importlib
import os
import selectors

import pytest

import zmq
import zmq.backend


def find(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    ("path", "same_as"),
    [
        ("zmq.sugar.socket.Socket", "zmq.Socket"),  # annotations of jupyter_client
        ("zmq.sugar.context.Context", "zmq.Context"),  # isinstance checks
        ("zmq.sugar.frame.Frame", "zmq.Frame"),  # type checks, log filters
        ("zmq.sugar.frame.Message", "zmq.Message"),
        ("zmq.sugar.poll.Poller", "zmq.Poller"),
        ("zmq.sugar.poll.select", "zmq.select"),
        ("zmq.sugar.tracker.MessageTracker", "zmq.MessageTracker"),  # pickled names
        ("zmq.sugar.stopwatch.Stopwatch", "zmq.Stopwatch"),  # old benchmarks
        ("zmq.sugar.Socket", "zmq.Socket"),
        ("zmq.backend.zmq_poll", "zmq.zmq_poll"),  # pollers of event loops
        ("zmq.backend.zmq_errno", "zmq.zmq_errno"),
        ("zmq.backend.strerror", "zmq.strerror"),
        ("zmq.backend.IPC_PATH_MAX_LEN", "zmq.IPC_PATH_MAX_LEN"),
        ("zmq.backend.PYZMQ_DRAFT_API", "zmq.PYZMQ_DRAFT_API"),
    ],
)
def test_name_is_an_alias(path, same_as):
    assert find(path) is find(same_as)


@pytest.mark.parametrize(
    ("sugar", "backend"), [("Socket", "Socket"), ("Context", "Context"), ("Frame", "Frame")]
)
def test_classes_come_from_the_backend(sugar, backend):
    assert issubclass(getattr(zmq, sugar), getattr(zmq.backend, backend))


def test_version_parts():
    from zmq.sugar import version

    parts = (version.VERSION_MAJOR, version.VERSION_MINOR, version.VERSION_PATCH)
    assert zmq.pyzmq_version_info()[:3] == parts
    assert isinstance(version.VERSION_EXTRA, str)
    assert zmq.__version__ == zmq.pyzmq_version()


def test_attribute_setter_is_a_base_of_sockets_and_contexts():
    from zmq.sugar.attrsettr import AttributeSetter

    assert issubclass(zmq.Socket, AttributeSetter)
    assert issubclass(zmq.Context, AttributeSetter)


def test_monitored_queue_is_in_the_backend():
    assert callable(zmq.backend.monitored_queue)


def test_backend_selection():
    from zmq.backend.select import public_api, select_backend

    assert set(public_api) <= set(dir(zmq.backend))
    assert zmq.backend.public_api == public_api
    chosen = select_backend(f"zmq.backend.{zmq.build_info()['backend']}")
    assert set(public_api) <= set(chosen)
    with pytest.raises(ImportError):
        select_backend("zmq.backend.no_such_thing")


def test_names_of_the_old_garbage_collector():
    from zmq.utils.garbage import gc  # freezers ask for it

    assert gc is not None


def test_text_helpers_of_old_programs():
    from zmq.utils.strtypes import asbytes, b, cast_bytes, cast_unicode, u, unicode
    from zmq.utils.strtypes import bytes as kind

    with pytest.warns(DeprecationWarning):
        assert (asbytes("é"), b("x"), u(b"x")) == ("é".encode(), b"x", "x")
    with pytest.warns(DeprecationWarning):
        assert (cast_bytes(b"x"), cast_unicode("x")) == (b"x", "x")
    assert (kind, unicode) == (bytes, str)


def test_addresses_for_shadows():
    from zmq.utils.interop import cast_int_addr

    assert cast_int_addr(5) == 5
    with pytest.raises((TypeError, ValueError)):
        cast_int_addr("5")


def test_json_module():
    from zmq.utils import jsonapi

    assert jsonapi.loads(jsonapi.dumps({"a": 1})) == {"a": 1}
    assert isinstance(jsonapi.dumps(1), bytes)
    assert jsonapi.jsonmod.__name__ == "json"


def test_types_of_option_values():
    from zmq.constants import SocketOption, _OptType

    assert SocketOption.LINGER._opt_type is _OptType.int
    assert SocketOption.AFFINITY._opt_type is _OptType.int64
    assert SocketOption.ROUTING_ID._opt_type is _OptType.bytes
    assert SocketOption.FD._opt_type is _OptType.fd
    assert {o._opt_type for o in SocketOption} == set(_OptType)
    assert SocketOption.LINGER.value_type is int
    assert SocketOption.ROUTING_ID.value_type is bytes


def test_typing_module_can_be_imported():
    assert importlib.import_module("zmq._typing")


# -- private attributes --------------------------------------------------------------------------


def test_private_attributes_of_contexts(context):
    assert context._shadow is False
    assert zmq.Context(context)._shadow is True
    with context.socket(zmq.PUSH) as s:
        assert s in context._sockets
        assert len(context._sockets) == 1
    assert s not in context._sockets


def test_private_attributes_of_sockets(socket):
    s = socket(zmq.PUSH)
    assert s._shadow is False
    shadow = zmq.Socket(s)
    assert shadow._shadow is True
    assert shadow._shadow_obj is s


@pytest.mark.parametrize("where", ["instance", "class", "subclass"])
def test_socket_class_can_be_set_anywhere(where, monkeypatch):
    class Own(zmq.Socket):
        pass

    class Base(zmq.Context):
        pass

    class Derived(Base):
        pass

    assert zmq.Context._socket_class is zmq.Socket
    context = Derived()
    if where == "instance":
        context._socket_class = Own
    else:
        (Base if where == "class" else Derived)._socket_class = Own
    with context, context.socket(zmq.PUSH) as s:
        assert type(s) is Own
        assert context._socket_class is Own


def test_instance_attribute_is_writable():
    class Own(zmq.Context):
        _instance = None

    first = Own.instance()
    assert Own._instance is first
    Own._instance = None
    second = Own.instance()
    assert second is not first
    first.term()
    second.term()


def test_instance_may_be_overridden():
    class Singleton(zmq.Context):
        _instance = None

        def __new__(cls, *args, **kwargs):
            if cls._instance is None or cls._instance.closed:
                cls._instance = super().__new__(cls, *args, **kwargs)
                cls._instance._made = False
            return cls._instance

        _made = False

        def __init__(self, *args, **kwargs):
            if not self._made:
                super().__init__(*args, **kwargs)
                self._made = True

        @classmethod
        def instance(cls, *args, **kwargs):
            return cls(*args, **kwargs)

    one, two = Singleton(), Singleton.instance()
    assert one is two
    with one.socket(zmq.PUSH) as s:
        assert s.context is two
    one.term()


# -- behaviour -----------------------------------------------------------------------------------


def test_version_comparisons():
    assert zmq.pyzmq_version_info() >= (14, 4)
    assert zmq.pyzmq_version_info() >= (27, 1)
    assert tuple(map(int, zmq.__version__.split(".")[:2])) >= (27, 1)
    assert zmq.zmq_version_info() >= (4, 2)
    assert zmq.zmq_version() == "%d.%d.%d" % zmq.zmq_version_info()


def test_include_and_library_directories():
    includes = zmq.get_includes()
    assert len(includes) >= 2
    assert includes[1].endswith("utils")
    (directory,) = zmq.get_library_dirs()
    assert os.path.basename(directory) == "zmq"


def test_reprs(context):
    with context.socket(zmq.PUSH) as s:
        assert repr(context).startswith("<zmq.Context(1 socket) at 0x")
        assert repr(s).startswith("<zmq.Socket(zmq.PUSH) at 0x")


@pytest.mark.parametrize("size", [10, 100_000])
def test_text_of_a_frame_is_a_summary(size):
    frame = zmq.Frame(b"payload".ljust(size, b"\xff"))
    assert len(str(frame)) < 100
    assert str(frame) != frame.bytes.decode("latin-1")


def test_unclosed_context_warns(collected, wait_for):
    context = zmq.Context()
    with pytest.warns(ResourceWarning) as caught:
        del context
        wait_for(lambda: collected() and len(caught))


def test_selectors_and_event_loops_take_sockets(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    assert b.events == 0
    with selectors.DefaultSelector() as selector:
        selector.register(b, selectors.EVENT_READ)
        a.send(b"1")
        ((key, _),) = selector.select(5)
        assert key.fileobj is b
        assert b.recv() == b"1"

    async def main():
        loop = asyncio.get_running_loop()
        arrived = loop.create_future()
        assert b.events == 0
        loop.add_reader(b, lambda: arrived.done() or arrived.set_result(None))
        a.send(b"2")
        await asyncio.wait_for(arrived, 5)
        loop.remove_reader(b)
        assert b.events & zmq.POLLIN
        return b.recv()

    assert asyncio.run(main()) == b"2"


def test_sockets_of_the_backend_work_by_themselves(context):
    a, b = zmq.backend.Socket(context, zmq.PUSH), zmq.backend.Socket(context, zmq.PULL)
    try:
        a.bind("inproc://backend")
        b.connect("inproc://backend")
        b.set(zmq.RCVTIMEO, 5000)
        a.send(b"x")
        assert b.recv() == b"x"
        assert a.get(zmq.TYPE) == zmq.PUSH
    finally:
        a.close()
        b.close()


def test_old_names_of_methods(pair):
    a, b = pair(zmq.PUSH, zmq.PULL)
    a.send_unicode("é")
    assert b.recv_unicode() == "é"
    a.setsockopt_unicode(zmq.IDENTITY, "é")
    assert a.getsockopt_unicode(zmq.IDENTITY) == "é"


def test_removed_names_stay_removed():
    # programs ask with hasattr to choose another way
    for name in ("VERSION_MAJOR", "IO_THREADS_DFLT", "HAUSNUMERO"):
        assert not hasattr(zmq, name)
