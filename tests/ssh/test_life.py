# SPDX-License-Identifier: BSD-3-Clause
"""No orphans: a tunnel ends when it is closed, with its program however that ends, and unused."""

import gc
import logging
import os
import signal
import socket as sockets
import weakref

import pytest

import zmq
from zmq import ssh

OPEN = """
import os, signal, sys, time
import zmq
from zmq import ssh
address, server, config, way = sys.argv[1:5]
t = ssh.open_tunnel(address, server, config=config, paramiko=way == "paramiko", password=False)
print(t.pid, flush=True)
print(t.endpoint, flush=True)
"""


def is_running(pid):
    """Whether there is such a process; a zombie is none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def family(pid):
    """A process and all below it."""
    found = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as file:
            for child in map(int, file.read().split()):
                found += family(child)
    return found


@pytest.fixture
def opened(start, way, address, sshd, config):
    """`opened(code)`: a program that opens a tunnel and goes on with `code`; what it started."""

    def opened(code, **options):
        script = start(OPEN + code, address, sshd.server, config(sshd), way, **options)
        pid = int(script.line())
        script.endpoint = script.line()
        script.family = family(pid)
        assert len(script.family) == (2 if way == "openssh" else 1)
        return script

    return opened


@pytest.fixture
def all_end(wait_for):
    """`all_end(pids)`: wait until none of them is running."""
    return lambda pids: wait_for(lambda: not any(map(is_running, pids)), 20)


# -- the end of the tunnel -----------------------------------------------------------------------


def test_nothing_stays_after_closing(tunnel, temporary):
    t = tunnel()
    assert list(temporary.iterdir())
    processes = family(t.pid)
    t.close()
    assert not any(map(is_running, processes))
    assert not list(temporary.iterdir())
    with zmq.Context() as context, context.socket(zmq.REP) as other:
        other.bind(t.endpoint)  # the port is free


@pytest.mark.common
def test_closing_in_the_middle_of_traffic(tunnel, socket, service):
    """Somebody is still connected, and sends as fast as it goes."""
    t = tunnel()
    client = socket(zmq.DEALER, sndtimeo=200)
    client.connect(t.endpoint)
    try:
        for _ in range(200):
            client.send(bytes(1 << 20))
    except zmq.Again:
        pass
    t.close()
    assert not t.is_alive()
    assert t.join(0)


def test_it_stays_open_when_it_is_not_kept(tunnel, sshd, config, socket, service, address):
    client = socket(zmq.REQ, rcvtimeo=20_000)
    pid = ssh.tunnel_connection(client, address, sshd.server, config=config(sshd)).pid
    gc.collect()
    client.send(b"hello")
    service.send(service.recv())
    assert client.recv() == b"hello"
    os.kill(pid, signal.SIGTERM)


def test_it_is_forgotten_after_closing(tunnel, sshd, config, address):
    t = ssh.open_tunnel(address, sshd.server, config=config(sshd))
    reference = weakref.ref(t._keeping)
    t.close()
    del t
    gc.collect()
    assert reference() is None


@pytest.mark.common
def test_it_ends_when_nobody_connects(tunnel, caplog):
    with caplog.at_level(logging.INFO, "zmq.ssh"):
        t = tunnel(timeout=1, connect_timeout=30)
        processes = family(t.pid)
        assert t.join(20)
    assert not t.is_alive()
    assert t.reason == "nobody was connected for 1 s"
    assert t.reason in caplog.text
    assert not any(map(is_running, processes))


@pytest.mark.common
def test_it_does_not_end_while_somebody_is_connected(way, sshd, config, socket, service, address):
    (lport,) = ssh.select_random_ports(1)
    client = socket(zmq.REQ, rcvtimeo=20_000)
    client.connect(f"tcp://127.0.0.1:{lport}")  # before the tunnel is there, to lose no time
    open_one = ssh.paramiko_tunnel if way == "paramiko" else ssh.openssh_tunnel
    rport = int(address.rpartition(":")[2])
    t = open_one(lport, rport, sshd.server, timeout=0.5, connect_timeout=30, config=config(sshd))
    client.send(b"1")
    service.send(service.recv())
    client.recv()
    assert not t.join(1.5)  # three times as long as it lives without anybody
    client.send(b"2")
    service.send(service.recv())
    assert client.recv() == b"2"
    client.close()
    assert t.join(20)


@pytest.mark.common
def test_it_need_not_end(tunnel):
    t = tunnel(timeout=None)
    assert not t.join(0.3)
    assert t.is_alive()


def test_messages_on_their_way_arrive(tunnel, socket):
    """The socket has handed everything over when it is gone; the tunnel has not."""
    sink = socket(zmq.PULL, rcvtimeo=20_000)
    sink.bind("tcp://127.0.0.1:0")
    t = tunnel(to=sink.last_endpoint.decode())
    with zmq.Context() as context, context.socket(zmq.PUSH) as source:
        source.linger = 20_000
        source.connect(t.endpoint)
        for number in range(20):
            source.send(bytes([number]) * 500_000)
    t.close()
    for number in range(20):
        assert sink.recv() == bytes([number]) * 500_000


# -- the end of the program ----------------------------------------------------------------------

ENDS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "terminated": "os.kill(os.getpid(), signal.SIGTERM)",
    "interrupted": "os.kill(os.getpid(), signal.SIGINT)",
    "at the end": "",
    "raised": "raise SystemExit(3)",
    "at once": "os._exit(0)",
    "with a connection": """
