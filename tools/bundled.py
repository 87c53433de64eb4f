# SPDX-License-Identifier: BSD-3-Clause
"""What auditwheel has put into a wheel: of which packages of Debian it is, and their licences."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

COMMON = Path("/usr/share/common-licenses")
MENTIONED = re.compile(rf"{COMMON}/([A-Za-z][\w-]*(?:\.\d+)*)")


@dataclass(frozen=True)
class Bundled:
    """A shared library in a wheel."""

    library: str  # without numbers: libzmq
    package: str  # which brought it here: libzmq5
    version: str  # of that package

    @property
    def copyright(self):
        """The file that says who may do what with it."""
        return Path("/usr/share/doc", self.package, "copyright")


def find(tree):
    """Return what is bundled in an unpacked wheel.

    Parameters
    ----------
    tree : pathlib.Path

    Returns
    -------
    list of Bundled

    Raises
    ------
    LookupError
        A library is of no package of Debian.
    """
    return [identify(path.name) for path in sorted(tree.glob("*.libs/*"))]


def identify(name):
    """Return which package a library is of, by the name that auditwheel gave it.

    Parameters
    ----------
    name : str
        The file's: that of the system, and a part of its checksum.

    Returns
    -------
    Bundled

    Raises
    ------
    LookupError
        It is of no package of Debian.
    """
    original = re.sub(r"-[0-9a-f]{8}(?=\.)", "", name, count=1)
    owner = ask("--search", f"*/{original}").partition(": ")[0]
    if not owner:
        raise LookupError(
            f"{original} is of no package of Debian, so its licence is not known. Build with the "
            "sources of libzmq and libsodium: ZMQ_CORE_LIBZMQ_SOURCE, ZMQ_CORE_LIBSODIUM_SOURCE"
        )
    version = ask("--show", "--showformat=${Version}", owner)
    return Bundled(re.split(r"[-.]", original)[0], owner.partition(":")[0], version)


def ask(*arguments):
    """What dpkg-query prints; nothing where it does not know, or is not there."""
    try:
        return subprocess.run(["dpkg-query", *arguments], capture_output=True, text=True).stdout
    except OSError:
        return ""


def add_licences(tree):
    """Put the licences of all that is bundled into an unpacked wheel.

    Parameters
    ----------
    tree : pathlib.Path

    Raises
    ------
    LookupError, OSError
        A library is of no package of Debian, or the text is missing.
    """
    (facts,) = tree.glob("*.dist-info")
    target = facts / "licenses" / "bundled"
    target.mkdir(parents=True)
    for path, name in sorted(list_licences(find(tree)).items()):
        (target / f"{name}.txt").write_bytes(path.read_bytes())
    listed = [f"License-File: bundled/{path.name}\n" for path in sorted(target.iterdir())]
    metadata = facts / "METADATA"
    head, found, rest = metadata.read_text(encoding="utf-8").partition("License-File: LICENSE\n")
    metadata.write_text("".join([head, found, *listed, rest]), encoding="utf-8")


def list_licences(libraries):
    """The texts that belong to these libraries, and under which names to keep them."""
    texts = {each.copyright: each.package for each in libraries}
    for path in list(texts):
        for name in MENTIONED.findall(path.read_text(encoding="utf-8")):
            texts[(COMMON / name).resolve()] = (COMMON / name).resolve().name
    return texts
