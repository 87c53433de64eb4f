# SPDX-License-Identifier: BSD-3-Clause
"""Finds libsodium, which a libzmq built from source encrypts with."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import compiler
from .report import BuildError

PROBE = """\
#include <sodium.h>
int probe(void) {
    unsigned char a[crypto_box_PUBLICKEYBYTES], b[crypto_box_SECRETKEYBYTES];
    return sodium_init() + crypto_box_keypair(a, b);
}
"""


@dataclass(frozen=True)
class Sodium:
    """Where libsodium is."""

    include: str  # the directory of sodium.h
    library: str  # the file
    static: bool


def find(options):
    """Return libsodium: the static one where it can become part of a shared object.

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
