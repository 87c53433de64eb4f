# SPDX-License-Identifier: BSD-3-Clause
"""`python -m zmq.curve_keygen`, in processes of its own."""

import json
import subprocess
import sys

import pytest

import zmq


def keygen(*args, **options):
    command = [sys.executable, "-W", "error", "-m", "zmq.curve_keygen", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def printed(*args, **options):
    end = keygen(*args, **options)
    assert (end.returncode, end.stderr) == (0, "")
    return end.stdout


def test_a_pair_for_people():
    titles = ["== CURVE PUBLIC KEY ==", "== CURVE SECRET KEY =="]
    lines = printed().splitlines()
    assert [line for line in lines if line.startswith("== ")] == titles
    public, secret = (lines[lines.index(title) + 1] for title in titles)
    assert zmq.curve_public(secret.encode()) == public.encode()


def test_a_pair_for_programs():
    keys, others = json.loads(printed("--json")), json.loads(printed("--json"))
    assert set(keys) == {"public", "secret"}
    assert zmq.curve_public(keys["secret"].encode()).decode() == keys["public"]
    assert keys != others


def test_the_public_key_of_a_secret_one():
    public, secret = (key.decode() for key in zmq.curve_keypair())
    expected = {"public": public, "secret": secret}
    assert json.loads(printed("--json", f"--secret={secret}")) == expected
    assert json.loads(printed("--json", "--secret", "-", input=f"{secret}\n")) == expected
    assert public in printed(f"--secret={secret}")


@pytest.mark.parametrize("secret", ["", "short", "é" * 40, "\x01" * 40, "~" * 40])
def test_what_is_no_key(secret):
    end = keygen(f"--secret={secret}")
    assert (end.returncode, end.stdout) == (1, "")
    assert end.stderr.startswith("zmq.curve_keygen: ")
    assert len(end.stderr.splitlines()) == 1


def test_help_and_mistakes():
    assert "--secret" in printed("--help")
    end = keygen("--nonsense")
    assert end.returncode == 2
    assert "Traceback" not in end.stderr


def test_nothing_runs_on_import(output):
    assert output("import zmq.curve_keygen") == ""
