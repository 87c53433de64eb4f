# SPDX-License-Identifier: BSD-3-Clause
"""Batches that are refused: what send_many could not send, and where it is then."""

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


def numbers(count):
    return [b"%d" % n for n in range(count)]


def full_router(socket, bind):
    """A mandatory ROUTER that says it is ready: no room for `full`, but for `free`."""
    router = socket(zmq.ROUTER, router_mandatory=1, sndhwm=2)
    dealers = [socket(zmq.DEALER, rcvhwm=2, routing_id=name) for name in (b"full", b"free")]
    address = bind(router)
    for dealer in dealers:
        dealer.connect(address)
        dealer.send(b"here")
        router.recv_multipart()
    return router, dealers[0], lambda n: [b"full", b"%d" % n]


def full_xpub(socket, bind):
    xpub, sub = socket(zmq.XPUB, xpub_nodrop=1, sndhwm=2), socket(zmq.SUB, rcvhwm=2)
    sub.subscribe(b"")
    sub.connect(bind(xpub))
    assert xpub.recv() == b"\x01"
    return xpub, sub, lambda n: b"%d" % n


@pytest.mark.parametrize("make", [full_router, full_xpub])
def test_dontwait_loses_nothing_where_readiness_says_too_much(socket, bind, company, make):
    sender, receiver, message = make(socket, bind)
    sent = sender.send_many([message(n) for n in range(50)], zmq.DONTWAIT)
    assert 0 < sent < 50
    assert receiver.recv_many(100) == numbers(sent)


@pytest.mark.parametrize("make", [full_router, full_xpub])
def test_dontwait_hands_back_what_it_has_taken_from_an_iterator(socket, bind, company, make):
    sender, receiver, message = make(socket, bind)
    source = (message(n) for n in range(50))
    with pytest.raises(zmq.Again) as caught:
        sender.send_many(source, zmq.DONTWAIT)
    sent = caught.value.sent
    assert 0 < sent < 50
    assert receiver.recv_many(100) == numbers(sent)
    assert [caught.value.unsent, *source] == [message(n) for n in range(sent, 50)]


@pytest.mark.parametrize("threadsafe", [False, True])
@pytest.mark.parametrize("options", [{}, {"timeout": 10}], ids=["sndtimeo", "timeout"])
def test_time_outs_hand_back_what_was_taken(context, endpoint, company, threadsafe, options):
    with context.socket(zmq.PUSH, threadsafe=threadsafe) as a, context.socket(zmq.PULL) as b:
        a.hwm, b.hwm, a.sndtimeo, a.linger = 10, 10, 10, 0
        b.connect(a.bind(endpoint("inproc")).endpoint)
        source = iter(numbers(100))
        with pytest.raises(zmq.Again) as caught:
            a.send_many(source, **options)
        got = b.recv_many(100)
    assert [*got, caught.value.unsent, *source] == numbers(100)
    assert caught.value.sent == len(got)


@pytest.mark.parametrize("threadsafe", [False, True])
def test_an_iterator_s_own_error_comes_without_a_message(context, endpoint, threadsafe):
    with context.socket(zmq.PUSH, threadsafe=threadsafe) as a, context.socket(zmq.PULL) as b:
        b.connect(a.bind(endpoint("inproc")).endpoint)

        def messages():
            yield b"one"
            error = LookupError("from the generator")
            error.sent = 1000  # of another socket, perhaps
            raise error

        with pytest.raises(LookupError) as caught:
            a.send_many(messages())
        assert (caught.value.sent, caught.value.unsent) == (1, None)
        assert b.recv() == b"one"


@pytest.mark.parametrize("threadsafe", [False, True])
@pytest.mark.parametrize("kind", [list, iter])
@pytest.mark.parametrize("empty", [[], ()], ids=repr)
def test_a_message_without_parts_is_refused(context, endpoint, company, threadsafe, kind, empty):
    with context.socket(zmq.PUSH, threadsafe=threadsafe) as a, context.socket(zmq.PULL) as b:
        b.connect(a.bind(endpoint("inproc")).endpoint)
        with pytest.raises(ValueError, match="at least one part") as caught:
            a.send_many(kind([b"one", empty, b"not sent"]))
        assert caught.value.sent == 1
        assert b.recv_many(9) == [b"one"]


@pytest.mark.parametrize("kind", [list, iter])
@pytest.mark.parametrize("flags", [0, zmq.DONTWAIT])
@pytest.mark.parametrize(
    "type_, error", [(zmq.REP, zmq.EFSM), (zmq.PULL, zmq.ENOTSUP), (zmq.SUB, zmq.ENOTSUP)]
)
def test_sockets_that_cannot_send_say_so(socket, bind, kind, flags, type_, error):
    s = socket(type_)
    bind(s)
    with pytest.raises(zmq.ZMQError) as caught:
        s.send_many(kind([b"x"]), flags)
    assert caught.value.errno == error
