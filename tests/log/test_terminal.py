# SPDX-License-Identifier: BSD-3-Clause
"""The viewer in a terminal: colours, columns, the rate line, Ctrl-C."""

import os
import pty
import re
import select
import subprocess
import sys
import textwrap
import time

import pytest

RUN = """
    import runpy
    runpy.run_module("zmq.log", run_name="__main__", alter_sys=True)
"""


class Terminal:
    """A viewer in a terminal of its own."""

    PRELUDE = """
    import fcntl, termios
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches it
"""

    def __init__(self, *arguments, **environment):
        self.seen = ""
        self.descriptor, inside = pty.openpty()
        keep = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        code = textwrap.dedent(self.PRELUDE + RUN)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            env={**keep, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
            start_new_session=True,
        )
        os.close(inside)

    def read_until(self, text, deadline=20.0):
        end = time.monotonic() + deadline
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self.descriptor], [], [], 0.1)[0]:
                self.seen += os.read(self.descriptor, 65536).decode()
        return self.seen

    def press(self, key):
        os.write(self.descriptor, key)

    def status(self):
        """Its exit status, and what it has said till its end."""
        while True:
            try:
                data = os.read(self.descriptor, 65536)
            except OSError:  # Linux says so at the end
                break
            if not data:
                break
            self.seen += data.decode()
        return self.process.wait(20)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.descriptor)


@pytest.fixture
def terminal(handle):
    """`terminal(*arguments)`: a viewer in a terminal, and the handler that it shows."""
    opened = []

    def terminal(*arguments, environment=(), **kwargs):
        handler = handle(**kwargs)
        endpoint = handler.socket.last_endpoint.decode()
        opened.append(Terminal(endpoint, *arguments, **dict(environment)))
        handler.socket.wait_subscribers("", timeout=20_000)
        return opened[-1]

    yield terminal
    for each in opened:
        each.close()


def test_colours_and_columns_in_a_terminal(terminal, logger):
    it = terminal("-n", "4", root_topic="app")
    logger.info("fine")
    logger.warning("hm")
    logger.log(5, "low")
    logger.critical("bad\nvery")
    assert it.status() == 0
    plain = re.sub(r"\x1b\[[\d;]*m", "", it.seen).split("\r\n")
    assert plain[0] == "INFO     app  fine"
    assert plain[1].startswith("WARNING  app  WARNING test_terminal.py")
    assert plain[2].startswith("Level 5  app  ")
    assert plain[4] == " " * 14 + "very"
    assert "\x1b[32mINFO" in it.seen and "\x1b[33mWARNING" in it.seen


def test_what_was_searched_for_is_set_off(terminal, logger):
    it = terminal("-n", "1", "--grep", "qu.ry")
    logger.info("a query took long")
    assert it.status() == 0
    assert "a \x1b[7mquery\x1b[0m took long" in it.seen


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--no-color"], {}),
        ([], {"NO_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
        (["--json"], {}),
    ],
)
def test_no_colours_in_a_terminal(terminal, logger, arguments, environment):
    it = terminal("-n", "1", *arguments, environment=environment)
    logger.warning("x")
    assert it.status() == 0
    assert "\x1b" not in it.seen and "x" in it.seen


def test_ctrl_c_in_a_terminal_with_a_rate_line(terminal, logger):
    it = terminal("--stats", "--interval", "0.05")
    logger.info("first")
    it.read_until("first")
    it.read_until("records/s")
    logger.info("second")
    seen = it.read_until("second")
    assert "\r\x1b[K" in seen, "the line is cleared before a record is shown"
    it.press(b"\x03")
    assert it.status() == 0
    assert "Traceback" not in it.seen
    assert re.search(r"2 records, \d+ B, 2 shown, 0 missed, in [\d.]+ s\r\n$", it.seen)
