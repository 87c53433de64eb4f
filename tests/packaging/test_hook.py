# SPDX-License-Identifier: BSD-3-Clause
"""The build hook, run by real front ends on a copy of zmq-core that has a toy as native module."""

import ast
import os
import re
import subprocess
import sys
import zipfile

import pytest

RUN_TOY = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("zmq.backend.cython._zmq", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print({"answer": module.answer, **module.facts})
"""
PIP_WHEEL = ("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation")


def files(directory):
    return {
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def wheel_of(toy_core, tmp_path, run):
    """`wheel_of(**settings)`: a wheel of the toy, unpacked, and what the build printed."""

    def wheel_of(**settings):
        printed = run(
            sys.executable, *PIP_WHEEL, "-vv", "-w", tmp_path / "out", toy_core, **settings
        )
        (wheel,) = (tmp_path / "out").glob("*.whl")
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(tmp_path / "unpacked")
        return tmp_path / "unpacked", printed

    return wheel_of


def facts_of(directory, run):
    (module,) = directory.rglob("*.so")
    return ast.literal_eval(run(sys.executable, "-c", RUN_TOY, module))


def test_wheel_with_sources_from_an_archive(wheel_of, toy_archive, toy_core, run):
    before = files(toy_core)
    unpacked, printed = wheel_of(ZMQ_CORE_LIBZMQ_SOURCE=str(toy_archive))
    facts = facts_of(unpacked, run)
    assert facts["answer"] == 2
    assert facts["origin"] == f"source archive {toy_archive.name}"
    assert "zmq-core: using libzmq 4.3.5 (static; source archive" in printed
    assert files(toy_core) == before
    header = (unpacked / "zmq" / "include" / "zmq.h").read_text()
    assert "ZMQ_VERSION_PATCH 5" in header


def test_editable(toy_core, toy_libzmq, tmp_path, run):
    before = files(toy_core)
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel:editable")
    run(*command, "-d", tmp_path / "out", cwd=toy_core, ZMQ_CORE_LIBZMQ_SOURCE=str(toy_libzmq))
    fresh = files(toy_core) - before
    (module,) = (name for name in fresh if name.endswith(".so"))
    assert fresh == {module, "src/zmq/include/zmq.h"}
    assert facts_of(toy_core / "src", run)["answer"] == 2
    (wheel,) = (tmp_path / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        (pth,) = (name for name in opened.namelist() if name.endswith(".pth"))
        assert opened.read(pth).decode().strip() == str(toy_core / "src")


def test_what_an_editable_install_left_goes_into_no_distribution(
    toy_core, toy_libzmq, tmp_path, run
):
    stale = toy_core / "src" / "zmq" / "backend" / "cython" / "_zmq.stale.so"
    stale.write_bytes(b"stale")
    include = toy_core / "src" / "zmq" / "include"
    include.mkdir()
    (include / "zmq.h").write_text("stale")
    (toy_core / ".gitignore").unlink()
    command = (sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "out")
    run(*command, cwd=toy_core, ZMQ_CORE_LIBZMQ_SOURCE=str(toy_libzmq))
    (sdist,) = (tmp_path / "out").glob("*.tar.gz")
    assert "stale" not in run("tar", "tf", sdist)
    assert "include" not in run("tar", "tf", sdist)
    (wheel,) = (tmp_path / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        assert not [name for name in opened.namelist() if "stale" in name]
        assert b"ZMQ_VERSION" in opened.read("zmq/include/zmq.h")


def test_optimises_whatever_the_environment_says(wheel_of, toy_libzmq, program, tmp_path, run):
    log = tmp_path / "log"
    programs = {
        name: str(program(name, f'echo "$*" >> {log}; exec {real} "$@"'))
        for name, real in (("CC", "gcc"), ("CXX", "g++"))
    }
    unpacked, _ = wheel_of(
        ZMQ_CORE_LIBZMQ_SOURCE=str(toy_libzmq),
        CFLAGS="-O0 -DASKED_FOR",
        CXXFLAGS="-O0 -DASKED_FOR",
        **programs,
    )
    compiled = [line for line in log.read_text().splitlines() if " -c " in f"{line} "]
    levels = {"toy.cpp": "-O2", "lb.cpp": "-O3", "helper.c": "-O2", "_zmq.c": "-O3"}
    for source, level in levels.items():
        (line,) = (line for line in compiled if re.search(rf"\b{source}( |$)", line))
        assert "-DASKED_FOR" in line
        assert re.findall(r"(?<= )-O\S*", line)[-1] == level, line
        assert "-fvisibility=hidden" in line
        assert "-flto" in line
    assert "-O3" in facts_of(unpacked, run)["cflags"]


def test_debugging_symbols_when_asked_for(wheel_of, toy_libzmq, run):
    unpacked, _ = wheel_of(ZMQ_CORE_LIBZMQ_SOURCE=str(toy_libzmq), CFLAGS="-g")
    (module,) = unpacked.rglob("*.so")
    assert ".debug_info" in run("readelf", "-S", module)
    assert "-fno-unwind-tables" not in facts_of(unpacked, run)["cflags"]


def test_what_catches_exceptions_is_compiled_so(wheel_of, toy_libzmq, run):
    catching = toy_libzmq / "src" / "lb.cpp"
    catching.write_text(
        "#include <vector>\n"
        'extern "C" int toy_catches(void) {\n'
        "  try { return std::vector<int>().at(1); } catch (...) { return 2; }\n}\n"
    )
    toy = toy_libzmq / "toy.cpp"
    text = toy.read_text().replace("{ return", "{ return toy_catches() - 2 +")
    toy.write_text('extern "C" int toy_catches(void);\n' + text)
    unpacked, _ = wheel_of(ZMQ_CORE_LIBZMQ_SOURCE=str(toy_libzmq))
    assert facts_of(unpacked, run)["answer"] == 2


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"ZMQ_CORE_LIBZMQ": "nonsense"}, "ZMQ_CORE_LIBZMQ is 'nonsense'"),
        ({"ZMQ_CORE_LIBZMQ_SOURCE": "/nowhere"}, "names /nowhere, which does not exist"),
        ({"CC": "no-such-compiler"}, "no-such-compiler was not found"),
    ],
)
def test_failure_is_an_explanation_and_no_traceback(toy_core, settings, problem, tmp_path):
    done = subprocess.run(
        [sys.executable, *PIP_WHEEL, "-w", tmp_path / "out", toy_core],
        capture_output=True,
        text=True,
        env={**os.environ, **settings},
    )
    assert done.returncode != 0
    printed = done.stdout + done.stderr
    assert problem in printed
    assert "ZMQ_CORE_LIBZMQ=download" in printed
    assert "Traceback" not in printed


def test_native_code_that_does_not_compile(toy_core, tmp_path):
    native = toy_core / "src" / "zmq" / "backend" / "cython" / "_zmq.pyx"
    native.write_text("cdef int broken = 'text'\n")
    done = subprocess.run(
        [sys.executable, *PIP_WHEEL, "-w", tmp_path / "out", toy_core],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    printed = done.stdout + done.stderr
    assert "zmq.backend.cython._zmq does not compile" in printed
    assert "ZMQ_CORE_LIBZMQ=" not in printed  # libzmq is not the problem
