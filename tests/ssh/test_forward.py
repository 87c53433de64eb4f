# SPDX-License-Identifier: BSD-3-Clause
"""Forwarding through a transport of paramiko that the program has opened itself."""

import os
import signal
import socket as sockets
import socketserver
import threading

import paramiko
import pytest

from zmq import ssh
from zmq.ssh import forward


@pytest.fixture
def connection(sshd, keys):
    """A transport, logged in to the server."""
    transport = paramiko.Transport(("127.0.0.1", sshd.port))
    key = paramiko.Ed25519Key.from_private_key_file(str(keys / "user"))
    transport.connect(username=sshd.user, pkey=key)
    yield transport
    transport.close()
    transport.join()


@pytest.fixture
def serve(connection):
    """`serve(host, port)`: the address of a server that forwards to there."""
    running = []

    def serve(host, port):
        class Handler(forward.Handler):
            chain_host, chain_port, ssh_transport = host, port, connection

        server = forward.ForwardServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        running.append((server, thread))
        return f"tcp://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def test_messages_get_through(serve, service, address, exchange):
    endpoint = serve("127.0.0.1", int(address.rpartition(":")[2]))
    exchange(endpoint)
    exchange(endpoint)


def test_what_is_refused_is_logged(serve, caplog, wait_for):
    (port,) = ssh.select_random_ports(1)
    endpoint = serve("127.0.0.1", port)
    with sockets.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2]))) as client:
        assert client.recv(1) == b""
    wait_for(lambda: f"does not connect us to 127.0.0.1:{port}" in caplog.text, 20)


def test_it_threads(serve):
    assert issubclass(forward.ForwardServer, socketserver.ThreadingTCPServer)
    assert forward.ForwardServer.daemon_threads
    assert forward.ForwardServer.allow_reuse_address


FORWARD = """
import sys
import paramiko
from zmq.ssh.forward import forward_tunnel
local, remote, port, user, key = sys.argv[1:]
transport = paramiko.Transport(("127.0.0.1", int(port)))
transport.connect(username=user, pkey=paramiko.Ed25519Key.from_private_key_file(key))
print("ready", flush=True)
try:
    forward_tunnel(int(local), "127.0.0.1", int(remote), transport)
except KeyboardInterrupt:
    transport.close()
    print("ended")
"""


def test_the_function_forwards_until_it_is_interrupted(
    start, sshd, keys, address, exchange, wait_for
):
    (local,) = ssh.select_random_ports(1)
    remote = address.rpartition(":")[2]
    script = start(FORWARD, local, remote, sshd.port, sshd.user, keys / "user", options=())
    assert script.line() == "ready"
    exchange(f"tcp://127.0.0.1:{local}")
    os.kill(script.pid, signal.SIGINT)
    end = script.wait()
    assert (end.returncode, end.stdout) == (0, "ended\n")


def test_a_port_that_is_taken(connection, address):
    with pytest.raises(OSError):
        forward.forward_tunnel(int(address.rpartition(":")[2]), "127.0.0.1", 1, connection)
