# SPDX-License-Identifier: BSD-3-Clause
"""Contexts: making sockets, options, defaults for sockets, the instance, ending."""

import errno
import gc
import threading

import pytest

import zmq


@pytest.fixture
def fresh():
    """`fresh(cls)`: a context of that class, destroyed after the test."""
    made = []

    def fresh(cls=zmq.Context, *args, **kwargs):
        made.append(cls(*args, **kwargs))
        return made[-1]

    yield fresh
    for ctx in made:
        ctx.destroy(linger=0)


def subclass(**members):
    """A context class with an instance of its own."""
    return type("Own", (zmq.Context,), {"_instance": None, **members})


def test_socket_belongs_to_its_context(context):
    with context.socket(zmq.PUSH) as s:
        assert isinstance(s, zmq.Socket)
        assert s.context is context
        assert s.type == zmq.PUSH


def test_closed_tells_the_state(fresh):
    ctx = fresh()
    assert ctx.closed is False
    ctx.term()
    assert ctx.closed is True


def test_term_twice_is_fine(fresh):
    ctx = fresh()
    ctx.term()
    ctx.term()
    ctx.destroy()
    assert ctx.closed


def test_socket_of_a_closed_context_is_refused(fresh):
    ctx = fresh()
    ctx.term()
    with pytest.raises(zmq.ZMQError) as caught:
        ctx.socket(zmq.PUSH)
    assert caught.value.errno in (zmq.EFAULT, zmq.ETERM, zmq.ENOTSUP)


def test_unknown_socket_type_is_refused(context):
    with pytest.raises((zmq.ZMQError, ValueError)):
        context.socket(77)


def test_too_many_sockets(fresh):
    ctx = fresh()
    ctx.set(zmq.MAX_SOCKETS, 1)
    with ctx.socket(zmq.PUSH), pytest.raises(zmq.ZMQError) as caught:
        ctx.socket(zmq.PUSH)
    assert caught.value.errno == errno.EMFILE


def test_io_threads_is_the_first_argument(fresh):
    assert fresh().get(zmq.IO_THREADS) == 1
    assert fresh(zmq.Context, 3).get(zmq.IO_THREADS) == 3
    assert fresh(zmq.Context, io_threads=2).IO_THREADS == 2


@pytest.mark.parametrize("wrong", ["2", None, b""])
def test_io_threads_must_be_a_number(wrong):
    with pytest.raises(TypeError):
        zmq.Context(wrong)


def test_io_threads_must_not_be_negative():
    with pytest.raises(zmq.ZMQError) as caught:
        zmq.Context(io_threads=-1)
    assert caught.value.errno == zmq.EINVAL


def test_options_by_get_and_set(context):
    context.set(zmq.MAX_SOCKETS, 100)
    assert context.get(zmq.MAX_SOCKETS) == 100
    assert context.get(zmq.SOCKET_LIMIT) >= 100


@pytest.mark.parametrize("spelling", ["MAX_SOCKETS", "max_sockets", "Max_Sockets"])
def test_options_as_attributes_in_any_case(context, spelling):
    setattr(context, spelling, 123)
    assert getattr(context, spelling) == 123
    assert context.get(zmq.MAX_SOCKETS) == 123


def test_an_attribute_that_is_no_option(context):
    with pytest.raises(AttributeError):
        _ = context.no_such_thing
    with pytest.raises(AttributeError):
        context.no_such_thing = 1


def test_constants_of_other_kinds_are_no_attributes(context):
    for name in ("pub", "PUB", "eagain", "NOBLOCK"):
        with pytest.raises(AttributeError):
            setattr(context, name, 1)
        with pytest.raises(AttributeError):
            getattr(context, name)


def test_set_with_a_wrong_value(context):
    with pytest.raises(TypeError):
        context.set(zmq.MAX_SOCKETS, "many")
    with pytest.raises(zmq.ZMQError) as caught:
        context.set(zmq.MAX_SOCKETS, -1)
    assert caught.value.errno == zmq.EINVAL


def test_options_of_a_closed_context_are_refused(fresh):
    ctx = fresh()
    ctx.term()
    with pytest.raises((zmq.ZMQError, RuntimeError)):
        ctx.get(zmq.MAX_SOCKETS)
    with pytest.raises((zmq.ZMQError, RuntimeError)):
        ctx.set(zmq.MAX_SOCKETS, 5)


