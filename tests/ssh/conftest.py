# SPDX-License-Identifier: BSD-3-Clause
"""Real ssh servers on high ports of the loopback, with keys and configurations of their own."""

import json
import os
import pwd
import secrets
import shutil
import signal
import socket as sockets
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import zmq
from zmq import ssh

#: Seconds after which a server, a tunnel or a process is given up.
DEADLINE = 30.0

#: Servers that know passwords: an sshd can only check those if it is run by root.
PASSWORD_SERVERS = ("sshd", "paramiko") if os.geteuid() == 0 else ("paramiko",)

PASSPHRASE = "phräse with 'quotes', \"more\" and $pace"


def wait_until(predicate, what):
    """Wait for something to come true."""
    end = time.monotonic() + DEADLINE
    while not predicate():
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}"
        time.sleep(0.005)


def find(name):
    """A program of administrators, who have more on their PATH."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    assert found, f"there is no {name}; sshd is in openssh-server, which ./dev installs"
    return found


def descendants(pid):
    """All processes below one, itself not included."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, path.read_text().split()):
                found += [child, *descendants(child)]
    return found


def signal_all(pids, number):
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


# -- keys and the account ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def keys():
    """A directory with key pairs: host, other_host, user, locked (with a passphrase), stranger."""
    folder = Path(tempfile.mkdtemp(prefix="zmq-ssh-keys-"))
    folder.chmod(0o755)  # sshd reads the public ones as the user who logs in
    for name in ("host", "other_host", "user", "locked", "stranger"):
        phrase = PASSPHRASE if name == "locked" else ""
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-C", name]
        subprocess.run([*command, "-f", folder / name], check=True)
    public = [(folder / f"{name}.pub").read_text() for name in ("user", "locked")]
    (folder / "authorized").write_text("".join(public))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def account():
    """Who logs in: (name, password).  Root makes a user for that, others are it themselves."""
    if os.geteuid():
        yield pwd.getpwuid(os.geteuid()).pw_name, None
        return
    name, password = f"zmqssh{os.getpid()}", f"pässword {secrets.token_hex(8)}"
    subprocess.run([find("useradd"), "-M", "-d", "/", "-s", "/bin/sh", name], check=True)
    try:
        subprocess.run([find("chpasswd")], input=f"{name}:{password}", text=True, check=True)
        yield name, password
    finally:
        # Refused as long as there is a process of that user.
        remove = [find("userdel"), name]
        wait_until(lambda: not subprocess.run(remove, capture_output=True).returncode, remove)


# -- sshd ----------------------------------------------------------------------------------------


class Sshd:
    """An sshd of our own.

    Attributes
    ----------
    port : int
    server : str
        What to give to the functions under test.
    """

    def __init__(self, folder, keys, user, address="127.0.0.1", port=0, **options):
        self.user, self.address, self.keys = user, address, keys
        self.log = folder / f"sshd-{secrets.token_hex(4)}.log"
        for _ in range(20):
            self.port = port or free_port(address)
            if self._try(folder, options):
                break
        else:
            pytest.fail(f"sshd does not start:\n{self.log.read_text()}")
        place = f"[{address}]" if ":" in address else address
        self.place = f"{place}:{self.port}"
        self.server = f"{user}@{self.place}"

    def _try(self, folder, options):
        settings = {
            "Port": self.port,
            "ListenAddress": self.address,
            "HostKey": self.keys / "host",
            "AuthorizedKeysFile": self.keys / "authorized",
            "AuthenticationMethods": "any",
            "KbdInteractiveAuthentication": "no",
            "MaxStartups": 200,
            "PasswordAuthentication": "no",
            "PermitRootLogin": "yes",
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            **options,
        }
        config = folder / f"{self.log.stem}.conf"
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)  # where it wants to be rooted
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [find("sshd"), "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log
            )
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError), sockets.create_connection((self.address, self.port), 5) as s:
                if s.recv(4) == b"SSH-" and self.process.poll() is None:
                    return True
            time.sleep(0.01)
        self.stop()
        return False

    def connections(self):
        """The processes that serve somebody."""
        return descendants(self.process.pid)

    def drop(self):
        """Cut off everybody who is connected, and go on."""
        signal_all(self.connections(), signal.SIGKILL)

    def stop(self):
        """End it, with everybody who is connected."""
        served = self.connections()
        self.process.kill()
        self.process.wait()
        signal_all(served, signal.SIGKILL)


def free_port(address):
    family = sockets.AF_INET6 if ":" in address else sockets.AF_INET
    with sockets.socket(family) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


