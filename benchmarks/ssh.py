# SPDX-License-Identifier: BSD-3-Clause
"""How long does it take to open a tunnel through ssh, and how fast are messages in it?

The server is an sshd of this machine on a free port, with keys and a configuration of its own. With
OpenSSH, a relay of ours is in the way that pyzmq does without, which may cost a fifth.
"""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep

import zmq
from harness.sheet import Sheet, size_name
from zmq.ssh import tunnel as tunnels

SIZES = {1 << 16: 400, 1 << 20: 50}
ASKS = 200
OPENINGS = 3

#: Milliseconds without a message after which a tunnel that was opened is taken for dead.
DEAD = 1000

#: Seconds after which pyzmq's tunnels end, which cannot be closed.
LIFE = 20

SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
MaxStartups 100
PermitRootLogin yes
PidFile none
StrictModes no
UsePAM no
"""

SERVICE = """
import sys, zmq
context = zmq.Context()
replier, source = context.socket(zmq.REP), context.socket(zmq.PUSH)
source.sndhwm = 4
for s in (replier, source):
    s.linger = 0
    s.bind("tcp://127.0.0.1:0")
    print(s.getsockopt_string(zmq.LAST_ENDPOINT), flush=True)
size = 0
poller = zmq.Poller()
poller.register(replier, zmq.POLLIN)
while True:
    if dict(poller.poll(0 if size else None)):
        asked = replier.recv()
        size = int(asked[1:] or 0) if asked[:1] == b"=" else size
        replier.send(asked)
    if size:
        try:
            source.send(bytes(size), zmq.DONTWAIT)
        except zmq.Again:
            poller.poll(1)
"""


def run_sshd(folder):
    """Start the server; return its process, once it answers, and its port."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name]
        subprocess.run(command, check=True)
    folder.chmod(0o755)
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    settings = folder / "sshd.conf"
    settings.write_text(SSHD.format(folder=folder, port=port))
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    log = open(folder / "log", "wb")
    process = subprocess.Popen([program, "-D", "-e", "-f", settings], stderr=log)
    deadline = monotonic() + 10
    while monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            sleep(0.01)
    return process, port


@contextmanager
def server():
    """Run the server and a service behind it; known to both ways of getting there.

    Yields
    ------
    tuple
        The server to name, the key, and the endpoints of a REP and a PUSH socket.
    """
    folder = Path(tempfile.mkdtemp(prefix="zmq-bench-"))
    sshd, port = run_sshd(folder)
    command = [sys.executable, "-c", SERVICE]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    ends = [service.stdout.readline().strip() for _ in range(2)]
    home, program = folder / ".ssh", folder / "ssh"
    home.mkdir()
    key = " ".join((folder / "host.pub").read_text().split()[:2])
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
    settings = f"-F /dev/null -o UserKnownHostsFile={home}/known_hosts"
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} {settings} "$@"\n')
    program.chmod(0o755)
    os.environ.update(HOME=str(folder), PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    try:
        yield f"{getpass.getuser()}@127.0.0.1:{port}", str(folder / "user"), ends
    finally:
        for process in (service, sshd):
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def close(tunnel):
    """Close a tunnel, if that can be done."""
    if hasattr(tunnel, "terminate"):
        tunnel.terminate()
        tunnel.join()


def ask(client):
    """Ask once, and wait for the answer."""
    client.send(b"x")
    client.recv()


def open_working(open_tunnel, socket, address, question=None):
    """Open a tunnel that works, and connect a socket to it.

    pyzmq's way with OpenSSH says it is done also when ssh has died on its way to the background.

    Returns
    -------
    tuple
        The tunnel, and the seconds from the call to the first message from over there.
    """
    while True:
        start = perf_counter()
        url, tunnel = open_tunnel(address)
        socket.connect(url)
        if question:
            socket.send(question)
        if socket.poll(DEAD):
            return tunnel, perf_counter() - start
        socket.disconnect(url)
        close(tunnel)


def measure_opening(context, open_tunnel, address):
    """Return the seconds from the call to the first answer, the median of some."""
    costs = []
    for _ in range(OPENINGS):
        with context.socket(zmq.REQ) as client:
            client.linger, client.req_relaxed = 0, 1
            tunnel, cost = open_working(open_tunnel, client, address, b"x")
            costs.append(cost)
        close(tunnel)
    return median(costs)


def ask_often(client, calls):
    for _ in repeat(None, calls):
        ask(client)


def receive(pull, calls):
    for _ in repeat(None, calls):
        pull.recv()


def set_size(context, address, size):
    """Tell the service how long the messages of its stream shall be; 0 stops it."""
    with context.socket(zmq.REQ) as client:
        client.connect(address)
        client.send(b"=%d" % size)
        client.recv()


def measure(sheet, context, name, open_tunnel, ends):
    """Add the numbers of one way to the sheet."""
    target = 0.8 if name == "OpenSSH" else 1.0
    seconds = measure_opening(context, open_tunnel, ends[0])
    sheet.add(f"{name}: open, first answer", seconds * 1e3, "ms", target=target)
    with context.socket(zmq.REQ) as client:
        client.linger, client.req_relaxed = 0, 1
        tunnel, _ = open_working(open_tunnel, client, ends[0], b"x")
        client.recv()
        loop = partial(ask_often, client)
        sheet.cost(f"{name}: round trip", loop, ASKS, pick=median, target=target)
    close(tunnel)
    for size, calls in SIZES.items():
        with context.socket(zmq.PULL) as pull:
            pull.linger, pull.rcvhwm = 0, 4
            set_size(context, ends[0], size)
            tunnel, _ = open_working(open_tunnel, pull, ends[1])
            title = f"{name}: stream, {size_name(size)}"
            sheet.cost(title, partial(receive, pull), calls, pick=median, target=target)
        set_size(context, ends[0], 0)
        close(tunnel)


def main():
    sheet = Sheet(__doc__)
    with server() as (name, key, ends), zmq.Context() as context:
        for way, paramiko in (("OpenSSH", False), ("paramiko", True)):

            def open_tunnel(address, paramiko=paramiko):
                return tunnels.open_tunnel(address, name, key, None, paramiko, LIFE)

            measure(sheet, context, way, open_tunnel, ends)
    sheet.show()


if __name__ == "__main__":
    main()
