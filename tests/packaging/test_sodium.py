# SPDX-License-Identifier: BSD-3-Clause
"""libsodium from its sources: toys that build in a second."""

import shutil
import tarfile
from pathlib import Path

import pytest
from buildtools import download, options, sodium
from buildtools.report import BuildError

CONFIGURE = """\
for word; do case "$word" in
  --prefix=*) echo "prefix=${word#--prefix=}" ;;
  CC=*|CFLAGS=*) echo "$word" ;;
esac; done > config.mk
"""
MAKEFILE = """\
include config.mk
install:
\tmkdir -p $(prefix)/include $(prefix)/lib
\tcp src/libsodium/sodium.h $(prefix)/include
\t$(CC) $(CFLAGS) -fPIC -c src/libsodium/sodium.c -o sodium.o
\tar rcs $(prefix)/lib/libsodium.a sodium.o
"""


@pytest.fixture
def toy(tmp_path):
    """A directory that builds as libsodium's does."""
    tree = tmp_path / "libsodium-1.0.20"
    (tree / "src" / "libsodium").mkdir(parents=True)
    (tree / "configure").write_text(CONFIGURE)
    (tree / "Makefile").write_text(MAKEFILE)
    (tree / "src" / "libsodium" / "sodium.h").write_text("int sodium_init(void);\n")
    (tree / "src" / "libsodium" / "sodium.c").write_text("int sodium_init(void) { return 0; }\n")
    return tree


def provide(source, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    return sodium.provide(options.read({"ZMQ_CORE_LIBSODIUM_SOURCE": str(source)}), work)


def pack(tree):
    archive = tree.parent / "libsodium-1.0.20.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tree, tree.name)
    return archive


@pytest.mark.parametrize("packed", [False, True], ids=["directory", "archive"])
def test_built_statically(packed, toy, tmp_path):
    before = sorted(toy.rglob("*"))
    found = provide(pack(toy) if packed else toy, tmp_path)
    assert found.static
    assert Path(found.library).read_bytes().startswith(b"!<arch>")
    assert (Path(found.include) / "sodium.h").is_file()
    assert all(Path(path).is_file() for path in found.objects)
    assert sorted(toy.rglob("*")) == before  # nothing is built in there


def test_from_its_repository(toy, tmp_path):
    """There the configure script is still to be made."""
    (toy / "configure").unlink()
    (toy / "configure.ac").write_text(
        "AC_INIT([toy], [1])\nAC_PROG_CC\nAC_CONFIG_FILES([config.mk])\nAC_OUTPUT\n"
    )
    (toy / "config.mk.in").write_text("prefix=@prefix@\nCC=@CC@\nCFLAGS=@CFLAGS@\n")
    if shutil.which("autoreconf"):
        assert provide(toy, tmp_path).static
    else:
        with pytest.raises(BuildError, match="autoconf, automake and libtool"):
            provide(toy, tmp_path)


def test_not_there(tmp_path):
    with pytest.raises(BuildError, match="nowhere, which does not exist"):
        provide(tmp_path / "nowhere", tmp_path)


def test_something_else(tmp_path):
    (tmp_path / "else").mkdir()
    with pytest.raises(BuildError, match="does not hold libsodium's sources"):
        provide(tmp_path / "else", tmp_path)


def test_no_archive(tmp_path):
    path = tmp_path / "libsodium.tar.gz"
    path.write_bytes(b"nonsense")
    with pytest.raises(BuildError, match="cannot be unpacked"):
        provide(path, tmp_path)


def test_does_not_compile(toy, tmp_path, capfd):
    (toy / "src" / "libsodium" / "sodium.c").write_text("#error 'a toy is broken'\n")
    with pytest.raises(BuildError, match="libsodium did not build"):
        provide(toy, tmp_path)
    assert "a toy is broken" in capfd.readouterr().out


def test_download_that_is_not_the_release(toy, tmp_path):
    with pytest.raises(BuildError, match="is not the file that was expected"):
        provide(pack(toy).as_uri(), tmp_path)


def test_the_release_is_pinned():
    assert download.SODIUM_URL.startswith("https://")
    assert len(download.KNOWN[download.SODIUM_URL.rpartition("/")[2]]) == 64
