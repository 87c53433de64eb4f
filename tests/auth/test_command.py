# SPDX-License-Identifier: BSD-3-Clause
"""The command line, from a shell's point of view."""

import json
import os
import subprocess
import sys

import pytest

import zmq
from zmq.auth import create_certificates, load_certificate, load_metadata

COMMAND = [sys.executable, "-W", "error", "-m", "zmq.auth"]


@pytest.fixture
def command(tmp_path):
    """`command(*words, stdin="")`: status, output and errors of a command."""

    def command(*words, stdin=""):
        done = subprocess.run(
            [*COMMAND, *map(str, words)],
            cwd=tmp_path,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=60,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err
        return done.returncode, out, err

    return command


@pytest.fixture
def good(command):
    """The output of a command that must succeed in silence."""

    def good(*words, **kwargs):
        status, out, err = command(*words, **kwargs)
        assert (status, err) == (0, ""), err
        return out

    return good


@pytest.fixture
def fails(command):
    """`fails(status, *words)`: the message of a command that must fail."""

    def fails(status, *words, **kwargs):
        got, out, err = command(*words, **kwargs)
        assert (got, out) == (status, "")
        return err

    return fails


def test_create(good, tmp_path):
    (tmp_path / "keys").mkdir()
    pairs = ("--metadata", "email=ann@x", "--metadata", "name=Änn = Ann")
    out = good("create", "ann", "--dir", "keys", *pairs)
    assert out.split() == ["keys/ann.key", "keys/ann.key_secret"]
    assert load_certificate(tmp_path / "keys/ann.key_secret")[1]
    assert load_metadata(tmp_path / "keys/ann.key") == {"email": "ann@x", "name": "Änn = Ann"}


def test_create_refuses_to_overwrite(good, fails, tmp_path):
    good("create", "ann")
    before = load_certificate(tmp_path / "ann.key_secret")
    assert "ann.key" in fails(2, "create", "ann")
    assert load_certificate(tmp_path / "ann.key_secret") == before
    good("create", "ann", "--overwrite")
    assert load_certificate(tmp_path / "ann.key_secret") != before


def test_show(good, tmp_path):
    public_file, secret_file = create_certificates(tmp_path, "ann", {"email": "ann@x"})
    public, secret = (key.decode() for key in load_certificate(secret_file))
    assert good("show", public_file) == f"public key: {public}\nsecret key: none\nemail = ann@x\n"
    out = good("show", secret_file)
    assert public in out
    assert secret not in out
    assert f"secret key: {secret}" in good("show", secret_file, "--secret")
    shown = json.loads(good("show", secret_file, "--json"))
    assert shown == {"public": public, "has_secret": True, "metadata": {"email": "ann@x"}}
    assert json.loads(good("show", secret_file, "--json", "--secret"))["secret"] == secret
    os.chmod(secret_file, 0o644)
    assert "others can read" in good("show", secret_file)


def test_show_sends_nothing_evil_to_a_terminal(good, tmp_path):
    public_file, _ = create_certificates(tmp_path, "ann")
    with open(public_file, "a") as file:
        file.write('metadata\n    a = "\x1b[2J"\n')
    assert good("show", public_file).splitlines()[2:] == [r"a = '\x1b[2J'"]


def test_check_of_a_good_directory(good, tmp_path):
    for name in ("ann", "bob"):
        create_certificates(tmp_path, name)
    (tmp_path / "notes.txt").write_text("x")
    assert good("check") == good("check", tmp_path) == "4 files, 0 problems\n"


def test_check_finds_what_is_wrong(command, tmp_path):
    for name in ("ann", "bob", "cid", "dan", "eve"):
        create_certificates(tmp_path, name)
    (tmp_path / "ann.key_secret").chmod(0o640)
    (tmp_path / "bob.key").chmod(0o666)
    (tmp_path / "cid.key").write_bytes((tmp_path / "ann.key").read_bytes())
    (tmp_path / "cid.key_secret").write_text("curve\n")
    (tmp_path / "fay.key").write_bytes((tmp_path / "dan.key_secret").read_bytes())
    (tmp_path / "fay.key").chmod(0o600)
    other = load_certificate(tmp_path / "bob.key")[0].decode()
    text = (tmp_path / "eve.key_secret").read_text()
    own = load_certificate(tmp_path / "eve.key")[0].decode()
    (tmp_path / "eve.key_secret").write_text(text.replace(own, other))
    (tmp_path / "gus.key_secret").write_bytes((tmp_path / "bob.key").read_bytes())
    (tmp_path / ".ann.key.12.tmp").write_text("")
    tmp_path.chmod(0o777)
    status, out, err = command("check")
    assert (status, err) == (1, "")
    lines = out.splitlines()
    assert lines.pop() == "12 files, 11 problems"
    found = {}
    for line in lines:
        name, _, problem = line.partition(": ")
        found.setdefault(name, []).append(problem)
    assert sorted(found) == sorted(
        [
            ".",
            ".ann.key.12.tmp",
            "ann.key_secret",
            "bob.key",
            "cid.key",
            "cid.key_secret",
            "eve.key_secret",
            "fay.key",
            "gus.key_secret",
        ]
    )
    assert [len(found[name]) for name in ("cid.key", "fay.key", "eve.key_secret")] == [1, 2, 2]
    assert "mode 0640" in found["ann.key_secret"][0]
    assert "same key as ann.key" in found["cid.key"][0]
    assert "no public key" in found["cid.key_secret"][0]
    assert "does not belong" in found["eve.key_secret"][0]
    assert "no secret key" in found["gus.key_secret"][0]
    assert "add and remove" in found["."][0]


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_convert_there_and_back(good, tmp_path, flags):
    _, secret_file = create_certificates(tmp_path, "ann")
    plain = good("convert", secret_file, *flags)
    (tmp_path / "plain").write_text(plain)
    out = good("convert", "plain", "--name", "again", "--metadata", "a=b")
    assert out.split() == ["./again.key", "./again.key_secret"]
    assert load_certificate(tmp_path / "again.key_secret") == load_certificate(secret_file)
    assert load_metadata(tmp_path / "again.key") == {"a": "b"}
    assert good("convert", "-", *flags, stdin=(tmp_path / "again.key_secret").read_text()) == plain


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_convert_what_curve_keygen_prints(good, tmp_path, flags):
    made = subprocess.run(
        [sys.executable, "-m", "zmq.curve_keygen", *flags], capture_output=True, check=True
    ).stdout
    good("convert", "-", "--name", "ann", stdin=made)
    public, secret = load_certificate(tmp_path / "ann.key_secret")
    assert public in made
    assert secret in made
    assert good("convert", "ann.key_secret", *flags).encode() == made


def test_convert_to_a_file_for_the_owner(good, fails, tmp_path):
    public_file, secret_file = create_certificates(tmp_path, "ann")
    assert good("convert", secret_file, "--json", "--output", "plain") == ""
    assert (tmp_path / "plain").stat().st_mode & 0o777 == 0o600
    secret = load_certificate(secret_file)[1].decode()
    assert json.loads((tmp_path / "plain").read_text())["secret"] == secret
    assert "--overwrite" in fails(2, "convert", secret_file, "--output", "plain")
    good("convert", public_file, "--output", "plain", "--overwrite")
    assert "SECRET" not in (tmp_path / "plain").read_text()


KEYS = dict(zip(("public", "secret"), map(bytes.decode, zmq.curve_keypair())))
MIXED = {**KEYS, "public": zmq.curve_keypair()[0].decode()}


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        ([], "", "COMMAND"),
        (["creat", "x"], "", "invalid choice"),
        (["create"], "", "NAME"),
        (["create", "../x"], "", "no name for a certificate"),
        (["create", ""], "", "no name for a certificate"),
        (["create", "x\n"], "", "no name for a certificate"),
        (["create", "x", "--dir", "nowhere"], "", "make 'nowhere' first"),
        (["create", "x", "--metadata", "a"], "", "NAME=VALUE"),
        (["create", "x", "--metadata", "a b=c"], "", "metadata name"),
        (["create", "x", "--metadata", "a=\n"], "", "control character"),
        (["show", "nowhere"], "", "nowhere: No such file"),
        (["show", "."], "", "not a regular file"),
        (["show", "/dev/zero"], "", "not a regular file"),
        (["check", "nowhere"], "", "nowhere: No such file"),
        (["check", "/dev/null"], "", "/dev/null: Not a directory"),
        (["convert", "nowhere"], "", "nowhere: No such file"),
        (["convert", "-"], "", "no public key"),
        (["convert", "-"], b"\xff\xfe", "not UTF-8"),
        (["convert", "-"], b"#" * (1 << 21), "longer than"),
        (["convert", "-"], "{", "JSON"),
        (["convert", "-"], "{" * 100_000, "JSON"),
        (["convert", "-"], '{"a":' * 100_000, "JSON"),
        (["convert", "-"], "{}", "not both keys"),
        (["convert", "-"], '{"public": 1, "secret": 2}', "not both keys"),
        (["convert", "-"], json.dumps(KEYS), "--name"),
        (["convert", "-", "--name", "x"], json.dumps(MIXED), "do not belong together"),
        (["convert", "-", "--name", "x"], '{"public": "é", "secret": "é"}', "40 characters"),
    ],
    ids=range(27),
)
def test_mistakes(fails, words, stdin, message):
    said = fails(2, *words, stdin=stdin)
    assert message in said
    assert KEYS["secret"] not in said


def test_mistakes_about_the_direction(fails, good, tmp_path):
    create_certificates(tmp_path, "ann")
    plain = good("convert", "ann.key_secret")
    assert "already" in fails(2, "convert", "ann.key", "--name", "x")
    assert "no metadata" in fails(2, "convert", "ann.key", "--metadata", "a=b")
    assert "already" in fails(2, "convert", "-", "--name", "x", "--json", stdin=plain)


def test_help(good):
    assert "exit status" in good("--help")
    for name in ("create", "show", "check", "convert"):
        assert "usage" in good(name, "--help")


@pytest.mark.parametrize("words", [["check"], ["--help"]])
def test_a_reader_that_goes_away(tmp_path, words):
    create_certificates(tmp_path, "ann")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, *words], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, timeout=60
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
