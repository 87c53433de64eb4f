# SPDX-License-Identifier: BSD-3-Clause
"""`term(timeout=)` and `destroy(timeout=)`: what holds a context, and its state afterwards."""

import gc
import math
import threading
import time

import pytest

import zmq

#: What was open when a time ran out, so that nothing is collected before the test is over.
held = []


@pytest.fixture
def ctx():
    """A context of which the test may leave anything behind."""
    context = zmq.Context()
    yield context
    for s in context._list_sockets():
        s.close(linger=0)
    held.clear()
    if not context.closed:
        context.term(timeout=5000)


@pytest.fixture
def absent(ctx, socket, endpoint):
    """An endpoint where nobody is; after the test somebody is, and takes what was sent there."""
    address = endpoint("ipc")
    yield address
    pull = socket(zmq.PULL)
    pull.bind(address)
    pull.recv()


def ran_out(call, **options):
    """The TermTimeout of a call that must wait as long as it was told to."""
    start = time.monotonic()
    with pytest.raises(zmq.TermTimeout) as caught:
        call(**options)
    assert time.monotonic() - start >= options["timeout"] / 1000 - 0.002
    held.extend(caught.value.sockets)
    return caught.value


# -- what it lists -------------------------------------------------------------------------------


def test_an_open_socket_with_type_thread_and_line(ctx):
    s = ctx.socket(zmq.PUSH)  # this very line
    error = ran_out(ctx.term, timeout=20)
    here = test_an_open_socket_with_type_thread_and_line.__code__
    assert "PUSH" in str(error)
    assert threading.current_thread().name in str(error)
    assert f"{here.co_filename}:{here.co_firstlineno + 1}" in str(error)
    assert error.sockets == [s]


def test_the_line_is_that_of_the_program_also_for_subclasses(ctx):
    class Mine(zmq.Socket):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)

    code = compile("s = ctx.socket(zmq.PULL, socket_class=Mine)\n", "the_program.py", "exec")
    space = {"ctx": ctx, "zmq": zmq, "Mine": Mine}
    exec(code, space)
    text = str(ran_out(ctx.term, timeout=0))
    # made by its own class: either line leads there
    assert "the_program.py:1" in text or __file__ in text
    assert "sugar" not in text


def test_endpoints(ctx, folder):
    s = ctx.socket(zmq.ROUTER)
    bound = s.bind("tcp://127.0.0.1:0").endpoint
    s.bind(f"ipc://{folder}/x")
    s.connect("inproc://somewhere")
    s.linger = 0
    text = str(ran_out(ctx.term, timeout=0))
    for endpoint in (bound, f"ipc://{folder}/x", "inproc://somewhere"):
        assert endpoint in text
    assert text.index("bound") < text.index(bound) < text.index("connected")


def test_endpoints_that_were_left_are_not_listed(ctx):
    s = ctx.socket(zmq.PULL)
    first = s.bind("tcp://127.0.0.1:0").endpoint
    second = s.bind("tcp://127.0.0.1:0").endpoint
    s.connect("tcp://127.0.0.1:9")
    s.unbind(first)
    s.disconnect("tcp://127.0.0.1:9")
    text = str(ran_out(ctx.term, timeout=0))
    assert second in text
    assert first not in text
    assert "127.0.0.1:9," not in text


def test_the_thread_that_made_it(ctx):
    made, done = threading.Event(), threading.Event()

    def work():
        with ctx.socket(zmq.REP):
            made.set()
            done.wait(10)

    worker = threading.Thread(target=work, name="the worker")
    worker.start()
    assert made.wait(5)
    text = str(ran_out(ctx.term, timeout=20))
    assert "REP" in text
    assert "the worker" in text
    done.set()
    worker.join(5)
    ctx.term(timeout=5000)


def test_every_open_socket_and_no_closed_one(ctx):
    kinds = [zmq.PUSH, zmq.PULL, zmq.DEALER, zmq.SUB]
    sockets = [ctx.socket(kind) for kind in kinds]
    ctx.socket(zmq.REQ).close()
    error = ran_out(ctx.term, timeout=0)
    assert error.sockets == sockets
    assert all(kind.name in str(error) for kind in kinds)
    assert "REQ" not in str(error)


