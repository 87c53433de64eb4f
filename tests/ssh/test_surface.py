# SPDX-License-Identifier: BSD-3-Clause
"""The names, signatures and errors of the package, and that core does without it."""

import inspect
import subprocess
import sys

import pytest

import zmq
from zmq import ssh
from zmq.ssh import forward, tunnel
from zmq.ssh._addresses import parse_address, parse_server

TUNNEL = {
    "lport": inspect.Parameter.empty,
    "rport": inspect.Parameter.empty,
    "server": inspect.Parameter.empty,
    "remoteip": "127.0.0.1",
    "keyfile": None,
    "password": None,
    "timeout": 60,
}
OPEN = {
    "server": inspect.Parameter.empty,
    "keyfile": None,
    "password": None,
    "paramiko": None,
    "timeout": 60,
}
SIGNATURES = {
    "openssh_tunnel": TUNNEL,
    "paramiko_tunnel": TUNNEL,
    "ssh_tunnel": TUNNEL,
    "open_tunnel": {"addr": inspect.Parameter.empty, **OPEN},
    "tunnel_connection": {
        "socket": inspect.Parameter.empty,
        "addr": inspect.Parameter.empty,
        **OPEN,
    },
    "select_random_ports": {"n": inspect.Parameter.empty},
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_parameters_and_defaults(name):
    function = getattr(tunnel, name)
    positional = {
        parameter.name: parameter.default
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    }
    assert positional == SIGNATURES[name]
    assert list(positional) == list(SIGNATURES[name])
    assert getattr(ssh, name) is function


def test_the_package_has_all_of_them():
    for name in ("try_passwordless_ssh", *tunnel.__all__):
        assert getattr(ssh, name) is getattr(tunnel, name)
        assert name in ssh.__all__
    assert list(inspect.signature(ssh.try_passwordless_ssh).parameters)[:3] == [
        "server",
        "keyfile",
        "paramiko",
    ]
    assert list(inspect.signature(forward.forward_tunnel).parameters) == [
        "local_port",
        "remote_host",
        "remote_port",
        "transport",
    ]


def test_errors_are_of_one_family():
    for kind in (
        ssh.AuthenticationError,
        ssh.ForwardError,
        ssh.HostKeyError,
        ssh.MaxRetryExceeded,
        ssh.TunnelTimeout,
    ):
        assert issubclass(kind, ssh.TunnelError)
    assert issubclass(ssh.MaxRetryExceeded, ssh.AuthenticationError)
    assert issubclass(ssh.TunnelTimeout, TimeoutError)
    assert issubclass(ssh.TunnelError, RuntimeError)  # what pyzmq raises


def test_paramiko_is_loaded_when_it_is_used():
    code = (
        "import sys, zmq.ssh, zmq.ssh.forward; print([n for n in sys.modules if 'paramiko' in n])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_core_does_without_it():
    code = "import sys, zmq; print('zmq.ssh' in sys.modules, hasattr(zmq, 'ssh'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("host", ("host", None, None)),
        ("ann@host", ("host", "ann", None)),
        ("host:2222", ("host", None, 2222)),
        ("ann@host:2222", ("host", "ann", 2222)),
        ("ann@corp@host", ("host", "ann@corp", None)),
        ("[::1]:22", ("::1", None, 22)),
        ("ann@[fe80::1%eth0]", ("fe80::1%eth0", "ann", None)),
        ("ann@::1", ("::1", "ann", None)),
        ("ssh://ann@host:2222/", ("host", "ann", 2222)),
    ],
)
def test_servers(text, server):
    assert parse_server(text) == server


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("tcp://10.0.0.7:5555", ("10.0.0.7", 5555)),
        (b"tcp://host.example:5555", ("host.example", 5555)),
        ("tcp://[::1]:5555", ("::1", 5555)),
        ("tcp://eth0;10.0.0.7:5555", ("10.0.0.7", 5555)),
    ],
)
def test_addresses(text, target):
    assert parse_address(text) == target


def test_free_ports():
    ports = ssh.select_random_ports(50)
    assert len(set(ports)) == 50
    with zmq.Context() as context, context.socket(zmq.REP) as one, context.socket(zmq.REP) as two:
        one.bind(f"tcp://127.0.0.1:{ports[0]}")
        two.bind(f"tcp://127.0.0.1:{ports[-1]}")
    assert ssh.select_random_ports(0) == []