# -- defaults for new sockets --------------------------------------------------------------------


def test_default_options_reach_new_sockets(fresh):
    ctx = fresh()
    with ctx.socket(zmq.PUSH) as before:
        ctx.linger = 7
        ctx.sndhwm = 99
        with ctx.socket(zmq.PUSH) as after:
            assert (after.linger, after.sndhwm) == (7, 99)
        assert before.sndhwm == 1000


def test_default_options_read_back(fresh):
    ctx = fresh()
    ctx.linger = 5
    assert ctx.linger == 5
    assert ctx.LINGER == 5
    assert ctx.getsockopt(zmq.LINGER) == 5
    ctx.setsockopt(zmq.LINGER, 6)
    assert ctx.linger == 6


def test_default_options_that_do_not_apply_are_skipped(fresh):
    ctx = fresh()
    ctx.subscribe = b"a"
    ctx.linger = 3
    with ctx.socket(zmq.PUSH) as push, ctx.socket(zmq.SUB) as sub:
        assert push.linger == sub.linger == 3


def test_default_subscription_works(fresh, endpoint):
    ctx = fresh()
    ctx.subscribe = b"a"
    with ctx.socket(zmq.XPUB) as xpub, ctx.socket(zmq.SUB) as sub:
        address = endpoint("inproc")
        xpub.rcvtimeo = 5000
        xpub.bind(address)
        sub.connect(address)
        assert xpub.recv() == b"\x01a"


def test_default_option_can_be_taken_back(fresh):
    ctx = fresh()
    ctx.linger = 5
    del ctx.linger
    with pytest.raises(AttributeError):
        _ = ctx.linger
    with ctx.socket(zmq.PUSH) as s:
        assert s.linger != 5


def test_unset_default_is_an_attribute_error(context):
    with pytest.raises(AttributeError):
        _ = context.linger


def test_defaults_are_per_context(fresh):
    one, two = fresh(), fresh()
    one.linger = 11
    with pytest.raises(AttributeError):
        _ = two.linger


# -- the class of the sockets --------------------------------------------------------------------


