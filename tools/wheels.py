# SPDX-License-Identifier: BSD-3-Clause
"""Builds wheels of this repository's packages, once for each state of their sources."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

#: Outlives the clones of this repository.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zmq-packages"
MADE = {".so", ".pyd", ".dylib", ".pyc", ".new"}
#: What decides about the native module's code; other files matter only to a wheel.
NATIVE = {".pyx", ".pxi", ".pxd", ".h", ".toml"}
#: How the names of the variables begin that change a build.
VARIABLES = ("ZMQ_", "CC", "CXX", "CFLAGS", "LDFLAGS", "PKG_CONFIG")
ASK = "import sys, sysconfig; print(sys.version, sysconfig.get_config_var('EXT_SUFFIX'))"


def build(python, package, name, settings, command=("-m", "pip", "wheel", "-q", "--no-deps")):
    """Return a wheel, from the cache if nothing has changed.

    Parameters
    ----------
    python : str
        The interpreter to build for, and with.
    package : pathlib.Path
        The package's directory.
    name : str
        Tells wheels with different settings apart.
    settings : dict of str to str
        Environment variables for the build.
    command : tuple of str
        What `python` is run with; `-w DIRECTORY PACKAGE` follows.
    """
    ident = subprocess.run([python, "-c", ASK], check=True, capture_output=True, text=True).stdout
    stamp = fingerprint(package, ident, repr(sorted(settings.items())))
    home = CACHE / "wheels" / f"{name}-{ident.split()[0]}"
    kept = home / stamp
    if not list(kept.glob("*.whl")):
        fresh = home / f"new-{os.getpid()}"
        environment = {**os.environ, **settings}
        subprocess.run([python, *command, "-w", fresh, package], check=True, env=environment)
        for old in home.iterdir():
            if old != fresh:
                shutil.rmtree(old, ignore_errors=True)
        fresh.rename(kept)
    return next(kept.glob("*.whl"))


def fingerprint(package, *facts, native=False):
    """Return a digest of all that decides about what is built from a package.

    Parameters
    ----------
    package : pathlib.Path
        The package's directory.
    facts : str
        What else decides, beside sources, build variables and the system's libzmq.
    native : bool
        Leave out what an editable install need not be repeated for.
    """
    variables = sorted(name for name in os.environ if name.startswith(VARIABLES))
    settings = [(name, os.environ[name]) for name in variables]
    digest = hashlib.sha256(repr((facts, settings, _system_libzmq())).encode())
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        ours = path.suffix not in MADE and "include" not in inside.parts
        compiled = path.suffix in NATIVE or "src" not in inside.parts
        if path.is_file() and ours and (compiled or not native):
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _system_libzmq():
    command = [os.environ.get("PKG_CONFIG") or "pkg-config", "--modversion", "libzmq"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout
    except OSError:
        return ""
