# SPDX-License-Identifier: BSD-3-Clause
"""Passwords, passphrases and second factors: given, asked for, wrong; and never to be seen."""

import os
import pty
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from zmq import ssh


def test_the_right_password(tunnel, password_server, config, exchange):
    t = tunnel(
        by=password_server,
        password=password_server.password,
        config=config(password_server, key=None),
    )
    exchange(t.endpoint)


def test_the_wrong_password(tunnel, password_server, config):
    with pytest.raises(ssh.MaxRetryExceeded, match="password"):
        tunnel(by=password_server, password="wrong", config=config(password_server, key=None))


def test_a_wrong_password_is_tried_once(tunnel, ask_server, config):
    """A server may lock the account of who tries too often."""
    server = ask_server(password="right")
    with pytest.raises(ssh.MaxRetryExceeded):
        tunnel(by=server, password="wrong", config=config(server, key=None))
    assert server.attempts() == [["password", "wrong"]]


def test_a_function_may_try_again(tunnel, ask_server, config, exchange):
    server = ask_server(password="right")
    answers = iter(["wrong", "worse", "right"])
    t = tunnel(by=server, password=lambda question: next(answers), config=config(server, key=None))
    exchange(t.endpoint)
    assert [words[1] for words in server.attempts()] == ["wrong", "worse", "right"]


def test_a_function_may_not_try_for_ever(tunnel, ask_server, config):
    server = ask_server(password="right")
    with pytest.raises(ssh.MaxRetryExceeded):
        tunnel(by=server, password=lambda question: "wrong", config=config(server, key=None))
    assert len(server.attempts()) == 3


@pytest.mark.common
def test_a_function_may_give_up(tunnel, ask_server, config):
    server = ask_server(password="right")
    with pytest.raises(ssh.AuthenticationError, match="password: There is no answer"):
        tunnel(by=server, password=lambda question: None, config=config(server, key=None))
    assert server.attempts() == []


@pytest.mark.common
def test_a_function_may_fail(tunnel, ask_server, config, caplog):
    server = ask_server(password="right")

    def fail(question):
        raise LookupError("no such entry")

    with pytest.raises(ssh.AuthenticationError, match="no such entry"):
        tunnel(by=server, password=fail, config=config(server, key=None))
    assert "no such entry" in caplog.text


def test_no_password_where_one_is_needed(tunnel, password_server, config):
    with pytest.raises(ssh.AuthenticationError, match="Permission denied") as caught:
        tunnel(by=password_server, password=False, config=config(password_server, key=None))
    assert not isinstance(caught.value, ssh.MaxRetryExceeded)


def test_a_second_factor(tunnel, ask_server, config, exchange):
    server = ask_server(password="right", questions=[["Verification code: ", "123456"]])
    asked = []

    def answer(question):
        asked.append(question)
        return "123456" if "code" in question else "right"

    t = tunnel(by=server, password=answer, config=config(server, key=None))
    exchange(t.endpoint)
    assert sorted(server.attempts()) == [["Verification code: ", "123456"], ["password", "right"]]
    assert len(asked) == 2
    assert any(
        "Verification code:" in question and "ann@127.0.0.1" in question for question in asked
    )


def test_several_questions(tunnel, ask_server, config, exchange):
    server = ask_server(questions=[["Password: ", "right"], ["Colour? ", "grün"]])
    answers = {"Password": "right", "Colour": "grün"}

    def answer(question):
        return next(text for key, text in answers.items() if key in question)

    exchange(tunnel(by=server, password=answer, config=config(server, key=None)).endpoint)


def test_a_password_answers_questions_too(tunnel, ask_server, config, exchange):
    """What PAM asks comes as a question, not as a password."""
    server = ask_server(questions=[["Passwort: ", "right"]])
    exchange(tunnel(by=server, password="right", config=config(server, key=None)).endpoint)
    with pytest.raises(ssh.MaxRetryExceeded):
        tunnel(by=server, password="wrong", config=config(server, key=None))


def test_a_password_is_no_answer_to_a_second_factor(tunnel, ask_server, config):
    server = ask_server(questions=[["Verification code: ", "123456"]])
    with pytest.raises(ssh.AuthenticationError, match="Verification code: There is no answer"):
        tunnel(by=server, password="right", config=config(server, key=None))
    assert ["Verification code: ", "right"] not in server.attempts()


def test_a_wrong_passphrase(tunnel, sshd, keys, config):
    with pytest.raises(ssh.MaxRetryExceeded, match="Permission denied"):
        tunnel(keyfile=keys / "locked", password="wrong", config=config(sshd, key=None))


def test_a_passphrase_that_is_missing(tunnel, sshd, keys, config):
    with pytest.raises(ssh.AuthenticationError, match="Permission denied"):
        tunnel(keyfile=keys / "locked", password=False, config=config(sshd, key=None))


def test_the_password_is_not_for_jump_hosts(tunnel, sshd, ask_server, config):
    jump = ask_server(password="right")
    text = f'Match exec "test %p = {sshd.port}"\n  ProxyJump {jump.server}\n'
    lines = config(sshd, jump, text=text)
    with pytest.raises(ssh.AuthenticationError):
        tunnel(password="right", config=lines)
    assert jump.attempts() == []


