# SPDX-License-Identifier: BSD-3-Clause
"""Rules between the rooms of zmq-core: who may import whom."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "packages" / "zmq-core" / "src"
ADD_ONS = {"auth", "devices", "eventloop", "green", "log", "ssh"}
#: Rooms from below; a module belongs to the last one that its name starts with.
FLOORS = {
    "zmq": 4,
    "zmq.constants": 0,
    "zmq.error": 0,
    "zmq._lazy": 0,
    "zmq._missing": 0,
    "zmq._portions": 0,
    "zmq._typing": 0,
    "zmq.backend": 1,
    "zmq.sugar": 2,
    "zmq.utils": 2,
}


def name_of(path):
    parts = path.relative_to(SOURCES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted((SOURCES / "zmq").rglob("*.py"))}
NATIVE = sorted((SOURCES / "zmq" / "backend").rglob("*.p[xy][xd]")) + sorted(
    (SOURCES / "zmq" / "backend").rglob("*.pxi")
)


def floor(module):
    while module not in FLOORS:
        module = module.rpartition(".")[0]
    return FLOORS[module]


def for_types_only(tree):
    """All nodes under `if TYPE_CHECKING:`."""
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    return {inner for block in blocks for inner in ast.walk(block)}


def imported(path, wherever=True):
    """Return the modules of zmq that a file imports; without `wherever` only when it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = for_types_only(tree)
    if not wherever:
        functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        for function in (node for node in ast.walk(tree) if isinstance(node, functions)):
            skipped.update(ast.walk(function))
    found = set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return {name for name in found if name.split(".")[0] == "zmq"}


def test_the_rules_see_the_modules():
    assert {"zmq", "zmq.constants", "zmq.backend.cython", "zmq.sugar.socket"} <= set(MODULES)
    assert "zmq.backend" in imported(MODULES["zmq.sugar.socket"])
    assert NATIVE


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_from_its_floor_and_below(module):
    above = {name for name in imported(MODULES[module]) if floor(name) > floor(module)}
    assert not above


@pytest.mark.parametrize("module", MODULES)
def test_core_knows_no_add_on(module):
    assert not {name for name in imported(MODULES[module]) if f"{name}.".split(".")[1] in ADD_ONS}


def test_no_module_needs_itself():
    graph = {
        module: {name for name in imported(path, wherever=False) if name in MODULES} - {module}
        for module, path in MODULES.items()
    }
    graph = {module: needs - {"zmq"} for module, needs in graph.items() if module != "zmq"}
    TopologicalSorter(graph).prepare()  # raises CycleError


@pytest.mark.parametrize("path", NATIVE, ids=lambda path: path.name)
def test_native_code_imports_only_the_ground_floor(path):
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"^\s*(?:from|import|cimport) +(zmq[\w.]*)", text, re.MULTILINE)
    shared = {f"zmq.backend.{name}" for name in ("checking", "joining", "wording")}
    allowed = {"zmq.constants", "zmq.error", *shared}
    assert {name for name in names if not name.startswith("zmq.backend.cython")} <= allowed


@pytest.mark.parametrize(
    "path", [path for path in MODULES.values() if path.name == "__init__.py"], ids=name_of
)
def test_init_files_hold_no_logic(path):
    logic = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.With)
    assert not [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, logic)]
