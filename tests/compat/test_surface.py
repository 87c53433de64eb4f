# SPDX-License-Identifier: BSD-3-Clause
"""The names and parameters of pyzmq 27.3 that the core owns: facts in surface.json."""

import functools
import importlib
import inspect
import json
from pathlib import Path

import pytest

import zmq
import zmq.sugar

FACTS = json.loads(Path(__file__).with_name("surface.json").read_text())


def find(path):
    """The object with a dotted name that begins with modules."""
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        return functools.reduce(getattr, parts[cut:], found)
    raise AssertionError(f"no module in {path}")


def refused(function, names):
    """The names of parameters that a caller may not pass by keyword."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return []
    taken = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return [n for n in names if n not in taken]


@pytest.mark.parametrize("module", FACTS["modules"])
def test_module_has_every_name(module):
    found = importlib.import_module(module)
    assert [n for n in FACTS["modules"][module] if not hasattr(found, n)] == []


@pytest.mark.parametrize("module", ["zmq", "zmq.constants"])
def test_constants_have_their_values(module):
    found = importlib.import_module(module)
    elsewhere = {"COPY_THRESHOLD", "IPC_PATH_MAX_LEN"} if module == "zmq.constants" else ()
    wrong = {
        name: getattr(found, name, "missing")
        for name, value in FACTS["constants"].items()
        if name not in elsewhere and getattr(found, name, "missing") != value
    }
    assert wrong == {}


@pytest.mark.parametrize("module", ["zmq", "zmq.constants"])
@pytest.mark.parametrize("name", FACTS["enums"])
def test_enum_has_its_members(module, name):
    enum = getattr(importlib.import_module(module), name)
    members = FACTS["enums"][name]
    assert {m: getattr(enum, m, "missing") for m in members} == members
    assert [int(enum[m]) for m in members] == list(members.values())
    assert all(enum(value) == value for value in members.values())


@pytest.mark.parametrize("path", FACTS["classes"])
def test_class_has_its_members(path):
    cls = find(path)
    assert inspect.isclass(cls)
    members = FACTS["classes"][path]
    annotated = getattr(cls, "__annotations__", {})
    missing = [m for m in members if not hasattr(cls, m) and m not in annotated]
    assert missing == []


@pytest.mark.parametrize(
    ("path", "method"),
    [(p, m) for p, members in FACTS["classes"].items() for m, names in members.items() if names],
)
def test_method_takes_its_parameters(path, method):
    assert refused(getattr(find(path), method), FACTS["classes"][path][method]) == []


@pytest.mark.parametrize("path", FACTS["functions"])
def test_function_takes_its_parameters(path):
    assert refused(find(path), FACTS["functions"][path]) == []


def test_sugar_has_the_same_objects():
    for name in zmq.sugar.__all__:
        assert getattr(zmq, name) is getattr(zmq.sugar, name), name
