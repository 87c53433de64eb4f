# SPDX-License-Identifier: BSD-3-Clause
"""Tunnels that open: by both ways, with every kind of key, address and configuration."""

import asyncio
import os
import socket as sockets
import subprocess
import threading

import pytest

import zmq
import zmq.asyncio
from zmq import ssh


def test_messages_get_through(tunnel, exchange):
    t = tunnel()
    assert t.is_alive()
    assert t.reason is None
    assert t.endpoint == f"tcp://127.0.0.1:{t.port}"
    exchange(t.endpoint)
    exchange(t.endpoint)


@pytest.mark.common
def test_it_is_a_context_manager(tunnel, exchange):
    with tunnel() as t:
        exchange(t.endpoint)
        assert t.is_alive()
    assert not t.is_alive()
    assert t.reason == "closed"
    t.close()  # once more does no harm


@pytest.mark.common
def test_it_is_a_pair(tunnel, exchange):
    opened = tunnel()
    url, t = opened
    assert url == t.endpoint == opened[0]
    assert t is opened is opened[1]
    assert len(opened) == 2
    exchange(url)


@pytest.mark.common
def test_it_says_what_it_is(tunnel, sshd, address):
    t = tunnel()
    for part in (t.endpoint, address, sshd.server, "up"):
        assert part in repr(t)
    t.close()
    assert "closed" in repr(t)
    assert (t.server, t.target) == (sshd.server, address)


def test_the_socket_is_connected(way, sshd, config, socket, service, address):
    client = socket(zmq.REQ, rcvtimeo=20_000)
    t = ssh.tunnel_connection(
        client, address, sshd.server, paramiko=way == "paramiko", config=config(sshd)
    )
    with t:
        client.send(b"hello")
        service.send(service.recv() + b" you")
        assert client.recv() == b"hello you"
        assert client.last_endpoint.decode() == t.endpoint


def test_sockets_of_asyncio_are_connected(sshd, config, service, address):
    async def ask(context):
        with context.socket(zmq.REQ) as client:
            client.linger, client.rcvtimeo = 0, 20_000
            t = await asyncio.to_thread(ssh.open_tunnel, address, sshd.server, config=config(sshd))
            with t:
                client.connect(t.endpoint)
                await client.send(b"hello")
                await asyncio.to_thread(lambda: service.send(service.recv()))
                assert await client.recv() == b"hello"

    with zmq.asyncio.Context() as context:
        asyncio.run(ask(context))


def test_a_tunnel_is_closed_when_the_socket_cannot_be_connected(sshd, config, socket, address):
    client = socket(zmq.REQ)
    client.close()
    with pytest.raises(zmq.ZMQError):
        ssh.tunnel_connection(client, address, sshd.server, config=config(sshd))


@pytest.mark.parametrize("function", ["openssh_tunnel", "paramiko_tunnel", "ssh_tunnel"])
def test_the_local_port_is_the_one_asked_for(function, sshd, config, exchange, address):
    (lport,) = ssh.select_random_ports(1)
    rport = int(address.rpartition(":")[2])
    t = getattr(ssh, function)(
        lport, rport, sshd.server, "127.0.0.1", None, None, 60, config=config(sshd)
    )
    with t:
        assert t.port == lport
        exchange(f"tcp://127.0.0.1:{lport}")


@pytest.mark.common
def test_a_port_can_be_used_again_at_once(tunnel, exchange, way, sshd, config, address):
    (lport,) = ssh.select_random_ports(1)
    rport = int(address.rpartition(":")[2])
    open_one = ssh.paramiko_tunnel if way == "paramiko" else ssh.openssh_tunnel
    for _ in range(2):
        with open_one(lport, rport, sshd.server, password=False, config=config(sshd)) as t:
            exchange(t.endpoint)


