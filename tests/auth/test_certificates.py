# SPDX-License-Identifier: BSD-3-Clause
"""Certificate files: what is written, what is understood, and who can read it."""

import os
import re
import stat
import threading
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import zmq
from zmq.auth import create_certificates, load_certificate, load_certificates, load_metadata
from zmq.auth._zpl import Certificate, clean_metadata, compose, parse
from zmq.auth.certs import _cert_public_banner, _cert_secret_banner, _write_key_file

PUBLIC, SECRET = (key.decode() for key in zmq.curve_keypair())


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture(params=[0o022, 0o000, 0o077])
def umask(request):
    former = os.umask(request.param)
    yield request.param
    os.umask(former)


def test_both_files_have_their_keys(tmp_path):
    public_file, secret_file = create_certificates(str(tmp_path), "ann", {"email": "ann@x"})
    assert public_file == str(tmp_path / "ann.key")
    assert secret_file == str(tmp_path / "ann.key_secret")
    public, nothing = load_certificate(public_file)
    assert nothing is None
    same, secret = load_certificate(secret_file)
    assert same == public == zmq.curve_public(secret)
    assert load_metadata(public_file) == load_metadata(secret_file) == {"email": "ann@x"}
    assert secret not in (tmp_path / "ann.key").read_bytes()


def test_only_the_owner_may_read_a_secret(tmp_path, umask):
    public_file, secret_file = create_certificates(tmp_path, "ann")
    assert mode(secret_file) == 0o600
    assert mode(public_file) == 0o666 & ~umask


def test_a_secret_is_never_exposed_while_it_is_written(tmp_path):
    """Whatever appears in the directory meanwhile is for the owner alone, or has no secret."""
    seen, ended = set(), threading.Event()

    def watch():
        while not ended.is_set():
            for each in os.scandir(tmp_path):
                try:
                    seen.add(("secret" in each.name, mode(each.path)))
                except FileNotFoundError:
                    pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    umask = os.umask(0)
    try:
        for _ in range(50):
            create_certificates(tmp_path, "ann")
    finally:
        os.umask(umask)
        ended.set()
        watcher.join()
    assert {bits for is_secret, bits in seen if is_secret} == {0o600}


def test_an_exposed_file_is_replaced_by_a_safe_one(tmp_path):
    path = tmp_path / "ann.key_secret"
    path.write_text("exposed")
    path.chmod(0o666)
    with path.open() as kept_open:
        create_certificates(tmp_path, "ann")
        assert mode(path) == 0o600
        assert kept_open.read() == "exposed"  # who had it open reads no new secret


def test_a_link_is_replaced_and_not_followed(tmp_path):
    target = tmp_path / "target"
    target.write_text("untouched")
    (tmp_path / "ann.key_secret").symlink_to(target)
    create_certificates(tmp_path, "ann")
    assert target.read_text() == "untouched"
    assert not (tmp_path / "ann.key_secret").is_symlink()


def test_overwriting(tmp_path):
    first = load_certificate(create_certificates(tmp_path, "ann")[1])
    second = load_certificate(create_certificates(tmp_path, "ann")[1])
    assert first != second
    with pytest.raises(FileExistsError, match="ann.key"):
        create_certificates(tmp_path, "ann", overwrite=False)
    assert load_certificate(tmp_path / "ann.key_secret") == second
    for name in ("ann.key", "ann.key_secret"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).unlink()
        with pytest.raises(FileExistsError, match="choose another name"):
            create_certificates(tmp_path, "ann", overwrite=False)
        assert len(list(tmp_path.iterdir())) == 1
        (tmp_path / name).write_bytes(content)
    create_certificates(tmp_path, "bob", overwrite=False)


def test_one_of_many_wins_without_overwriting(tmp_path):
    won, barrier = [], threading.Barrier(8)

    def create():
        barrier.wait()
        try:
            won.append(create_certificates(tmp_path, "ann", overwrite=False))
        except FileExistsError:
            pass

    threads = [threading.Thread(target=create) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(won) <= 1
    if won:
        assert load_certificate(won[0][0])[0] == load_certificate(won[0][1])[0]
    assert not list(tmp_path.glob(".*"))


def test_nothing_is_left_behind_when_writing_fails(tmp_path):
    for name in ("ann.key_secret", "bob.key"):
        (tmp_path / name).mkdir()
    for overwrite in (True, False):
        with pytest.raises(OSError):
            create_certificates(tmp_path, "ann", overwrite=overwrite)
    with pytest.raises(FileExistsError):
        create_certificates(tmp_path, "bob", overwrite=False)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ann.key_secret", "bob.key"]


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_names_that_are_none(tmp_path, name):
    with pytest.raises(ValueError, match="no name for a certificate"):
        create_certificates(tmp_path, name)


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="make .*nowhere"):
        create_certificates(tmp_path / "nowhere", "ann")
    with pytest.raises(OSError, match="nowhere"):
        load_certificates(tmp_path / "nowhere")
    with pytest.raises(OSError, match="nowhere"):
        load_certificate(tmp_path / "nowhere")


