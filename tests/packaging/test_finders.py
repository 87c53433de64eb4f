# SPDX-License-Identifier: BSD-3-Clause
"""Choosing and finding libzmq: the right one, or an error that says what to do."""

import hashlib
import subprocess
import tarfile
from pathlib import Path

import pytest
from buildtools import choose, compiler, download, options, sodium, source, system
from buildtools.report import BuildError

COMPILERS = ("sh", "cc", "gcc", "c++", "g++", "as", "ld", "make")


def complaint(function, *arguments):
    """Call what must fail, and return what it says, which always names the three ways out."""
    with pytest.raises(BuildError) as caught:
        function(*arguments)
    text = str(caught.value)
    for way in ("system", "source", "download"):
        assert f"ZMQ_CORE_LIBZMQ={way}" in text
    return text.partition("\n\n")[0]


def read(**variables):
    return options.read(variables)


@pytest.fixture
def no_packages(monkeypatch, tmp_path):
    """Let pkg-config know no package."""
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path))
    monkeypatch.delenv("PKG_CONFIG_PATH", raising=False)


# -- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({}, ""),
        ({"ZMQ_CORE_LIBZMQ": "System"}, "system"),
        ({"ZMQ_CORE_LIBZMQ_SOURCE": "/a/zeromq.tar.gz"}, "source"),
        ({"ZMQ_CORE_LIBZMQ_SOURCE": "file:///a/zeromq.tar.gz"}, "download"),
        ({"ZMQ_PREFIX": "bundled"}, "download"),
        ({"ZMQ_PREFIX": "/opt/zmq"}, ""),
    ],
)
def test_way(variables, way):
    assert options.read(variables).way == way


def test_unknown_way():
    assert "'static'" in complaint(options.read, {"ZMQ_CORE_LIBZMQ": "static"})


def test_source_needs_a_path():
    assert "ZMQ_CORE_LIBZMQ_SOURCE" in complaint(options.read, {"ZMQ_CORE_LIBZMQ": "source"})


@pytest.mark.parametrize("name", ["ZMQ_CORE_DRAFTS", "ZMQ_DRAFT_API"])
def test_drafts(name):
    assert options.read({name: "1"}).drafts is True
    assert options.read({name: "0"}).drafts is False


# -- the system's --------------------------------------------------------------------------------


def test_system_by_pkg_config(program):
    log = program("log", "")
    asked = program("my-pkg-config", f'echo "$*" >> {log}; exec pkg-config "$@"')
    library = system.find(read(PKG_CONFIG=str(asked)))
    command = ["pkg-config", "--modversion", "libzmq"]
    version = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    assert library.origin == f"pkg-config libzmq {version}"
    assert ".".join(map(str, library.version)) == version
    assert library.libraries == ["zmq"]
    assert "--modversion libzmq" in log.read_text()


def test_system_without_pkg_config():
    assert "no-such-program was not found" in complaint(
        system.find, read(PKG_CONFIG="no-such-program")
    )


def test_system_without_libzmq(no_packages):
    assert "the system has no libzmq" in complaint(system.find, read())


def test_drafts_that_the_system_lacks():
    text = complaint(system.find, read(ZMQ_CORE_DRAFTS="1"))
    assert "built without them" in text


@pytest.fixture
def prefix(tmp_path):
    """A directory with the system's libzmq, as somebody's own `make install` leaves it."""
    header = compiler.find_header(compiler.find_c(), "zmq.h")
    library = Path(
        subprocess.run(
            [*compiler.find_c(), "-print-file-name=libzmq.so"], capture_output=True, text=True
        ).stdout.strip()
    )
    for target, name in ((header, "include/zmq.h"), (library, "lib/libzmq.so")):
        (tmp_path / "prefix" / name).parent.mkdir(parents=True)
        (tmp_path / "prefix" / name).symlink_to(target)
    return tmp_path / "prefix"


def test_prefix(prefix, no_packages):
    library = system.find(read(ZMQ_PREFIX=str(prefix)))
    assert library.header == prefix / "include" / "zmq.h"
    assert library.library_dirs == [str(prefix / "lib")]
    assert library.link_flags == [f"-Wl,-rpath,{prefix / 'lib'}"]
    assert str(prefix) not in library.origin


