# SPDX-License-Identifier: BSD-3-Clause
"""What tests may ask for: transports, flavours, sockets, deadlines, scripts, a leak guard."""

import gc
import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import limits  # noqa: E402

#: Milliseconds a socket of the fixtures waits before a stuck test fails with Again.
PATIENCE = 5000

#: Seconds that threads and descriptors of libzmq may take to go after a test.
SETTLE = 2.0

#: Whether what nobody holds goes at once.
REFCOUNTS = sys.implementation.name == "cpython"

TRANSPORTS = ("inproc", "ipc", "tcp")

#: Options of the interpreter for programs.  From 3.12 on it warns of forks beside threads, of which
#: libzmq has some, and from 3.15 on that can be an error.
STRICT = ("-W", "error", "-W", "ignore:This process:DeprecationWarning")


# -- command line and markers --------------------------------------------------------------------


def pytest_addoption(parser):
    parser.addoption(
        "--long", action="store_true", help="run the long forms of the stress tests too"
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "long: a long form, run only with --long")
    config.addinivalue_line("markers", "every_flavour: run on sync and on every other flavour")
    # Shells start what is in the background without Ctrl-C, and that is inherited by the programs
    # whose Ctrl-C is tested.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config, items):
    for item in items:
        limit = limits.find_limit(item.path, item.name)
        if limit:
            item.add_marker(pytest.mark.skip(reason=limit))
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long form: run with --long"))


def _chosen(metafunc, name):
    marks = metafunc.definition.iter_markers("parametrize")
    return any(name in str(mark.args[0]).replace(",", " ").split() for mark in marks)


def pytest_generate_tests(metafunc):
    if "transport" in metafunc.fixturenames and not _chosen(metafunc, "transport"):
        metafunc.parametrize("transport", TRANSPORTS)
    if "flavour" in metafunc.fixturenames and metafunc.definition.get_closest_marker(
        "every_flavour"
    ):
        for flavour in FLAVOURS.values():
            flavour.prepare()
        metafunc.parametrize("flavour", sorted(FLAVOURS), indirect=True)


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.stash[_failed] = outcome.get_result().failed


_failed = pytest.StashKey()


# -- the leak guard ------------------------------------------------------------------------------


def _listing(directory):
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _descriptors():
    found = {}
    for number in _listing("/proc/self/fd"):
        try:
            found[f"fd {number}"] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            pass  # the descriptor that listed the directory
    return found


def _threads():
    found = {}
    for tid in _listing("/proc/self/task"):
        try:
            found[f"thread {tid}"] = Path(f"/proc/self/task/{tid}/comm").read_text().strip()
        except OSError:
            pass  # ended meanwhile
    return found


def _children():
    found = {}
    for tid in _listing("/proc/self/task"):
        try:
            pids = Path(f"/proc/self/task/{tid}/children").read_text().split()
        except OSError:
            continue
        found.update((f"process {pid}", "") for pid in pids)
    return found


def _open_objects():
    zmq = sys.modules.get("zmq")
    if zmq is None or not hasattr(zmq, "Context"):
        return {}
    if REFCOUNTS:
        kinds = (zmq.Socket, zmq.Context)
        things = [thing for thing in gc.get_objects() if issubclass(type(thing), kinds)]
    else:
        things = [*zmq.Socket._list_all(), *zmq.Context._list_contexts()]
    return {f"object {id(thing):#x}": repr(thing) for thing in things if not thing.closed}


def _snapshot():
    found = {}
    for probe in (_descriptors, _threads, _children, _open_objects):
        found.update(probe())
    return found


def _left_behind(before):
    return [f"{key} {text}".strip() for key, text in _snapshot().items() if before.get(key) != text]


@pytest.fixture(autouse=True)
def leaks(request):
    """Fail the test that leaves a socket, context, thread, descriptor or process behind."""
    if REFCOUNTS:  # elsewhere a collection takes long, and is made only where something is left
        gc.collect()
        gc.freeze()  # what exists now is not this test's, and need not be looked at again
    before = _snapshot()
    yield
    if request.node.stash.get(_failed, False):
        return  # its traceback keeps things alive, and one failure is enough
    deadline = time.monotonic() + SETTLE
    while True:
        if REFCOUNTS:
            gc.collect()
        left = _left_behind(before)
        if not left:
            return
        if time.monotonic() > deadline:
            pytest.fail("left behind: " + "; ".join(left))
        gc.collect()
        time.sleep(0.01)


# -- waiting -------------------------------------------------------------------------------------


@pytest.fixture
def wait_for():
    """`wait_for(predicate, deadline=5)`: poll until the predicate is true, and return its value."""

    def wait_for(predicate, deadline=5.0):
        end = time.monotonic() + deadline
        while True:
            value = predicate()
            if value:
                return value
            assert time.monotonic() < end, f"not within {deadline} s: {predicate}"
            time.sleep(0.001)

    return wait_for


@pytest.fixture
def collected():
    """`collected()`: True, after a collection where nobody counts references."""

    def collected():
        if not REFCOUNTS:
            gc.collect()
        return True

    return collected


@pytest.fixture
def gone(collected):
    """`gone(*references)`: these weak references lead nowhere any more.

    Nor may they for a moment where references are counted.  Elsewhere one collection finds what the
    finalizers of the one before have let go of.
    """

    def gone(*references, deadline=5.0):
        end = time.monotonic() + deadline
        while not REFCOUNTS and any(each() is not None for each in references):
            assert time.monotonic() < end, f"not within {deadline} s: {references}"
            collected()
        for _ in range(5):  # what hangs together there is taken apart one by one
            collected()
        assert [each() for each in references] == [None] * len(references)

    return gone