@pytest.mark.parametrize("exposed", [0o640, 0o604, 0o620, 0o666])
def test_an_exposed_secret_is_warned_of(tmp_path, exposed):
    _, secret_file = create_certificates(tmp_path, "ann")
    os.chmod(secret_file, exposed)
    with pytest.warns(zmq.SecurityWarning, match="ann.key_secret.*chmod 600") as caught:
        load_certificate(secret_file)
    assert caught[0].filename == __file__
    os.chmod(secret_file, 0o400)
    load_certificate(secret_file)


def test_load_certificates(tmp_path, monkeypatch):
    keys = {load_certificate(create_certificates(tmp_path, name)[0])[0] for name in ("ann", "bob")}
    assert load_certificates(tmp_path) == dict.fromkeys(keys, True)
    monkeypatch.chdir(tmp_path)
    assert load_certificates() == dict.fromkeys(keys, True)
    (tmp_path / "cid.key").write_text("curve\n    public-key = ")
    with pytest.warns(UserWarning, match="cid.key"):
        assert load_certificates(tmp_path) == dict.fromkeys(keys, True)


# -- the format ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f'curve\n    public-key = "{PUBLIC}"\n    secret-key = "{SECRET}"\n',
        f"curve\n    public-key = '{PUBLIC}'\n    secret-key = '{SECRET}'\n",
        f'metadata\ncurve\n\tpublic-key="{PUBLIC}"\n\tsecret-key   =   "{SECRET}"   # mine\n',
        f'# x = "y"\r\ncurve\r\n    public-key = "{PUBLIC}"\r\n    secret-key = "{SECRET}"',
        f'public-key = "{PUBLIC}"\nsecret-key = "{SECRET}"\n',
        f'curve\n    secret-key = "{SECRET}"\n    public-key = "{PUBLIC}"\nother\n    x = 1\n',
        f"metadata\n  public-key = x\ncurve\n  public-key = '{PUBLIC}'\n  secret-key = '{SECRET}'",
        f'\ufeffcurve\n    public-key = "{PUBLIC}"\n    secret-key = "{SECRET}"\n',
    ],
    ids=range(8),
)
def test_what_is_understood(tmp_path, text):
    path = tmp_path / "some.key"
    path.write_bytes(text.encode())
    path.chmod(0o600)
    assert load_certificate(path) == (PUBLIC.encode(), SECRET.encode())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no public key"),
        ("curve\n", "no public key"),
        (f'# public-key = "{PUBLIC}"\n', "no public key"),
        (f'curve\n    secret-key = "{SECRET}"\n', "no public key"),
        (f'metadata\n    public-key = "{PUBLIC}"\n', "no public key"),
        (f'curve\n    public-key = "{PUBLIC}\n', "line 2"),
        (f'curve\n    public-key = "{PUBLIC}" x\n', "line 2"),
        (f'curve\n    public-key = "{PUBLIC[1:]}"\n', "line 2: the public-key is not 40"),
        (f'curve\n    public-key = "{PUBLIC}0"\n', "line 2: the public-key is not 40"),
        (f'curve\n    public-key = "{PUBLIC[:-1]}~"\n', "line 2: the public-key is not 40"),
        ("curve\n    public-key =\n", "line 2"),
        (f'curve\n    public-key = "{PUBLIC}"\n    public-key = "{PUBLIC}"\n', "line 3: a second"),
        (f'curve\n    public-key = "{PUBLIC}"\n    secret-key = "{SECRET[:9]}"\n', "line 3"),
    ],
    ids=range(13),
)
def test_what_is_wrong_is_said(tmp_path, text, problem):
    path = tmp_path / "some.key"
    path.write_text(text)
    with pytest.raises(ValueError, match=re.escape(problem)) as caught:
        load_certificate(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["a b", "", "é", "a=b", "a#b", "\n"])
