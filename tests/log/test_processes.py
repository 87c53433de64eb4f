# SPDX-License-Identifier: BSD-3-Clause
"""Several processes over tcp: fleets that log to one place, and come and go."""

import logging
import os
import signal
import uuid

import pytest

import zmq
from zmq.log import JSONPUBHandler, LogReceiver

#: A program that logs numbered records; "go" on its standard input lets it begin.
MEMBER = """
    import logging, sys, threading, zmq
    from zmq.log import JSONPUBHandler
    kind, endpoint, connect, threads, count = sys.argv[1:]
    handler = JSONPUBHandler(
        endpoint, root_topic="fleet", connect=bool(int(connect)), socket_type=zmq.SocketType[kind]
    )
    handler.report_interval = None
    log = logging.getLogger("member")
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    print(handler.socket.last_endpoint.decode(), flush=True)
    if kind == "PUB":
        handler.socket.wait_subscribers("", timeout=20_000)
        print("somebody is there", flush=True)
    input()

    def work(number):
        for n in range(int(count)):
            log.info(f"t{number}::%d", n, extra={"n": n})

    workers = [threading.Thread(target=work, args=(n,)) for n in range(int(threads))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(handler.dropped, flush=True)
    handler.close()
"""


class Keeper(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)

    def numbers(self):
        """(process, topic) -> numbers in the order in which they came."""
        found = {}
        for record in list(self.records):
            found.setdefault((record.process, record.zmq_topic), []).append(record.n)
        return found


@pytest.fixture
def sink():
    found = logging.getLogger(f"sink.{uuid.uuid4().hex}")
    found.propagate = False
    keeper = Keeper()
    found.addHandler(keeper)
    yield found, keeper
    logging.Logger.manager.loggerDict.pop(found.name)


@pytest.mark.parametrize("kind", ["PUB", "PUSH"])
def test_a_fleet_that_connects(start, sink, wait_for, kind):
    logger, keeper = sink
    receiving = zmq.SUB if kind == "PUB" else zmq.PULL
    place = {"bind": True, "logger": logger, "socket_type": receiving}
    with LogReceiver("tcp://127.0.0.1:0", **place) as receiver:
        members = [start(MEMBER, kind, receiver.endpoints[0], 1, 3, 400) for _ in range(4)]
        for member in members:
            member.line()
            if kind == "PUB":
                member.line()
        for member in members:
            member.say("go")
        wait_for(lambda: receiver.received == 4800, deadline=60)
        assert [member.done() for member in members] == ["0\n"] * 4
        assert receiver.missed == receiver.malformed == 0
    expected = {
        (member.pid, f"fleet.INFO.t{number}"): list(range(400))
        for member in members
        for number in range(3)
    }
    assert keeper.numbers() == expected


def test_publishers_that_bind_and_one_receiver(start, sink, wait_for):
    logger, keeper = sink
    members = [start(MEMBER, "PUB", "tcp://127.0.0.1:0", 0, 2, 300) for _ in range(3)]
    with LogReceiver(*(member.line() for member in members), logger=logger) as receiver:
        for member in members:
            assert member.line() == "somebody is there"
            member.say("go")
        wait_for(lambda: receiver.received == 1800, deadline=60)
        assert receiver.missed == 0
    assert len(keeper.numbers()) == 6
    assert all(numbers == list(range(300)) for numbers in keeper.numbers().values())


def test_a_member_that_is_killed_and_its_successor(start, sink, wait_for):
    logger, keeper = sink
    first = start(MEMBER, "PUB", "tcp://127.0.0.1:0", 0, 1, 10**9)
    endpoint = first.line()
    with LogReceiver(endpoint, logger=logger) as receiver:
        first.line()
        first.say("go")
        wait_for(lambda: receiver.received > 100, deadline=60)
        os.kill(first.pid, signal.SIGKILL)
        first.process.wait()
        second = start(MEMBER, "PUB", endpoint, 0, 1, 50)
        assert second.line() == endpoint
        second.line()
        second.say("go")
        mine = (second.pid, "fleet.INFO.t0")
        wait_for(lambda: keeper.numbers().get(mine) == list(range(50)), deadline=60)
        assert receiver.malformed == 0


def test_a_collector_that_is_away_for_a_while(start, sink, wait_for, socket, bind):
    """Members with PUSH sockets keep what they log meanwhile."""
    logger, keeper = sink
    probe = socket(zmq.PULL)
    endpoint = bind(probe, "tcp")
    probe.close()
    member = start(MEMBER, "PUSH", endpoint, 1, 1, 500)
    member.line()
    member.say("go")
    assert member.line() == "0"
    place = {"bind": True, "logger": logger, "socket_type": zmq.PULL}
    with LogReceiver(endpoint, **place) as receiver:
        wait_for(lambda: receiver.received == 500, deadline=60)
    assert list(keeper.numbers().values()) == [list(range(500))]


def test_from_a_member_through_a_collector_to_a_viewer(start, sink, wait_for):
    logger, _ = sink
    viewer_code = """
        import runpy
        runpy.run_module("zmq.log", run_name="__main__", alter_sys=True)
    """
    again = JSONPUBHandler("tcp://127.0.0.1:0")
    logger.addHandler(again)
    endpoint = again.socket.last_endpoint.decode()
    viewer = start(viewer_code, endpoint, "-n", "20", "--stats", "--interval", "1000")
    again.socket.wait_subscribers("", timeout=20_000)
    place = {"bind": True, "logger": logger, "socket_type": zmq.PULL}
    with LogReceiver("tcp://127.0.0.1:0", **place) as receiver:
        member = start(MEMBER, "PUSH", receiver.endpoints[0], 1, 1, 20)
        member.line()
        member.say("go")
        end = viewer.wait()
    again.close()
    assert end.stdout.splitlines() == [f"INFO member: {n}" for n in range(20)]
    assert "20 shown, 0 missed" in end.stderr


def test_a_handler_and_a_receiver_with_curve(start, sink, wait_for):
    logger, keeper = sink
    public, secret = zmq.curve_keypair()
    own_public, own_secret = zmq.curve_keypair()
    options = {"curve_server": True, "curve_secretkey": secret}
    with LogReceiver("tcp://127.0.0.1:0", bind=True, logger=logger, options=options) as receiver:
        handler = JSONPUBHandler(
            receiver.endpoints[0],
            connect=True,
            options={
                "curve_serverkey": public,
                "curve_publickey": own_public,
                "curve_secretkey": own_secret,
            },
        )
        handler.socket.wait_subscribers("", timeout=20_000)
        handler.handle(logging.makeLogRecord({"msg": "sealed", "levelname": "INFO", "levelno": 20}))
        wait_for(lambda: keeper.records, deadline=20)
        handler.close()
    assert keeper.records[0].getMessage() == "sealed"
