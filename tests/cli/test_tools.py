# SPDX-License-Identifier: BSD-3-Clause
"""`zmq info`, `monitor`, `bench` and `keygen`."""

import json
import os
import stat

import pytest

import zmq

# -- info ----------------------------------------------------------------------------------------


def test_info(cli):
    status, out, err = cli("info")
    assert (status, err) == (0, "")
    text = out.decode()
    for word in (zmq.zmq_version(), zmq.__version__, zmq.build_info()["version"], "curve"):
        assert word in text


def test_info_for_programs(cli):
    status, out, _ = cli("info", "--json")
    assert status == 0
    facts = json.loads(out)
    assert facts["libzmq"] == zmq.zmq_version()
    assert facts["capabilities"]["curve"] is zmq.has("curve")
    assert set(facts["extensions"]) == {"auth", "devices", "eventloop", "green", "log", "ssh"}


# -- monitor -------------------------------------------------------------------------------------


def test_monitor_of_a_connection(begin, socket):
    server = socket(zmq.ROUTER)
    endpoint = server.bind("tcp://127.0.0.1:0").endpoint
    command = begin("monitor", endpoint)
    while True:
        clock, name, where = command.line().split()
        assert where.rstrip(":") == endpoint
        if name == "HANDSHAKE_SUCCEEDED":
            break
    assert len(clock) == len("12:34:56.789")
    server.close()
    while "DISCONNECTED" not in command.line():
        pass
    command.interrupt()
    assert command.end()[0] == 130


def test_monitor_of_a_listener(begin, socket):
    command = begin("monitor", "--json", "--bind", "--type", "PULL", "-n", 3, "tcp://127.0.0.1:0")
    client = socket(zmq.PUSH)
    client.connect(command.endpoint())
    status, out, _ = command.end()
    assert status == 0
    events = [json.loads(line) for line in out.splitlines()]
    names = [event["event"] for event in events]
    assert names == ["LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED"]
    assert all(set(event) == {"time", "event", "endpoint", "value"} for event in events)


def test_monitor_names_what_goes_wrong(begin, socket):
    server = socket(zmq.PULL)
    _, secret = zmq.curve_keypair()
    server.curve_server, server.curve_secretkey = 1, secret
    command = begin(
        "monitor", "--json", "--type", "PUSH", server.bind("tcp://127.0.0.1:0").endpoint
    )
    while True:
        event = json.loads(command.line())
        if event["event"].startswith("HANDSHAKE_FAILED"):
            break
    assert event.get("protocol_error") or event.get("error")
    command.interrupt()
    assert command.end()[0] == 130


def test_nothing_to_monitor(cli):
    status, out, err = cli("monitor", "-b", "-q", "-t", 100, "tcp://127.0.0.1:0")
    assert status == 3
    assert out.count(b"\n") == 1
    assert "nothing happened within 100 ms" in err


# -- bench ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_bench_prints_a_table(cli, transport):
    status, out, err = cli(
        "bench", "--seconds", 0.02, "--sizes", "1,1000", "--transport", transport
    )
    assert (status, err) == (0, "")
    head, *rows = out.decode().splitlines()
    assert head.split()[:3] == ["bytes", "messages/s", "MB/s"]
    assert [row.split()[0] for row in rows] == ["1", "1000"]
    for row in rows:
        assert all(float(number.replace(",", "")) >= 0 for number in row.split())


