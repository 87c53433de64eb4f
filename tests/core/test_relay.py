# SPDX-License-Identifier: BSD-3-Clause
"""The relay itself: an owner beside the control socket, prefixes, counters at the end."""

import struct
import threading

import pytest

import zmq


@pytest.fixture
def start_relay():
    """`start_relay(*sockets)`: a relay in a thread; call the result for what it returned."""
    threads = []

    def start_relay(*sockets):
        results = []
        thread = threading.Thread(target=lambda: results.append(zmq.backend.relay(*sockets)))
        thread.start()
        threads.append(thread)

        def result():
            thread.join(10)
            assert not thread.is_alive()
            return results[0]

        return result

    yield start_relay
    for thread in threads:
        thread.join(10)


def test_an_owner_is_obeyed_beside_the_control_socket(pair, start_relay):
    front, back = pair(zmq.PUSH, zmq.PULL), pair(zmq.PULL, zmq.PUSH)
    control, owner = pair(zmq.PAIR, zmq.PAIR), pair(zmq.DEALER, zmq.ROUTER)
    running = start_relay(front[1], back[1], None, control[1], owner[1])
    control[0].send(b"PAUSE")
    control[0].send(b"STATISTICS")
    assert len(control[0].recv_multipart()) == 8
    front[0].send(b"12345")
    assert not back[0].poll(50)
    owner[0].send(b"RESUME")
    assert owner[0].recv() == b""
    assert back[0].recv() == b"12345"
    owner[0].send(b"STATISTICS")
    counters = struct.unpack("=8Q", b"".join(owner[0].recv_multipart()))
    assert counters == (1, 5, 0, 0, 0, 0, 1, 5)
    owner[0].send(b"TERMINATE")
    assert running() == counters


def test_a_relay_needs_both_prefixes_or_none(pair):
    left, right = pair(zmq.PAIR, zmq.PAIR)
    for name in ("in_prefix", "out_prefix"):
        with pytest.raises(TypeError, match="both prefixes"):
            zmq.backend.relay(left, right, **{name: b"x"})


def test_a_rep_on_both_sides_answers_itself(pair, start_relay):
    asker, echo = pair(zmq.REQ, zmq.REP)
    owner = pair(zmq.DEALER, zmq.ROUTER)
    running = start_relay(echo, echo, None, None, owner[1])
    for message in ([b"x"], [b"", b"y"]):
        asker.send_multipart(message)
        assert asker.recv_multipart() == message
    owner[0].send(b"TERMINATE")
    assert running()[::2] == (2, 0, 0, 2)
