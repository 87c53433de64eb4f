# SPDX-License-Identifier: BSD-3-Clause
"""The demo: it counts right, says so only then, and leaves nothing behind however it ends."""

import errno
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "wordcount"
READY = re.compile(r"worker (\d+) \(process (\d+)\) is ready")

#: Opens a terminal as the controlling one of a new session, as a terminal window does.
ON_TERMINAL = """
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for fd in range(3):
    os.dup2(terminal, fd)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Demo:
    """The demo as a running program."""

    def __init__(self, args, where=DEMO):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", str(where), *map(str, args)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.workers = {}

    def wait_ready(self, count=3):
        """Read on until `count` workers are ready; afterwards `workers` holds their pids."""
        while len(self.workers) < count:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            for number, pid in READY.findall(line):
                self.workers[int(number)] = int(pid)

    def end(self):
        """Return (exit status, standard output, standard error); it must end by itself."""
        out, err = self.process.communicate(timeout=90)
        return self.process.returncode, out, err


@pytest.fixture
def demo():
    """`demo(*args)`: start the demo; whatever is left of it at the end is killed."""
    running = []

    def demo(*args, **options):
        running.append(Demo(args, **options))
        return running[-1]

    yield demo
    for it in running:
        it.process.kill()
        for pid in it.workers.values():
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        it.process.communicate()  # to the end of the pipes, which the workers have, too


@pytest.fixture
def text(tmp_path):
    """A file with nine words in five lines, one of them empty."""
    path = tmp_path / "text"
    path.write_text("the cat\nthe dog\n\nthe Cat and\nThe end", encoding="utf-8")
    return path


@pytest.fixture
def endless(tmp_path):
    """Input that keeps the demo busy for far longer than a test may take (a line a message)."""
    path = tmp_path / "endless"
    path.write_text("".join(f"{number}\n" for number in range(500_000)))
    return path


def alive(pid):
    """Whether the process runs: one that ended and was not collected yet does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def any_alive(demo):
    return [pid for pid in demo.workers.values() if alive(pid)]


# -- counting ------------------------------------------------------------------------------------


def test_counts_agree(demo, text):
    status, out, err = demo(text, "--batch", 2, "--workers", 2).end()
    assert (status, err) == (0, "")
    assert "1 files, 5 lines, 2 workers" in out
    assert "out   3 messages, 5 lines" in out
    assert "back  3 messages" in out
    assert "messages/s" in out
    assert "most  the 4, cat 2," in out
    assert "AGREE 9 words, 5 different ones" in out


def test_every_batch_is_accounted_to_a_worker(demo, text):
    out = demo(text, "--batch", 1).end()[1]
    shares = re.findall(r"worker \d \(process \d+\): (\d+) batches", out)
    assert len(shares) == 3
    assert sum(map(int, shares)) == 5


@pytest.fixture
def repository(tmp_path):
    """A copy of the demo inside a directory with a text file, a picture and a hidden file."""
    root = tmp_path / "repository"
    shutil.copytree(DEMO, root / "examples" / "wordcount")
    (root / "text").write_text("some words")
    (root / "picture").write_bytes(bytes(100))
    (root / ".hidden").mkdir()
    (root / ".hidden" / "text").write_text("hidden words")
    return root


def test_the_default_input_is_what_git_tracks(demo, repository):
    git = ["git", "-C", repository]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "text", "picture", ".hidden", "examples"], check=True)
    (repository / "untracked").write_text("more words")
    status, out, err = demo(where=repository / "examples" / "wordcount").end()
    assert (status, err) == (0, "")
    assert f"{len(list(DEMO.glob('*.py'))) + 2} files" in out
    assert "AGREE" in out


