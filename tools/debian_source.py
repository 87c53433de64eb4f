# SPDX-License-Identifier: BSD-3-Clause
"""Fetches Debian's source packages, without a change to the machine's configuration.

`apt-get source` needs deb-src entries, which most machines lack: it gets a copy of the machine's
package sources that has them, and lists and caches of its own.  So it needs no root either.
"""

import re
import shutil
import subprocess
from pathlib import Path

ETC = Path("/etc/apt")


#: Source packages: where their archives and trees are told from one another.
PACKAGES = {
    "zeromq3": ("debian-source", "zeromq3_*.orig.tar.gz", "*/CMakeLists.txt"),
    "libsodium": ("debian-libsodium", "libsodium_*.orig.tar.gz", "*/configure.ac"),
}


def fetch(cache, package="zeromq3"):
    """Return a source package of Debian, by default libzmq's, fetched once.

    Parameters
    ----------
    cache : pathlib.Path
        Where it is kept.
    package : str
        One of `PACKAGES`.

    Returns
    -------
    tuple of pathlib.Path, or None
        The upstream archive and the unpacked, patched directory; None where there is no apt-get.

    Raises
    ------
    RuntimeError
        apt-get did not bring it.
    """
    if not shutil.which("apt-get"):
        return None
    name, archive, tree = PACKAGES[package]
    home = cache / name
    if not _find(home, archive, tree):
        shutil.rmtree(home, ignore_errors=True)
        _download(home, package)
    found = _find(home, archive, tree)
    if not found:
        raise RuntimeError(f"apt-get brought no source package {package} into {home}")
    return found


def _find(home, archive, tree):
    archives = sorted(home.glob(archive))
    trees = sorted(path.parent for path in home.glob(tree))
    return (archives[0], trees[0]) if archives and trees else None


def _download(home, package):
    state = home / "apt"
    for name in ("sources", "lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True)
    for path in [ETC / "sources.list", *sorted((ETC / "sources.list.d").glob("*"))]:
        if path.suffix in {".list", ".sources"} and path.is_file():
            text = as_source_entries(path.read_text(encoding="utf-8"), path.suffix)
            (state / "sources" / path.name).write_text(text, encoding="utf-8")
    places = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": state / "sources",
        "Dir::State::Lists": state / "lists",
        "Dir::Cache": state / "cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",  # its own user may not reach into our directories
    }
    options = [f"-o{name}={value}" for name, value in places.items()]
    # One entry without sources makes "update" fail; what counts is whether the package comes.
    subprocess.run(["apt-get", *options, "update", "-qq"], cwd=home)
    subprocess.run(["apt-get", *options, "source", "-qq", package], cwd=home)
    shutil.rmtree(state)


def as_source_entries(text, suffix):
    """Turn apt's entries for binary packages into entries for source packages.

    Parameters
    ----------
    text : str
        The content of a file below /etc/apt.
    suffix : str
        ".list" for one entry a line, ".sources" for paragraphs.
    """
    if suffix == ".sources":
        return re.sub(r"^Types:.*$", "Types: deb-src", text, flags=re.MULTILINE)
    entries = re.findall(r"^deb(?:-src)?\s(.*)$", text, flags=re.MULTILINE)
    return "".join(f"deb-src {entry}\n" for entry in dict.fromkeys(entries))
