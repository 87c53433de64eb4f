# SPDX-License-Identifier: BSD-3-Clause
"""Batches sent: send_many from lists, iterators and generators, and what is known when it stops."""

import threading

import pytest

import zmq


@pytest.fixture(params=["alone", "beside a thread"])
def company(request):
    """Whether other Python threads exist: batches take another way then."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    if request.param != "alone":
        other.start()
    yield
    done.set()
    if other.ident:
        other.join(5)


class Overriding(zmq.Socket):
    """Its own `send` takes part in every batch."""

    sent = 0

    def send(self, data, flags=0, copy=True, track=False):
        super().send(data, flags, copy, track)
        self.sent += 1


@pytest.fixture(params=[zmq.Socket, Overriding], ids=["native", "overridden"])
def ends(request, context, bind):
    """`ends(transport, **options)`: PUSH and PULL, of an ordinary class or not."""
    made = []

    def ends(transport="inproc", **options):
        for kind in (zmq.PUSH, zmq.PULL):
            s = context.socket(kind, socket_class=request.param)
            made.append(s)
            s.linger, s.rcvtimeo, s.sndtimeo = 0, 5000, 5000
            for name, value in options.items():
                setattr(s, name, value)
        made[1].connect(bind(made[0], transport))
        return made

    yield ends
    for s in made:
        s.close()


def numbers(count):
    return [b"%d" % n for n in range(count)]


KINDS = {
    "list": list,
    "tuple": tuple,
    "iterator": iter,
    "generator": lambda messages: (message for message in messages),
    "deque": lambda messages: __import__("collections").deque(messages),
    "map": lambda messages: map(bytes, messages),
    "dict": dict.fromkeys,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 3000])
def test_all_kinds_of_iterables(ends, company, kind, count):
    a, b = ends(hwm=0)
    assert a.send_many(KINDS[kind](numbers(count))) == count
    assert (b.recv_many(5000) if count else []) == numbers(count)
    assert b.try_recv() is None


def test_all_kinds_of_messages(ends, company, transport):
    a, b = ends(transport)
    shared = zmq.Frame(b"frame")
    messages = [
        b"bytes",
        bytearray(b"bytearray"),
        memoryview(b"memoryview"),
        shared,
        shared,
        [b"list", bytearray(b"of"), zmq.Frame(b"parts")],
        (b"tuple", b"of", b"parts"),
        [b"one"],
        b"",
        bytes(100_000),
    ]
    assert a.send_many(messages) == len(messages)
    expected = [
        [b"bytes"],
        [b"bytearray"],
        [b"memoryview"],
        [b"frame"],
        [b"frame"],
        [b"list", b"of", b"parts"],
        [b"tuple", b"of", b"parts"],
        [b"one"],
        [b""],
        [bytes(100_000)],
    ]
    assert [b.recv_multipart() for _ in expected] == expected


@pytest.mark.parametrize(
    "one", [b"bytes", "text", bytearray(b"x"), memoryview(b"x"), zmq.Frame(b"x"), 5, None]
)
def test_one_message_is_no_iterable_of_messages(ends, one):
    a, b = ends()
    with pytest.raises(TypeError):
        a.send_many(one)
    assert b.try_recv() is None


# -- errors in the middle ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["list", "iterator", "generator"])
@pytest.mark.parametrize("bad", ["text", 5, None, [b"fine", "text"], memoryview(b"abcd")[::2]])
@pytest.mark.parametrize("before", [0, 1, 300])
def test_a_bad_message_in_the_middle(ends, company, kind, bad, before):
    a, b = ends(hwm=0)
    with pytest.raises((TypeError, BufferError)) as caught:
        a.send_many(KINDS[kind]([*numbers(before), bad, b"not sent"]))
    assert caught.value.sent == before
    assert (b.recv_many(1000) if before else []) == numbers(before)
    assert b.try_recv() is None


@pytest.mark.parametrize("before", [0, 1, 300])
def test_an_iterator_that_raises(ends, company, before):
    a, b = ends(hwm=0)

    def messages():
        yield from numbers(before)
        raise LookupError("from the generator")

    with pytest.raises(LookupError, match="from the generator") as caught:
        a.send_many(messages())
    assert caught.value.sent == before
    assert (b.recv_many(1000) if before else []) == numbers(before)


def test_the_iterator_closes_the_socket(ends):
    a, _ = ends()

    def messages():
        yield b"one"
        a.close()
        yield b"two"

    with pytest.raises(zmq.ZMQError, match="closed") as caught:
        a.send_many(messages())
    assert caught.value.sent == 1


def test_the_iterator_sends_by_itself(ends, company):
    a, b = ends(hwm=0)

    def messages():
        for n in range(300):
            a.send(b"before %d" % n)
            yield b"%d" % n

    assert a.send_many(messages()) == 300
    assert b.recv_many(4) == [b"before 0", b"0", b"before 1", b"1"]


def test_the_list_changes_meanwhile(ends):
    a, b = ends(hwm=0)
    messages = numbers(2000)

    class Emptying(bytes):
        def __buffer__(self, flags):  # from Python 3.12 on
            messages.clear()
            return super().__buffer__(flags)

    messages[1000] = Emptying(b"1000")
    sent = a.send_many(messages)
    assert b.recv_many(5000) == numbers(sent)


# -- would block ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_dontwait_stops_and_loses_nothing(ends, company, kind):
    a, b = ends(sndhwm=100, rcvhwm=100)
    messages = KINDS[kind](numbers(1000))
    sent = a.send_many(messages, zmq.DONTWAIT)
    assert 0 < sent < 1000
    assert b.recv_many(2000) == numbers(sent)
    if iter(messages) is messages:  # it stands where sending stopped
        assert list(messages) == numbers(1000)[sent:]


@pytest.mark.parametrize("kind", ["list", "iterator", "generator"])
def test_dontwait_to_nobody(context, company, kind):
    with context.socket(zmq.PUSH) as s:
        messages = KINDS[kind](numbers(10))
        assert s.send_many(messages, flags=zmq.DONTWAIT) == 0
        assert list(messages) == numbers(10)


@pytest.mark.parametrize("kind", ["list", "iterator", "generator"])
def test_dontwait_with_several_parts(ends, company, kind):
    a, b = ends(sndhwm=5, rcvhwm=5)
    whole = [[b"%d" % n, b"x", b"y"] for n in range(100)]
    messages = KINDS[kind](whole)
    sent = a.send_many(messages, zmq.DONTWAIT)
    assert 0 < sent < 100
    assert b.recv_many_multipart(200) == whole[:sent]
    if iter(messages) is messages:
        assert list(messages) == whole[sent:]


@pytest.mark.parametrize("kind", ["list", "iterator"])
def test_going_on_after_it_stopped(ends, company, kind):
    a, b = ends(sndhwm=10, rcvhwm=10)
    left, got = numbers(1000), []
    source = iter(left)
    while len(got) < 1000:
        if kind == "list":
            del left[: a.send_many(left, zmq.DONTWAIT)]
        else:
            a.send_many(source, zmq.DONTWAIT)
        if b.poll(0):  # libzmq does not look for room at every attempt
            got += b.recv_many(1000)
    assert got == numbers(1000)


@pytest.mark.parametrize("kind", ["list", "iterator", "generator"])
def test_time_outs_say_how_many_were_sent(ends, company, kind):
    a, b = ends(sndhwm=10, rcvhwm=10, sndtimeo=10)
    for options in ({}, {"timeout": 10}):
        with pytest.raises(zmq.Again) as caught:
            a.send_many(KINDS[kind](numbers(1000)), **options)
        assert 0 < caught.value.sent < 1000
        assert b.recv_many(1000) == numbers(caught.value.sent)


def test_the_end_of_the_context_says_how_many_were_sent():
    context, ended, gate = zmq.Context(), [], threading.Event()

    def work():
        with context.socket(zmq.PUSH) as s, context.socket(zmq.PULL) as pull:
            s.hwm = pull.hwm = 5
            pull.bind("inproc://stuck")
            s.connect("inproc://stuck")
            gate.set()
            try:
                s.send_many(iter(numbers(1000)))
            except zmq.ContextTerminated as exc:
                ended.append(exc.sent)

    worker = threading.Thread(target=work)
    worker.start()
    assert gate.wait(5)
    context.term()
    worker.join(5)
    assert len(ended) == 1
    assert ended[0] < 20


# -- subclasses, threads, processes --------------------------------------------------------------


def test_an_overridden_send_gets_every_message(ends, company):
    a, b = ends(hwm=0)
    a.send_many([b"1", [b"2", b"3"], b"4"])
    a.send_many([b"5"] * 300)
    if type(a) is Overriding:
        assert a.sent == 304
    assert len(b.recv_many(1000)) == 304


@pytest.mark.parametrize("batch", [1, 100, 10_000])
def test_two_threads(pair, transport, batch):
    a, b = pair(zmq.PUSH, zmq.PULL, transport, sndhwm=50, rcvhwm=50)
    sender = threading.Thread(
        target=lambda: [
            a.send_many(numbers(20_000)[n : n + batch]) for n in range(0, 20_000, max(batch, 100))
        ]
    )
    sender.start()
    expected = [
        message
        for n in range(0, 20_000, max(batch, 100))
        for message in numbers(20_000)[n : n + batch]
    ]
    got = []
    while len(got) < len(expected):
        got += b.recv_many(max(batch // 3, 1), timeout=5000)
    sender.join(10)
    assert got == expected


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
@pytest.mark.parametrize("multipart", [False, True], ids=["parts", "messages"])
def test_many_messages_between_processes_in_order(start, socket, bind, transport, multipart):
    count = 100_000
    pull = socket(zmq.PULL, rcvhwm=0)
    program = start(
        """
        import sys, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as s:
            s.connect(sys.argv[1])
            assert s.send_many(b"%d" % n for n in range(int(sys.argv[2]))) == int(sys.argv[2])
        """,
        bind(pull, transport),
        count,
    )
    got = []
    while len(got) < count:
        if multipart:
            got += [message[0] for message in pull.recv_many_multipart(1000)]
        else:
            got += pull.recv_many(1000)
    assert got == numbers(count)
    program.done()
