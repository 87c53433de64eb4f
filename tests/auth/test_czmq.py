# SPDX-License-Identifier: BSD-3-Clause
"""Certificates that czmq's zcert reads and writes, by a C program that does that."""

import shutil
import subprocess

import pytest

import zmq
from zmq.auth import create_certificates, load_certificate, load_metadata

PROGRAM = r"""
#include <czmq.h>

/* zcert load FILE NAME...: both keys, and metadata by name, one a line
   zcert save FILE NAME VALUE...: a new certificate with this metadata, and its keys
   zcert accept DIR KEY...: whether a store of certificates has these public keys */

static void show (zcert_t *cert) {
    puts (zcert_public_txt (cert));
    puts (zcert_secret_txt (cert));
}

int main (int count, char **words) {
    int n;
    zcert_t *cert;
    zsys_set_logstream (stderr);
    if (streq (words [1], "load")) {
        cert = zcert_load (words [2]);
        if (!cert)
            return 3;
        show (cert);
        for (n = 3; n < count; n++)
            puts (zcert_meta (cert, words [n]) ? zcert_meta (cert, words [n]) : "(none)");
        zcert_destroy (&cert);
    }
    else if (streq (words [1], "save")) {
        cert = zcert_new ();
        for (n = 3; n + 1 < count; n += 2)
            zcert_set_meta (cert, words [n], "%s", words [n + 1]);
        if (zcert_save (cert, words [2]))
            return 4;
        show (cert);
        zcert_destroy (&cert);
    }
    else {
        zcertstore_t *store = zcertstore_new (words [2]);
        for (n = 3; n < count; n++)
            puts (zcertstore_lookup (store, words [n]) ? "yes" : "no");
        zcertstore_destroy (&store);
    }
    return 0;
}
"""


def find_flags():
    """What a compiler needs for czmq, or None where it is not installed."""
    if not shutil.which("pkg-config") or not shutil.which("cc"):
        return None
    asked = ["pkg-config", "--cflags", "--libs", "libczmq", "libzmq"]
    done = subprocess.run(asked, capture_output=True, text=True)
    return None if done.returncode else done.stdout.split()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    flags = find_flags()
    if flags is None:
        pytest.skip("czmq's headers are not installed: ./dev does that")
    folder = tmp_path_factory.mktemp("zcert")
    (folder / "zcert.c").write_text(PROGRAM)
    subprocess.run(["cc", "-o", "zcert", "zcert.c", *flags], cwd=folder, check=True)
    return folder / "zcert"


@pytest.fixture
def zcert(program, tmp_path):
    """`zcert(word, …)`: the lines that the C program prints."""

    def zcert(*words):
        done = subprocess.run(
            [program, *words], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done
        return done.stdout.splitlines()

    return zcert


METADATA = {
    "name": "Ann Änders",
    "email": "ann@example.com",
    "motto": 'so "quoted" # and = more',
    "possessive": "Ann's",
    "empty": "",
    "blanks": "  inside  ",
}


def test_zcert_reads_ours(zcert, tmp_path):
    public_file, secret_file = create_certificates(tmp_path, "ann", METADATA)
    public, secret = load_certificate(secret_file)
    lines = zcert("load", public_file, *METADATA)  # it finds the secret file beside it
    assert lines[:2] == [public.decode(), secret.decode()]
    assert dict(zip(METADATA, lines[2:])) == METADATA


def test_zcert_reads_our_public_part_alone(zcert, tmp_path):
    public_file, secret_file = create_certificates(tmp_path, "ann", METADATA)
    public, _ = load_certificate(public_file)
    (tmp_path / "ann.key_secret").unlink()
    lines = zcert("load", public_file, *METADATA)
    assert lines[0] == public.decode()
    assert set(lines[1]) == {"0"}
    assert dict(zip(METADATA, lines[2:])) == METADATA


def test_we_read_those_of_zcert(zcert, tmp_path):
    pairs = {**METADATA, "motto": "# and = more"}
    words = [word for pair in pairs.items() for word in pair]
    public, secret = (line.encode() for line in zcert("save", "bob.key", *words))
    assert load_certificate(tmp_path / "bob.key") == (public, None)
    assert load_certificate(tmp_path / "bob.key_secret") == (public, secret)
    assert zmq.curve_public(secret) == public
    assert load_metadata(tmp_path / "bob.key") == pairs
    assert load_metadata(tmp_path / "bob.key_secret") == pairs


def test_a_store_of_zcert_finds_ours(zcert, tmp_path):
    (tmp_path / "store").mkdir()
    keys = []
    for number in range(20):
        public_file, _ = create_certificates(tmp_path, f"n{number}")
        (tmp_path / f"n{number}.key").rename(tmp_path / "store" / f"n{number}.key")
        keys.append(load_certificate(tmp_path / "store" / f"n{number}.key")[0].decode())
    stranger = zmq.curve_keypair()[0].decode()
    assert zcert("accept", "store", *keys, stranger) == ["yes"] * 20 + ["no"]


def test_an_authenticator_accepts_those_of_zcert(zcert, make_auth, curve, clients, tmp_path):
    keys = [line.encode() for line in zcert("save", "bob.key")]
    auth = make_auth()
    auth.configure_curve("*", tmp_path)
    _, client = curve()
    assert clients(client(keys), client(zmq.curve_keypair())) == [0, 400]
