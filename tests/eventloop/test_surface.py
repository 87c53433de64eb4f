# SPDX-License-Identifier: BSD-3-Clause
"""The names and parameters of zmq.eventloop, old names among them."""

import inspect

import pytest
import tornado.ioloop

import zmq
import zmq.eventloop
from zmq.eventloop import future, zmqstream
from zmq.eventloop.zmqstream import ZMQStream

SEND = {"flags": 0, "copy": True, "track": False, "callback": None, "kwargs": None}

#: Methods of a stream, their parameters and defaults; None is none.
METHODS = {
    "close": {"linger": None},
    "closed": {},
    "flush": {"flag": zmq.POLLIN | zmq.POLLOUT, "limit": None},
    "on_err": {"callback": None},
    "on_recv": {"callback": None, "copy": True},
    "on_recv_stream": {"callback": None, "copy": True},
    "on_send": {"callback": None},
    "on_send_stream": {"callback": None},
    "receiving": {},
    "send": {"msg": None, **SEND},
    "send_json": {"obj": None, "flags": 0, "callback": None, "kwargs": None},
    "send_multipart": {"msg": None, **SEND},
    "send_pyobj": {"obj": None, "flags": 0, "protocol": -1, "callback": None, "kwargs": None},
    "send_string": {"u": None, "flags": 0, "encoding": "utf-8", "callback": None, "kwargs": None},
    "send_unicode": {"u": None, "flags": 0, "encoding": "utf-8", "callback": None, "kwargs": None},
    "sending": {},
    "set_close_callback": {"callback": None},
    "stop_on_err": {},
    "stop_on_recv": {},
    "stop_on_send": {},
}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    parameters = list(inspect.signature(getattr(ZMQStream, name)).parameters.values())[1:]
    assert [p.name for p in parameters] == list(METHODS[name])
    given = [None if p.default is p.empty else p.default for p in parameters]
    assert given == list(METHODS[name].values())
    assert getattr(ZMQStream, name).__doc__


def test_parameters_of_the_class():
    assert list(inspect.signature(ZMQStream).parameters) == ["socket", "io_loop"]
    assert zmq.eventloop.ZMQStream is ZMQStream is zmqstream.ZMQStream
    assert ZMQStream.io_loop is None and ZMQStream.poller is None


def test_names_of_future():
    assert set(future.__all__) == {"CancelledError", "Context", "Poller", "Socket"}
    assert list(inspect.signature(future.Socket).parameters)[:3] == [
        "context",
        "socket_type",
        "io_loop",
    ] or inspect.signature(future.Socket.__init__)


async def test_attributes(socket, stream):
    raw = socket(zmq.PUSH)
    s = stream(raw)
    assert s.socket is raw and s.io_loop is tornado.ioloop.IOLoop.current()
    assert isinstance(s.poller, zmq.Poller) and raw in s.poller
    assert repr(s) == f"<zmq.eventloop.zmqstream.ZMQStream of {raw!r}>"
    s.close()
    assert "closed" in repr(s)


LINKED = """bind bind_to_random_port connect disconnect get getsockopt getsockopt_string set
setsockopt setsockopt_string subscribe unbind unsubscribe""".split()


@pytest.mark.parametrize("name", LINKED)
async def test_methods_of_the_socket_are_those_of_the_stream(socket, stream, name):
    raw = socket(zmq.SUB)
    s = stream(raw)
    assert getattr(s, name) is getattr(s.socket, name)
    assert getattr(raw, name) == getattr(s, name)


async def test_the_socket_is_left_as_it_was(socket, stream, endpoint):
    raw = socket(zmq.PUSH)
    before = dict(vars(raw))
    s = stream(raw)
    s.bind(endpoint("inproc"))
    assert s.getsockopt(zmq.TYPE) == zmq.PUSH
    s.close()
    assert vars(raw) == before


async def test_a_threadsafe_socket(context, stream):
    raw = context.socket(zmq.PUSH, threadsafe=True)
    s = stream(raw)
    assert s.bind is s.socket.bind and s.type == zmq.PUSH
    assert s.getsockopt(zmq.LINGER) == s.linger


async def test_options_are_attributes(socket, stream):
    s = stream(socket(zmq.PULL, rcvhwm=7))
    assert s.rcvhwm == s.RCVHWM == 7 and s.type == zmq.PULL
    s.linger, s.hwm = 5, 9
    assert s.socket.linger == 5 and s.socket.rcvhwm == 9
    with pytest.raises(AttributeError):
        s.nonsense  # noqa: B018


@pytest.mark.parametrize("name", ["recv", "recv_multipart", "recv_json", "try_recv", "_mark"])
async def test_methods_that_receive_are_not_passed_on(socket, stream, name):
    with pytest.raises(AttributeError, match=name):
        getattr(stream(socket(zmq.PULL)), name)


async def test_on_err_does_nothing(socket, stream, logged):
    s = stream(socket(zmq.PULL))
    s.on_err(print)
    s.stop_on_err()
    assert ["deprecated" in record.getMessage() for record in logged()] == [True, True]


def test_loops_of_old():
    from zmq.eventloop import ioloop

    assert zmq.eventloop.IOLoop is tornado.ioloop.IOLoop
    with pytest.warns(DeprecationWarning, match="ioloop.IOLoop is deprecated: use tornado"):
        assert ioloop.IOLoop is tornado.ioloop.IOLoop
    with pytest.warns(DeprecationWarning, match="ZMQIOLoop.*: use tornado.ioloop.IOLoop"):
        assert ioloop.ZMQIOLoop is tornado.ioloop.IOLoop
    with pytest.warns(DeprecationWarning, match="PeriodicCallback"):
        assert ioloop.PeriodicCallback is tornado.ioloop.PeriodicCallback
    with pytest.raises(AttributeError, match="DelayedCallback"):
        ioloop.DelayedCallback  # noqa: B018
    with pytest.warns(DeprecationWarning, match="install") as found:
        assert ioloop.install() is None
    assert found[0].filename == __file__


def test_the_warning_names_who_imports(output):
    code = """
        import warnings
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            from zmq.eventloop.ioloop import ZMQIOLoop
        print(found[0].filename, ZMQIOLoop)
    """
    assert output(code) == "<string> <class 'tornado.ioloop.IOLoop'>\n"


def test_a_program_of_old(output):
    """The loop of tornado's own, a stream made before it runs, the loop stopped by a callback."""
    code = """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        import asyncio
        asyncio.set_event_loop(asyncio.new_event_loop())
        import zmq
        from zmq.eventloop import ioloop, zmqstream
        ioloop.install()
        loop = ioloop.IOLoop.instance()
        context = zmq.Context.instance()
        server = zmqstream.ZMQStream(context.socket(zmq.REP))
        port = server.bind_to_random_port("tcp://127.0.0.1")
        server.on_recv(server.send_multipart)
        client = zmqstream.ZMQStream(context.socket(zmq.REQ), loop)
        client.connect(f"tcp://127.0.0.1:{port}")
        client.on_recv(lambda message: (print(message), loop.stop()))
        client.send(b"hello")
        loop.start()
        for stream in (client, server):
            stream.close()
        context.term()
        loop.close(all_fds=True)
    """
    assert output(code, options=()) == "[b'hello']\n"


def test_core_does_without_tornado(output):
    code = "import sys, zmq, zmq.asyncio; print([n for n in sys.modules if 'tornado' in n])"
    assert output(code) == "[]\n"
