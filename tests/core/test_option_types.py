# SPDX-License-Identifier: BSD-3-Clause
"""What type checkers are told of the options is what sockets do."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import zmq

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "tools" / "generate_option_stub.py"
STUB = ROOT / "packages" / "zmq-core" / "src" / "zmq" / "_optiontypes.pyi"
ATTRIBUTE = re.compile(r"    (?:def )?(\w+)(?:\(self\) ->|:) (int|bytes|SocketType)")
TYPES = {"int": int, "bytes": bytes, "SocketType": zmq.SocketType}


def generate(*arguments):
    return subprocess.run([sys.executable, GENERATOR, *arguments], capture_output=True, timeout=60)


def declared(name):
    """What a class of the stub declares: pairs of an attribute and its type."""
    text = STUB.read_text(encoding="utf-8").partition(f"class {name}:")[2].partition("\nclass ")[0]
    return {attribute: TYPES[kind] for attribute, kind in ATTRIBUTE.findall(text)}


def test_stub_is_up_to_date():
    assert generate("--check").returncode == 0


def test_stale_stub_is_noticed(tmp_path):
    stub = tmp_path / "stub.pyi"
    assert b"stale" in generate("--check", "--stub", stub).stderr
    assert generate("--stub", stub).returncode == 0
    assert generate("--check", "--stub", stub).returncode == 0
    stub.write_text(stub.read_text().replace("linger: int", "linger: bytes"))
    assert generate("--check", "--stub", stub).returncode == 1


@pytest.mark.parametrize("kind", [zmq.PUB, zmq.SUB, zmq.ROUTER, zmq.REQ, zmq.STREAM])
def test_attributes_of_sockets_have_the_declared_types(kind):
    attributes = declared("SocketOptions")
    assert {"linger", "LINGER", "last_endpoint", "rcvmore"} <= set(attributes)
    read = set()
    with zmq.Context() as ctx, ctx.socket(kind) as s:
        for name, expected in attributes.items():
            assert hasattr(type(s), name)
            try:
                value = getattr(s, name)
            except AttributeError:  # this socket, or this libzmq, has not got it
                continue
            assert type(value) is expected, name
            read.add(name)
    assert {"linger", "identity", "type", "fd", "maxmsgsize"} <= read


def test_attributes_of_contexts_have_the_declared_types():
    attributes = declared("ContextOptions")
    assert {"io_threads", "MAX_SOCKETS"} <= set(attributes)
    with zmq.Context() as ctx:
        for name in ("io_threads", "MAX_SOCKETS", "max_msgsz"):
            assert type(getattr(ctx, name)) is attributes[name]


@pytest.mark.parametrize("name", ["zap_domain", "plain_username", "plain_password", "socks_proxy"])
def test_what_the_stub_says_may_be_none(name):
    text = STUB.read_text(encoding="utf-8")
    assert f"def {name}(self, value: Buffer | None)" in text
    with zmq.Context() as ctx, ctx.socket(zmq.DEALER) as s:
        setattr(s, name, memoryview(b"name"))
        try:
            setattr(s, name, None)
        except zmq.ZMQError:  # this libzmq cannot unset it
            assert name == "zap_domain"


def test_properties_of_the_stub_cannot_be_set():
    text = STUB.read_text(encoding="utf-8")
    names = set(re.findall(r"def (\w+)\(self\)", text)) - set(re.findall(r"@(\w+)\.setter", text))
    assert {"fd", "EVENTS", "mechanism"} <= names
    with zmq.Context() as ctx, ctx.socket(zmq.XPUB) as s:
        for name in names:
            with pytest.raises((zmq.ZMQError, TypeError)):
                setattr(s, name, b"" if TYPES["bytes"] is declared("SocketOptions")[name] else 1)
