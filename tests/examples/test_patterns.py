# SPDX-License-Identifier: BSD-3-Clause
"""Every example ends by itself, with status 0 and nothing to complain about."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/__main__.py"))


@pytest.mark.parametrize("name", NAMES)
def test_example_ends_well(name):
    command = [sys.executable, "-W", "error", "-X", "dev", str(EXAMPLES / name)]
    end = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert (end.returncode, end.stderr) == (0, "")
    assert end.stdout


@pytest.mark.parametrize("name", NAMES)
def test_example_is_in_the_table(name):
    assert f"]({name}/" in (EXAMPLES / "README.md").read_text(encoding="utf-8")


def test_there_are_examples():
    assert {"wordcount", "reqrep", "pubsub", "pipeline"} <= set(NAMES)
