# SPDX-License-Identifier: BSD-3-Clause
"""Batches received: recv_many, recv_many_multipart, try_recv, iteration."""

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
    """Its own `recv` and `send` take part in every batch."""

    received = sent = 0

    def recv(self, flags=0, copy=True, track=False):
        message = super().recv(flags, copy, track)
        self.received += 1
        return message

    def send(self, data, flags=0, copy=True, track=False):
        super().send(data, flags, copy, track)
        self.sent += 1


@pytest.fixture(params=[zmq.Socket, Overriding], ids=["native", "overridden"])
def ends(request, context, bind):
    """`ends(transport)`: PUSH and PULL with room for everything, of an ordinary class or not."""
    made = []

    def ends(transport="inproc"):
        for kind in (zmq.PUSH, zmq.PULL):
            s = context.socket(kind, socket_class=request.param)
            s.linger, s.hwm, s.rcvtimeo, s.sndtimeo = 0, 0, 5000, 5000
            made.append(s)
        made[1].connect(bind(made[0], transport))
        return made

    yield ends
    for s in made:
        s.close()


def numbers(count):
    return [b"%d" % n for n in range(count)]


def gather(receive, count):
    """Batches until `count` messages are there."""
    got = []
    while len(got) < count:
        batch = receive()
        assert batch
        got += batch
    return got


# -- recv_many -----------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 7, 255, 256, 257, 1000, 5000, True])
def test_up_to_a_number_of_messages(ends, company, most):
    a, b = ends()
    a.send_many(numbers(3000))
    assert b.recv_many(most) == numbers(3000)[: int(most)]
    if most < 3000:
        assert b.recv() == b"%d" % int(most)


@pytest.mark.parametrize("most", [1, 3, 10_000])
def test_everything_arrives_in_order(ends, company, transport, most):
    a, b = ends(transport)
    a.send_many(numbers(1000))
    assert gather(lambda: b.recv_many(most), 1000) == numbers(1000)
    assert b.try_recv() is None


@pytest.mark.parametrize(
    ("limit", "count"), [(1, 1), (10, 1), (11, 2), (20, 2), (21, 3), (10_000, 1000), (10**12, 1000)]
)
def test_up_to_a_number_of_bytes(ends, company, limit, count):
    a, b = ends()
    a.send_many([b"0123456789"] * 1000)
    assert len(b.recv_many(10_000, limit)) == count
    assert len(b.recv_many(10_000, max_bytes=10**9) if count < 1000 else []) == 1000 - count


def test_a_message_larger_than_the_limit_comes_alone(ends, company):
    a, b = ends()
    a.send_many([bytes(100_000), b"next"])
    assert b.recv_many(10, max_bytes=5) == [bytes(100_000)]
    assert b.recv_many(10, max_bytes=5) == [b"next"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_messages_of_several_parts_are_never_cut(ends, company, most):
    a, b = ends()
    a.send_many([[b"a", b"b", b"c"], b"d", [b"e", b"f"], [b"g"]])
    parts = [[b"a", b"b", b"c"], [b"d"], [b"e", b"f"], [b"g"]]
    expected = [part for message in parts[:most] for part in message]
    assert b.recv_many(most) == expected
    assert not b.rcvmore
    assert b.recv_multipart() == parts[most]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_the_limit_of_bytes_cuts_no_message(ends, company, limit):
    a, b = ends()
    a.send_many([[b"a", b"b", b"c"], b"d", b"e"])
    assert b.recv_many(9, limit) == [b"a", b"b", b"c", b"d"][: 3 if limit < 4 else 4]
    assert not b.rcvmore


def test_mixed_sizes(ends, company, transport):
    a, b = ends(transport)
    sizes = [0, 1, 33, 34, 300, 40_000, 0, 70_000, 5, 200_000, 1] * 30
    contents = [bytes([n % 251]) * size for n, size in enumerate(sizes)]
    sender = threading.Thread(target=lambda: a.send_many(contents))
    sender.start()
    assert gather(lambda: b.recv_many(7, 100_000), len(contents)) == contents
    sender.join(5)


def test_empty_messages(ends, company):
    a, b = ends()
    a.send_many([b""] * 500)
    assert b.recv_many(1000, max_bytes=1) == [b""] * 500


@pytest.mark.parametrize("method", ["recv_many", "recv_many_multipart"])
@pytest.mark.parametrize("limits", [(0,), (-1,), (5, 0), (5, -3)], ids=repr)
def test_limits_must_be_positive(ends, method, limits):
    a, b = ends()
    a.send(b"stays")
    with pytest.raises(ValueError, match="max_"):
        getattr(b, method)(*limits)
    assert b.recv() == b"stays"


@pytest.mark.parametrize("method", ["recv_many", "recv_many_multipart"])
@pytest.mark.parametrize("limits", [(1.5,), ("5",), (5, 2.5), (5, "9")], ids=repr)
def test_limits_must_be_integers(ends, method, limits):
    a, b = ends()
    a.send(b"stays")
    with pytest.raises(TypeError, match="max_"):
        getattr(b, method)(*limits)
    assert b.recv() == b"stays"


@pytest.mark.parametrize("method", ["recv_many", "recv_many_multipart"])
@pytest.mark.parametrize("limits", [(2**63,), (10**30, 10**30)], ids=repr)
def test_limits_may_be_larger_than_any_memory(ends, method, limits):
    a, b = ends()
    a.send_many([b"1", b"2"])
    assert len(getattr(b, method)(*limits)) == 2


@pytest.mark.parametrize("method", ["recv_many", "recv_many_multipart"])
def test_none_as_number_of_messages_is_no_limit(ends, method):
    a, b = ends()
    a.send_many(numbers(600))
    assert len(getattr(b, method)(None)) == 600


@pytest.mark.parametrize("method", ["recv_many", "recv_many_multipart"])
def test_nothing_there(ends, company, method):
    _, b = ends()
    receive = getattr(b, method)
    for options, error in (
        ({"flags": zmq.DONTWAIT}, zmq.Again),
        ({"timeout": 0}, zmq.TimeoutExpired),
        ({"timeout": 10}, zmq.TimeoutExpired),
    ):
        with pytest.raises(zmq.Again) as caught:
            receive(5, **options)
        assert type(caught.value) is error
    b.rcvtimeo = 10
    with pytest.raises(zmq.Again) as caught:
        receive(5)
    assert type(caught.value) is zmq.Again


def test_it_waits_for_the_first_only(ends):
    a, b = ends()
    a.send_many(numbers(3))
    assert b.recv_many(1000) == numbers(3)
    assert a.send_many(numbers(2)) == 2
    assert b.recv_many_multipart(1000, None, -1) == [[b"0"], [b"1"]]


def test_directions(ends):
    a, b = ends()
    for call in (lambda: a.recv_many(1), lambda: a.recv_many_multipart(1), a.try_recv):
        with pytest.raises(zmq.ZMQError, match="PUSH"):
            call()
    with pytest.raises(zmq.ZMQError, match="PULL"):
        b.send_many([b"x"])


# -- recv_many_multipart -------------------------------------------------------------------------


def test_whole_messages(ends, company, transport):
    a, b = ends(transport)
    messages = [[b"%d" % n] * (n % 4 + 1) for n in range(1000)]
    assert a.send_many(messages) == 1000
    assert gather(lambda: b.recv_many_multipart(64), 1000) == messages


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (6, 1), (7, 2), (12, 2), (13, 3)])
def test_whole_messages_up_to_a_number_of_bytes(ends, company, limit, count):
    a, b = ends()
    a.send_many([[b"abc", b"", b"def"]] * 5)
    assert b.recv_many_multipart(9, limit) == [[b"abc", b"", b"def"]] * count


