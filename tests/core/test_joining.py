# SPDX-License-Identifier: BSD-3-Clause
"""What a proxy may join: the plans that backends hand to the native loop."""

import re
from pathlib import Path

import pytest

import zmq
from zmq.backend import joining

RELAY = Path(__file__).parents[2] / "packages/zmq-core/src/zmq/backend/native/relay.h"
NEW, OLD = (4, 3, 5), (4, 3, 0)
USABLE, FRAGILE = joining.USABLE, joining.FRAGILE


def plan(front, back, capture=None, control=None, owner=None, **options):
    options = {"alike": False, "prefixed": False, "version": NEW, **options}
    return joining.plan_lanes([front, back, capture, control, owner], **options)


def test_numbers_are_those_of_the_loop():
    numbers = dict(re.findall(r"\bZMQ_CORE_(?:RELAY|LANE)_(\w+) = (\d+)", RELAY.read_text()))
    names = ("USABLE", "CROSSED", "FRAGILE", "CAPTURE_FRAGILE", "ANSWERING", "SPEAKS", "REPLIES")
    for name in names:
        assert getattr(joining, name) == int(numbers[name]), name
    text = RELAY.read_text()
    for place, name in enumerate(("FRONT", "BACK", "CAPTURE", "CONTROL", "OWNER")):
        assert f"ZMQ_CORE_RELAY_{name} = {place}" in text
        assert getattr(joining, name) == place
    for lane, name in enumerate(("FRONT", "BACK", "CONTROL", "OWNER")):
        assert f"ZMQ_CORE_LANE_{name} = {lane}" in text


def test_both_directions_or_the_one_that_is_possible():
    assert plan(zmq.ROUTER, zmq.DEALER) == [(0, 0, 1, USABLE), (1, 1, 0, USABLE)]
    assert plan(zmq.PULL, zmq.PUSH) == [(0, 0, 1, USABLE)]
    assert plan(zmq.PUSH, zmq.PULL) == [(1, 1, 0, USABLE)]
    assert plan(zmq.DISH, zmq.RADIO) == plan(zmq.GATHER, zmq.SCATTER) == [(0, 0, 1, USABLE)]


def test_one_socket_on_both_sides():
    assert plan(zmq.ROUTER, zmq.ROUTER, alike=True) == [(0, 0, 0, USABLE)]
    assert plan(zmq.REP, zmq.REP, alike=True) == [(0, 0, 0, USABLE | joining.ANSWERING)]
    assert plan(zmq.REP, zmq.REP) == [(0, 0, 1, USABLE), (1, 1, 0, USABLE)]


def test_identities_cross_only_from_router_to_router_in_a_monitored_queue():
    crossed = USABLE | joining.CROSSED
    assert plan(zmq.ROUTER, zmq.ROUTER, prefixed=True) == [(0, 0, 1, crossed), (1, 1, 0, crossed)]
    assert plan(zmq.ROUTER, zmq.ROUTER) == [(0, 0, 1, USABLE), (1, 1, 0, USABLE)]
    assert plan(zmq.ROUTER, zmq.DEALER, prefixed=True)[0][3] == USABLE
    assert plan(zmq.ROUTER, zmq.ROUTER, prefixed=True, alike=True)[0][3] == USABLE


@pytest.mark.parametrize(
    ("kind", "version", "fragile"),
    [
        (zmq.PAIR, NEW, True),
        (zmq.PAIR, OLD, True),
        (zmq.PUSH, NEW, False),
        (zmq.PUSH, (4, 3, 1), False),
        (zmq.PUSH, OLD, True),
        (zmq.ROUTER, OLD, False),
    ],
)
def test_who_must_not_get_the_rest_of_a_lost_message(kind, version, fragile):
    assert joining.is_fragile(kind, version) is fragile
    (lane,) = plan(zmq.SUB, kind, version=version)[:1]
    assert bool(lane[3] & FRAGILE) is fragile
    (lane,) = plan(zmq.SUB, zmq.ROUTER, kind, version=version)
    assert bool(lane[3] & joining.CAPTURE_FRAGILE) is fragile
    assert not lane[3] & FRAGILE


def test_controls_come_last_and_know_how_to_answer():
    lanes = plan(zmq.PULL, zmq.PUSH, None, zmq.SUB, zmq.REP)
    assert lanes[1:] == [
        (2, 3, 3, USABLE),
        (3, 4, 4, USABLE | joining.SPEAKS | joining.REPLIES),
    ]
    (owner,) = plan(zmq.PULL, zmq.PUSH, owner=zmq.PAIR)[1:]
    assert owner == (3, 4, 4, USABLE | FRAGILE | joining.SPEAKS)


@pytest.mark.parametrize(
    ("kinds", "problem"),
    [
        ((zmq.PUSH, zmq.PUSH), "nothing can pass between a PUSH and a PUSH"),
        ((zmq.SUB, zmq.PULL), "nothing can pass between a SUB and a PULL"),
        ((zmq.PULL, zmq.PUSH, zmq.SUB), "a SUB socket cannot send, so it cannot capture"),
        ((zmq.PULL, zmq.PUSH, None, zmq.PUB), "a PUB socket cannot receive commands"),
        ((zmq.PULL, zmq.PUSH, None, None, zmq.PUSH), "a PUSH socket cannot receive commands"),
    ],
)
def test_refusals_name_the_types(kinds, problem):
    with pytest.raises(zmq.ZMQError, match=problem) as caught:
        plan(*kinds)
    assert caught.value.errno == zmq.ENOTSUP


def test_a_type_without_a_name_is_named_by_its_number():
    assert joining.name_type(zmq.XPUB) == "XPUB"
    assert joining.name_type(99) == "99"
