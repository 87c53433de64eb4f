# SPDX-License-Identifier: BSD-3-Clause
"""Unpacks source trees, and runs the tools that build them."""

import shutil
import subprocess
import tarfile
import zlib

from .report import BuildError


def unpack(source, directory):
    """Unpack an archive into a directory.

    Parameters
    ----------
    source, directory : pathlib.Path

    Raises
    ------
    BuildError
        It is damaged, or no archive.
    """
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    if source.suffix == ".zip":
        safely = {}
    try:
        shutil.unpack_archive(source, directory, **safely)
    except (
        shutil.ReadError,
        tarfile.TarError,
        zlib.error,
        EOFError,
        ValueError,
        OSError,
    ) as error:
        raise BuildError(f"{source} cannot be unpacked ({error}).") from None


def run(command, failure, directory=None):
    """Run a tool, and show what it printed if it fails.

    Parameters
    ----------
    command : list of str
    failure : str
        What to say then.
    directory : path, optional
        Where.

    Raises
    ------
    BuildError
        It failed.
    """
    done = subprocess.run(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        print(done.stdout, flush=True)
        raise BuildError(failure)
