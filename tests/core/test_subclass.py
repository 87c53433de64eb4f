# SPDX-License-Identifier: BSD-3-Clause
"""Subclasses of Socket and Context: attributes of their own, overridden methods."""

import copy
import sys

import pytest

import zmq


@pytest.fixture
def make(context):
    """`make(cls, type)`: a socket of that class, closed after the test."""
    made = []

    def make(cls, kind=zmq.PAIR):
        s = context.socket(kind, socket_class=cls)
        made.append(s)
        s.setsockopt(zmq.RCVTIMEO, 5000)
        s.setsockopt(zmq.LINGER, 0)
        return s

    yield make
    for s in made:
        zmq.Socket.close(s)


@pytest.fixture
def couple(make):
    """`couple(cls)`: two connected PAIR sockets, of that class and a plain one."""

    def couple(cls):
        a, b = make(cls), make(zmq.Socket)
        a.bind("inproc://couple")
        b.connect("inproc://couple")
        return a, b

    return couple


class Tagged(zmq.Socket):
    tag = None


def test_attribute_declared_on_the_class(make):
    s = make(Tagged)
    s.tag = "x"
    assert s.tag == "x"
    assert make(Tagged).tag is None


class Annotated(zmq.Socket):
    tag: str


class AnnotatedTwice(Annotated):
    other: str


@pytest.mark.parametrize("cls", [Annotated, AnnotatedTwice])
def test_attribute_that_is_only_annotated(make, cls):
    s = make(cls)
    assert not hasattr(s, "tag")
    s.tag = "x"
    assert s.tag == "x"
    with pytest.raises(AttributeError, match="colour"):
        s.colour = 1


@pytest.mark.skipif(sys.version_info < (3, 14), reason="before, these are evaluated at once")
def test_annotation_that_names_what_does_not_exist(make):
    class Lazy(zmq.Socket):
        tag: Missing  # noqa: F821

    s = make(Lazy)
    s.tag = "x"
    assert s.tag == "x"


def test_attribute_not_declared_is_refused(make):
    s = make(zmq.Socket)
    with pytest.raises(AttributeError, match="colour"):
        s.colour = 1
    with pytest.raises(AttributeError, match="colour"):
        _ = s.colour


def test_annotated_attribute_with_property(make):
    class Counted(zmq.Socket):
        _count = 0

        @property
        def count(self):
            return self._count

        @count.setter
        def count(self, value):
            self._count = value

    s = make(Counted)
    s.count = 4
    assert s.count == 4


def test_attribute_in_slots(make):
    class Slotted(zmq.Socket):
        __slots__ = ("extra",)

    s = make(Slotted)
    s.extra = 3
    assert s.extra == 3


@pytest.mark.parametrize("name", ["linger", "LINGER", "colour"])
def test_entry_in_dict_wins(make, name):
    class Own(zmq.Socket):
        pass

    s = make(Own)
    s.__dict__[name] = "mine"
    assert getattr(s, name) == "mine"
    assert s.getsockopt(zmq.LINGER) == 0


def test_entry_in_dict_made_by_the_constructor_wins(make):
    class Own(zmq.Socket):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.__dict__["rcvhwm"] = "mine"

    assert make(Own).rcvhwm == "mine"


def test_option_overridden_by_a_class_attribute(make):
    class Own(zmq.Socket):
        linger = "mine"

    assert make(Own).linger == "mine"


def test_own_getattr_is_the_last_resort(make):
    class Own(zmq.Socket):
        def __getattr__(self, name):
            if name == "colour":
                return "blue"
            return super().__getattr__(name)

    s = make(Own)
    assert s.colour == "blue"
    assert s.Linger == 0
    with pytest.raises(AttributeError):
        _ = s.other


def test_overridden_setsockopt_and_get_are_used_for_odd_spellings(make):
    class Own(zmq.Socket):
        seen = ()

        def set(self, option, value):
            self.seen = (*self.seen, int(option))
            return super().set(option, value)

    s = make(Own)
    s.seen = ()
    s.set(zmq.LINGER, 3)
    assert s.seen == (zmq.LINGER,)
    assert s.linger == 3


# -- the library's own methods use what a subclass overrides -------------------------------------


class Recorder(zmq.Socket):
    """Counts what goes through it, as tracing subclasses do."""

    sent = received = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sent, self.received = [], []

    def send(self, data, flags=0, copy=True, track=False, **kwargs):
        self.sent.append(bytes(data))
        return super().send(data, flags=flags, copy=copy, track=track, **kwargs)

    def recv(self, flags=0, copy=True, track=False):
        data = super().recv(flags=flags, copy=copy, track=track)
        self.received.append(bytes(data))
        return data


@pytest.mark.parametrize(
    ("use", "wire"),
    [
        (lambda s: s.send_string("é"), ["é".encode()]),
        (lambda s: s.send_unicode("u"), [b"u"]),
        (lambda s: s.send_json([1]), [b"[1]"]),
        (lambda s: s.send_multipart([b"a", b"b"]), [b"a", b"b"]),
        (lambda s: s.send_serialized(3, lambda n: [b"x"] * n), [b"x"] * 3),
    ],
    ids=["string", "unicode", "json", "multipart", "serialized"],
)
def test_overridden_send_is_used(couple, use, wire):
    a, b = couple(Recorder)
    use(a)
    assert a.sent == wire
    assert b.recv_multipart() == wire


