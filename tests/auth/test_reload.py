# SPDX-License-Identifier: BSD-3-Clause
"""Keys and passwords that come and go while the authenticator runs."""

import os
import time

import pytest

import zmq
from zmq.auth import create_certificates, load_certificate

LONG_AGO = time.time() - 1000


def curve(keys):
    key = zmq.utils.z85.decode(keys[0])
    return (b"1.0", b"7", b"domain", b"10.1.2.3", b"", b"CURVE", key)


def plain(name, password):
    return (b"1.0", b"7", b"domain", b"10.1.2.3", b"", b"PLAIN", name.encode(), password.encode())


@pytest.fixture
def accepts(ask):
    """`accepts(request)`: whether it is granted."""
    return lambda request: {b"200": True, b"400": False}[ask(*request)[2]]


def age(path):
    """Make a file look as if it had been there for long."""
    os.utime(path, (LONG_AGO, LONG_AGO))


def warnings_in(records):
    found = [
        each for each in records if each.levelname == "WARNING" and not hasattr(each, "decision")
    ]
    return [each.getMessage() for each in found]


def test_keys_are_as_of_the_last_reload(auth, accepts, certificates):
    (ann,) = certificates("ann")
    auth.configure_curve("*", certificates.path)
    (bob,) = certificates("bob")
    (certificates.path / "ann.key").unlink()
    assert accepts(curve(ann))
    assert not accepts(curve(bob))
    auth.reload()
    assert not accepts(curve(ann))
    assert accepts(curve(bob))
    (certificates.path / "ann.key").write_text("")
    auth.configure_curve("*", certificates.path)
    assert accepts(curve(bob))


def test_watched_keys_come_and_go(auth, accepts, certificates):
    auth.configure_curve("*", certificates.path, watch=True)
    for name in ("ann", "bob"):
        (keys,) = certificates(name)
        assert accepts(curve(keys))
        assert accepts(curve(keys))
        (certificates.path / f"{name}.key").unlink()
        assert not accepts(curve(keys))


def test_watched_keys_over_tcp(auth, curve, clients, certificates):
    s, client = curve(b"x")
    (ann, bob) = certificates("ann", "bob")
    (certificates.path / "bob.key").rename(certificates.path / "bob.away")
    auth.configure_curve("*", certificates.path, watch=True)
    assert clients(client(ann), client(bob)) == [0, 400]
    (certificates.path / "bob.away").rename(certificates.path / "bob.key")
    (certificates.path / "ann.key").unlink()
    assert clients(client(ann), client(bob)) == [400, 0]


def test_a_watched_key_that_is_replaced_in_its_file(auth, accepts, certificates):
    ann, bob = certificates("ann", "bob")
    path = certificates.path / "who.key"
    (certificates.path / "ann.key").rename(path)
    other = (certificates.path / "bob.key").read_bytes()
    (certificates.path / "bob.key").unlink()
    auth.configure_curve("*", certificates.path, watch=True)
    assert accepts(curve(ann))
    status = path.stat()
    with path.open("r+b") as file:  # the same file, of the same size
        file.write(other)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not accepts(curve(ann))
    assert accepts(curve(bob))


def test_a_key_in_two_watched_files_goes_with_the_last(auth, accepts, certificates):
    (ann,) = certificates("ann")
    first = certificates.path / "ann.key"
    second = certificates.path / "again.key"
    second.write_bytes(first.read_bytes())
    auth.configure_curve("*", certificates.path, watch=True)
    for path in (second, first):
        assert accepts(curve(ann))
        path.unlink()
    assert not accepts(curve(ann))


def test_a_half_written_file_is_skipped_with_one_warning(auth, accepts, certificates, records):
    ann, bob = certificates("ann", "bob")
    path = certificates.path / "ann.key"
    text = path.read_bytes()
    path.write_bytes(text[: text.index(b"public-key") + 30])
    auth.configure_curve("*", certificates.path, watch=True)
    for _ in range(3):
        assert not accepts(curve(ann))
        assert accepts(curve(bob))
    (warning,) = warnings_in(records)
    assert str(path) in warning
    assert "skipped" in warning
    path.write_bytes(text)
    assert accepts(curve(ann))


@pytest.mark.parametrize("watch", [False, True])
def test_a_directory_that_vanishes_lets_nobody_in(auth, accepts, certificates, records, watch):
    (ann,) = certificates("ann")
    auth.configure_curve("*", certificates.path, watch=watch)
    assert accepts(curve(ann))
    away = certificates.path.with_name("away")
    certificates.path.rename(away)
    assert accepts(curve(ann)) is not watch
    auth.reload()
    for _ in range(3):
        assert not accepts(curve(ann))
    (warning,) = warnings_in(records)
    assert str(certificates.path) in warning
    away.rename(certificates.path)
    assert accepts(curve(ann)) is watch
    auth.reload()
    assert accepts(curve(ann))


def test_a_directory_that_was_never_there(auth, accepts, tmp_path, records):
    auth.configure_curve("*", tmp_path / "nowhere")
    assert not accepts(curve(zmq.curve_keypair()))
    assert "nowhere" in warnings_in(records)[0]