def test_without_git_the_directories_are_searched(demo, repository):
    status, out, err = demo(where=repository / "examples" / "wordcount").end()
    assert (status, err) == (0, "")
    assert f"{len(list(DEMO.glob('*.py'))) + 1} files" in out
    assert "AGREE" in out


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_awkward_text(demo, tmp_path, batch):
    """Line ends of all kinds, no last line end, other alphabets, bytes that are no text."""
    contents = {
        "no end": b"first\nlast",
        "next": b"word",
        "windows": b"one\r\ntwo\r\n",
        "empty": b"",
        "greek": "ΟΔΟΣ Άλφα\nβήτα γάμμα\n".encode(),
        "latin-1": "café crème\ncafé\n".encode("latin-1"),
        "spaces": b"  \n\t\n\n",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    status, out, err = demo(*(tmp_path / name for name in contents), "--batch", batch).end()
    assert (status, err) == (0, "")
    # two, one, two, none, four; then caf, cr, me, caf: broken characters separate words
    assert "AGREE 13 words" in out


def test_nothing_to_count(demo, tmp_path):
    (tmp_path / "empty").touch()
    status, out, err = demo(tmp_path / "empty").end()
    assert (status, err) == (0, "")
    assert "AGREE 0 words" in out


# -- workers that go wrong -----------------------------------------------------------------------


@pytest.fixture
def altered(demo, tmp_path):
    """`altered(old, new, *args)`: the demo, with one line of its worker replaced."""

    def altered(old, new, *args):
        copy = tmp_path / "altered"
        shutil.copytree(DEMO, copy)
        source = (copy / "worker.py").read_text()
        assert source.count(old) == 1
        (copy / "worker.py").write_text(source.replace(old, new))
        return demo(*args, where=copy)

    return altered


def test_a_wrong_count_is_not_success(altered, text):
    counted = "Counter(split_words(block))"
    demo = altered(counted, f'{counted} - Counter(["dog"])', text)
    status, out, _ = demo.end()
    assert status == 1
    assert "DIFFER for 1 words" in out
    assert "'dog': one process 1, the workers 0" in out
    assert "AGREE" not in out


def test_a_worker_that_fails_ends_the_job(altered, text):
    demo = altered("counts = json.dumps(", "counts = (1 / 0)(", text)
    demo.wait_ready()
    status, _, err = demo.end()
    assert status == 1
    assert "ZeroDivisionError" in err
    match = re.search(r"worker (\d) \(process (\d+)\) ended with status 1 before the work", err)
    assert demo.workers[int(match[1])] == int(match[2])
    assert "start it again" in err
    assert not any_alive(demo)


def test_a_worker_that_cannot_start_ends_the_job(altered, text):
    status, out, err = altered("import zmq\n", "import no_such_module\n", text).end()
    assert status == 1
    assert "ended with status 1 before the work was done" in err
    assert "is ready" not in out


def test_a_killed_worker_is_named(demo, endless):
    demo = demo(endless, "--batch", 1)
    demo.wait_ready()
    os.kill(demo.workers[2], signal.SIGKILL)
    status, _, err = demo.end()
    assert status == 1
    assert f"worker 2 (process {demo.workers[2]}) was killed by SIGKILL" in err
    assert "start it again" in err
    assert "Traceback" not in err
    assert not any_alive(demo)


def test_a_silent_worker_is_named(demo, endless):
    demo = demo(endless, "--batch", 1, "--workers", 1, "--patience", 1)
    demo.wait_ready(1)
    os.kill(demo.workers[1], signal.SIGSTOP)
    status, _, err = demo.end()
    assert status == 1
    assert "no worker has answered for 1 s" in err
    assert f"worker 1 (process {demo.workers[1]})" in err
    assert not any_alive(demo)


# -- being stopped -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(demo, endless, number):
    demo = demo(endless, "--batch", 1)
    demo.wait_ready()
    demo.process.send_signal(number)
    status, out, err = demo.end()
    assert status == 128 + number
    assert err == f"wordcount: stopped by {number.name}; the workers were ended too\n"
    assert "AGREE" not in out
    assert not any_alive(demo)


@pytest.mark.parametrize("rounds", [8, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.timeout(600)
def test_a_signal_at_any_moment(demo, endless, rounds):
    """A handler that raised inside Popen once left a lock behind, and the demo waiting for it."""
    for _ in range(rounds):
        it = demo(endless, "--batch", 1)
        it.wait_ready()
        delay = random.uniform(0, 0.2)
        with pytest.raises(subprocess.TimeoutExpired):
            it.process.wait(delay)
        it.process.send_signal(signal.SIGINT)
        status, _, err = it.end()
        assert (status, "Traceback" in err) == (130, False), (delay, err)
        assert not any_alive(it)


def test_workers_end_when_the_demo_is_killed(demo, endless, wait_for):
    demo = demo(endless, "--batch", 1)
    demo.wait_ready()
    assert len(any_alive(demo)) == 3
    demo.process.kill()
    wait_for(lambda: not any_alive(demo), 20)


def test_progress_and_ctrl_c_on_a_terminal(endless):
    """What a person sees: a bar that grows, and a prompt end after Ctrl-C."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ON_TERMINAL, os.ttyname(theirs), DEMO, endless, "--batch", "1"],
        start_new_session=True,
    )
    seen = os.read(ours, 4096).decode()
    os.close(theirs)  # not before the program has it open, or reading would fail
    try:
        while not re.search(r"\[#+-+\] +\d+% +[\d,]+ lines +[\d,]+ lines/s", seen):
            seen += os.read(ours, 4096).decode()
        os.write(ours, b"\x03")
        seen += read_all(ours)
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert "stopped by SIGINT; the workers were ended too" in seen
    assert "Traceback" not in seen
    workers = [int(pid) for _, pid in READY.findall(seen)]
    assert len(workers) == 3
    assert not any(map(alive, workers))


def read_all(terminal):
    """Read until the last program has let go of the terminal."""
    seen = b""
    while True:
        try:
            seen += os.read(terminal, 4096)
        except OSError as error:
            assert error.errno == errno.EIO  # noqa: PT017 - how Linux says end of file here
            return seen.decode()


# -- bad input -----------------------------------------------------------------------------------


def test_files_that_cannot_be_counted_are_all_named(demo, text, tmp_path):
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    os.mkfifo(tmp_path / "pipe")
    demo = demo(text, tmp_path / "missing", tmp_path, tmp_path / "picture", tmp_path / "pipe",
                "/proc/self/mem")  # fmt: skip
    status, out, err = demo.end()
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        f"wordcount: {tmp_path}/missing: No such file or directory",
        f"wordcount: {tmp_path}: not an ordinary file",
        f"wordcount: {tmp_path}/picture: not text, it holds a zero byte",
        f"wordcount: {tmp_path}/pipe: not an ordinary file",
        "wordcount: /proc/self/mem: Input/output error",
        "wordcount: nothing was counted; leave these out or name other files",
    ]


def test_no_files(demo, tmp_path):
    """Where there is no text to find, say so."""
    copy = tmp_path / "copy"
    shutil.copytree(DEMO, copy)
    source = (copy / "text.py").read_text()
    old = "HERE = Path(__file__).resolve().parents[2]"
    assert source.count(old) == 1
    (copy / "text.py").write_text(source.replace(old, f"HERE = Path({str(tmp_path / 'x')!r})"))
    status, out, err = demo(where=copy).end()
    assert (status, out) == (2, "")
    assert err == "wordcount: there are no text files in this repository; name some to count\n"


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--workers", "0", "must be 1 to 64, not 0"),
        ("--workers", "many", "invalid whole number value: 'many'"),
        ("--batch", "0", "must be 1 to 1000000, not 0"),
        ("--patience", "-1", "must be 1 to 3600, not -1"),
    ],
)
def test_options_out_of_range(demo, option, value, complaint):
    status, out, err = demo(option, value).end()
    assert (status, out) == (2, "")
    assert f"argument {option}: {complaint}" in err