socket = zmq.Context().socket(zmq.REQ)
socket.connect(t.endpoint)
socket.send(b"")
os.kill(os.getpid(), signal.SIGKILL)
""",
}


@pytest.mark.parametrize(
    ("way", "end"), [*(("openssh", end) for end in ENDS), ("paramiko", "killed")], indirect=["way"]
)
def test_it_ends_with_its_program(opened, all_end, temporary, end):
    script = opened("sys.stdin.readline()\n" + ENDS[end])
    script.say("now")
    script.wait()
    all_end(script.family)
    assert not list(temporary.iterdir())


@pytest.mark.common
def test_it_ends_in_silence_with_its_program(opened, all_end):
    script = opened("sys.stdin.readline()")
    script.say("now")
    assert script.done() == ""
    all_end(script.family)


@pytest.mark.common
def test_it_ends_with_its_program_that_has_children(opened, all_end):
    """They have inherited what tells the keeper that the program is alive, and live longer."""
    script = opened(
        """
if not os.fork():
    assert not t.is_alive()
    t.close()
    print(os.getpid(), flush=True)
    time.sleep(60)
    os._exit(0)
assert t.is_alive()
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
""",
        options=("-W", "error", "-W", "ignore::DeprecationWarning"),
    )
    child = int(script.line())
    assert all(map(is_running, script.family))
    script.say("now")
    all_end(script.family)
    assert is_running(child)
    os.kill(child, signal.SIGKILL)


def test_it_ends_with_a_program_that_only_opens_it(
    start, all_end, wait_for, sshd, config, folder, way
):
    """The program is killed before the tunnel is up."""
    command = f"sh -c 'echo $$ > {folder}/pid; exec sleep 60'"
    lines = config(sshd, ProxyCommand=command)
    script = start(OPEN, "tcp://127.0.0.1:1", sshd.server, lines, way)
    pid = folder / "pid"
    wait_for(lambda: pid.exists() and pid.read_text().strip(), 20)
    processes = family(script.pid)[1:]
    assert len(processes) >= 2
    os.kill(script.pid, signal.SIGKILL)
    all_end([*processes, int(pid.read_text())])


@pytest.mark.common
def test_messages_arrive_when_the_program_has_ended(way, run, socket, sshd, config):
    sink = socket(zmq.PULL, rcvtimeo=20_000)
    sink.bind("tcp://127.0.0.1:0")
    code = """
socket = zmq.Context.instance().socket(zmq.PUSH)
socket.connect(t.endpoint)
for number in range(20):
    socket.send(bytes([number]) * 500_000)
socket.close(20_000)
"""
    end = run(OPEN + code, sink.last_endpoint.decode(), sshd.server, config(sshd), way)
    assert (end.returncode, end.stderr) == (0, "")
    for number in range(20):
        assert sink.recv() == bytes([number]) * 500_000


# -- the end of its processes --------------------------------------------------------------------


def test_its_process_is_killed(tunnel, all_end, temporary, caplog):
    t = tunnel()
    processes = family(t.pid)
    with caplog.at_level(logging.WARNING, "zmq.ssh"):
        os.kill(t.pid, signal.SIGKILL)
        assert t.join(20)
    all_end(processes)
    assert not t.is_alive()
    assert t.reason == "its process was killed"
    assert t.reason in caplog.text
    assert not list(temporary.iterdir())
    t.close()


@pytest.mark.common
def test_its_process_hangs(tunnel, all_end):
    t = tunnel()
    processes = family(t.pid)
    os.kill(t.pid, signal.SIGSTOP)
    t.close(timeout=0.5)
    assert not t.is_alive()
    all_end(processes)


@pytest.mark.common
def test_its_process_is_told_to_end(tunnel, all_end):
    t = tunnel()
    processes = family(t.pid)
    os.kill(t.pid, signal.SIGTERM)
    assert t.join(20)
    assert t.reason == "told by a signal"
    all_end(processes)


@pytest.mark.common
def test_ctrl_c_in_the_terminal_is_for_the_program(tunnel, exchange):
    t = tunnel()
    assert os.getsid(t.pid) != os.getsid(0)
    os.kill(t.pid, signal.SIGINT)
    exchange(t.endpoint)


@pytest.mark.common
def test_a_program_that_ignores_its_children_and_blocks_signals(
    run, way, sshd, config, service, address
):
    """What a process does about signals is inherited, and must not reach ssh."""
    setting = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGHUP])
"""
    code = """
os.kill(t.pid, signal.SIGTERM)
assert t.join(20)
print(t.reason)
try:
    ssh.open_tunnel(address, "no-such-host.invalid", config=config, paramiko=way == "paramiko")
except ssh.TunnelError as error:
    print(error)
"""
    end = run(setting + OPEN + code, address, sshd.server, config(sshd), way)
    assert (end.returncode, end.stderr) == (0, "")
    assert "told by a signal" in end.stdout
    assert "Could not resolve hostname no-such-host.invalid" in end.stdout


def test_a_program_with_a_default_timeout(way, sshd, config, exchange, address):
    """It makes new sockets ones that do not block, also those that a keeper inherits."""
    sockets.setdefaulttimeout(0.3)
    try:
        t = ssh.open_tunnel(
            address, sshd.server, paramiko=way == "paramiko", config=config(sshd), password=False
        )
    finally:
        sockets.setdefaulttimeout(None)
    with t:
        assert not t.join(1)
        assert t.is_alive()
        exchange(t.endpoint)
