# SPDX-License-Identifier: BSD-3-Clause
"""Tunnels that cannot be opened say why, in ssh's own words and within their time-out."""

import os
import socket as sockets
import threading
import time
from contextlib import suppress

import pytest

from zmq import ssh


def refusal(tunnel, kind, **arguments):
    """The words of the exception, which must be of that kind."""
    with pytest.raises(kind) as caught:
        tunnel(**arguments)
    assert type(caught.value) is kind
    return str(caught.value)


@pytest.fixture
def mute():
    """A port where somebody listens and never says a word."""
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_host_that_does_not_exist(tunnel):
    words = refusal(tunnel, ssh.TunnelError, by="ann@no-such-host.invalid")
    assert "Could not resolve hostname no-such-host.invalid" in words


def test_a_port_where_nobody_listens(tunnel):
    (port,) = ssh.select_random_ports(1)
    words = refusal(tunnel, ssh.TunnelError, by=f"ann@127.0.0.1:{port}")
    assert f"connect to host 127.0.0.1 port {port}: Connection refused" in words


def test_a_server_that_never_answers(tunnel, mute):
    began = time.monotonic()
    words = refusal(tunnel, ssh.TunnelTimeout, by=f"ann@127.0.0.1:{mute}", timeout=2)
    assert time.monotonic() - began < 20
    assert str(mute) in words
    with pytest.raises(TimeoutError):
        tunnel(by=f"ann@127.0.0.1:{mute}", timeout=60, connect_timeout=1)


@pytest.mark.parametrize("words", [b"", b"Not allowed at this time\r\n"], ids=["mute", "words"])
def test_a_server_that_hangs_up(tunnel, words):
    """It is tried again a few times, as sshd does this when too many come at once."""
    came = []

    def hang_up():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            came.append(connection.getpeername())
            with suppress(ConnectionError), connection:
                connection.sendall(words)

    with sockets.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=hang_up)
        thread.start()
        refusal(tunnel, ssh.TunnelError, by=f"ann@127.0.0.1:{port}")
        listener.shutdown(sockets.SHUT_RDWR)
        thread.join()
    assert 1 < len(came) < 10