def test_overridden_send_is_used_for_pickles(couple):
    a, b = couple(Recorder)
    a.send_pyobj({"a": 1})
    assert len(a.sent) == 1
    assert b.recv_pyobj() == {"a": 1}


@pytest.mark.parametrize(
    ("use", "wire", "result"),
    [
        (lambda s: s.recv_string(), [b"u"], "u"),
        (lambda s: s.recv_unicode(), [b"u"], "u"),
        (lambda s: s.recv_json(), [b"[1]"], [1]),
        (lambda s: s.recv_multipart(), [b"a", b"b"], [b"a", b"b"]),
        (lambda s: s.recv_serialized(len), [b"a", b"b"], 2),
    ],
    ids=["string", "unicode", "json", "multipart", "serialized"],
)
def test_overridden_recv_is_used(couple, use, wire, result):
    a, b = couple(Recorder)
    b.send_multipart(wire)
    assert use(a) == result
    assert a.received == wire


def test_overridden_multipart_is_used_by_serialized(couple):
    class Enveloped(zmq.Socket):
        def send_multipart(self, msg_parts, *args, **kwargs):
            return super().send_multipart([b"envelope", *msg_parts], *args, **kwargs)

        def recv_multipart(self, *args, **kwargs):
            return super().recv_multipart(*args, **kwargs)[1:]

    a, b = couple(Enveloped)
    a.send_serialized("x", lambda text: [text.encode()])
    assert b.recv_multipart() == [b"envelope", b"x"]
    b.send_multipart([b"envelope", b"y"])
    assert a.recv_serialized(list) == [b"y"]


def test_overridden_deserialize_is_used(couple):
    class Own(zmq.Socket):
        def _deserialize(self, recvd, load):
            return ("own", load(recvd))

    a, b = couple(Own)
    b.send_json({"a": 1})
    assert a.recv_json() == ("own", {"a": 1})
    b.send_string("text")
    assert a.recv_string() == ("own", "text")


def test_override_put_on_the_class_later_is_used(couple):
    # decided once per class is fine, but not before the class is complete
    class Own(zmq.Socket):
        pass

    calls = []

    def send(self, data, *args, **kwargs):
        calls.append(data)
        return zmq.Socket.send(self, data, *args, **kwargs)

    Own.send = send
    a, b = couple(Own)
    a.send_multipart([b"a", b"b"])
    assert calls == [b"a", b"b"]
    assert b.recv_multipart() == [b"a", b"b"]


def test_override_inherited_from_a_mixin_is_used(couple):
    class Shout:
        def send(self, data, *args, **kwargs):
            return super().send(data.upper(), *args, **kwargs)

    class Own(Shout, zmq.Socket):
        pass

    a, b = couple(Own)
    a.send_multipart([b"a", b"b"])
    assert b.recv_multipart() == [b"A", b"B"]


def test_send_override_without_extra_parameters(couple):
    class Plain(zmq.Socket):
        def send(self, data, flags=0, copy=True, track=False):
            return super().send(data, flags, copy, track)

        def recv(self, flags=0, copy=True, track=False):
            return super().recv(flags, copy, track)

    a, b = couple(Plain)
    a.send_string("x")
    a.send_multipart([b"a", b"b"])
    a.send_json(1)
    assert (b.recv(), b.recv_multipart(), b.recv()) == (b"x", [b"a", b"b"], b"1")
    b.send_multipart([b"c", b"d"])
    assert a.recv_multipart() == [b"c", b"d"]


def test_close_without_linger_is_enough_for_the_library():
    closed = []

    class Own(zmq.Socket):
        def close(self):
            closed.append(self)
            super().close()

    context = zmq.Context()
    with context.socket(zmq.PUSH, socket_class=Own) as s:
        pass
    assert closed == [s]
    other = context.socket(zmq.PUSH, socket_class=Own)
    context.destroy()
    assert closed == [s, other]


def test_destroy_with_linger_uses_an_overridden_close():
    closed = []

    class Own(zmq.Socket):
        def close(self, linger=None):
            closed.append(self)
            super().close(linger)

    context = zmq.Context()
    s = context.socket(zmq.PUSH, socket_class=Own)
    s.connect("tcp://127.0.0.1:9")
    s.send(b"to nobody")
    context.destroy(linger=0)
    assert closed == [s]


def test_copy_of_a_subclass_is_of_the_subclass(make):
    assert type(copy.copy(make(Tagged))) is Tagged


def test_context_subclass_with_its_own_socket_class():
    class Own(zmq.Context):
        _socket_class = Tagged

    with Own() as context, context.socket(zmq.PUSH) as s:
        assert type(s) is Tagged


def test_context_subclass_declares_attributes():
    class Own(zmq.Context):
        label = None
        colour: str

    with Own() as context:
        context.label = context.colour = "x"
        assert context.label == context.colour == "x"
        with pytest.raises(AttributeError):
            context.other = 1
