# SPDX-License-Identifier: BSD-3-Clause
"""The command line in processes of its own."""

import os
import signal
import subprocess
import sys

import pytest

#: Seconds after which a command that does not end fails the test.
PATIENCE = 30


class Command:
    """`python -m zmq …`, running."""

    def __init__(self, args, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "zmq", *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            env=self.environment(),
            start_new_session=True,  # so that what it starts can be ended with it
            **options,
        )

    @staticmethod
    def environment():
        """With output that is buffered, as users have it."""
        names = set(os.environ) - {"PYTHONUNBUFFERED"}
        return {**{name: os.environ[name] for name in names}, "PYTHONIOENCODING": "utf-8"}

    def endpoint(self):
        """Where it says that it is bound."""
        line = self.process.stderr.readline().decode()
        assert line.startswith("bound to "), line + self.process.stderr.read().decode()
        return line.split()[2]

    def line(self):
        """The next line of its output."""
        return self.process.stdout.readline().decode("utf-8").rstrip("\n")

    def type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def end(self, text=b""):
        """Exit status, output and error output, as bytes."""
        out, err = self.process.communicate(text or None, timeout=PATIENCE)
        assert b"Traceback" not in err, err.decode()
        return self.process.returncode, out, err.decode("utf-8")

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass


@pytest.fixture
def begin():
    """`begin(*arguments)`: start a command, ended with the test."""
    running = []

    def begin(*args, **options):
        running.append(Command(args, **options))
        return running[-1]

    yield begin
    for command in running:
        command.kill()


@pytest.fixture
def cli(begin):
    """`cli(*arguments, text=b"")`: run a command to its end; its status, output and errors."""

    def cli(*args, text=b"", **options):
        return begin(*args, **options).end(text)

    return cli