@pytest.fixture
def count_objects():
    """`count_objects()`: how many there are, when what nobody holds has gone."""

    def count_objects():
        gc.collect()
        found = len(gc.get_objects())
        while not REFCOUNTS:
            gc.collect()
            before, found = found, len(gc.get_objects())
            if found >= before:
                break
        return found

    return count_objects


# -- flavours, contexts, sockets -----------------------------------------------------------------


class SyncFlavour:
    """The blocking sockets; other flavours offer the same four things.

    `context()` makes a context, `blocking(socket)` gives something whose methods block until
    they have their result, and `close()` ends what the flavour itself started.
    """

    @staticmethod
    def prepare():
        """Open what stays open while the process lives."""

    def context(self):
        import zmq

        return zmq.Context()

    def blocking(self, socket):
        return socket

    def close(self):
        pass


class GreenFlavour(SyncFlavour):
    """The sockets for gevent, which block the greenlet that the test runs in."""

    @staticmethod
    def prepare():
        import gevent

        gevent.sleep(0.001)  # makes the hub, whose descriptors stay

    def context(self):
        import zmq.green

        return zmq.green.Context()


#: Name -> class. asyncio and tornado are added here when their packages are.
FLAVOURS = {"sync": SyncFlavour}
if "zmq-green" in {each.metadata["Name"] for each in importlib.metadata.distributions()}:
    FLAVOURS["green"] = GreenFlavour


@pytest.fixture
def flavour(request):
    """The kind of sockets under test: sync, unless the test is marked `every_flavour`."""
    it = FLAVOURS[getattr(request, "param", "sync")]()
    yield it
    it.close()


@pytest.fixture
def context(flavour):
    """A context that is destroyed, with its sockets, after the test."""
    ctx = flavour.context()
    yield ctx
    ctx.destroy(linger=0)


@pytest.fixture
def socket(flavour, context):
    """`socket(type, **options)`: a socket with bounded waits, closed after the test."""
    import zmq

    made = []

    def socket(kind, **options):
        s = context.socket(kind)
        made.append(s)
        s.linger = 0
        for option in (zmq.RCVTIMEO, zmq.SNDTIMEO):
            s.setsockopt(option, PATIENCE)
        for name, value in options.items():
            setattr(s, name, value)
        return flavour.blocking(s)

    yield socket
    for s in made:
        s.close()


@pytest.fixture
def folder():
    """A directory with a short path, so that ipc endpoints in it fit into a socket address."""
    path = tempfile.mkdtemp(prefix="z")
    yield Path(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def endpoint(folder):
    """`endpoint(transport)`: an address to bind to that nobody else has; tcp asks the system."""
    serial = iter(range(1000))

    def endpoint(transport):
        if transport == "tcp":
            return "tcp://127.0.0.1:0"
        if transport == "ipc":
            return f"ipc://{folder}/{next(serial)}"
        return f"inproc://{folder.name}-{next(serial)}"

    return endpoint


@pytest.fixture
def bind(endpoint):
    """`bind(socket, transport)`: bind to a fresh endpoint, return the address to connect to."""

    def bind(s, transport="inproc"):
        s.bind(endpoint(transport))
        return s.last_endpoint.decode()

    return bind


@pytest.fixture
def pair(socket, bind):
    """`pair(left, right, transport)`: two connected sockets, the left one bound."""

    def pair(left, right, transport="inproc", **options):
        a, b = socket(left, **options), socket(right, **options)
        b.connect(bind(a, transport))
        return a, b

    return pair


# -- scripts in processes of their own -----------------------------------------------------------


class Script:
    """A running Python program; `wait()` gives its end, with the output captured."""

    def __init__(self, code, args, options):
        self.process = subprocess.Popen(
            [sys.executable, *options, "-c", textwrap.dedent(code), *map(str, args)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # so that what it starts can be ended with it
        )

    @property
    def pid(self):
        return self.process.pid

    def line(self):
        """One line that the program printed, without its newline."""
        text = self.process.stdout.readline()
        assert text, f"the script ended early: {self.process.communicate()[1]}"
        return text.rstrip("\n")

    def say(self, text):
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def wait(self, deadline=20.0):
        """Output and exit status; a program that does not end in time fails the test."""
        try:
            out, err = self.process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self.process.communicate()
            pytest.fail(f"script still running after {deadline} s\n{out}\n{err}")
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)

    def done(self, deadline=20.0):
        """What it printed, after it ended well and said nothing on stderr."""
        end = self.wait(deadline)
        assert (end.returncode, end.stderr) == (0, ""), f"{end.stdout}\n{end.stderr}"
        return end.stdout

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if not stream.closed:
                stream.close()


@pytest.fixture
def start():
    """`start(code, *args)`: run a Python program beside the test, ended with the test."""
    running = []

    def start(code, *args, options=STRICT):
        script = Script(code, args, options)
        running.append(script)
        return script

    yield start
    for script in running:
        script.kill()


@pytest.fixture
def run(start):
    """`run(code, *args)`: run a Python program to its end; see `Script.wait`."""

    def run(code, *args, deadline=20.0, options=STRICT):
        return start(code, *args, options=options).wait(deadline)

    return run


@pytest.fixture
def output(start):
    """`output(code, *args)`: what a program printed that must end well and in silence."""

    def output(code, *args, deadline=20.0, options=STRICT):
        return start(code, *args, options=options).done(deadline)

    return output