def test_prefix_without_header(prefix):
    (prefix / "include" / "zmq.h").unlink()
    text = complaint(choose.choose, read(ZMQ_PREFIX=str(prefix)), prefix)
    assert str(prefix / "include" / "zmq.h") in text


def test_prefix_without_library(prefix):
    (prefix / "lib" / "libzmq.so").unlink()
    assert "libzmq.so" in complaint(system.find, read(ZMQ_PREFIX=str(prefix)))


def test_prefix_that_is_too_old(prefix):
    header = prefix / "include" / "zmq.h"
    header.unlink()
    header.write_text(
        "#define ZMQ_VERSION_MAJOR 4\n#define ZMQ_VERSION_MINOR 1\n#define ZMQ_VERSION_PATCH 8\n"
    )
    assert "4.1.8, which is too old" in complaint(system.find, read(ZMQ_PREFIX=str(prefix)))


# -- downloads -----------------------------------------------------------------------------------


def settings(archive, **others):
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return read(
        ZMQ_CORE_LIBZMQ="download",
        ZMQ_CORE_LIBZMQ_SOURCE=archive.as_uri(),
        **{"ZMQ_CORE_LIBZMQ_SHA256": digest, **others},
    )


def test_the_pinned_release():
    assert download.URL.endswith("/zeromq-4.3.5.tar.gz")
    assert download.KNOWN["zeromq-4.3.5.tar.gz"] == (
        "6653ef5910f17954861fe72332e68b03ca6e4d9c7160eb3a8de5a5a913bfab43"
    )


def test_download(toy_archive, tmp_path):
    fetched = download.fetch(settings(toy_archive), tmp_path / "..")
    assert fetched.name == toy_archive.name
    assert fetched.read_bytes() == toy_archive.read_bytes()


def test_wrong_checksum(toy_archive, tmp_path):
    release = toy_archive.with_name("zeromq-4.3.5.tar.gz")  # whose checksum is known
    release.write_bytes(toy_archive.read_bytes())
    directory = tmp_path / "work"
    directory.mkdir()
    text = complaint(download.fetch, settings(release, ZMQ_CORE_LIBZMQ_SHA256=""), directory)
    assert hashlib.sha256(release.read_bytes()).hexdigest() in text
    assert download.KNOWN["zeromq-4.3.5.tar.gz"] in text
    assert "Do not use it" in text
    assert not list(directory.iterdir())


def test_unknown_release(toy_archive, tmp_path):
    text = complaint(download.fetch, settings(toy_archive, ZMQ_CORE_LIBZMQ_SHA256=""), tmp_path)
    assert "ZMQ_CORE_LIBZMQ_SHA256" in text


def test_missing_file(tmp_path):
    url = (tmp_path / "zeromq-4.3.5.tar.gz").as_uri()
    asked = read(ZMQ_CORE_LIBZMQ="download", ZMQ_CORE_LIBZMQ_SOURCE=url)
    text = complaint(download.fetch, asked, tmp_path)
    assert url in text
    assert "ZMQ_CORE_LIBZMQ=source ZMQ_CORE_LIBZMQ_SOURCE=/path/to/zeromq-4.3.5.tar.gz" in text


# -- sources -------------------------------------------------------------------------------------


def build(path, tmp_path):
    asked = read(ZMQ_CORE_LIBZMQ="source", ZMQ_CORE_LIBZMQ_SOURCE=str(path))
    return choose.choose(asked, tmp_path / "work")


@pytest.mark.parametrize("packed", [False, True], ids=["directory", "archive"])
def test_source(packed, toy_libzmq, toy_archive, tmp_path):
    library = build(toy_archive if packed else toy_libzmq, tmp_path)
    kind, name = ("archive", toy_archive.name) if packed else ("directory", toy_libzmq.name)
    assert library.origin == f"source {kind} {name}"
    assert library.linkage == "static"
    assert library.version == (4, 3, 5)
    assert Path(library.archives[0]).name == "libzmq.a"
    assert {path.name for path in toy_libzmq.iterdir()} == {
        "include",
        "CMakeLists.txt",
        "src",
        "toy.cpp",
        "helper.c",
    }  # nothing is built in there


def test_source_that_is_not_there(tmp_path):
    text = complaint(build, tmp_path / "nowhere.tar.gz", tmp_path)
    assert "nowhere.tar.gz, which does not exist" in text


