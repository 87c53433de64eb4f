# SPDX-License-Identifier: BSD-3-Clause
"""What the build does on Windows, as far as it can be seen without Visual Studio."""

import shutil
import subprocess
import sysconfig
import types
import zipfile
from pathlib import Path

import debian_source
import pytest
import wheels
from buildtools import compiler, extension, facts, msvc, options, sodium, source, system
from buildtools.library import Library
from buildtools.report import BuildError

CMAKE = """\
echo "$*" >> {log}
case $1 in
  -S) mkdir -p $4; echo "#define ZMQ_USE_LIBSODIUM 1" > $4/platform.hpp ;;
  --build) mkdir -p $2/lib/Release; touch $2/lib/Release/libzmq-v143-mt-s-4_3_5.lib ;;
esac
"""


@pytest.fixture(autouse=True)
def windows(monkeypatch):
    """Tell the build that it runs on 64-bit Windows."""
    monkeypatch.setattr(msvc, "sys", types.SimpleNamespace(platform="win32"))
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "win-amd64")
    monkeypatch.delenv("CMAKE_GENERATOR", raising=False)


@pytest.fixture
def library(tmp_path):
    """A static libzmq."""
    return Library(
        header=tmp_path / "zmq.h",
        origin="nowhere",
        linkage="static",
        sodium=1,
        libraries=msvc.LIBRARIES,
        archives=["zmq.lib"],
        compile_flags=compiler.lto_flags(compiler.find_c()),
        link_flags=msvc.LINKED,
    )


@pytest.fixture
def release(tmp_path):
    """What is in libsodium's release for Visual Studio."""
    tree = tmp_path / "release" / "libsodium"
    names = [f"x64/Release/{tools}/static/libsodium.lib" for tools in ("v90", "v142", "v143")]
    names += ["Win32/Release/v143/static/libsodium.lib", "x64/Debug/v143/static/libsodium.lib"]
    names += ["x64/Release/v143/dynamic/libsodium.lib", "include/sodium.h"]
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    (tree / "include" / "sodium").mkdir()
    (tree / "include" / "sodium" / "version.h").write_text(
        '#define SODIUM_VERSION_STRING "1.0.20"\n'
    )
    return tree


def provide(named, tmp_path):
    return sodium.provide(options.read({"ZMQ_CORE_LIBSODIUM_SOURCE": str(named)}), tmp_path / "w")


def test_flags_are_those_of_visual_studio(library, tmp_path):
    described = extension.describe("zmq._x", [Path("x.c")], [], tmp_path, library)
    assert described.extra_compile_args == ["/GL", "/O2"]
    assert described.extra_link_args == ["/LTCG", "/NODEFAULTLIB:LIBCMT"]
    assert {"ws2_32", "iphlpapi", "advapi32"} <= set(described.libraries)
    facts.write(tmp_path, "1.0.0", {}, library, described.extra_compile_args)
    assert '"/GL /O2"' in (tmp_path / "zmq_build_facts.h").read_text()


@pytest.mark.parametrize(
    ("platform", "generator", "expected"),
    [
        ("win-amd64", None, "x64"),
        ("win32", "Visual Studio 17 2022", "Win32"),
        ("win-arm64", None, "ARM64"),
        ("win-amd64", "Ninja", None),
    ],
)
def test_cmake_builds_for_this_python(platform, generator, expected, monkeypatch):
    monkeypatch.setattr(sysconfig, "get_platform", lambda: platform)
    if generator:
        monkeypatch.setenv("CMAKE_GENERATOR", generator)
    assert msvc.cmake_settings().get("CMAKE_GENERATOR_PLATFORM") == expected


def test_what_it_does_not_know_is_refused(monkeypatch, release, tmp_path):
    monkeypatch.setattr(sysconfig, "get_platform", lambda: "mingw_x86_64")
    with pytest.raises(BuildError, match="mingw_x86_64"):
        provide(release, tmp_path)


@pytest.mark.parametrize("packed", [False, True], ids=["directory", "zip"])
def test_libsodium_as_it_is_released(packed, release, tmp_path):
    named = release
    if packed:
        named = tmp_path / "libsodium-1.0.20-stable-msvc.zip"
        with zipfile.ZipFile(named, "w") as archive:
            for path in release.rglob("*"):
                archive.write(path, path.relative_to(release.parent))
    found = provide(named, tmp_path)
    assert Path(found.library).read_text() == "x64/Release/v143/static/libsodium.lib"
    assert (Path(found.include) / "sodium.h").is_file()
    assert found.static
    assert found.version == "1.0.20"


