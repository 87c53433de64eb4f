# SPDX-License-Identifier: BSD-3-Clause
"""The command line: traffic, statistics, steering, CURVE, a TOML file, and a clean end."""

import os
import re
import signal

import pytest

import zmq

RATES = re.compile(r"in > out (\d+) msg/s (.+)/s   out > in (\d+) msg/s (.+)/s")
TOTAL = re.compile(
    r"passed in > out (\d+) messages, (.+); out > in (\d+) messages, (.+); in [\d.]+ s"
)
ANY = "tcp://127.0.0.1:0"


class Command:
    """A running device, and where its sides are bound."""

    def __init__(self, script):
        self.script = script
        self.endpoints = {}
        line = self.script.line()
        while line != "running":
            side, endpoint = line.split()
            self.endpoints.setdefault(side, []).append(endpoint)
            line = self.script.line()

    def end(self, number=signal.SIGTERM):
        """End it, and return the numbers of the summary."""
        if number:
            os.kill(self.script.pid, number)
        out = self.script.done()
        return TOTAL.fullmatch(out.splitlines()[-1]).groups()


@pytest.fixture
def command(begin):
    def command(*arguments):
        return Command(begin(*arguments))

    return command


@pytest.fixture
def at(socket):
    """`at(command, side, type)`: a socket connected to a side."""

    def at(command, side, kind, **options):
        s = socket(kind, **options)
        s.connect(command.endpoints[side][0])
        if kind == zmq.SUB:
            s.subscribe(b"")
        return s

    return at


BOTH = ("--bind-in", ANY, "--bind-out", ANY)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_queue_until_a_signal(command, at, number):
    running = command("queue", *BOTH, "--interval", "0")
    client, worker = at(running, "in", zmq.REQ), at(running, "out", zmq.REP)
    for _ in range(3):
        client.send(b"question")
        worker.send(worker.recv() * 200)
        client.recv()
    assert running.end(number) == ("3", "39 B", "3", "4.8 kB")


def test_a_forwarder(command, at):
    running = command("forwarder", *BOTH)
    source, sink = at(running, "in", zmq.XPUB), at(running, "out", zmq.SUB)
    assert source.recv() == b"\x01"
    source.send(b"news")
    assert sink.recv() == b"news"
    running.end()


def test_a_streamer_that_connects(command, socket, bind):
    source, sink = socket(zmq.PUSH), socket(zmq.PULL)
    ends = ("--connect-in", bind(source, "tcp"), "--connect-out", bind(sink, "ipc"))
    running = command("streamer", *ends)
    source.send_multipart([b"1", b"2"])
    assert sink.recv_multipart() == [b"1", b"2"]
    assert running.end()[:2] == ("1", "2 B")


def test_a_monitored_queue(command, at):
    monitor = ("--bind-mon", ANY, "--type-mon", "push", "--prefix-in", "<", "--prefix-out", "é")
    running = command("monitored", *BOTH, *monitor)
    client, worker = at(running, "in", zmq.REQ), at(running, "out", zmq.REP)
    watcher = at(running, "mon", zmq.PULL)
    client.send(b"question")
    worker.send(worker.recv())
    got = [watcher.recv_multipart() for _ in range(2)]
    assert [message[0] for message in got] == [b"<", "é".encode()]
    assert [message[-1] for message in got] == [b"question"] * 2
    running.end()


def test_several_endpoints_and_options(command, at, folder):
    places = ("--bind-in", f"ipc://{folder}/second", "--set-in", "RCVHWM=7")
    running = command("streamer", *BOTH, *places, "--set-in", "identity=me", "--type-in", "DEALER")
    assert len(running.endpoints["in"]) == 2
    sink = at(running, "out", zmq.PULL)
    router = at(running, "in", zmq.ROUTER)
    router.router_mandatory = True
    dealer = at(running, "in", zmq.DEALER)
    dealer.send(b"x")
    assert sink.recv() == b"x"
    running.end()


def test_a_line_of_live_statistics(command, at):
    running = command("streamer", *BOTH, "--interval", "0.05")
    source, sink = at(running, "in", zmq.PUSH), at(running, "out", zmq.PULL)
    rates = ("0",)
    while rates[0] == "0":
        source.send(b"x" * 1000)
        sink.recv()
        rates = RATES.fullmatch(running.script.line()).groups()
    assert rates[2:] == ("0", "0 B")
    running.end()


def test_steering(command, at):
    running = command("queue", *BOTH, "--bind-ctrl", ANY)
    control = at(running, "ctrl", zmq.REQ)
    for order, parts in ((b"PAUSE", 1), (b"STATISTICS", 8), (b"RESUME", 1), (b"TERMINATE", 1)):
        control.send(order)
        assert len(control.recv_multipart()) == parts
    assert running.end(None)[0] == "0"


def test_steering_by_a_publisher(command, socket, bind):
    control = socket(zmq.XPUB)
    steered = ("--connect-ctrl", bind(control, "tcp"), "--type-ctrl", "SUB")
    running = command("queue", *BOTH, *steered)
    assert control.recv() == b"\x01"
    control.send(b"TERMINATE")
    running.end(None)