def test_a_crowd_is_let_in_by_a_server_with_the_usual_limits(way, start_sshd, config, address):
    server = start_sshd(MaxStartups="3:100:3")
    lines, opened = config(server), []

    def open_one():
        opened.append(
            ssh.open_tunnel(address, server.server, paramiko=way == "paramiko", config=lines)
        )

    threads = [threading.Thread(target=open_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for t in opened:
        t.close()
    assert len(opened) == 6


def test_a_key_that_the_server_does_not_know(tunnel, keys, sshd, config):
    words = refusal(
        tunnel,
        ssh.AuthenticationError,
        keyfile=keys / "stranger",
        config=config(sshd, key=None),
    )
    assert f"{sshd.user}@127.0.0.1: Permission denied (publickey" in words


@pytest.mark.common
def test_a_key_that_is_missing(tunnel, folder):
    with pytest.raises(FileNotFoundError, match="keyfile: there is no .*nothing"):
        tunnel(keyfile=folder / "nothing")
    with pytest.raises(FileNotFoundError, match="config: there is no .*nothing"):
        tunnel(config=folder / "nothing")


# -- keys of the server --------------------------------------------------------------------------


def fingerprint(keys):
    from subprocess import run

    listed = run(["ssh-keygen", "-lf", keys / "host.pub"], capture_output=True, text=True)
    return listed.stdout.split()[1]


def test_an_unknown_server(tunnel, sshd, config, keys):
    words = refusal(tunnel, ssh.HostKeyError, config=config())
    assert "authenticity of host" in words
    assert "Host key verification failed" in words
    assert fingerprint(keys) in words


def test_an_unknown_server_when_strictly_checked(tunnel, sshd, config, keys):
    refusal(tunnel, ssh.HostKeyError, config=config(StrictHostKeyChecking="yes"))
    refusal(tunnel, ssh.HostKeyError, config=config(), host_key_policy="reject")


def test_a_server_with_another_key(tunnel, sshd, config, known, keys):
    lines = config(known_hosts=known(sshd, key="other_host"))
    words = refusal(tunnel, ssh.HostKeyError, config=lines)
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in words
    assert fingerprint(keys) in words
    refusal(tunnel, ssh.HostKeyError, config=lines, host_key_policy="accept-new")


def test_a_new_key_is_accepted_and_noted(tunnel, sshd, config, folder, exchange):
    file = folder / "noted"
    t = tunnel(config=config(known_hosts=file), host_key_policy="accept-new")
    exchange(t.endpoint)
    assert sshd.place.rpartition(":")[2] in file.read_text()
    exchange(tunnel(config=config(known_hosts=file)).endpoint)


def test_a_new_key_is_accepted_by_the_configuration(tunnel, config, folder, exchange):
    file = folder / "noted"
    exchange(tunnel(config=config(known_hosts=file, StrictHostKeyChecking="accept-new")).endpoint)
    assert file.stat().st_size
    refusal(
        tunnel,
        ssh.HostKeyError,
        config=config(StrictHostKeyChecking="accept-new"),
        host_key_policy="reject",
    )


def test_any_key_is_accepted_when_asked_for(tunnel, sshd, config, known, exchange):
    file = known(sshd, key="other_host")
    before = file.read_text()
    exchange(tunnel(config=config(known_hosts=file), host_key_policy="ignore").endpoint)
    assert file.read_text() == before


@pytest.mark.parametrize("policy", ["AutoAdd", "Warning", "AutoAddPolicy"])
def test_the_variable_that_paramiko_obeys(policy, sshd, config, address, monkeypatch, exchange):
    monkeypatch.setenv("PYZMQ_PARAMIKO_HOST_KEY_POLICY", policy)
    with ssh.open_tunnel(address, sshd.server, paramiko=True, config=config()) as t:
        exchange(t.endpoint)


@pytest.mark.parametrize("policy", ["AutoAdd", "Warning"])
def test_the_variable_does_not_accept_changed_keys(
    policy, sshd, config, known, address, monkeypatch
):
    monkeypatch.setenv("PYZMQ_PARAMIKO_HOST_KEY_POLICY", policy)
    lines = config(known_hosts=known(sshd, key="other_host"))
    with pytest.raises(ssh.HostKeyError):
        ssh.open_tunnel(address, sshd.server, paramiko=True, config=lines)


def test_the_variable_refuses_too(sshd, config, address, monkeypatch):
    monkeypatch.setenv("PYZMQ_PARAMIKO_HOST_KEY_POLICY", "Reject")
    with pytest.raises(ssh.HostKeyError):
        ssh.open_tunnel(address, sshd.server, paramiko=True, config=config())
    monkeypatch.setenv("PYZMQ_PARAMIKO_HOST_KEY_POLICY", "maybe")
    with pytest.raises(ssh.TunnelError, match="'maybe', not AutoAdd, Warning or Reject"):
        ssh.open_tunnel(address, sshd.server, paramiko=True, config=config())


def test_an_unknown_jump_host(tunnel, sshd, start_sshd, config):
    jump = start_sshd()
    text = f'Match exec "test %p = {sshd.port}"\n  ProxyJump {jump.server}\n'
    words = refusal(tunnel, ssh.HostKeyError, config=config(sshd, text=text))
    assert str(jump.port) in words


def test_a_jump_host_that_is_not_there(tunnel, sshd, config):
    (port,) = ssh.select_random_ports(1)
    text = f'Match exec "test %p = {sshd.port}"\n  ProxyJump 127.0.0.1:{port}\n'
    words = refusal(tunnel, ssh.TunnelError, config=config(sshd, text=text))
    assert f"port {port}: Connection refused" in words


# -- the forward ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{"AllowTcpForwarding": "no"}, {"PermitOpen": "127.0.0.1:1"}], ids=lambda o: [*o][0]
)
def test_a_forward_that_is_not_allowed(tunnel, start_sshd, options):
    words = refusal(tunnel, ssh.ForwardError, by=start_sshd(**options))
    assert "administratively prohibited" in words


def test_a_service_that_is_not_there_yet(tunnel, socket, caplog):
    """As with any other address, a socket may connect before the other one is bound."""
    import zmq

    (port,) = ssh.select_random_ports(1)
    with caplog.at_level("WARNING", "zmq.ssh"):
        t = tunnel(to=f"tcp://127.0.0.1:{port}")
    assert "onnect" in caplog.text
    client, late = (socket(kind, rcvtimeo=20_000, sndtimeo=20_000) for kind in (zmq.REQ, zmq.REP))
    client.connect(t.endpoint)
    client.send(b"early")
    late.bind(f"tcp://127.0.0.1:{port}")
    assert late.recv() == b"early"


def test_a_service_that_says_nothing(tunnel, mute):
    with tunnel(to=f"tcp://127.0.0.1:{mute}") as t:
        assert t.is_alive()


def test_a_local_port_that_is_taken(sshd, config, mute):
    for function in (ssh.openssh_tunnel, ssh.paramiko_tunnel):
        with pytest.raises(ssh.TunnelError, match=f"127.0.0.1:{mute}.*Address already in use"):
            function(mute, 5555, sshd.server, config=config(sshd))


@pytest.mark.common
def test_the_local_port_is_ours_from_the_beginning(way, mute, address, wait_for):
    """Nobody can come in between the choice of the port and its use."""
    (lport,) = ssh.select_random_ports(1)
    open_one = ssh.paramiko_tunnel if way == "paramiko" else ssh.openssh_tunnel
    failed = []

    def try_to_open():
        with pytest.raises(ssh.TunnelTimeout) as caught:
            open_one(lport, 5555, f"ann@127.0.0.1:{mute}", connect_timeout=1.5)
        failed.append(caught.value)

    thread = threading.Thread(target=try_to_open)
    thread.start()
    try:
        wait_for(lambda: not can_be_bound(lport), 20)
        assert not failed
    finally:
        thread.join()
    assert failed
    assert can_be_bound(lport)


def can_be_bound(port):
    with sockets.socket() as thief:
        thief.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        try:
            thief.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


# -- ssh that is not what it should be -----------------------------------------------------------


@pytest.fixture
def fake_ssh(folder, monkeypatch):
    """`fake_ssh(script)`: what is found as `ssh` on the PATH."""

    def fake_ssh(script):
        program = folder / "bin" / "ssh"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    return fake_ssh


def test_ssh_that_fails(fake_ssh, address):
    fake_ssh("echo 'it is raining' >&2; exit 255")
    with pytest.raises(ssh.TunnelError, match="it is raining"):
        ssh.open_tunnel(address, "host")
    fake_ssh("exit 7")
    with pytest.raises(ssh.TunnelError, match="status 7"):
        ssh.open_tunnel(address, "host")


def test_ssh_that_hangs(fake_ssh, address):
    fake_ssh("exec sleep 1000")
    with pytest.raises(ssh.TunnelTimeout, match="within 1 s"):
        ssh.open_tunnel(address, "host", timeout=1)


def test_ssh_that_ignores_the_end(fake_ssh, address):
    fake_ssh("trap '' TERM HUP INT; while :; do sleep 0.1; done")
    with pytest.raises(ssh.TunnelTimeout):
        ssh.open_tunnel(address, "host", timeout=1)


def test_no_ssh_at_all(monkeypatch, folder, address, sshd, config, exchange, keys):
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ssh.TunnelError, match="no ssh on the PATH"):
        ssh.open_tunnel(address, sshd.server, paramiko=False)
    with ssh.open_tunnel(address, sshd.server, config=config(sshd)) as t:
        exchange(t.endpoint)