def test_bench_for_programs(cli, tmp_path):
    # in a directory with something of the same name
    (tmp_path / "zmq").mkdir()
    (tmp_path / "zmq" / "__init__.py").write_text("raise SystemExit('another zmq')")
    (tmp_path / "json.py").write_text("raise SystemExit('another json')")
    code = (
        "import sys; sys.path.pop(0); sys.argv[0] = 'zmq'; from zmq._cli.main import main; main()"
    )
    import subprocess
    import sys

    end = subprocess.run(
        [sys.executable, "-c", code, "bench", "--json", "--seconds", "0.02", "--sizes", "10"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (end.returncode, end.stderr) == (0, "")
    (row,) = json.loads(end.stdout)
    assert row["bytes"] == 10
    assert row["messages_per_second"] > 0
    assert 0 < row["latency_us"] <= row["latency_99_us"]


# -- keygen, and messages that are encrypted -----------------------------------------------------


def test_keygen_prints_what_curve_keygen_prints(cli):
    status, out, _ = cli("keygen", "--json")
    assert status == 0
    keys = json.loads(out)
    assert zmq.curve_public(keys["secret"].encode()).decode() == keys["public"]
    status, out, _ = cli("keygen", "--json", "--secret", "-", text=keys["secret"].encode() + b"\n")
    assert json.loads(out) == keys


def test_keygen_writes_files(cli, tmp_path):
    path = tmp_path / "server.key"
    status, out, err = cli("keygen", path)
    assert (status, err) == (0, "")
    assert str(path) in out.decode()
    keys, public = (
        json.loads(path.read_text()),
        json.loads((tmp_path / "server.key.pub").read_text()),
    )
    assert set(keys) == {"public", "secret"}
    assert public == {"public": keys["public"]}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600

    status, _, err = cli("keygen", path)
    assert status == 1
    assert "--force" in err
    assert json.loads(path.read_text()) == keys
    assert cli("keygen", "--force", path)[0] == 0
    assert json.loads(path.read_text()) != keys


@pytest.fixture
def keys(cli, tmp_path):
    for name in ("server", "client", "stranger"):
        assert cli("keygen", tmp_path / name)[0] == 0
    return tmp_path


def test_messages_are_encrypted(begin, cli, keys):
    receiver = begin("recv", "-n", 2, "--server", "--key", keys / "server", "tcp://127.0.0.1:0")
    endpoint = receiver.endpoint()
    server = ["--server-key", keys / "server.pub"]
    assert cli("send", endpoint, *server, "one") == (0, b"", "")
    assert cli("send", endpoint, *server, "--key", keys / "client", "two") == (0, b"", "")
    assert receiver.end()[:2] == (0, b"one\ntwo\n")


@pytest.mark.parametrize("options", [[], ["--server-key", "stranger.pub"]])
def test_without_the_key_nothing_gets_through(begin, cli, keys, options):
    receiver = begin("recv", "-n", 1, "--server", "--key", keys / "server", "tcp://127.0.0.1:0")
    endpoint = receiver.endpoint()
    options = [keys / each if each.endswith(".pub") else each for each in options]
    status, _, err = cli("send", endpoint, "-t", 300, *options, "x")
    assert status == 3
    receiver.interrupt()
    assert receiver.end()[:2] == (130, b"")


CERTIFICATE = """
metadata
    name = "x"
curve
    public-key = "{public}"
    secret-key = "{secret}"
"""


def test_keys_in_other_files(begin, cli, tmp_path):
    public, secret = (key.decode() for key in zmq.curve_keypair())
    files = {
        "certificate": CERTIFICATE.format(public=public, secret=secret),
        "printed": f"== CURVE PUBLIC KEY ==\n{public}\n\n== CURVE SECRET KEY ==\n{secret}\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "alone").write_text(f"{public}\n")
    (tmp_path / "alone-secret").write_text(f"{secret}\n")
    for server_file, client_file in (
        ("certificate", "printed"),
        ("printed", "alone"),
        ("alone-secret", "certificate"),
    ):
        receiver = begin(
            "recv", "-n", 1, "--server", "--key", tmp_path / server_file, "tcp://127.0.0.1:0"
        )
        options = ["--server-key", tmp_path / client_file]
        assert cli("send", receiver.endpoint(), *options, "-t", 5000, "x")[0] == 0
        assert receiver.end()[:2] == (0, b"x\n")


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "x" * 39, "~" * 40, '{"public": 5}'])
def test_a_file_without_a_key(cli, tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    status, _, err = cli("send", "tcp://127.0.0.1:1", "--server-key", path, "x")
    assert status == 1
    assert f"no public key in {path}" in err
