# SPDX-License-Identifier: BSD-3-Clause
"""What type checkers read of the package and what is there at run time have the same names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import zmq
import zmq._lazy
import zmq._typing
import zmq.utils._lazy

HOME = Path(zmq.__file__).parent
GENERATOR = Path(__file__).parents[2] / "tools" / "generate_coroutine_stub.py"


def generate(*arguments):
    return subprocess.run([sys.executable, GENERATOR, *arguments], capture_output=True, timeout=60)


def find_names(path, inside=None):
    """Return the names that a module binds at its top; with `inside`, under such an ``if``."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    if inside is not None:
        tests = [
            node for node in body if isinstance(node, ast.If) and inside in ast.dump(node.test)
        ]
        body = [node for test in tests for node in test.body]
    names = set()
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets)
    return names


@pytest.mark.parametrize(
    ("module", "names"),
    [("__init__.py", set(zmq._lazy.HOMES)), ("utils/__init__.py", zmq.utils._lazy.SUBMODULES)],
)
def test_what_is_loaded_when_first_touched_is_known(module, names):
    assert find_names(HOME / module, inside="TYPE_CHECKING") == names


def test_shared_types_have_stand_ins():
    names = find_names(HOME / "_typing.pyi") - {"Any", "Literal", "Protocol", "Union"}
    borrowed = {"Callable", "Context", "MessageTracker", "Socket", "TypeAlias", "TypeVar"}
    assert names - borrowed <= set(vars(zmq._typing))


def test_annotations_of_programs_work_at_run_time():
    def program(
        s: zmq.Socket[bytes], c: zmq.Context[zmq.SyncSocket], part: zmq._typing.MessagePart
    ) -> zmq.SyncContext:
        raise NotImplementedError

    assert set(program.__annotations__) == {"s", "c", "part", "return"}


def test_generic_classes_can_be_subclassed():
    class Loud(zmq.Socket[bytes]):
        pass

    class LoudContext(zmq.Context[Loud]):
        _socket_class = Loud

    assert Loud.__mro__[1] is zmq.Socket
    with LoudContext() as context, context.socket(zmq.PULL) as socket:
        assert type(socket) is Loud


def test_stub_of_coroutines_is_up_to_date():
    assert generate("--check").returncode == 0


def test_stale_stub_of_coroutines_is_noticed(tmp_path):
    stub = tmp_path / "stub.pyi"
    assert b"stale" in generate("--check", "--stub", stub).stderr
    assert generate("--stub", stub).returncode == 0
    assert "Future" not in stub.read_text().partition("import")[2]
    assert generate("--check", "--stub", stub).returncode == 0
    stub.write_text(stub.read_text().replace("Coroutine[Any, Any, int]", "int"))
    assert generate("--check", "--stub", stub).returncode == 1