def test_the_command_has_what_keeps_us_from_strangers(fake_ssh, address, folder):
    fake_ssh(f'echo "$@" > {folder}/arguments; exit 1')
    with pytest.raises(ssh.TunnelError):
        ssh.open_tunnel(address, "me@host:2222", timeout=9)
    arguments = (folder / "arguments").read_text()
    for part in ("ExitOnForwardFailure=yes", "-l me", "-p 2222", "ConnectTimeout=8", "-- host"):
        assert part in arguments


# -- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "server", "words"),
    [
        ("ipc:///tmp/x", "host", "tcp://host:port only"),
        ("127.0.0.1:5555", "host", "tcp://host:port only"),
        ("tcp://127.0.0.1", "host", "the port is missing"),
        ("tcp://::1", "host", "the port is missing"),
        ("tcp://*:5555", "host", "one address"),
        ("tcp://127.0.0.1:0", "host", "not a port"),
        ("tcp://127.0.0.1:65536", "host", "not a port"),
        ("tcp://127.0.0.1:x", "host", "not a port"),
        ("tcp://-x:1", "host", "not a host"),
        ("tcp://127.0.0.1:1", "", "not a host"),
        ("tcp://127.0.0.1:1", "-oProxyCommand=x", "not a host"),
        ("tcp://127.0.0.1:1", "ann@-x", "not a host"),
        ("tcp://127.0.0.1:1", "-x@host", "not a user"),
        ("tcp://127.0.0.1:1", "@host", "not a user"),
        ("tcp://127.0.0.1:1", "host name", "not a host"),
        ("tcp://127.0.0.1:1", "host:ssh", "not a port"),
        ("tcp://127.0.0.1:1", "[::1", "IPv6"),
    ],
)
def test_addresses_that_make_no_sense(address, server, words):
    with pytest.raises(ValueError, match=words):
        ssh.open_tunnel(address, server)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"timeout": 0}, "timeout=0: seconds, more than 0"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"connect_timeout": -1}, "connect_timeout=-1"),
        ({"keepalive": 0}, "keepalive=0"),
        ({"host_key_policy": "accept"}, "'reject', 'accept-new', 'ignore' or None"),
    ],
)
def test_other_arguments_that_make_no_sense(arguments, words):
    with pytest.raises(ValueError, match=words):
        ssh.open_tunnel("tcp://127.0.0.1:1", "host", **arguments)


def test_the_server_is_text():
    with pytest.raises(TypeError, match="server must be text"):
        ssh.open_tunnel("tcp://127.0.0.1:1", ("host", 22))


@pytest.mark.parametrize("port", [-1, 65536, "x", None, True])
def test_local_ports_that_make_no_sense(port):
    with pytest.raises(ValueError, match="not a port"):
        ssh.openssh_tunnel(port, 5555, "host")
