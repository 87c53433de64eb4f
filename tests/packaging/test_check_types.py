# SPDX-License-Identifier: BSD-3-Clause
"""The script that compares what type checkers say with what they should say can fail."""

from pathlib import Path

import check_types
import pytest

PROGRAM = """\
reveal_type(a)  # Socket[bytes]
b  # error
c
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


GOOD = [("program.py", 1, "Socket[bytes]", "revealed"), ("program.py", 2, None, "wrong")]


def test_what_is_expected_is_fine(program):
    assert check_types.compare("mypy", GOOD, [program]) == []


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ([("program.py", 1, "Socket[Any]", "revealed"), GOOD[1]], 1),
        ([("program.py", 1, None, "unknown"), GOOD[1]], 1),
        ([GOOD[1]], 1),
        ([GOOD[0]], 2),
        ([*GOOD, ("program.py", 3, None, "wrong")], 3),
    ],
)
def test_anything_else_is_not(program, found, line):
    complaints = check_types.compare("mypy", found, [program])
    assert len(complaints) == 1
    assert f"mypy: program.py:{line}: " in complaints[0]


def test_types_are_compared_without_their_modules():
    assert check_types.shorten("zmq.sugar.context.Context[zmq.sugar.socket.Socket[bytes]]") == (
        "Context[Socket[bytes]]"
    )
    assert check_types.shorten("zmq.backend.cython._zmq.Frame | None") == "Frame | None"


def test_sources_of_all_packages_are_gathered(tmp_path):
    origins = check_types.gather_sources(tmp_path)
    for name, package in (("zmq/asyncio.py", "core"), ("zmq/devices/basedevice.py", "devices")):
        assert origins[name] == Path(f"packages/zmq-{package}/src") / name
        assert (tmp_path / name).is_file()
    assert not list(tmp_path.rglob("*.so"))


def test_complaints_name_the_file_in_the_repository():
    text = "zmq/_cli/main.py:3: error: ...\n  at packages/zmq-core/src/zmq/error.py and zmq.error"
    assert check_types.SOURCE_NAME.findall(text) == ["zmq/_cli/main.py"]