def test_a_closed_socket_that_may_have_unsent_messages(ctx, absent):
    s = ctx.socket(zmq.PUSH)
    s.connect(absent)
    s.send(b"to nobody")
    s.close(linger=60_000)
    error = ran_out(ctx.term, timeout=20)
    line = next(line for line in str(error).splitlines() if absent in line)
    assert "PUSH" in line
    assert "closed" in line
    assert "unsent" in line
    assert "60000" in line
    assert error.sockets == []


def test_a_closed_socket_whose_time_to_linger_is_over_is_not_listed(ctx, absent):
    kept = ctx.socket(zmq.PULL)
    for linger in (1, 60_000):
        s = ctx.socket(zmq.PUSH)
        s.connect(absent)
        s.send(b"x")
        s.close(linger=linger)
    text = str(ran_out(ctx.term, timeout=100))
    assert not kept.closed
    assert "LINGER 60000 ms" in text
    assert "LINGER 1 ms" not in text


def test_closed_and_open_ones_are_told_apart(ctx, absent):
    left, open_one = ctx.socket(zmq.PUSH), ctx.socket(zmq.DEALER)
    left.connect(absent)
    left.send(b"to nobody")
    left.close(linger=60_000)
    error = ran_out(ctx.term, timeout=20)
    lines = str(error).splitlines()
    assert error.sockets == [open_one]
    (closed,) = [line for line in lines if "PUSH" in line]
    (still_open,) = [line for line in lines if "DEALER" in line]
    assert "closed" in closed and "open" not in closed
    assert "open" in still_open and "closed" not in still_open


def test_a_closed_socket_that_was_bound_and_has_unsent_messages(ctx, socket):
    push = ctx.socket(zmq.PUSH)
    push.sndbuf = 4096
    address = push.bind("tcp://127.0.0.1:0").endpoint
    pull = socket(zmq.PULL, rcvhwm=1, rcvbuf=4096)
    pull.connect(address)
    for _ in range(20):
        push.send(bytes(500_000))
    push.close(linger=60_000)
    try:
        text = str(ran_out(ctx.term, timeout=20))
        assert "PUSH" in text
        assert "unsent" in text
    finally:
        pull.close()


def test_the_way_out_is_named(ctx):
    kept = ctx.socket(zmq.PUSH)
    text = str(ran_out(ctx.term, timeout=0))
    assert not kept.closed
    assert "linger" in text
    assert "term()" in text


def test_nothing_is_to_be_closed_when_nothing_is_open(ctx, absent):
    s = ctx.socket(zmq.PUSH)
    s.connect(absent)
    s.send(b"x")
    s.close(linger=1000)
    text = str(ran_out(ctx.term, timeout=0))
    assert "Close the open ones" not in text
    assert "term()" in text


@pytest.mark.parametrize("base", [zmq.ZMQError, zmq.ZMQBaseError, TimeoutError, OSError])
def test_what_it_can_be_caught_as(ctx, base):
    kept = ctx.socket(zmq.PUSH)
    with pytest.raises(base):
        ctx.term(timeout=0)
    kept.close()


def test_it_is_no_again(ctx):
    assert not issubclass(zmq.TermTimeout, zmq.Again)


# -- the time ------------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [None, -1, -2.5, 0, 0.5, 1, 100.5, 10**12, 10**30, math.inf])
def test_nothing_to_wait_for(timeout):
    context = zmq.Context()
    context.socket(zmq.PUSH).close()
    try:
        context.term(timeout=timeout)
    except zmq.TermTimeout:
        assert timeout is not None and 0 <= timeout < 10  # libzmq needs a moment for its threads
        context.term()
    assert context.closed


@pytest.mark.parametrize("timeout", [0, 10, 20.5])
@pytest.mark.parametrize("method", ["term", "destroy"])
def test_numbers_of_milliseconds(ctx, absent, method, timeout):
    s = ctx.socket(zmq.PUSH)
    s.connect(absent)
    s.send(b"to nobody")
    error = ran_out(getattr(ctx, method), timeout=timeout)
    assert s.closed == (method == "destroy")
    assert absent in str(error)


@pytest.mark.parametrize("linger", [0, 20])
def test_destroy_gives_its_linger_to_every_socket(ctx, linger):
    sockets = [ctx.socket(zmq.PUSH) for _ in range(3)]
    for s in sockets:
        s.connect("tcp://127.0.0.1:9")
        s.send(b"to nobody")
    ctx.destroy(linger=linger, timeout=20_000)
    assert ctx.closed
    assert all(s.closed for s in sockets)