@contextmanager
def scratch_folder():
    folder = Path(tempfile.mkdtemp(prefix="zmq-ssh-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sshd(keys, account):
    """One that lets the key `user` in, for all tests that do nothing to it."""
    with scratch_folder() as folder:
        server = Sshd(folder, keys, account[0])
        yield server
        server.stop()


@pytest.fixture
def start_sshd(keys, account):
    """`start_sshd(**options)`: one for this test alone."""
    running = []
    with scratch_folder() as folder:

        def start_sshd(**options):
            running.append(Sshd(folder, keys, account[0], **options))
            return running[-1]

        yield start_sshd
        for server in running:
            server.stop()


class PasswordServer:
    """A server that asks for a password, or other questions; see passwordserver.py."""

    def __init__(self, keys, log, **settings):
        settings.update(key=str(keys / "host"), log=str(log))
        self.log, self.password = log, settings.get("password")
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("passwordserver.py"), json.dumps(settings)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.place = f"127.0.0.1:{self.process.stdout.readline().strip()}"
        self.server = f"ann@{self.place}"

    def attempts(self):
        """What it was told, in order."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def ask_server(keys, folder):
    """`ask_server(password=…, questions=…)`: a server by paramiko for this test."""
    running = []

    def ask_server(**settings):
        running.append(PasswordServer(keys, folder / f"attempts{len(running)}", **settings))
        return running[-1]

    yield ask_server
    for server in running:
        server.stop()


@pytest.fixture(params=PASSWORD_SERVERS)
def password_server(request, ask_server, start_sshd, account):
    """A server that lets in with `password_server.password`, and with nothing else."""
    if request.param == "paramiko":
        return ask_server(password="pässwörd")
    server = start_sshd(PasswordAuthentication="yes", AuthorizedKeysFile="none")
    server.password = account[1]
    return server


# -- the way there -------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch):
    """Neither the agent nor the settings of who runs the tests play a part."""
    for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "PYZMQ_PARAMIKO_HOST_KEY_POLICY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def temporary(folder, monkeypatch):
    """A directory in which tunnels of this test, and of its programs, make theirs."""
    path = folder / "t"
    path.mkdir()
    monkeypatch.setenv("TMPDIR", str(path))
    monkeypatch.setattr(tempfile, "tempdir", None)  # look it up again
    return path


def pytest_configure(config):
    config.addinivalue_line("markers", "common: the same code both ways; paramiko only with --long")


def pytest_generate_tests(metafunc):
    marks = metafunc.definition.iter_markers("parametrize")
    if "way" not in metafunc.fixturenames or any("way" in mark.args[0] for mark in marks):
        return
    common = metafunc.definition.get_closest_marker("common")
    second = pytest.param("paramiko", marks=pytest.mark.long) if common else "paramiko"
    metafunc.parametrize("way", ["openssh", second], indirect=True)


@pytest.fixture
def way(request):
    """Both ways, one after the other."""
    return request.param


@pytest.fixture
def known(keys, folder):
    """`known(server, …, key="host")`: a known_hosts file."""

    def known(*servers, key="host"):
        public = (keys / f"{key}.pub").read_text().split()[:2]
        path = folder / f"known-{secrets.token_hex(4)}"
        lines = []
        for server in servers:
            host, _, port = server.place.rpartition(":")
            lines.append(" ".join([f"[{host.strip('[]')}]:{port}", *public]))
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return known


@pytest.fixture
def config(keys, folder, known):
    """`config(server, …, key="user", known=…, text=…)`: an ssh configuration that knows them."""

    def config(*servers, key="user", known_hosts=None, text="", **options):
        settings = {
            "UserKnownHostsFile": known_hosts or known(*servers),
            "GlobalKnownHostsFile": "/dev/null",
            "IdentityFile": keys / key if key else "/nonexistent",
            "IdentitiesOnly": "yes",
            **options,
        }
        path = folder / f"config-{secrets.token_hex(4)}"
        path.write_text(f"{text}\nHost *\n" + "".join(f"  {k} {v}\n" for k, v in settings.items()))
        return path

    return config


@pytest.fixture
def service(socket):
    """A REP socket of the other side."""
    rep = socket(zmq.REP, rcvtimeo=20_000, sndtimeo=20_000)
    rep.bind("tcp://127.0.0.1:0")
    return rep


@pytest.fixture
def address(service):
    """Where the service is, as seen from the server."""
    return service.last_endpoint.decode()


@pytest.fixture
def tunnel(way, address, sshd, config):
    """`tunnel(**arguments)`: one to the service by way of `sshd`, closed after the test."""
    opened = []

    def tunnel(to=None, by=None, **arguments):
        by = by or sshd
        arguments.setdefault("config", config(*([] if isinstance(by, str) else [by])))
        arguments.setdefault("password", False)
        opened.append(
            ssh.open_tunnel(
                to or address, getattr(by, "server", by), paramiko=way == "paramiko", **arguments
            )
        )
        return opened[-1]

    yield tunnel
    for one in opened:
        one.close()


@pytest.fixture
def exchange(socket, service):
    """`exchange(endpoint)`: a question to the service, and its answer, by a new socket."""

    def exchange(endpoint):
        with socket(zmq.REQ, rcvtimeo=20_000, sndtimeo=20_000) as client:
            client.connect(endpoint)
            client.send(b"question")
            assert service.recv() == b"question"
            service.send(b"answer")
            assert client.recv() == b"answer"

    return exchange


@pytest.fixture
def passphrase():
    """That of the key `locked`."""
    return PASSPHRASE
