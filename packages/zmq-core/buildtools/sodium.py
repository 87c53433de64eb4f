# SPDX-License-Identifier: BSD-3-Clause
"""Finds or builds libsodium, which a libzmq built from source encrypts with."""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import compiler, download, msvc, sodium_cmake, trees
from .report import BuildError, say

PROBE = """\
#include <sodium.h>
int probe(void) {
    unsigned char a[crypto_box_PUBLICKEYBYTES], b[crypto_box_SECRETKEYBYTES];
    return sodium_init() + crypto_box_keypair(a, b);
}
"""
OPTIMISED = "-O2 -fvisibility=hidden -ffunction-sections -fdata-sections"
#: sodium_init() asks which processor's versions of these are the best.  libzmq uses neither, and
#: without the question none of the versions is linked; those that work everywhere are preset.
UNUSED = """\
int _crypto_pwhash_argon2_pick_best_implementation(void) { return 0; }
int _crypto_generichash_blake2b_pick_best_implementation(void) { return 0; }
"""


@dataclass(frozen=True)
class Sodium:
    """Where libsodium is."""

    include: str  # the directory of sodium.h
    library: str  # the file
    static: bool
    objects: tuple = ()  # to be linked before it

    @property
    def version(self):
        """The version that its header states."""
        header = Path(self.include) / "sodium" / "version.h"
        text = header.read_text(encoding="utf-8") if header.exists() else ""
        found = re.search(r'#define SODIUM_VERSION_STRING "(.*)"', text)
        return found[1] if found else "unknown"


def provide(options, work):
    """Return libsodium: built from its sources if they are named, else the system's.

    Parameters
    ----------
    options : Options
    work : pathlib.Path
        A directory for everything that this makes.

    Raises
    ------
    BuildError
        There is none, or it does not build.
    """
    source = options.sodium
    if not source:
        if msvc.is_used():
            raise BuildError(msvc.MISSING)
        return find(options)
    if source == "download" or "://" in source:
        url = download.SODIUM_URL if source == "download" else source
        source = download.fetch_archive(url, "", work)
    source = Path(source).expanduser()
    return _take(source, work) if msvc.is_used() else _build(source, work)


def _take(source, work):
    """Return libsodium for Visual Studio: built, or as it is in a directory or a zip file."""
    _require(source)
    tree = source
    if not source.is_dir() or _find_sources(source):
        tree = _copy(source, work)
    found = _find_sources(tree)
    include, library = sodium_cmake.build(found[0], work) if found else msvc.find_sodium(tree)
    return Sodium(str(include), str(library), True)


def _require(source):
    if not source.exists():
        raise BuildError(f"ZMQ_CORE_LIBSODIUM_SOURCE names {source}, which does not exist.")


def _copy(source, work):
    """Return a copy of a directory, or what is in an archive."""
    tree = work / "libsodium-source"
    if source.is_dir():
        shutil.copytree(source, tree)
    else:
        trees.unpack(source, tree)
    return tree


def _find_sources(tree):
    """Return the directories with libsodium's sources."""
    found = [*tree.glob("src/libsodium"), *tree.glob("*/src/libsodium")]
    return [path.parents[1] for path in found]


def _build(source, work):
    _require(source)
    tree, prefix = _copy(source, work), work / "libsodium"
    found = _find_sources(tree)
    if not found:
        raise BuildError(f"{source} does not hold libsodium's sources (src/libsodium).")
    if not (found[0] / "configure").exists():  # as in its repository, and in Debian's package
        if not shutil.which("autoreconf"):
            raise BuildError(
                f"{source} has no configure script, and autoreconf, which makes it, was not found. "
                "Install autoconf, automake and libtool, or take a release of libsodium."
            )
        _run(["autoreconf", "--install", "--force"], found[0])
    say("building libsodium statically")
    cc = compiler.find_c()
    prefix_map = f"-ffile-prefix-map={shlex.quote(str(tree))}=libsodium"
    settings = [
        f"CC={shlex.join(cc)}",
        f"CFLAGS={OPTIMISED} {prefix_map}",
        f"--prefix={prefix}",
        "--disable-debug",
        "--disable-shared",
        "--enable-minimal",  # all that libzmq uses
        "--enable-static",
        "--with-pic",
    ]
    for command in (
        ["sh", "./configure", "--quiet", *settings],
        ["make", "-s", f"-j{os.cpu_count() or 1}", "install"],
    ):
        _run(command, found[0])
    unused = _compile_unused(cc, work)
    return Sodium(str(prefix / "include"), str(prefix / "lib" / "libsodium.a"), True, (unused,))


def _compile_unused(cc, work):
    source = work / "unused.c"
    source.write_text(UNUSED, encoding="utf-8")
    made = source.with_suffix(".o")
    _run([*cc, *shlex.split(OPTIMISED), "-fPIC", "-c", source.name, "-o", made.name], work)
    return str(made)


def _run(command, directory):
    try:
        trees.run(command, "libsodium did not build; see what was printed above.", directory)
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be run ({error}); libsodium needs it.") from None


def find(options):
    """Return the system's libsodium: the static one where it can go into a shared object.

    Raises
    ------
    BuildError
        There is none.
    """
    cc = compiler.find_c()
    include = _ask(options, "--variable=includedir")
    directory = _ask(options, "--variable=libdir")
    if not include or not directory:
        raise BuildError(
            "libsodium was not found by pkg-config, and libzmq's CURVE encryption needs it. "
            "Install its headers (Debian: libsodium-dev pkg-config; Fedora: libsodium-devel "
            "pkgconf; Homebrew: libsodium pkg-config)."
        )
    flags = [f"-I{include}"]
    for name, static in (
        ("libsodium.a", True),
        ("libsodium.so", False),
        ("libsodium.dylib", False),
    ):
        library = Path(directory) / name
        # Debian's archive, for one, is not position-independent.
        if library.exists() and compiler.links(cc, PROBE, [*flags, str(library)]):
            return Sodium(include, str(library), static)
    raise BuildError(f"pkg-config says that libsodium is in {directory}, but nothing there links.")


def _ask(options, question):
    try:
        done = subprocess.run(
            [*options.pkg_config, question, "libsodium"], capture_output=True, text=True
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
