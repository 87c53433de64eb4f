# SPDX-License-Identifier: BSD-3-Clause
"""What a steered proxy answers, to whom, and which sockets it refuses."""

import sys
import threading
import warnings

import pytest

import zmq


@pytest.fixture
def steered(pair, socket):
    """`steered(control, controller)`: a running proxy and the other end of its control socket."""
    threads, enders = [], []

    def steered(control_kind, kind, end=(b"TERMINATE",), **options):
        control, controller = pair(control_kind, kind, **options)
        sides = socket(zmq.PULL), socket(zmq.PUSH)
        thread = threading.Thread(target=zmq.proxy_steerable, args=(*sides, None, control))
        thread.start()
        threads.append(thread)
        enders.append(lambda: controller.send_multipart(end))
        return controller

    yield steered
    for thread, end in zip(threads, enders):
        end()
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize("kind", [zmq.REP, zmq.ROUTER])
def test_a_request_gets_an_answer_to_every_command(steered, kind):
    controller = steered(kind, zmq.REQ)
    for command in (b"PAUSE", b"RESUME"):
        controller.send(command)
        assert controller.recv_multipart() == [b""]
    controller.send(b"STATISTICS")
    assert controller.recv_multipart() == [bytes(8)] * 8


def test_an_envelope_comes_back_with_the_answer(steered):
    controller = steered(zmq.DEALER, zmq.DEALER)
    controller.send_multipart([b"call 7", b"", b"STATISTICS"])
    assert controller.recv_multipart() == [b"call 7", b"", *[bytes(8)] * 8]


def test_a_subscriber_obeys_and_a_topic_may_come_first(pair, socket, bind):
    control, controller = socket(zmq.SUB, subscribe=b"mine"), socket(zmq.XPUB)
    control.connect(bind(controller))
    assert controller.recv() == b"\1mine"
    front, left = pair(zmq.PULL, zmq.PUSH)
    back, right = pair(zmq.PUSH, zmq.PULL)
    thread = threading.Thread(target=zmq.proxy_steerable, args=(front, back, None, control))
    thread.start()
    controller.send_multipart([b"mine", b"PAUSE"])
    controller.send_multipart([b"other", b"TERMINATE"])
    controller.send_multipart([b"mine", b"STATISTICS"])  # nowhere to answer to
    controller.send_multipart([b"mine", b"RESUME"])
    left.send(b"passed")
    assert right.recv() == b"passed"
    controller.send_multipart([b"mine", b"TERMINATE"])
    thread.join(10)
    assert not thread.is_alive()


def test_a_pair_gets_no_empty_answers(steered):
    controller = steered(zmq.PAIR, zmq.PAIR)
    for command in (b"PAUSE", b"RESUME", b"STATISTICS"):
        controller.send(command)
    assert controller.recv_multipart() == [bytes(8)] * 8


def test_an_unknown_command_is_reported_and_ignored(steered):
    controller = steered(zmq.REP, zmq.REQ)
    with pytest.warns(RuntimeWarning, match=r"unknown command b'DANCE': it knows PAUSE"):
        controller.send(b"DANCE")
        assert controller.recv() == b""
        controller.send(b"STATISTICS")  # it is reported before the next one is obeyed
        assert len(controller.recv_multipart()) == 8


@pytest.mark.parametrize("command", [b"", b"pause", b"PAUSE\0", b"TERMINATED", b"x" * 10_000])
def test_only_the_very_words_are_commands(steered, command):
    controller = steered(zmq.REP, zmq.REQ)
    with pytest.warns(RuntimeWarning):
        for sent in (command, b"STATISTICS"):
            controller.send(sent)
            controller.recv_multipart()


def test_an_unknown_command_does_not_end_it_where_warnings_are_errors(steered, monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reported.append(report.exc_type))
    controller = steered(zmq.REP, zmq.REQ)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for command in (b"DANCE", b"STATISTICS"):
            controller.send(command)
            controller.recv_multipart()
    assert reported == [RuntimeWarning]


def test_an_answer_without_room_is_dropped(steered):
    controller = steered(zmq.PAIR, zmq.PAIR, hwm=2)
    for _ in range(50):
        controller.send(b"STATISTICS")
    assert controller.recv_multipart() == [bytes(8)] * 8


@pytest.mark.parametrize(
    ("types", "says"),
    [
        (dict(frontend=zmq.PULL, backend=zmq.PULL), "PULL and a PULL"),
        (dict(frontend=zmq.PUSH, backend=zmq.PUB), "PUSH and a PUB"),
        (dict(frontend=zmq.PULL, backend=zmq.PUSH, capture=zmq.SUB), "SUB socket cannot send"),
        (dict(frontend=zmq.PULL, backend=zmq.PUSH, control=zmq.PUB), "PUB socket cannot receive"),
    ],
)
def test_types_that_do_not_fit(socket, types, says):
    sockets = {name: socket(kind) for name, kind in types.items()}
    with pytest.raises(zmq.ZMQError, match=says) as caught:
        zmq.proxy_steerable(**sockets)
    assert caught.value.errno == zmq.ENOTSUP
    for s in sockets.values():
        s.close()  # nobody holds them any more


def test_one_side_may_not_be_its_own_opposite(socket):
    source = socket(zmq.PULL)
    with pytest.raises(zmq.ZMQError, match="PULL and a PULL"):
        zmq.proxy(source, source)
