# SPDX-License-Identifier: BSD-3-Clause
"""Many handshakes at once: every decision is right, and nothing is left behind."""

import collections
import os

import pytest

import zmq

PROCESSES = 5
EACH = 100


def count_descriptors():
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def crowds(start, clients):
    return [clients, *(type(clients)(start) for _ in range(PROCESSES - 1))]


def test_500_handshakes_at_once(auth, curve, crowds, certificates, decisions, wait_for):
    s, client = curve(b"x")
    s.backlog = 1000
    known = list(certificates(*(f"n{number}" for number in range(PROCESSES * EACH * 9 // 10))))
    strangers = [zmq.curve_keypair() for _ in range(PROCESSES * EACH // 10)]
    auth.configure_curve("*", certificates.path)
    good = {keys[0].decode() for keys in known}
    before = count_descriptors()
    known_left, strangers_left = iter(known), iter(strangers)
    groups = []
    for each in crowds:
        group = [next(strangers_left if n % 10 == 3 else known_left) for n in range(EACH)]
        groups.append(group)
        each.begin(*(client(keys, message=keys[0].decode()) for keys in group))
    for each, group in zip(crowds, groups):
        expected = [0 if keys[0].decode() in good else 400 for keys in group]
        assert each.end() == expected
    frames = [s.recv(copy=False) for _ in known]
    assert {frame.get("User-Id") for frame in frames} == good
    assert all(frame.get("User-Id") == frame.bytes.decode() for frame in frames)
    assert not s.poll(0)
    made = collections.Counter((each.user_id, each.allowed) for each in decisions())
    bad = {(keys[0].decode(), False) for keys in strangers}
    assert set(made) == {(key, True) for key in good} | bad
    assert set(made.values()) == {1}
    wait_for(lambda: count_descriptors() <= before, 20)


@pytest.mark.long
def test_500_handshakes_again_and_again(make_auth, curve, crowds, certificates, wait_for):
    auth = make_auth()
    s, client = curve(b"x")
    (ann,) = certificates("ann")
    auth.configure_curve("*", certificates.path, watch=True)
    before = count_descriptors()
    for _ in range(10):
        for each in crowds:
            keys = [ann if n % 10 else zmq.curve_keypair() for n in range(EACH)]
            each.begin(*map(client, keys))
        for each in crowds:
            assert each.end() == [0 if n % 10 else 400 for n in range(EACH)]
        for _ in range(PROCESSES * EACH * 9 // 10):
            s.recv()
        wait_for(lambda: count_descriptors() <= before, 20)
