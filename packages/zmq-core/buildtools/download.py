# SPDX-License-Identifier: BSD-3-Clause
"""Fetches the sources of a release, and checks that they are the ones we know."""

import hashlib
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path, PurePosixPath

from .report import BuildError, say

URL = "https://github.com/zeromq/libzmq/releases/download/v4.3.5/zeromq-4.3.5.tar.gz"
#: The SHA-256 of releases, by file name.
KNOWN = {
    "zeromq-4.3.5.tar.gz": "6653ef5910f17954861fe72332e68b03ca6e4d9c7160eb3a8de5a5a913bfab43",
    "zeromq-4.3.4.tar.gz": "c593001a89f5a85dd2ddf564805deb860e02471171b3f204944857336295c3e5",
    "libsodium-1.0.20.tar.gz": "ebb65ef6ca439333c2bb41a0c1990587288da07f6c7fd07cb3a18cc18d30ce19",
}
SODIUM_URL = "https://download.libsodium.org/libsodium/releases/libsodium-1.0.20.tar.gz"
TIMEOUT = 60  # seconds without a byte


def fetch(options, directory):
    """Download the archive of libzmq into `directory` and return its path.

    Raises
    ------
    BuildError
        It cannot be had, or is not what it should be.
    """
    return fetch_archive(options.source or URL, options.sha256, directory)


def fetch_archive(url, sha256, directory):
    """Download an archive into `directory` and return its path.

    Parameters
    ----------
    url : str
    sha256 : str
        What it must be; "" for a release that is known here.
    directory : path

    Raises
    ------
    BuildError
        It cannot be had, or is not what it should be.
    """
    name = PurePosixPath(urllib.parse.unquote(urllib.parse.urlparse(url).path)).name
    expected = sha256 or KNOWN.get(name)
    if expected is None:
        raise BuildError(
            f"{name} is no release whose SHA-256 is known: name it in ZMQ_CORE_LIBZMQ_SHA256."
        )
    say(f"downloading {url}")
    content = _read(url)
    actual = hashlib.sha256(content).hexdigest()
    if actual != expected:
        raise BuildError(
            f"{url} is not the file that was expected: its SHA-256 is {actual} instead of "
            f"{expected}. Do not use it; try another place in ZMQ_CORE_LIBZMQ_SOURCE, or, if this "
            "is a release that you trust, put its SHA-256 into ZMQ_CORE_LIBZMQ_SHA256."
        )
    archive = Path(directory) / name
    archive.write_bytes(content)
    return archive


def _read(url):
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            return response.read()
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise BuildError(
            f"{url} cannot be downloaded ({reason}). Fetch the file some other way and name it: "
            f"ZMQ_CORE_LIBZMQ=source ZMQ_CORE_LIBZMQ_SOURCE=/path/to/{Path(url).name}"
        ) from None