def test_other_things_in_a_directory(auth, accepts, certificates, records):
    (ann,) = certificates("ann")
    path = certificates.path
    (path / "directory.key").mkdir()
    (path / "dangling.key").symlink_to(path / "nothing")
    os.mkfifo(path / "fifo.key")
    (path / "large.key").write_bytes(b"#" * (1 << 21))
    (path / "noise.key").write_bytes(bytes(range(256)))
    (path / "notes.txt").write_text("nothing")
    create_certificates(path, "other")
    auth.configure_curve("*", path, watch=True)
    other = load_certificate(path / "other.key")
    (path / "other.key").unlink()
    for _ in range(2):
        assert accepts(curve(ann))
        assert not accepts(curve(other))
    skipped = " ".join(warnings_in(records))
    assert all(f"{name}.key" in skipped for name in ("directory", "fifo", "large", "noise"))
    assert "notes" not in skipped
    assert len(warnings_in(records)) == 4


def test_a_relative_directory_stays_where_it_is(make_auth, accepts, certificates, monkeypatch):
    (ann,) = certificates("ann")
    monkeypatch.chdir(certificates.path)
    auth = make_auth()
    auth.configure_curve("*", watch=True)
    monkeypatch.chdir("/")
    auth.reload()
    assert accepts(curve(ann))


def test_many_certificates(make_auth, accepts, tmp_path):
    keys = []
    for number in range(500):
        keys.append(zmq.curve_keypair())
        text = f'curve\n    public-key = "{keys[-1][0].decode()}"\n'
        (tmp_path / f"{number}.key").write_text(text)
    make_auth().configure_curve("*", tmp_path, watch=True)
    assert all(accepts(curve(each)) for each in keys)


# -- passwords -----------------------------------------------------------------------------------


def test_a_password_file_is_read_again(auth, accepts, tmp_path):
    file = tmp_path / "passwords"
    file.write_text("# who may come\n\nann = secret \nbob=a=b#c\n", encoding="utf-8")
    auth.configure_plain("*", str(file))
    assert accepts(plain("ann", "secret"))
    assert accepts(plain("bob", "a=b#c"))
    assert not accepts(plain("# who may come", ""))
    status = file.stat()
    for password in ("Secret", "SEcret", "SECret"):  # of the same length
        file.write_text(f"ann = {password} \n", encoding="utf-8")
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert accepts(plain("ann", password))
        assert not accepts(plain("ann", "secret"))
    assert not accepts(plain("bob", "a=b#c"))


def test_an_old_password_file_that_changes(auth, accepts, tmp_path):
    file = tmp_path / "passwords"
    file.write_text("ann=one\n")
    age(file)
    auth.configure_plain("*", file)
    assert accepts(plain("ann", "one"))
    file.write_text("ann=two\n")
    age(file)  # the system still knows that it was changed
    assert accepts(plain("ann", "two"))
    assert not accepts(plain("ann", "one"))


def test_a_password_file_that_vanishes_lets_nobody_in(auth, accepts, tmp_path, records):
    file = tmp_path / "passwords"
    file.write_text("ann=secret\n")
    auth.configure_plain("*", file)
    file.rename(tmp_path / "away")
    for _ in range(3):
        assert not accepts(plain("ann", "secret"))
    (warning,) = warnings_in(records)
    assert str(file) in warning
    (tmp_path / "away").rename(file)
    assert accepts(plain("ann", "secret"))
    file.write_bytes(b"ann=secret\n\xff\n")
    assert not accepts(plain("ann", "secret"))
    assert len(warnings_in(records)) == 2


def test_wrong_lines_of_a_password_file_are_named_by_number(auth, accepts, tmp_path, records):
    file = tmp_path / "passwords"
    file.write_text("ann=secret\nsword\n=fish\nbob=\n")
    auth.configure_plain("*", file)
    assert accepts(plain("ann", "secret"))
    assert not accepts(plain("sword", ""))
    assert not accepts(plain("", "fish"))
    assert accepts(plain("bob", ""))
    (warning,) = warnings_in(records)
    assert warning.endswith("line 2, 3")


def test_a_mapping_may_change(auth, accepts):
    passwords = {}
    auth.configure_plain("*", passwords)
    assert not accepts(plain("ann", "secret"))
    passwords["ann"] = "secret"
    assert accepts(plain("ann", "secret"))
    passwords["ann"] = b"other"
    assert accepts(plain("ann", "other"))
    auth.reload()
    del passwords["ann"]
    assert not accepts(plain("ann", "other"))


def test_a_domain_of_its_own_without_users(auth, accepts):
    auth.configure_plain("*", {"ann": "secret"})
    assert accepts(plain("ann", "secret"))
    auth.configure_plain("domain")
    assert not accepts(plain("ann", "secret"))


STRANGERS = """
    import logging, os, sys, time
    import zmq
    from zmq.auth._keydirectory import KeyDirectory

    folder = sys.argv[1]
    for number in range(300):
        with open(f"{folder}/{number}.key", "w") as file:
            file.write(f'curve\\n    public-key = "{zmq.curve_keypair()[0].decode()}"')
    directory = KeyDirectory(folder, logging.getLogger(), watch=True)
    scans = []
    sys.addaudithook(lambda event, _: scans.append(event) if event == "os.scandir" else None)
    end = time.monotonic() + 2.5  # until a change could not go unnoticed
    while time.monotonic() < end:
        assert directory.find(b"x" * 40) is None
    seen = len(scans)
    for _ in range(1000):
        assert directory.find(b"x" * 40) is None
    print(seen > 1, len(scans) - seen)
"""


def test_strangers_do_not_keep_the_disk_busy(output, tmp_path):
    some, many = output(STRANGERS, tmp_path, deadline=60).split()
    assert some == "True"
    assert int(many) < 500