def test_a_function_answers_jump_hosts(tunnel, sshd, ask_server, config, exchange):
    jump = ask_server(password="right")
    text = f'Match exec "test %p = {sshd.port}"\n  ProxyJump {jump.server}\n'
    exchange(
        tunnel(password=lambda question: "right", config=config(sshd, jump, text=text)).endpoint
    )


# -- never to be seen ----------------------------------------------------------------------------


def test_a_password_is_never_to_be_seen(way, tunnel, ask_server, config, caplog, temporary):
    """Not in command lines, environments, files, logs, exceptions or representations."""
    secret = "s3cr3t-hunter2"
    server = ask_server(password=secret)
    seen, looked = [], set()

    def look(where):
        for process in Path("/proc").glob("[0-9]*"):
            for name in ("cmdline", "environ"):
                try:
                    text = (process / name).read_bytes()
                except OSError:
                    continue
                if secret.encode() in text and process.name != str(server.process.pid):
                    seen.append((where, name, text))
        files = [path for path in temporary.rglob("*") if path.is_file()]
        seen.extend((where, path) for path in files if secret in path.read_text("latin-1"))
        looked.update(path.name for path in files)

    def answer(question):
        look("while it is asked for")
        return secret

    with caplog.at_level("DEBUG"):
        t = tunnel(by=server, password=answer, config=config(server, key=None))
        look("when it is open")
        assert secret not in repr(t) + repr(vars(t))
        t.close()
        with pytest.raises(ssh.TunnelError) as caught:
            tunnel(by=server, password=f"{secret}x", config=config(server, key=None))
    assert secret not in str(caught.value)
    assert secret not in caplog.text
    assert not seen
    assert looked == ({"ask"} if way == "openssh" else set())


# -- asked for on the terminal -------------------------------------------------------------------

ASKING = """
import sys
from zmq import ssh
address, server, config, paramiko = sys.argv[1:]
with ssh.open_tunnel(address, server, config=config, paramiko=paramiko == "paramiko") as t:
    print("open", t.is_alive(), flush=True)
"""


COMING_BACK = """
import sys, time
from zmq import ssh
address, server, config, way = sys.argv[1:]
options = dict(config=config, paramiko=way == "paramiko", reconnect=True)
with ssh.open_tunnel(address, server, **options) as t:
    print("open", flush=True)
    while t.is_alive():
        time.sleep(0.01)
    print("lost", flush=True)
    while not t.is_alive():
        time.sleep(0.01)
    print("back", flush=True)
"""


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, code, *arguments):
        self.master, terminal = pty.openpty()
        with os.fdopen(terminal, "rb", 0) as end:
            self.process = subprocess.Popen(
                [sys.executable, "-c", TAKE_TERMINAL + textwrap.dedent(code), *map(str, arguments)],
                stdin=end,
                stdout=end,
                stderr=end,
                start_new_session=True,
            )
        self.text = ""

    def read_until(self, words):
        """Read what appears, up to these words."""
        while words not in self.text:
            try:
                data = os.read(self.master, 4096)
            except OSError:  # the other side is closed
                data = b""
            assert data, f"{words!r} did not appear: {self.text}"
            self.text += data.decode()
        self.text = self.text.partition(words)[2]

    def type(self, text):
        os.write(self.master, f"{text}\n".encode())

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"


@pytest.fixture
def terminal(way, address, config):
    """`terminal(server, code)`: a program that opens a tunnel, in a terminal."""
    running = []

    def terminal(server, code=ASKING):
        running.append(Terminal(code, address, server.server, config(server, key=None), way))
        return running[-1]

    yield terminal
    for one in running:
        one.close()


def test_it_is_asked_for_on_the_terminal(terminal, ask_server, service):
    program = terminal(ask_server(password="right"))
    program.read_until("ann@127.0.0.1's password: ")
    program.type("right")
    program.read_until("open True")
    assert program.process.wait(20) == 0


@pytest.mark.common
def test_it_is_asked_for_again_when_it_was_wrong(terminal, ask_server, service):
    server = ask_server(password="right")
    program = terminal(server)
    for attempt in ("wrong", "right"):
        program.read_until("ann@127.0.0.1's password: ")
        program.type(attempt)
    program.read_until("open True")
    assert [words[1] for words in server.attempts()] == ["wrong", "right"]


@pytest.mark.common
def test_it_is_not_asked_for_for_ever(terminal, ask_server, service):
    program = terminal(ask_server(password="right"))
    for _ in range(3):
        program.read_until("ann@127.0.0.1's password: ")
        program.type("wrong")
    program.read_until("MaxRetryExceeded")
    assert program.process.wait(20) == 1


@pytest.mark.common
def test_it_is_not_asked_for_without_a_terminal(run, ask_server, config, way, service, address):
    server = ask_server(password="right")
    end = run(ASKING, address, server.server, config(server, key=None), way, options=())
    assert end.returncode == 1
    assert "AuthenticationError" in end.stderr
    assert "Permission denied" in end.stderr


@pytest.mark.common
def test_what_was_typed_is_used_again(terminal, ask_server, service):
    first = ask_server(password="right")
    program = terminal(first, COMING_BACK)
    program.read_until("ann@127.0.0.1's password: ")
    program.type("right")
    program.read_until("open")
    first.stop()
    program.read_until("lost")
    second = ask_server(password="right", port=int(first.place.rpartition(":")[2]))
    program.read_until("back")
    assert second.attempts() == [["password", "right"]]
    assert program.process.wait(20) == 0