def test_metadata_names_that_cannot_be_written(tmp_path, name):
    with pytest.raises(ValueError, match="metadata name"):
        create_certificates(tmp_path, "ann", {name: "x"})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", ["a\nb", "a\0", "\x1b[1m", "\"'", "\x85", "\u2028"])
def test_metadata_values_that_cannot_be_written(tmp_path, value):
    with pytest.raises(ValueError, match="metadata 'name'"):
        create_certificates(tmp_path, "ann", {"name": value})


def test_metadata_may_be_bytes_or_numbers(tmp_path):
    public_file, _ = create_certificates(tmp_path, "ann", {b"name": "Ännchen".encode(), "age": 7})
    assert load_metadata(public_file) == {"name": "Ännchen", "age": "7"}


names = st.text(st.sampled_from("abcXYZ019$-_@.&+/"), min_size=1, max_size=20)
values = st.text(max_size=50).filter(lambda text: text.isprintable() and not {'"', "'"} <= {*text})
keys = st.text(st.sampled_from(zmq.utils.z85.Z85CHARS.decode()), min_size=40, max_size=40)


@settings(deadline=None)
@given(st.dictionaries(names, values), keys, st.none() | keys)
@example({"curve": "metadata", "public-key": "#"}, PUBLIC, SECRET)
@example({"a": " x "}, "#" * 40, "=" * 40)
def test_what_is_written_is_read(metadata, public, secret):
    written = Certificate(public.encode(), secret and secret.encode(), clean_metadata(metadata))
    assert parse(compose(written, "# banner\n")) == written


LINES = st.sampled_from(
    [
        "curve",
        "metadata",
        f'    public-key = "{PUBLIC}"',
        f"    secret-key = '{SECRET}'",
        "#",
        "=",
        '    a = "b"',
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES | st.text(max_size=60)).map("\n".join) | st.text())
def test_any_text_is_a_certificate_or_a_value_error(text):
    try:
        found = parse(text)
    except ValueError as exc:
        assert SECRET not in str(exc)
        assert PUBLIC not in str(exc)
    else:
        assert len(found.public_key) == 40
        assert zmq.utils.z85.decode(found.public_key)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_any_file_is_a_certificate_or_a_value_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.key"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", zmq.SecurityWarning)
        try:
            assert len(load_certificate(path)[0]) == 40
        except ValueError as exc:
            assert "any.key" in str(exc)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_file_cut_anywhere_has_its_own_key_or_none(data):
    text = compose(Certificate(PUBLIC.encode(), SECRET.encode(), {"a": "b"}), _cert_secret_banner)
    cut = data.draw(st.integers(0, len(text)))
    try:
        found = parse(text[:cut])
    except ValueError:
        return
    assert found.public_key == PUBLIC.encode()
    assert found.secret_key in (None, SECRET.encode())


# -- programs that write keys of their own -------------------------------------------------------


@pytest.mark.parametrize("kind", [str, str.encode])
def test_writing_keys_of_ones_own(tmp_path, kind):
    public_file, secret_file = tmp_path / "a.key", str(tmp_path / "a.key_secret")
    _write_key_file(public_file, _cert_public_banner, kind(PUBLIC), metadata={"a": "b"})
    _write_key_file(secret_file, "# by {0}\n", kind(PUBLIC), kind(SECRET), {kind("a"): kind("b")})
    assert load_certificate(public_file) == (PUBLIC.encode(), None)
    assert load_certificate(secret_file) == (PUBLIC.encode(), SECRET.encode())
    assert load_metadata(public_file) == load_metadata(secret_file) == {"a": "b"}
    assert mode(secret_file) == 0o600
    assert "{0}" not in public_file.read_text()
    with pytest.raises(ValueError, match="40 characters"):
        _write_key_file(public_file, "", "short")
    with pytest.raises(ValueError, match="40 characters"):
        _write_key_file(public_file, "", PUBLIC, 'x"\n' + SECRET[3:])


def test_files_in_the_format_of_pyzmq(tmp_path):
    path = tmp_path / "old.key_secret"
    path.write_text(
        "#   ****  Generated on 2026-11-21 10:38:01.568528 by pyzmq  ****\n"
        "#   ZeroMQ CURVE **Secret** Certificate\n\n"
        "metadata\n    a = b\n    text = two words # and a comment\ncurve\n"
        f'    public-key = "{PUBLIC}"\n    secret-key = "{SECRET}"\n'
    )
    path.chmod(0o600)
    assert load_certificate(path) == (PUBLIC.encode(), SECRET.encode())
    assert load_metadata(path) == {"a": "b", "text": "two words"}
