# SPDX-License-Identifier: BSD-3-Clause
"""The wheel: what is in it, what it says of itself, and that it works."""

import json
import re
import subprocess
import sys
from email.parser import Parser

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

ROUND_TRIP = """
import zmq
with zmq.Context() as context:
    with context.socket(zmq.PULL) as sink, context.socket(zmq.PUSH) as source:
        source.connect(sink.bind("tcp://127.0.0.1:0").endpoint)
        source.send_multipart([b"one", b"two"])
        assert sink.recv_multipart() == [b"one", b"two"]
"""
SODIUM_KEYS = "import zmq; print(zmq.curve_public(zmq.curve_keypair()[1]).decode())"


def test_tag_is_of_this_python_and_platform(built_wheels, kind, version):
    _, built, _, tags = parse_wheel_filename(built_wheels[kind].name)
    assert str(built) == version
    (tag,) = tags
    assert tag in set(sys_tags())
    assert tag.interpreter == tag.abi == next(sys_tags()).interpreter
    assert tag.platform != "any"


def test_holds_what_people_use(wheel):
    names = set(wheel.namelist())
    for name in (
        "zmq/__init__.py",
        "zmq/__init__.pxd",
        "zmq/backend/cython/_zmq.pxd",
        "zmq/backend/cython/libzmq.pxd",
        "zmq/constants.pyi",
        "zmq/_coroutinetypes.pyi",
        "zmq/_futuretypes.pyi",
        "zmq/_optiontypes.pyi",
        "zmq/_typing.pyi",
        "zmq/backend/cython/_zmq.pyi",
        "zmq/include/zmq.h",
        "zmq/py.typed",
        "zmq/utils/zmq_capi.h",
    ):
        assert name in names
    assert len([name for name in names if name.endswith(".so")]) == 1
    licenses = {name.partition(".dist-info/")[2] for name in names if "/licenses/" in name}
    assert {"licenses/LICENSE", "licenses/licenses/MPL-2.0.txt"} <= licenses


def test_holds_no_sources_of_the_native_module(wheel, version):
    unwanted = (".pyx", ".pxi", ".c", ".cpp", ".o", ".pyc", "native.h")
    assert not [name for name in wheel.namelist() if name.endswith(unwanted)]
    assert not [name for name in wheel.namelist() if name.startswith("zmq/backend/native/")]
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"zmq", f"zmq_core-{version}.dist-info"}


def test_metadata(wheel, version):
    metadata = Parser().parsestr(wheel.read(f"zmq_core-{version}.dist-info/METADATA").decode())
    assert metadata["Name"] == "zmq-core"
    assert metadata["Requires-Python"] == ">=3.9"
    needed = metadata.get_all("Requires-Dist")
    assert all("extra == 'cffi'" in each for each in needed)  # nothing that is not asked for
    assert metadata["License-Expression"] == "BSD-3-Clause"


def test_imports_and_moves_messages(python):
    python(ROUND_TRIP)


def test_encrypts(python):
    assert len(python(SODIUM_KEYS).strip()) == 40


def test_header_is_of_the_libzmq_at_run_time(wheel, python):
    header = wheel.read("zmq/include/zmq.h").decode()
    numbers = re.findall(r"#define ZMQ_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header)
    assert ".".join(numbers) == python("import zmq; print(zmq.zmq_version())").strip()


def test_says_how_it_was_built(kind, python, upstream, version):
    facts = json.loads(python("import json, zmq; print(json.dumps(zmq.build_info()))"))
    assert facts["version"] == version
    assert re.fullmatch(r"3\.\d+\.\d+", facts["cython"])
    assert "-O3" in facts["cflags"].split()
    assert facts["drafts"] is False
    if kind == "system":
        assert facts["libzmq_linked"] == "system, shared"
        assert facts["libzmq_origin"] == f"pkg-config libzmq {facts['libzmq']}"
    else:
        name = upstream.get("ZMQ_CORE_LIBZMQ_SOURCE", "zeromq-4.3.5.tar.gz").rpartition("/")[2]
        assert facts["libzmq_linked"] == "static"
        assert facts["libzmq_origin"] == f"release {name}"
        assert any(flag.startswith("-flto") for flag in facts["cflags"].split())


def exported(module):
    output = subprocess.run(
        ["nm", "-D", "--defined-only", module], check=True, capture_output=True, text=True
    ).stdout
    return {line.split()[-1] for line in output.splitlines()}


def test_exports_nothing_but_its_start(module):
    assert exported(module) == {"PyInit__zmq"}


def test_links_to_what_it_should(module, kind):
    output = subprocess.run(
        ["readelf", "-d", module], check=True, capture_output=True, text=True
    ).stdout
    needed = set(re.findall(r"Shared library: \[(\w+)", output))
    assert ("libzmq" in needed) == (kind == "system")
    if kind == "static":
        assert "libstdc" in needed  # a dynamic one: shared with the rest of the process


@pytest.mark.parametrize("private", [b"/tmp/", b"/root/", b"/home/"])
def test_names_no_directory_of_the_machine_it_was_built_on(module, private):
    content = module.read_bytes().replace(b"ipc:///tmp/", b"")
    content = content.replace(sys.base_prefix.encode(), b"")  # Python's own run-time path
    found = re.findall(re.escape(private) + rb"[ -~]*", content)
    assert not found


def test_is_stripped(module):
    output = subprocess.run(["readelf", "-S", module], capture_output=True, text=True).stdout
    assert ".symtab" not in output
    assert ".debug_info" not in output