# -- one if it is there --------------------------------------------------------------------------


def test_try_recv(ends, company):
    a, b = ends()
    assert b.try_recv() is None
    assert b.try_recv_multipart() is None
    a.send_many([b"x", [b"y", b"z"], b"", [b"1", b"2"]])
    assert b.try_recv() == b"x"
    assert b.try_recv_multipart() == [b"y", b"z"]
    assert b.try_recv() == b""
    assert b.try_recv() == b"1"
    assert b.rcvmore
    assert b.try_recv() == b"2"
    assert not b.rcvmore
    assert b.try_recv() is None


def test_try_recv_hides_no_other_error(socket, context):
    req = socket(zmq.REQ)
    for call in (req.try_recv, req.try_recv_multipart):
        with pytest.raises(zmq.ZMQError) as caught:
            call()
        assert caught.value.errno == zmq.EFSM
    s = context.socket(zmq.PULL)
    s.close()
    for call in (s.try_recv, s.try_recv_multipart, lambda: s.recv_many(1), lambda: s.send_many([])):
        with pytest.raises(zmq.ZMQError, match="closed"):
            call()


# -- iteration -----------------------------------------------------------------------------------


def test_iterating(ends, company):
    a, b = ends()
    a.send_many(numbers(100))
    got = []
    for message in b:
        got.append(message)
        if len(got) == 100:
            break
    assert got == numbers(100)
    assert iter(b) is b


def test_iterating_gives_parts_as_recv_does(ends):
    a, b = ends()
    a.send_multipart([b"a", b"b"])
    assert (next(b), b.rcvmore, next(b), b.rcvmore) == (b"a", 1, b"b", 0)


def test_it_ends_when_the_loop_closes_the_socket(ends):
    a, b = ends()
    a.send_many(numbers(5))
    got = []
    for message in b:
        got.append(message)
        if message == b"2":
            b.close()
    assert got == numbers(3)
    assert list(b) == []


def test_it_ends_with_the_context():
    context, got, gate = zmq.Context(), [], threading.Event()

    def work():
        with context.socket(zmq.PULL) as s:
            s.bind("inproc://iterated")
            gate.set()
            got.extend(s)

    worker = threading.Thread(target=work)
    worker.start()
    assert gate.wait(5)
    with context.socket(zmq.PUSH) as push:
        push.connect("inproc://iterated")
        push.send_many(numbers(100))
        push.setsockopt(zmq.LINGER, -1)
    context.term()
    worker.join(5)
    assert not worker.is_alive()
    assert got == numbers(len(got))


def test_a_timeout_does_not_end_it_in_silence(ends):
    _, b = ends()
    b.rcvtimeo = 5
    with pytest.raises(zmq.Again):
        next(b)


def test_other_errors_do_not_end_it_in_silence(socket):
    with pytest.raises(zmq.ZMQError) as caught:
        next(socket(zmq.REQ))
    assert caught.value.errno == zmq.EFSM
    with pytest.raises(zmq.ZMQError, match="PUSH"):
        list(socket(zmq.PUSH))
