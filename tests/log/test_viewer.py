# SPDX-License-Identifier: BSD-3-Clause
"""The viewer in a pipe: what is shown, what is wrong, and a clean end."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import zmq
from zmq.log import JSONPUBHandler

RUN = """
    import runpy
    runpy.run_module("zmq.log", run_name="__main__", alter_sys=True)
"""
WITHOUT_RICH = """
    import sys
    sys.modules["rich"] = None
"""


class View:
    """A running viewer that a handler publishes to, and that has subscribed."""

    def __init__(self, script, handler):
        self.script = script
        self.handler = handler

    def lines(self):
        """What it has shown, after it has ended by itself."""
        return self.script.done().splitlines()

    def end(self, number=signal.SIGINT):
        os.kill(self.script.pid, number)
        return self.script.wait()


@pytest.fixture
def view(start, handle):
    """`view(*arguments, cls=…)`: a viewer of a new handler of the logger, ready to show."""

    def view(*arguments, prelude="", **kwargs):
        handler = handle(**kwargs)
        script = start(prelude + RUN, handler.socket.last_endpoint.decode(), *arguments)
        topics = [arguments[n + 1] for n, each in enumerate(arguments) if each == "--topic"]
        for topic in topics or [""]:
            handler.socket.wait_subscribers(topic, timeout=20_000)
        return View(script, handler)

    return view


def test_texts_in_a_pipe_are_plain(view, logger):
    running = view("-n", "4", root_topic="app")
    logger.info("hello")
    logger.info("db.query::two\nlines")
    logger.log(25, "odd")
    running.handler.root_topic = ""
    logger.info("no root")
    assert running.lines() == [
        "INFO app: hello",
        "INFO app.db.query: two",
        "    lines",
        "Level 25 app: odd",
        "INFO: no root",
    ]


def test_records_of_json(view, logger):
    running = view("-n", "3", cls=JSONPUBHandler, root_topic="app")
    logger.log(25, "db.query::odd")
    logger.info("took %d ms", 3)
    try:
        raise KeyError("missing")
    except KeyError:
        logger.exception("failed")
    lines = running.lines()
    assert lines[0] == f"Level 25 {logger.name} db.query: odd"
    assert lines[1] == f"INFO {logger.name}: took 3 ms"
    assert lines[2] == f"ERROR {logger.name}: failed"
    assert lines[3] == "    Traceback (most recent call last):"
    assert lines[-1] == "    KeyError: 'missing'"


@pytest.mark.parametrize("level", ["warning", "WARNING", "30"])
@pytest.mark.parametrize("cls", [None, JSONPUBHandler])
def test_levels(view, logger, level, cls):
    running = view("--level", level, "-n", "3", **({"cls": cls} if cls else {}))
    for number in (10, 20, 25, 30, 29, 35, 40):
        logger.log(number, "number %d", number)
    assert [line.split()[-3 if "None" in line else -1] for line in running.lines()] == [
        "30",
        "35",
        "40",
    ]


def test_a_level_with_a_name_that_is_not_known_passes(view, logger):
    running = view("--level", "error", "-n", "1", root_topic="app")
    running.handler.socket.send_multipart([b"app.NOTICE.x", b"text"])
    assert running.lines() == ["app.NOTICE.x: text"]


def test_topics(view, logger):
    running = view("--topic", "app.ERROR", "-t", "app.INFO.db", "-n", "2", root_topic="app")
    running.handler.socket.wait_subscribers("app.INFO.db", timeout=20_000)
    logger.info("not this")
    logger.info("db::this")
    logger.error("that")
    assert [line.split(":")[0] for line in running.lines()] == ["INFO app.db", "ERROR app"]


def test_grep(view, logger):
    running = view("--grep", r"took \d{3,} ms|^first", "-n", "2")
    for text in ("first", "the first", "took 5 ms", "took 500 ms"):
        logger.info(text)
    assert running.lines() == ["INFO: first", "INFO: took 500 ms"]


def test_json_lines(view, logger):
    running = view("--json", "-n", "2", root_topic="app")
    logger.info("db::é\nx")
    logger.warning("y")
    first, second = map(json.loads, running.lines())
    assert first["topic"] == "app.INFO.db"
    assert (first["message"], first["levelname"], first["levelno"]) == ("é\nx", "INFO", 20)
    assert abs(first["created"] - time.time()) < 600
    assert second["levelno"] == 30


def test_json_lines_of_json_records(view, logger):
    running = view("--json", "-n", "1", cls=JSONPUBHandler)
    logger.info("x \udc80", extra={"user": "ann"})
    found = json.loads(running.lines()[0])
    assert (found["message"], found["user"], found["topic"]) == ("x \udc80", "ann", "INFO")
    assert found["zmq"]["number"] == 1


@pytest.mark.parametrize("option", ["--timestamp", "--timestamps"])
def test_timestamps(view, logger, option):
    running = view(option, "-n", "1")
    logger.info("x")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO: x", running.lines()[0])


def test_dateformat_separator_and_columns(view, logger):
    options = ("--dateformat", "<%H>", "--separator", " | ", "--align", "-n", "2")
    running = view("--timestamp", *options, root_topic="app")
    logger.info("x")
    logger.info("sub::y\nz")
    first, second, third = running.lines()
    assert re.fullmatch(r"<\d\d> INFO     app \| x", first)
    assert re.fullmatch(r"<\d\d> INFO     app.sub \| y", second)
    assert third == " " * second.index("y") + "z"


def test_save(view, logger, folder):
    path = folder / "saved"
    path.write_text("before\n")
    running = view("--save", path, "--color", "-n", "2")
    logger.info("x")
    logger.info("y é")
    assert any("\x1b[" in line for line in running.lines())
    assert path.read_text(encoding="utf-8") == "before\nINFO: x\nINFO: y é\n"


def test_control_characters_are_made_visible(view, logger):
    running = view("-n", "1")
    logger.info("\x1b[2Jgone\r\a\ttab \x9b")
    assert running.lines() == ["INFO: \\x1b[2Jgone\\x0d\\x07\ttab \\x9b"]


def test_stats_in_a_pipe(view, logger, wait_for):
    running = view("--stats", "--interval", "0.01", "--grep", "x", cls=JSONPUBHandler)
    logger.info("x")
    logger.info("y")
    assert running.script.line().endswith(": x")
    rate = r"\d+ records/s  [\d.]+ k?B/s   ([012]) records, [01] shown, 0 missed\n"
    records = ""
    while records != "2":
        records = re.fullmatch(rate, running.script.process.stderr.readline())[1]
    end = running.end()
    assert end.returncode == 0
    total = r"2 records, [\d.]+ k?B, 1 shown, 0 missed, in [\d.]+ s"
    assert re.fullmatch(total, end.stderr.splitlines()[-1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_clean_end_by_a_signal(view, logger, number):
    running = view()
    logger.info("x")
    running.script.line()
    end = running.end(number)
    assert (end.returncode, end.stdout, end.stderr) == (0, "", "")


def test_a_reader_that_goes_away(view, logger, wait_for):
    running = view()
    logger.info("x")
    running.script.line()
    running.script.process.stdout.close()
    wait_for(lambda: logger.info("x") or running.script.process.poll() is not None, deadline=20)
    assert running.script.process.returncode == 0
    assert running.script.process.stderr.read() == ""


def test_several_endpoints(logger, handle, start):
    handlers = [handle(root_topic=name) for name in ("one", "other")]
    endpoints = [each.socket.last_endpoint.decode() for each in handlers]
    script = start(RUN, *endpoints, "-n", "2")
    for each in handlers:
        each.socket.wait_subscribers("", timeout=20_000)
    logger.info("x")
    assert sorted(script.done().splitlines()) == ["INFO one: x", "INFO other: x"]


@pytest.mark.parametrize("kind", [zmq.PUB, zmq.PUSH])
def test_bind(logger, handle, start, kind):
    options = ["--pull"] if kind == zmq.PUSH else []
    script = start(RUN, "--bind", "tcp://127.0.0.1:0", "-n", "1", *options)
    line = script.process.stderr.readline()
    endpoint = re.search(r"tcp://127.0.0.1:[1-9]\d+", line)[0]
    handler = handle(endpoint=endpoint, connect=True, socket_type=kind)
    if kind == zmq.PUB:
        handler.socket.wait_subscribers("", timeout=20_000)
    logger.info("x")
    assert script.wait().stdout == "INFO: x\n"


def test_other_messages_are_shown_too(view, logger):
    running = view("-n", "3", prelude="")
    socket = running.handler.socket
    socket.send(b"one part")
    socket.send_multipart([b"topic", b"two", b"more \xff"])
    socket.send_multipart([b"INFO", b'{"no": "record"}'])
    assert running.lines() == ["one part", "topic: two more \\xff", 'INFO: {"no": "record"}']


def test_an_ascii_output(view, logger):
    prelude = """
    import sys
    sys.stdout.reconfigure(encoding="ascii")
    """
    running = view("-n", "1", prelude=prelude)
    logger.info("é")
    assert running.lines() == ["INFO: \\xe9"]


# ---- what is wrong ----


@pytest.fixture
def fails(run):
    """`fails(status, *arguments)`: what it says on standard error, without a traceback."""

    def fails(status, *arguments, prelude=""):
        end = run(prelude + RUN, *arguments)
        assert end.returncode == status, end
        assert "Traceback" not in end.stderr
        assert end.stdout == ""
        return end.stderr

    return fails


WRONG = [
    (["localhost:5555"], "Did you mean tcp://localhost:5555?"),
    (["5555"], "Did you mean tcp://127.0.0.1:5555?"),
    (["/tmp/log"], "Did you mean ipc:///tmp/log?"),
    (["tcp://somewhere"], "Did you mean tcp://somewhere:5555?"),
    (["tcp://*:5555"], "Did you mean tcp://127.0.0.1:5555, or --bind?"),
    (["tcp://0.0.0.0:5555"], "--bind"),
    (["tcp://:5555"], "no host"),
    (["tcp://a:b:c"], "tcp://HOST:PORT"),
    (["tcp://127.0.0.1:0"], "--bind"),
    (["tcp://127.0.0.1:70000"], "65535"),
    (["inproc://log"], "inproc reaches only"),
    (["http://127.0.0.1:80"], "http:// is no transport"),
    (["ipc://"], "path is missing"),
    ([f"ipc:///{'x' * 200}"], "too long"),
    (["nonsense"], "Endpoints look like"),
    (["tcp://127.0.0.1:5555", "5556"], "5556: no transport"),
    ([], "ENDPOINT"),
    (["tcp://127.0.0.1:5555", "--level", "loud"], "'loud' is no level"),
    (["tcp://127.0.0.1:5555", "--grep", "("], "no regular expression"),
    (["tcp://127.0.0.1:5555", "--count", "0"], "whole number from 1"),
    (["tcp://127.0.0.1:5555", "--interval", "x"], "number of seconds"),
    (["tcp://127.0.0.1:5555", "--interval", "-1"], "--interval"),
]


@pytest.mark.parametrize(("arguments", "text"), WRONG, ids=[" ".join(each) for each, _ in WRONG])
def test_wrong_arguments(arguments, text):
    """In this process: a Python for each would take long."""
    from contextlib import redirect_stderr
    from io import StringIO

    from zmq.log._arguments import parse

    said = StringIO()
    with redirect_stderr(said), pytest.raises(SystemExit) as caught:
        parse(arguments)
    assert caught.value.code == 2
    assert text in said.getvalue().splitlines()[-1]


def test_wrong_arguments_in_a_process(fails):
    assert "Did you mean tcp://localhost:5555?" in fails(2, "localhost:5555")


def test_an_address_in_use(fails, handle):
    endpoint = handle().socket.last_endpoint.decode()
    assert "without --bind" in fails(1, "--bind", endpoint)


def test_an_address_of_another_machine(fails):
    assert "not one of this machine" in fails(1, "--bind", "tcp://192.0.2.1:5555")


def test_a_file_that_cannot_be_written(fails, folder):
    text = fails(1, "tcp://127.0.0.1:1", "--save", folder / "none" / "x")
    assert "No such file" in text and "none/x" in text


def test_nobody_answers(start, folder):
    endpoints = ["tcp://127.0.0.1:1", f"ipc://{folder}/none", "tcp://no.such.host.invalid:5555"]
    script = start(RUN, *endpoints)
    lines = [script.process.stderr.readline() for _ in endpoints]
    assert "127.0.0.1:1: nobody answers yet" in lines[0]
    assert "none: there is no such file yet" in lines[1]
    assert "invalid:5555: the host is not known" in lines[2]
    os.kill(script.pid, signal.SIGINT)
    assert script.wait().returncode == 0


def test_colours_without_the_package_for_them(fails):
    text = fails(1, "tcp://127.0.0.1:1", "--color", prelude=WITHOUT_RICH)
    assert "pip install 'zmq-log[color]'" in text


def test_the_installed_command_has_help(output):
    command = [sys.executable, "-m", "zmq.log", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for option in ("--bind", "--topic", "--level", "--grep", "--json", "--timestamp", "--stats"):
        assert option in text