def test_libsodium_of_vcpkg(tmp_path):
    tree = tmp_path / "installed" / "x64-windows-static-md"
    for name in ("include/sodium.h", "lib/libsodium.lib"):
        (tree / name).parent.mkdir(parents=True)
        (tree / name).touch()
    assert Path(provide(tree, tmp_path).library) == tree / "lib" / "libsodium.lib"


def test_libsodium_has_to_be_named(tmp_path):
    with pytest.raises(BuildError, match="ZMQ_CORE_LIBSODIUM_SOURCE"):
        provide("", tmp_path)


PROGRAM = """\
#include <sodium.h>
#include <stdio.h>
int main(void) {
    unsigned char a[crypto_box_PUBLICKEYBYTES], b[crypto_box_SECRETKEYBYTES];
    printf("%d %d %s", sodium_init(), crypto_box_keypair(a, b), sodium_version_string());
    return 0;
}
"""


@pytest.fixture
def released_sodium(tmp_path):
    """The archive of a release of libsodium: Debian's."""
    return debian_source.fetch(wheels.CACHE, "libsodium")[0]


@pytest.mark.parametrize("packed", [False, True], ids=["directory", "archive"])
def test_libsodium_is_built_from_its_sources(packed, released_sodium, tmp_path, monkeypatch):
    """With this machine's compiler, which understands what Visual Studio is told."""
    monkeypatch.setattr(msvc, "cmake_settings", dict)
    named = released_sodium
    if not packed:
        named = tmp_path / "sources"
        shutil.unpack_archive(released_sodium, named)
    found = provide(named, tmp_path)
    assert found.static
    if not packed:
        assert not list(named.rglob("libsodium.a"))  # nothing is made in the user's directory
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(PROGRAM)
    command = ["cc", f"-I{found.include}", "-DSODIUM_STATIC", source, found.library, "-lpthread"]
    subprocess.run([*command, "-o", program], check=True)
    done = subprocess.run([program], check=True, capture_output=True, text=True)
    assert done.stdout == f"0 0 {found.version}"


def test_sources_for_windows_may_be_incomplete(tmp_path):
    (tmp_path / "sources" / "src" / "libsodium").mkdir(parents=True)
    with pytest.raises(BuildError, match="builds/msvc/version.h"):
        provide(tmp_path / "sources", tmp_path)


def test_what_is_not_libsodium(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BuildError, match="does not hold libsodium for Visual Studio"):
        provide(tmp_path / "empty", tmp_path)


def test_libzmq_from_source(toy_libzmq, release, program, tmp_path, monkeypatch):
    log = tmp_path / "log"
    directory = program("cmake", CMAKE.format(log=log)).parent
    monkeypatch.setenv("PATH", str(directory), prepend=":")
    wanted = options.read({"ZMQ_CORE_LIBSODIUM_SOURCE": str(release)})
    built = source.build(wanted, toy_libzmq, tmp_path / "w", "toy")
    assert Path(built.archives[0]).name == "libzmq-v143-mt-s-4_3_5.lib"
    assert built.archives[1].endswith("v143/static/libsodium.lib")
    assert built.libraries == msvc.LIBRARIES
    configured, ran = log.read_text().splitlines()
    assert "-DCMAKE_MSVC_RUNTIME_LIBRARY=MultiThreadedDLL" in configured
    assert "-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON" in configured
    for word in ("CMAKE_C_COMPILER", "FLAGS_RELEASE", "-O2", "PROJECT_ZeroMQ_INCLUDE"):
        assert word not in configured
    assert ran.endswith("--config Release")


def test_libzmq_in_a_directory(toy_libzmq, tmp_path):
    prefix = tmp_path / "prefix"
    (prefix / "lib").mkdir(parents=True)
    (toy_libzmq / "include").rename(prefix / "include")
    (prefix / "lib" / "libzmq-v143-mt-4_3_5.lib").touch()
    found = system.find(options.read({"ZMQ_PREFIX": str(prefix)}))
    assert found.libraries[0] == "libzmq-v143-mt-4_3_5"
    assert found.link_flags == []
