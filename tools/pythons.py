# SPDX-License-Identifier: BSD-3-Clause
"""Finds the Pythons of this machine for nox."""

import os
import shutil
import sys
from pathlib import Path


def find_pythons(this):
    """Let nox find the Python that runs it, and those of pyenv where its shims refuse to name them.

    Parameters
    ----------
    this : str
        The former's version: two numbers.  Without it `test` would leave the tests out.
    """
    own = Path(getattr(sys, "_base_executable", sys.executable)).resolve().parent
    homes = sorted(Path.home().glob(".pyenv/versions/3.*/bin"))
    paths = [path for path in os.environ["PATH"].split(os.pathsep) if "shims" not in path]
    os.environ["PATH"] = os.pathsep.join([str(own), *paths, *map(str, homes)])
    if not shutil.which(f"python{this}"):
        raise SystemExit(f"python{this}, which runs this, is not called so in {own}: use another")