def has_ipv6():
    try:
        with sockets.socket(sockets.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this system has no IPv6, not even on its loopback")
def test_ipv6_all_the_way(way, start_sshd, config, socket, exchange):
    server = start_sshd(address="::1")
    service = socket(zmq.REP, ipv6=True, rcvtimeo=20_000)
    port = service.bind("tcp://[::1]:0").port
    with ssh.open_tunnel(
        f"tcp://[::1]:{port}", server.server, paramiko=way == "paramiko", config=config(server)
    ) as t:
        client = socket(zmq.REQ, rcvtimeo=20_000)
        client.connect(t.endpoint)
        client.send(b"six")
        service.send(service.recv() * 2)
        assert client.recv() == b"sixsix"


# -- keys ----------------------------------------------------------------------------------------


def test_a_key_that_is_given(tunnel, config, sshd, keys, exchange):
    t = tunnel(keyfile=keys / "user", config=config(sshd, key=None))
    exchange(t.endpoint)


def test_a_key_with_a_passphrase(tunnel, config, sshd, keys, exchange, passphrase):
    t = tunnel(keyfile=str(keys / "locked"), password=passphrase, config=config(sshd, key=None))
    exchange(t.endpoint)


def test_a_configured_key_with_a_passphrase(tunnel, config, sshd, exchange, passphrase):
    asked = []

    def answer(question):
        asked.append(question)
        return passphrase

    t = tunnel(password=answer, config=config(sshd, key="locked"))
    exchange(t.endpoint)
    assert len(asked) == 1
    assert "locked" in asked[0]


@pytest.fixture
def agent(keys, folder, monkeypatch):
    """An agent that knows the key `user`."""
    path = str(folder / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", path)
    while subprocess.run(["ssh-add", "-q", keys / "user"], capture_output=True).returncode:
        assert process.poll() is None
    yield
    process.terminate()
    process.wait()


def test_the_agent_is_asked(agent, tunnel, config, sshd, exchange):
    t = tunnel(config=config(sshd, key=None, IdentitiesOnly="no"))
    exchange(t.endpoint)


def test_the_agent_has_the_key_of_a_file(agent, tunnel, config, sshd, keys, folder, exchange):
    public = folder / "user.pub"
    public.write_bytes((keys / "user.pub").read_bytes())
    t = tunnel(keyfile=public, config=config(sshd, key=None))
    exchange(t.endpoint)


# -- configuration -------------------------------------------------------------------------------


def test_an_alias_of_the_configuration(tunnel, config, sshd, exchange):
    host, port = sshd.place.split(":")
    text = f"Host far\n  HostName {host}\n  Port {port}\n  User {sshd.user}\n"
    t = tunnel(by="far", config=config(sshd, text=text))
    exchange(t.endpoint)


def test_an_alias_in_an_included_file(tunnel, config, sshd, folder, exchange):
    host, port = sshd.place.split(":")
    (folder / "more.conf").write_text(
        f"Host far\n  HostName {host}\n  Port {port}\n  User {sshd.user}\n"
    )
    t = tunnel(by="far", config=config(sshd, text=f"Include {folder}/*.conf"))
    exchange(t.endpoint)


def test_what_is_said_prevails_over_the_configuration(tunnel, config, sshd, exchange):
    host, port = sshd.place.split(":")
    text = f"Host far\n  HostName {host}\n  Port 1\n  User nobody\n"
    t = tunnel(by=f"{sshd.user}@far:{port}", config=config(sshd, text=text))
    exchange(t.endpoint)


def test_a_jump_host(tunnel, config, start_sshd, sshd, exchange):
    jump = start_sshd()
    t = tunnel(by=sshd, config=config(sshd, jump, text=jumps(sshd, jump)))
    assert jump.connections()
    exchange(t.endpoint)


def test_two_jump_hosts(tunnel, config, start_sshd, sshd, exchange):
    first, second = start_sshd(), start_sshd()
    t = tunnel(by=sshd, config=config(sshd, first, second, text=jumps(sshd, first, second)))
    assert first.connections()
    assert second.connections()
    exchange(t.endpoint)


def jumps(server, *by):
    """A configuration by which one server is reached by way of others."""
    port = server.place.rpartition(":")[2]
    others = ",".join(jump.server for jump in by)
    return f'Match host 127.0.0.1 exec "test %p = {port}"\n  ProxyJump {others}\n'


def test_a_proxy_command(tunnel, config, sshd, folder, exchange):
    relay = folder / "relay.py"
    relay.write_text(
        "import os, socket, sys, threading\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "def out():\n"
        "    while data := s.recv(65536): os.write(1, data)\n"
        "    os._exit(0)\n"
        "threading.Thread(target=out).start()\n"
        "while data := os.read(0, 65536): s.sendall(data)\n"
        "s.shutdown(1)\n"
    )
    command = f"{os.sys.executable} {relay} %h %p"
    t = tunnel(config=config(sshd, ProxyCommand=command))
    exchange(t.endpoint)


def test_configured_forwards_are_left_alone(config, sshd, exchange, address):
    """Somebody else has their ports, such as a session that is open in a terminal."""
    with ssh.open_tunnel(address, sshd.server, config=config(sshd)) as other:
        lines = config(sshd, LocalForward=f"{other.port} 127.0.0.1:1")
        with ssh.open_tunnel(address, sshd.server, config=lines) as t:
            exchange(t.endpoint)


def test_configured_masters_are_left_alone(config, sshd, folder, exchange, address):
    options = {"ControlMaster": "auto", "ControlPath": folder / "master", "ControlPersist": "yes"}
    with ssh.open_tunnel(address, sshd.server, config=config(sshd, **options)) as t:
        exchange(t.endpoint)
        assert not (folder / "master").exists()


def test_configured_settings_that_could_get_in_the_way(tunnel, config, sshd, exchange, folder):
    options = {
        "BatchMode": "yes",
        "Compression": "yes",
        "ConnectTimeout": "1",
        "DynamicForward": "1",
        "ForkAfterAuthentication": "yes",
        "ForwardAgent": "yes",
        "LogLevel": "QUIET",
        "NumberOfPasswordPrompts": "0",
        "PermitLocalCommand": "yes",
        "LocalCommand": "echo",
        "RemoteCommand": "false",
        "RemoteForward": "1 127.0.0.1:1",
        "RequestTTY": "force",
    }
    t = tunnel(config=config(sshd, **options))
    exchange(t.endpoint)


# -- without a password, and many ----------------------------------------------------------------


def test_passwordless(way, sshd, config, keys):
    def try_it(**arguments):
        return ssh.try_passwordless_ssh(sshd.server, paramiko=way == "paramiko", **arguments)

    nothing = config(sshd, key=None)
    assert try_it(keyfile=None, config=config(sshd))
    assert try_it(keyfile=str(keys / "user"), config=nothing)
    assert not try_it(keyfile=None, config=nothing)
    assert not try_it(keyfile=str(keys / "stranger"), config=nothing)
    assert not try_it(keyfile=str(keys / "locked"), config=nothing)


def test_twenty_at_once(way, sshd, config, address, exchange):
    opened, lines = [], config(sshd)

    def open_one():
        opened.append(
            ssh.open_tunnel(address, sshd.server, paramiko=way == "paramiko", config=lines)
        )

    threads = [threading.Thread(target=open_one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len({t.endpoint for t in opened}) == 20
        for t in opened:
            exchange(t.endpoint)
    finally:
        closing = [threading.Thread(target=t.close) for t in opened]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()
