# SPDX-License-Identifier: BSD-3-Clause
"""Finds the Pythons of this machine for nox."""

import os
from pathlib import Path


def find_pythons():
    """Let nox find the Pythons of pyenv also where pyenv's own shims refuse to name them."""
    homes = sorted(Path.home().glob(".pyenv/versions/3.*/bin"))
    paths = [path for path in os.environ["PATH"].split(os.pathsep) if "shims" not in path]
    os.environ["PATH"] = os.pathsep.join([*paths, *map(str, homes)])
