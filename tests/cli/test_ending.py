# SPDX-License-Identifier: BSD-3-Clause
"""How commands end: mistakes, Ctrl-C, pipes that nobody reads; and that `import zmq` loads none."""

import os
import pty
import subprocess
import sys

import pytest

import zmq

COMMANDS = ["info", "send", "recv", "pub", "sub", "req", "rep", "monitor", "bench", "keygen"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(cli, command):
    status, out, err = cli(command, "--help")
    assert (status, err) == (0, "")
    text = out.decode()
    assert "examples:" in text
    assert f"zmq {command}" in text.partition("examples:")[2]
    assert "curve" not in text.replace("--curve", ""), "names are written as they are"


def test_help_lists_the_commands_and_statuses(cli):
    status, out, _ = cli("--help")
    assert status == 0
    for word in (*COMMANDS, "130", "141"):
        assert word in out.decode()


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["send"], ["recv", "--nonsense", "x"]])
def test_wrong_usage(cli, arguments):
    status, out, err = cli(*arguments)
    assert (status, out) == (2, b"")
    assert "usage:" in err


MISTAKES = {
    "no endpoint": (["send", "localhost:5555", "x"], 2, "no endpoint"),
    "no hex": (["send", "-x", "tcp://127.0.0.1:1", "0g"], 2, "'0g' is not hex"),
    "no such type": (["send", "--type", "SUB", "tcp://127.0.0.1:1", "x"], 2, "SUB"),
    "no count": (["recv", "-n", "0", "tcp://127.0.0.1:0"], 2, "'0'"),
    "no time": (["recv", "-t", "-1", "tcp://127.0.0.1:0"], 2, "'-1'"),
    "no number": (["recv", "-t", "nan", "tcp://127.0.0.1:0"], 2, "'nan'"),
    "no transport": (["recv", "nonsense://x"], 1, "nonsense://x"),
    "no host": (["recv", "tcp://nowhere.invalid:1"], 1, "tcp://nowhere.invalid:1"),
    "no directory": (["recv", "ipc:///nowhere/at/all"], 1, "/nowhere/at/all"),
    "no key file": (["recv", "--server", "--key", "/nowhere", "tcp://127.0.0.1:0"], 1, "/nowhere"),
    "no key": (["recv", "--server", "tcp://127.0.0.1:0"], 2, "--key FILE"),
    "two sides": (["recv", "--server", "--server-key", "x", "tcp://127.0.0.1:0"], 2, "sides"),
    "no side": (["recv", "--key", "x", "tcp://127.0.0.1:0"], 2, "--server"),
    "no sizes": (["bench", "--sizes", "10,x"], 2, "'x'"),
    "no secret": (["keygen", "--secret", "x"], 2, "40 characters"),
    "both ways": (["recv", "-b", "-c", "tcp://127.0.0.1:0"], 2, "not allowed"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_of_the_user(cli, mistake):
    arguments, expected, text = MISTAKES[mistake]
    status, out, err = cli(*arguments)
    assert (status, out) == (expected, b"")
    assert text in err


def test_an_address_in_use(cli, socket):
    taken = socket(zmq.PULL).bind("tcp://127.0.0.1:0").endpoint
    status, _, err = cli("recv", taken)
    assert status == 1
    assert taken in err
    assert len(err.splitlines()) == 1


# -- Ctrl-C --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["recv", "rep", "monitor", "pub"])
def test_ctrl_c_while_it_waits(begin, command):
    running = begin(command, "--bind", "tcp://127.0.0.1:0")
    running.endpoint()
    running.interrupt()
    status, _, err = running.end()
    assert (status, err) == (130, "")


def test_ctrl_c_while_nobody_takes_a_message(begin):
    running = begin("send", "--bind", "tcp://127.0.0.1:0", "x")
    running.endpoint()
    running.interrupt()
    assert running.end() == (130, b"", "")


def test_ctrl_c_while_the_last_messages_are_delivered(begin, socket, wait_for):
    slow = socket(zmq.PULL)
    slow.rcvhwm = 1
    endpoint = slow.bind("tcp://127.0.0.1:0").endpoint
    running = begin("send", "-n", 20, "-r", endpoint)
    running.process.stdin.write(bytes(4_000_000))
    running.process.stdin.close()
    running.process.stdin = None
    assert slow.recv() == bytes(4_000_000)  # it has sent, and waits for us to take the rest
    wait_for(lambda: is_sleeping(running.process.pid))
    running.interrupt()
    assert running.end() == (130, b"", "")


def is_sleeping(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "S"


def test_ctrl_c_in_a_bench(begin):
    running = begin("bench", "--seconds", 60)
    assert "messages/s" in running.line()
    running.interrupt()
    status, _, err = running.end()
    assert (status, err) == (130, "")


# -- pipes ---------------------------------------------------------------------------------------


def piped(begin, *arguments):
    """A command whose output goes into a pipe, and the end to read."""
    reader, writer = os.pipe()
    command = begin(*arguments, stdout=writer)
    os.close(writer)
    return command, reader


@pytest.mark.parametrize("command", ["recv", "rep", "monitor"])
def test_a_closed_pipe_ends_a_command_that_waits(begin, command):
    running, reader = piped(begin, command, "--bind", "tcp://127.0.0.1:0")
    running.endpoint()
    os.close(reader)
    assert running.end() == (141, None, "")


def test_a_command_that_prints_nothing_needs_no_reader(begin, socket):
    running, reader = piped(begin, "send", "--bind", "tcp://127.0.0.1:0", "x")
    endpoint = running.endpoint()
    os.close(reader)
    s = socket(zmq.PULL)
    assert running.process.poll() is None
    s.connect(endpoint)
    assert s.recv() == b"x"
    assert running.end() == (0, None, "")


def test_a_closed_pipe_ends_a_command_that_prints(begin, socket):
    running, reader = piped(begin, "recv", "tcp://127.0.0.1:0")
    s = socket(zmq.PUSH)
    s.connect(running.endpoint())
    s.send(b"first")
    with os.fdopen(reader, "rb") as file:
        assert file.readline() == b"first\n"
    try:
        while True:
            s.send(bytes(1000), timeout=1000)
            if running.process.poll() is not None:
                break
    except zmq.Again:
        pass
    assert running.end() == (141, None, "")


@pytest.mark.parametrize("arguments", [["info"], ["--help"], ["send", "--help"], ["keygen"]])
def test_a_closed_pipe_from_the_beginning(begin, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    running = begin(*arguments, stdout=writer)
    os.close(writer)
    assert running.end() == (141, None, "")


def test_head():
    command = f"{sys.executable} -m zmq info | head -n 1"
    end = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert end.stdout.startswith("zmq-core")
    assert end.stderr == ""


# -- in a terminal -------------------------------------------------------------------------------


def test_in_a_terminal(begin, socket):
    """Keys are typed, and Ctrl-C is one of them."""
    leader, follower = pty.openpty()
    server = socket(zmq.REP)
    endpoint = server.bind("tcp://127.0.0.1:0").endpoint
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, "req", endpoint],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    try:
        os.write(leader, b"hello\n")
        assert server.recv() == b"hello"
        server.send_string("answer")
        shown = b""
        while b"answer" not in shown:
            shown += os.read(leader, 1000)
        os.write(leader, b"\x03")
        assert process.wait(30) == 130
        assert b"Traceback" not in shown
    finally:
        process.kill()
        process.wait()
        os.close(leader)


#: Makes the terminal the one that Ctrl-C comes from.
IN_A_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from zmq._cli.main import run_and_exit
run_and_exit()
"""


# -- what is loaded ------------------------------------------------------------------------------


def test_import_zmq_loads_none_of_it(output):
    loaded = output(
        "import sys, zmq; print([m for m in sys.modules if 'argparse' in m or '_cli' in m])"
    )
    assert loaded == "[]\n"


def test_the_script_is_installed(output):
    from importlib.metadata import entry_points

    found = entry_points()
    scripts = (
        found.select(group="console_scripts")
        if hasattr(found, "select")
        else found["console_scripts"]
    )
    (script,) = {each.value for each in scripts if each.name == "zmq"}
    assert script == "zmq._cli.main:run_and_exit"
    assert output(f"from {script.replace(':', ' import ')}") == ""
