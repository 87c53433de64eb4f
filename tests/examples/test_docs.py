# SPDX-License-Identifier: BSD-3-Clause
"""The documentation is true: its code runs, its links lead somewhere, its tables are complete."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import zmq

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^```(\w*)$")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name(path):
    return str(path.relative_to(ROOT))


def code_blocks(page, language):
    """Return [(number of the first line, code)] of the fenced blocks in this language."""
    blocks, open_as, start = [], None, 0
    lines = page.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if fence and open_as is None:
            open_as, start = fence[1], number + 1
        elif fence:
            if open_as == language:
                blocks.append((start, "\n".join(lines[start - 1 : number - 1]) + "\n"))
            open_as = None
    assert open_as is None, f"{name(page)}: a code block is not closed"
    return blocks


def as_program(blocks):
    """Put the blocks at the lines they have on the page, so that tracebacks point there."""
    program = ""
    for start, code in blocks:
        program += "\n" * (start - 1 - program.count("\n")) + code
    return program


def slug(heading):
    """The anchor that a heading gets."""
    text = re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


# -- code ----------------------------------------------------------------------------------------


def has_program(page):
    # The page about Cython holds several programs, that about ssh needs a server: they have tests
    # of their own.
    return page.name not in ("cimport.md", "ssh.md") and code_blocks(page, "python")


@pytest.mark.parametrize("page", list(filter(has_program, PAGES)), ids=name)
def test_python_blocks_run(page, tmp_path):
    """The blocks of a page are one program, which ends well and says nothing on stderr."""
    program = tmp_path / page.name
    program.write_text(as_program(code_blocks(page, "python")), encoding="utf-8")
    end = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (end.returncode, end.stderr) == (0, ""), end.stderr


def test_the_cython_page_builds_and_runs(tmp_path):
    page = ROOT / "docs" / "cimport.md"
    ((_, module),) = code_blocks(page, "cython")
    (_, setup), (_, use) = code_blocks(page, "python")
    for file, text in (("counting.pyx", module), ("setup.py", setup), ("use.py", use)):
        (tmp_path / file).write_text(text, encoding="utf-8")
    for command in (["setup.py", "-q", "build_ext", "--inplace"], ["-W", "error", "use.py"]):
        end = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert end.returncode == 0, end.stdout + end.stderr


def test_the_first_example_says_what_it_prints():
    (_, code), *_ = code_blocks(ROOT / "README.md", "python")
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=50
    ).stdout
    assert [line.partition("# ")[2] for line in code.splitlines() if "print" in line] == [
        printed.strip()
    ]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_its_language(page):
    for language in ("", "py", "console"):
        assert not code_blocks(page, language)


# -- links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in LINK.findall(text):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), link


def test_the_index_leads_to_every_page():
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text("utf-8"))}
    assert {path for path in PAGES if path.is_relative_to(index.parent)} - {index} <= linked


# -- what the pages say about the sources --------------------------------------------------------


def sources(*suffixes):
    return [path for path in ROOT.glob("packages/*/src/**/*") if path.suffix in suffixes]


def is_shim(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.startswith("Deprecated alias of") or ".. deprecated::" in docstring


def test_every_compatibility_module_has_a_row():
    text = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    rows = set(
        re.findall(r"^\| `(zmq\.[\w.]+)` \|", text.partition("# Compatibility modules")[2], re.M)
    )
    shims = {
        ".".join(path.with_suffix("").parts[path.parts.index("src") + 1 :])
        for path in sources(".py")
        if is_shim(path)
    }
    assert shims
    assert shims <= rows
    for module in rows:
        importlib.import_module(module)


PLANNED = {"zmq.asyncio"}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_names_exist(page):
    """What a page calls `zmq.something` is there."""
    for found in set(re.findall(r"`(zmq\.[A-Za-z][\w.]*\w)", page.read_text(encoding="utf-8"))):
        if found not in PLANNED | {"zmq.h", "zmq.libzmq"}:
            pkgutil.resolve_name(found)


def test_options_in_the_table_exist():
    text = (ROOT / "docs" / "guide" / "options.md").read_text(encoding="utf-8")
    for row in re.findall(r"^\| (`.*?) \|", text.partition("## The ones most")[2], re.M):
        for option in re.findall(r"`(\w+)`", row):
            assert option.upper() in zmq.SocketOption.__members__


def test_architecture_names_the_native_files():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    native = {path.name for path in sources(".pxi", ".pyx", ".pxd", ".h") if "cython" in path.parts}
    mentioned = set(re.findall(r"`(\w+\.(?:pxi|pyx|pxd|h))`", text)) - {"zmq.h", "relay.h"}
    assert native == mentioned


def test_build_variables_are_read_by_the_build():
    text = (ROOT / "docs" / "guide" / "building.md").read_text(encoding="utf-8")
    hook = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "packages" / "zmq-core").rglob("*.py")
        if "src" not in path.parts
    )
    for variable in set(re.findall(r"\bZMQ_[A-Z_]+\b", text)):
        assert variable in hook, variable


def test_sessions_exist():
    sessions = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(), re.M))
    for page in PAGES:
        for session in re.findall(r"\./dev (\w+)", page.read_text(encoding="utf-8")):
            assert session in sessions | {"NAME"}, f"{name(page)}: ./dev {session}"