def test_a_peer_that_takes_nothing_does_not_hold_it_up(command, at, folder):
    running = command(
        "streamer", "--bind-in", ANY, "--connect-out", f"ipc://{folder}/nobody", "--linger", "10"
    )
    at(running, "in", zmq.PUSH).send(b"x")
    running.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_another_signal_ends_a_wait_for_peers_that_do_not_come(
    command, at, folder, wait_for, number
):
    nobody = f"ipc://{folder}/nobody"
    ends = ("--bind-in", ANY, "--connect-out", nobody)
    running = command("streamer", *ends, "--linger", "-1", "--interval", "0.05")
    at(running, "in", zmq.PUSH).send(b"x")
    while RATES.fullmatch(running.script.line())[1] == "0":
        pass
    process = running.script.process
    process.send_signal(number)
    while not TOTAL.fullmatch(running.script.line()):
        pass
    # Again and again: one that comes before it waits belongs to the first.
    wait_for(lambda: process.send_signal(number) or process.poll() is not None, 20)
    assert process.returncode == 1
    assert process.stderr.read().endswith(": messages that nobody took were dropped\n")


def test_its_reader_may_go(begin):
    script = begin("queue", *BOTH, "--interval", "0.01")
    while script.line() != "running":
        pass
    script.process.stdout.close()
    assert script.process.wait(10) == 0
    assert script.process.stderr.read() == ""


def test_without_standard_output_it_works_all_the_same(begin, socket, folder):
    prelude = """
    import os, sys
    print("silent", flush=True)
    os.close(1)
    sys.stdout = None  # as Python has it where descriptor 1 was closed before
    """
    ends = [f"ipc://{folder}/{side}" for side in ("in", "out")]
    places = ("--bind-in", ends[0], "--bind-out", ends[1])
    script = begin("streamer", *places, prelude=prelude)
    assert script.line() == "silent"
    source, sink = socket(zmq.PUSH), socket(zmq.PULL)
    source.connect(ends[0])
    sink.connect(ends[1])
    source.send(b"x")
    assert sink.recv() == b"x"
    os.kill(script.pid, signal.SIGTERM)
    assert script.process.wait(10) == 0
    assert script.process.stderr.read() == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_a_full_disk_is_no_traceback(begin):
    prelude = """
    import os
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    """
    end = begin("queue", *BOTH, prelude=prelude).wait()
    assert end.returncode == 1
    assert "standard output: No space left" in end.stderr
    assert "Traceback" not in end.stderr


# ---- CURVE -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "file", "certificate", "env"])
def test_curve_on_both_sides(command, at, socket, folder, monkeypatch, form):
    public, secret = zmq.curve_keypair()
    given, file = secret.decode(), folder / "key"
    if form == "env":
        monkeypatch.setenv("BROKER_KEY", given)
        given = "env:BROKER_KEY"
    elif form != "text":
        text = f'curve\n    public-key = "{public.decode()}"\n    secret-key = "{given}"\n'
        file.write_text(text if form == "certificate" else given + "\n")
        given = f"file:{file}"
    far_public, far_secret = zmq.curve_keypair()
    sink = socket(zmq.PULL, curve_server=True, curve_secretkey=far_secret)
    address = sink.bind(ANY).endpoint
    ends = ("--bind-in", ANY, "--connect-out", address)
    # with "=", for a key may begin with a dash
    keys = (f"--curve-secret-in={given}", f"--curve-server-out={far_public.decode()}")
    running = command("streamer", *ends, *keys)
    own_public, own_secret = zmq.curve_keypair()
    options = {"curve_publickey": own_public, "curve_secretkey": own_secret}
    source = at(running, "in", zmq.PUSH, curve_serverkey=public, **options)
    source.send(b"secret")
    assert sink.recv() == b"secret"
    running.end()


# ---- the TOML file -----------------------------------------------------------------------------

TOML = """
device = "monitored"
interval = 0
io-threads = 2
linger = 500

[in]
bind = "tcp://127.0.0.1:0"
set = ["RCVHWM=10", "SNDHWM=10"]
prefix = "i"

[out]
bind = ["tcp://127.0.0.1:0", "tcp://127.0.0.1:*"]
type = "PUSH"

[mon]
bind = "tcp://127.0.0.1:0"
"""


def test_settings_from_a_file(command, config):
    running = command(*config(TOML), "--type-in", "PULL")
    assert {side: len(found) for side, found in running.endpoints.items()} == {
        "in": 1,
        "out": 2,
        "mon": 1,
    }
    running.end()


def test_arguments_prevail(command, config, at, folder):
    place = f"ipc://{folder}/here"
    change = ("streamer", "--bind-in", place, "--type-in", "PULL", "--interval", "9")
    text = TOML.replace('prefix = "i"', "")
    running = command(*config(text), *change)
    assert running.endpoints["in"] == [place]
    at(running, "in", zmq.PUSH).send(b"x")
    assert at(running, "out", zmq.PULL).recv() == b"x"
    running.end()


def test_without_a_toml_reader_it_says_what_to_install(fails, config):
    prelude = """
    import sys
    sys.modules["tomllib"] = sys.modules["tomli"] = None
    """
    assert "pip install tomli" in fails(2, *config(TOML), prelude=prelude)


def test_help_has_examples(begin):
    end = begin("--help").wait()
    assert end.returncode == 0
    for text in ("examples:", "queue --bind-in", "--config", "exit status", "TERMINATE"):
        assert text in end.stdout