def test_destroy_waits_for_messages_that_can_be_delivered(ctx, socket, bind):
    pull = socket(zmq.PULL)
    s = ctx.socket(zmq.PUSH)
    s.connect(bind(pull, "tcp"))
    s.send_many([b"%d" % n for n in range(1000)])
    ctx.destroy(timeout=20_000)
    assert ctx.closed
    assert [pull.recv() for _ in range(1000)] == [b"%d" % n for n in range(1000)]


@pytest.mark.parametrize(
    ("timeout", "error"), [("5", TypeError), ([], TypeError), (math.nan, ValueError)], ids=repr
)
@pytest.mark.parametrize("method", ["term", "destroy"])
def test_bad_values_end_nothing(ctx, method, timeout, error):
    s = ctx.socket(zmq.PULL)
    s.linger = 0
    with pytest.raises(error):
        getattr(ctx, method)(timeout=timeout)
    assert not s.closed
    s.bind("inproc://still-working")
    s.close()
    assert not ctx.closed


def test_a_closed_context_waits_for_nothing(ctx):
    ctx.term()
    ctx.term(timeout=0)
    ctx.destroy(timeout=0)
    assert ctx.closed


@pytest.mark.parametrize("timeout", [-1, None, 5000])
def test_it_returns_as_soon_as_the_sockets_are_closed(ctx, timeout):
    gate = threading.Event()

    def work():
        with ctx.socket(zmq.PULL) as s:
            gate.set()
            with pytest.raises(zmq.ContextTerminated):
                s.recv()

    worker = threading.Thread(target=work)
    worker.start()
    assert gate.wait(5)
    ctx.term(timeout=timeout)
    worker.join(5)
    assert ctx.closed


# -- the state afterwards ------------------------------------------------------------------------


@pytest.fixture
def ended(ctx):
    """A context whose term(timeout) ran out, and the socket that holds it."""
    s = ctx.socket(zmq.PULL)
    ran_out(ctx.term, timeout=0)
    return ctx, s


def test_its_sockets_refuse_every_call(ended):
    _, s = ended
    for call in (
        s.recv,
        lambda: s.recv(zmq.DONTWAIT),
        lambda: s.recv(timeout=5),
        s.try_recv,
        lambda: s.recv_many(5),
        lambda: s.get(zmq.EVENTS),
        lambda: s.bind("inproc://late"),
    ):
        with pytest.raises(zmq.ContextTerminated):
            call()


def test_close_is_not_refused_and_ends_it(ended):
    ctx, s = ended
    s.close(linger=0)
    assert s.closed
    ctx.term(timeout=5000)
    assert ctx.closed


def test_it_makes_no_more_sockets(ended):
    ctx, _ = ended
    with pytest.raises(zmq.ContextTerminated):
        ctx.socket(zmq.PUSH)
    assert not ctx.closed


def test_it_can_run_out_again_and_again(ended):
    ctx, s = ended
    for _ in range(5):
        assert ran_out(ctx.term, timeout=2).sockets == [s]
    s.close()
    ctx.term()
    assert ctx.closed


@pytest.mark.parametrize("arguments", [{}, {"linger": 0}, {"timeout": 5000}])
def test_destroy_closes_what_is_left(ended, arguments):
    ctx, s = ended
    ctx.destroy(**arguments)
    assert s.closed
    assert ctx.closed


def test_leaving_the_with_block(ctx, recwarn):
    with ctx:
        s = ctx.socket(zmq.PULL)
        ran_out(ctx.term, timeout=0)
    assert s.closed
    assert ctx.closed
    recwarn.clear()


def test_the_instance_is_made_anew_when_it_has_ended():
    class Mine(zmq.Context):
        pass

    first = Mine.instance()
    s = first.socket(zmq.PULL)
    ran_out(first.term, timeout=0)
    s.close()
    first.term(timeout=5000)
    with Mine.instance() as second:
        assert second is not first
        second.socket(zmq.PULL).close()


def test_dropped_in_this_state(recwarn):
    def work():
        context = zmq.Context()
        s = context.socket(zmq.PULL)
        with pytest.raises(zmq.TermTimeout):
            context.term(timeout=0)
        s.close()

    work()
    gc.collect()
    recwarn.clear()
