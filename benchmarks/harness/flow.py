# SPDX-License-Identifier: BSD-3-Clause
"""A stream of messages between two C programs, which costs so little that the middle counts."""

import hashlib
import os
import shlex
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("flow.c")


def build():
    """Compile flow.c, unless it was done; return the program.

    Raises
    ------
    SystemExit
        There is no compiler, or no libzmq to compile with.
    """
    code = SOURCE.read_bytes()
    name = f"zmq-flow-{os.getuid()}-{hashlib.sha256(code).hexdigest()[:16]}"
    program = Path(tempfile.gettempdir()) / name
    if not program.exists():
        flags = _ask("pkg-config", "--cflags", "--libs", "libzmq")
        fresh = f"{program}.{os.getpid()}"
        _ask(*shlex.split(os.environ.get("CC", "cc")), "-O2", SOURCE, "-o", fresh, *flags.split())
        os.rename(fresh, program)
    return str(program)


def _ask(*command):
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        wanted = "this question needs a C compiler, pkg-config and libzmq's headers"
        raise SystemExit(f"{wanted}: {getattr(error, 'stderr', '') or error}") from None


@contextmanager
def run(*arguments):
    """Run the program, and kill it afterwards."""
    process = subprocess.Popen(
        [build(), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def proxy(inward, outward):
    """Put libzmq's own proxy between two endpoints."""
    with run("proxy", inward, outward) as process:
        process.stdout.readline()
        yield


@contextmanager
def stream(inward, outward, size):
    """Send to one endpoint without end; yield `measure(count)`, which receives from the other.

    `measure` returns the nanoseconds that each of `count` messages took.
    """
    with ExitStack() as stack:
        sink = stack.enter_context(run("sink", outward))
        stack.enter_context(run("source", inward, size))

        def measure(count):
            sink.stdin.write(f"{count}\n")
            sink.stdin.flush()
            return float(sink.stdout.readline())

        yield measure