class OwnSocket(zmq.Socket):
    mark = None

    def __init__(self, *args, mark=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.mark = mark


def test_socket_class_argument(context):
    with context.socket(zmq.PUSH, socket_class=OwnSocket) as s:
        assert type(s) is OwnSocket
        assert s.context is context


def test_keyword_arguments_go_to_the_socket_class(context):
    with context.socket(zmq.PUSH, OwnSocket, mark="x") as s:
        assert s.mark == "x"
    with context.socket(zmq.PUSH, copy_threshold=17) as s:
        assert s.copy_threshold == 17


def test_sockets_call_with_an_unknown_keyword(context):
    with pytest.raises(TypeError):
        context.socket(zmq.PUSH, no_such_thing=1)


def test_subclass_with_another_constructor():
    class Named(zmq.Context):
        name = None

        def __init__(self, name):
            super().__init__()
            self.name = name

    with Named("it") as ctx, ctx.socket(zmq.PUSH) as s:
        assert (ctx.name, s.context) == ("it", ctx)


# -- the instance --------------------------------------------------------------------------------


def test_instance_is_one():
    cls = subclass()
    ctx = cls.instance()
    assert cls.instance() is ctx
    assert isinstance(ctx, cls)
    ctx.term()


def test_instance_after_term_is_new():
    cls = subclass()
    first = cls.instance()
    first.term()
    second = cls.instance()
    assert second is not first
    assert not second.closed
    second.term()


def test_instance_takes_io_threads():
    cls = subclass()
    ctx = cls.instance(io_threads=2)
    assert ctx.io_threads == 2
    ctx.term()


def test_instance_of_a_subclass_is_its_own():
    one, two = subclass(), subclass()
    a, b = one.instance(), two.instance()
    assert a is not b
    assert (type(a), type(b)) == (one, two)
    a.term()
    b.term()


def test_a_subclass_without_one_finds_that_of_its_base():
    base = subclass()
    derived = type("Derived", (base,), {})
    own = type("Own", (base,), {"_instance": None})
    a = base.instance()
    assert derived.instance() is a
    b = own.instance()
    assert (type(b), base.instance()) == (own, a)
    a.term()
    c = derived.instance()
    assert type(c) is derived
    assert base.instance() is not c
    base.instance().term()
    for each in (b, c):
        each.term()


def test_a_new_context_is_not_the_instance():
    cls = subclass()
    ctx = cls.instance()
    with cls() as other:
        assert other is not ctx
        assert cls.instance() is ctx
    ctx.term()


def test_instance_is_the_same_in_every_thread():
    cls = subclass()
    found = []
    gate = threading.Barrier(16)

    def look():
        gate.wait(5)
        found.append(cls.instance())

    threads = [threading.Thread(target=look) for _ in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(5)
    assert len(found) == 16
    assert len(set(map(id, found))) == 1
    found[0].term()


# -- ending --------------------------------------------------------------------------------------


def test_destroy_closes_the_sockets(fresh):
    ctx = fresh()
    sockets = [ctx.socket(kind) for kind in (zmq.REQ, zmq.REP, zmq.PUB)]
    ctx.destroy(linger=0)
    assert ctx.closed
    assert all(s.closed for s in sockets)


def test_destroy_applies_linger(fresh):
    ctx = fresh()
    push = ctx.socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:9")
    push.send(b"to nobody")
    ctx.destroy(linger=0)  # with the default linger this would wait for ever
    assert push.closed


def test_destroy_of_many_sockets_while_collecting(fresh):
    ctx = fresh()
    for _ in range(100):
        ctx.socket(zmq.PAIR).close()
    kept = [ctx.socket(zmq.PAIR) for _ in range(50)]
    gc.collect()
    ctx.destroy()
    assert all(s.closed for s in kept)


def test_destroy_does_not_close_sockets_of_others(fresh):
    one, two = fresh(), fresh()
    with two.socket(zmq.PAIR) as s:
        mine = one.socket(zmq.PAIR)
        one.destroy()
        assert mine.closed
        assert not s.closed


def test_with_closes_forgotten_sockets_and_says_so():
    with pytest.warns(ResourceWarning, match=r"zmq\.PUSH"), zmq.Context() as ctx:
        s = ctx.socket(zmq.PUSH)
    assert ctx.closed
    assert s.closed


def test_with_is_silent_when_sockets_are_closed():
    with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as s:
        pass
    assert s.closed
    assert ctx.closed


def test_with_gives_the_context_itself(fresh):
    ctx = fresh()
    with ctx as same:
        assert same is ctx


def test_exception_in_with_is_not_held_up_by_an_open_socket():
    with pytest.warns(ResourceWarning), pytest.raises(KeyError), zmq.Context() as ctx:
        s = ctx.socket(zmq.PUSH)
        s.linger = 0
        s.connect("tcp://127.0.0.1:9")
        s.send(b"to nobody")
        raise KeyError("x")
    assert s.closed


def test_repr_counts_open_sockets(fresh):
    ctx = fresh()
    with ctx.socket(zmq.PUSH):
        assert repr(ctx).startswith("<zmq.Context(1 socket) at 0x")
        with ctx.socket(zmq.PULL):
            assert repr(ctx).startswith("<zmq.Context(2 sockets) at 0x")
        assert repr(ctx).startswith("<zmq.Context(1 socket) at 0x")
    ctx.term()
    assert "closed" in repr(ctx)


def test_repr_without_sockets(fresh):
    ctx = fresh(zmq.Context)
    assert repr(ctx).startswith("<zmq.Context() at 0x")
    ctx.term()
    assert repr(ctx).startswith("<zmq.Context() at 0x")
    assert repr(ctx).endswith(" closed>")


def test_repr_names_the_class(fresh):
    assert "Own(" in repr(fresh(subclass()))


def test_underlying_is_an_address(fresh):
    ctx = fresh()
    assert isinstance(ctx.underlying, int)
    assert ctx.underlying != 0


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_dropped_sockets_leave_their_places():
    ctx = zmq.Context()
    ctx.set(zmq.MAX_SOCKETS, 20)
    for _ in range(100):
        s = ctx.socket(zmq.PUSH)
    s.close()
    ctx.destroy()