def test_source_of_something_else(tmp_path):
    path = tmp_path / "else.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(__file__, "else/test.py")
    assert "does not hold libzmq's sources" in complaint(build, path, tmp_path)


def test_damaged_archive(toy_archive, tmp_path):
    toy_archive.write_bytes(toy_archive.read_bytes()[:100])
    assert f"{toy_archive} cannot be unpacked" in complaint(build, toy_archive, tmp_path)


def test_source_that_does_not_compile(toy_libzmq, tmp_path, capfd):
    (toy_libzmq / "toy.cpp").write_text("#error 'a toy is broken'\n")
    text = complaint(build, toy_libzmq, tmp_path)
    assert "libzmq did not build" in text
    assert "--build" in text
    assert "a toy is broken" in capfd.readouterr().out


def test_cmake_that_goes_without_libsodium(toy_libzmq, tmp_path):
    path = toy_libzmq / "CMakeLists.txt"
    path.write_text(path.read_text().replace("ZMQ_USE_LIBSODIUM", "ZMQ_USE_TWEETNACL"))
    assert "did not accept libsodium" in complaint(build, toy_libzmq, tmp_path)


# -- tools that are missing ----------------------------------------------------------------------


def test_without_c_compiler(tools, toy_libzmq, tmp_path):
    tools("sh")
    text = complaint(build, toy_libzmq, tmp_path)
    assert "there is no C compiler" in text
    assert "Debian: gcc" in text


def test_without_the_c_compiler_asked_for(monkeypatch, toy_libzmq, tmp_path):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert "no-such-compiler was not found" in complaint(build, toy_libzmq, tmp_path)


def test_without_cxx_compiler(tools, toy_libzmq, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "gcc")
    tools("sh", "gcc", "as", "ld")
    text = complaint(build, toy_libzmq, tmp_path)
    assert "there is no C++ compiler (g++ was not found)" in text
    assert "Debian: g++" in text


def test_without_cmake(tools, toy_libzmq, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "gcc")
    tools(*COMPILERS)
    text = complaint(build, toy_libzmq, tmp_path)
    assert "cmake was not found" in text
    assert "Install it" in text


def test_without_libsodium(no_packages, toy_libzmq, tmp_path):
    text = complaint(build, toy_libzmq, tmp_path)
    assert "libsodium was not found" in text
    assert "Debian: libsodium-dev" in text


@pytest.mark.parametrize(
    ("c", "cxx"),
    [("gcc", "g++"), ("gcc-12", "g++-12"), ("x86_64-linux-gnu-gcc", "x86_64-linux-gnu-g++")],
)
def test_cxx_compiler_goes_with_the_c_compiler(c, cxx, program, monkeypatch):
    monkeypatch.setenv("PATH", str(program(cxx, "").parent))
    assert compiler.find_cxx([c]) == [cxx]


def test_libsodium_that_cannot_be_linked_in_is_left_dynamic():
    found = sodium.find(read())
    assert found.static == found.library.endswith(".a")
    flags = [f"-I{found.include}", found.library]
    assert compiler.links(compiler.find_c(), sodium.PROBE, flags)


# -- the order -----------------------------------------------------------------------------------


def test_system_comes_first(tmp_path, capsys):
    library = choose.choose(read(), tmp_path)
    assert library.linkage == "system, shared"
    assert "using the system's libzmq, because there is one" in capsys.readouterr().out


def test_download_comes_second(no_packages, tmp_path, capsys, monkeypatch, toy_archive):
    """Without libzmq and libsodium it gets as far as looking for the latter."""
    monkeypatch.setattr(download, "URL", toy_archive.as_uri())
    digest = hashlib.sha256(toy_archive.read_bytes()).hexdigest()
    asked = read(ZMQ_CORE_LIBZMQ_SHA256=digest)
    assert "libsodium was not found" in complaint(choose.choose, asked, tmp_path)
    output = capsys.readouterr().out
    assert "not using the system's libzmq: the system has no libzmq" in output
    assert f"downloading {toy_archive.as_uri()}" in output


def test_never_optimises_below_o2():
    assert source.OPTIMISED.split()[0] == "-O2"
    assert "-O2" in sodium.OPTIMISED.split()
