# SPDX-License-Identifier: BSD-3-Clause
"""Steering by the control socket: PAUSE, RESUME, TERMINATE, STATISTICS, and anything else."""

import struct

import pytest

import zmq

# An XPUB is a PUB that knows when it has a subscriber, before which it drops what it sends.
CONTROLS = {zmq.PAIR: zmq.PAIR, zmq.REP: zmq.REQ, zmq.SUB: zmq.XPUB}
WAYS = ["here", "thread", "fork", "spawn"]


class Steered:
    """A steerable PULL to PUSH proxy, and the sockets around it."""

    def __init__(self, device, client, control):
        self.device = device
        self.control_type = control
        self.source = client(device, "in", zmq.PUSH)
        self.sink = client(device, "out", zmq.PULL)
        self.control = client(device, "ctrl", CONTROLS[control])

    def say(self, command):
        """Give a command, and return the answer; the device has seen it then, unless by SUB."""
        self.control.send(command)
        if self.control_type == zmq.SUB:
            return None
        if self.control_type == zmq.PAIR and command != b"STATISTICS":
            self.control.send(b"STATISTICS")  # which is answered in its turn
        return self.control.recv_multipart()


@pytest.fixture
def steered(started, client):
    def steered(way, control):
        device = started("ProxySteerable", way, zmq.PULL, zmq.PUSH, zmq.PUB, control)
        it = Steered(device, client, control)
        if control == zmq.SUB:
            assert it.control.recv() == b"\x01"
        return it

    return steered


def is_paused(it):
    it.source.send(b"probe")
    # What comes by SUB may be seen later than the probe, and that late on a busy machine.
    if it.sink.poll(500 if it.control_type == zmq.SUB else 50):
        it.sink.recv()
        return False
    return True


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("control", CONTROLS, ids=lambda kind: kind.name)
def test_pause_holds_and_resume_gives_all(steered, wait_for, way, control):
    it = steered(way, control)
    it.source.send(b"before")
    assert it.sink.recv() == b"before"
    it.say(b"PAUSE")
    wait_for(lambda: is_paused(it))
    for n in range(500):
        it.source.send(b"%d" % n)
    assert not it.sink.poll(50)
    it.say(b"RESUME")
    got = []
    while len(got) < 500:
        message = it.sink.recv()
        if message != b"probe":
            got.append(int(message))
    assert got == list(range(500))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("control", CONTROLS, ids=lambda kind: kind.name)
def test_terminate_ends_the_device(steered, way, control):
    it = steered(way, control)
    it.control.send(b"TERMINATE")
    it.device.join(10)
    assert not it.device.is_alive()
    assert it.device.done


@pytest.mark.parametrize("way", ["thread", "fork"])
@pytest.mark.parametrize("control", [zmq.PAIR, zmq.REP], ids=lambda kind: kind.name)
def test_statistics_are_eight_counters(steered, way, control):
    it = steered(way, control)
    for message in ([b"12345"], [b"ab", b"c"]):
        it.source.send_multipart(message)
        assert it.sink.recv_multipart() == message
    answer = it.say(b"STATISTICS")
    assert [len(part) for part in answer] == [8] * 8
    counters = struct.unpack("=8Q", b"".join(answer))
    assert counters == (2, 8, 0, 0, 0, 0, 2, 8)
    assert it.device.statistics() == counters


def test_an_unknown_command_is_reported_and_ignored(steered):
    it = steered("thread", zmq.REP)
    with pytest.warns(RuntimeWarning, match="DANCE"):
        assert it.say(b"DANCE") == [b""]
        it.source.send(b"x")
        assert it.sink.recv() == b"x"


def test_a_subscriber_cannot_answer_and_goes_on(steered):
    it = steered("thread", zmq.SUB)
    it.say(b"STATISTICS")
    it.source.send(b"x")
    assert it.sink.recv() == b"x"


def test_without_a_control_socket_it_is_a_proxy(started, client):
    device = started("ProxySteerable", "thread", zmq.PULL, zmq.PUSH)
    assert device.endpoints["ctrl"] == []
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    source.send(b"x")
    assert sink.recv() == b"x"


def test_the_owner_is_obeyed_whatever_the_control_socket_does(steered):
    it = steered("thread", zmq.REP)
    it.control.send(b"PAUSE")
    it.control.close()  # gone, with its answer
    assert it.device.statistics().in_received == 0
    it.device.stop()
    assert not it.device.is_alive()
