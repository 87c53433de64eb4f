# SPDX-License-Identifier: BSD-3-Clause
"""The enums, the flat names derived from them, and the generated stub."""

import __future__

import copy
import enum
import errno
import operator
import os
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import zmq
import zmq.constants
from zmq.constants import ContextOption, Errno, Event, Flag, PollEvent, SocketOption, SocketType

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(zmq.constants.__file__)
GENERATOR = ROOT / "tools" / "generate_constants_stub.py"

ENUMS = [
    value
    for name, value in vars(zmq.constants).items()
    if isinstance(value, enum.EnumMeta) and name in zmq.constants.__all__ and list(value)
]
FLAGS = [Flag, Event, PollEvent]
OPERATORS = [operator.or_, operator.and_, operator.xor]

#: What only a libzmq built for it can tell.
NEEDS_A_SPECIAL_BUILD = {
    option for option in SocketOption if option.name.startswith(("VMCI_", "GSSAPI_", "CURVE_"))
}
#: Not options of a socket in libzmq.
NOT_A_SOCKETS = {SocketOption.HWM, SocketOption.BLOCKY}


# -- names and values ----------------------------------------------------------------------------


def test_every_enum_was_found():
    assert len(ENUMS) == 13


@pytest.mark.parametrize(
    ("flat", "member"),
    [
        ("PUB", SocketType.PUB),
        ("XREQ", SocketType.DEALER),
        ("NOBLOCK", Flag.DONTWAIT),
        ("POLLIN", PollEvent.POLLIN),
        ("EVENT_CONNECTED", Event.CONNECTED),
        ("EVENT_ALL", Event.ALL_V1),
        ("PROTOCOL_ERROR_ZAP_UNSPECIFIED", Event.PROTOCOL_ERROR_ZAP_UNSPECIFIED),
        ("NOTIFY_DISCONNECT", zmq.RouterNotify.DISCONNECT),
        ("NORM_CCE_ECNONLY", zmq.NormMode.CCE_ECNONLY),
        ("RECONNECT_STOP_AFTER_DISCONNECT", zmq.ReconnectStop.AFTER_DISCONNECT),
        ("RECONNECT_STOP", SocketOption.RECONNECT_STOP),
        ("IDENTITY", SocketOption.ROUTING_ID),
        ("THREAD_PRIORITY", ContextOption.SOCKET_LIMIT),
        ("ETERM", Errno.ETERM),
        ("CURVE", zmq.SecurityMechanism.CURVE),
        ("MORE", zmq.MessageOption.MORE),
        ("QUEUE", zmq.DeviceType.QUEUE),
    ],
)
def test_flat_name_is_the_member(flat, member):
    assert getattr(zmq, flat) is member
    assert getattr(zmq.constants, flat) is member
    assert flat in zmq.constants.__all__


def test_every_member_has_exactly_one_flat_name():
    flat = [name for name in zmq.constants.__all__ if isinstance(getattr(zmq, name), enum.Enum)]
    assert len(flat) == len(set(flat)) == sum(len(cls.__members__) for cls in ENUMS)
    assert {
        getattr(zmq, name) for name in flat if isinstance(getattr(zmq, name), SocketType)
    } == set(SocketType)


@pytest.fixture
def header():
    """The text of the zmq.h that this package was built with."""
    headers = [Path(directory) / "zmq.h" for directory in zmq.get_includes()]
    found = next((path for path in headers if path.is_file()), Path("/usr/include/zmq.h"))
    return found.read_text(encoding="utf-8", errors="replace")


def test_values_are_those_of_the_header(header):
    definition = r"^ *# *define ZMQ_(\w+) +(0x[0-9a-fA-F]+|\d+)\b"
    found = re.findall(definition, header, re.MULTILINE)
    values = {name: int(value, 0) for name, value in found}
    version = tuple(values[f"VERSION_{part}"] for part in ("MAJOR", "MINOR", "PATCH"))
    if version < (4, 3, 5):
        values.pop("RECONNECT_STOP_AFTER_DISCONNECT", None)  # was two of the others by mistake
    ours = {name: getattr(zmq.constants, name) for name in zmq.constants.__all__}
    shared = [name for name in values if name in ours]
    assert len(shared) > 150
    assert {name: int(ours[name]) for name in shared} == {name: values[name] for name in shared}


def test_every_option_of_the_header_has_a_name(header):
    section = header[header.index("Socket options.") : header.index("Message options")]
    for name in re.findall(r"^ *# *define ZMQ_(\w+) +\d+", section, re.MULTILINE):
        assert name in SocketOption.__members__


def test_error_numbers_are_those_of_the_system():
    assert Errno.EADDRINUSE == errno.EADDRINUSE
    assert Errno.EAGAIN == errno.EAGAIN
    assert len({int(number) for number in Errno}) == len(Errno.__members__)


@pytest.mark.parametrize("number", [Errno.EFSM, Errno.ENOCOMPATPROTO, Errno.ETERM, Errno.EMTHREAD])
def test_libzmq_knows_its_own_errors(number):
    assert zmq.strerror(number) != zmq.strerror(156384712 + 99)
    assert "unknown" not in zmq.strerror(number).lower()


# -- members -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", ENUMS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_members_survive_pickling(cls, protocol):
    for member in cls.__members__.values():
        assert pickle.loads(pickle.dumps(member, protocol)) is member


@pytest.mark.parametrize("cls", ENUMS)
def test_members_are_ints_and_copies_the_same_object(cls):
    for member in cls.__members__.values():
        assert isinstance(member, int)
        assert member == member.value
        assert hash(member) == hash(member.value)
        assert cls(member.value) is member
        assert copy.copy(member) is member
        assert copy.deepcopy(member) is member


@pytest.mark.parametrize("cls", ENUMS)
def test_text_is_that_of_the_enum_module(cls):
    base = enum.IntFlag if issubclass(cls, enum.IntFlag) else enum.IntEnum
    names = {name: member.value for name, member in cls.__members__.items()}
    twin = base(cls.__name__, names)
    for member in cls:
        other = twin(member.value)
        assert (repr(member), str(member), f"{member}", f"{member:d}") == (
            repr(other),
            str(other),
            f"{other}",
            f"{other:d}",
        )


# -- the value types of options ------------------------------------------------------------------


def test_every_option_has_a_type():
    types = {option._opt_type for option in SocketOption}
    assert types == set(zmq.constants._OptType)
    assert {t.name for t in types} == {"int", "int64", "bytes", "fd"}
    for option in SocketOption:
        expected = bytes if option._opt_type is zmq.constants._OptType.bytes else int
        assert option.value_type is expected


def test_aliases_share_the_type():
    assert SocketOption.IDENTITY._opt_type is zmq.constants._OptType.bytes
    assert SocketOption["IDENTITY"] is SocketOption.ROUTING_ID


@pytest.fixture
def readable():
    """All that libzmq lets one read from a socket of any type: option -> value."""
    found = {}
    with zmq.Context() as context:
        for socket_type in SocketType:
            if socket_type in zmq.constants.DRAFT_SOCKET_TYPES and not zmq.DRAFT_API:
                continue
            with context.socket(socket_type) as socket, warnings.catch_warnings():
                # that of a thread-safe socket, which is made up of a poller
                warnings.simplefilter("ignore", zmq.error.DraftFDWarning)
                for option in SocketOption:
                    try:
                        found[option] = socket.get(option)
                    except (zmq.ZMQError, NotImplementedError, AttributeError):
                        continue
    return found


def test_libzmq_agrees_with_the_types(readable):
    readable.pop(SocketOption.HWM, None)
    for option, value in readable.items():
        assert isinstance(value, option.value_type), option
    # A wrong size (int for int64) makes libzmq refuse to answer.
    unreadable = set(SocketOption) - set(readable)
    unexplained = (
        unreadable
        - zmq.constants.WRITE_ONLY_OPTIONS
        - zmq.constants.DRAFT_SOCKET_OPTIONS
        - NEEDS_A_SPECIAL_BUILD
        - NOT_A_SOCKETS
    )
    assert not unexplained


def test_nothing_write_only_can_be_read(readable):
    assert not zmq.constants.WRITE_ONLY_OPTIONS & set(readable)


def test_draft_sets():
    assert SocketType.CHANNEL in zmq.constants.DRAFT_SOCKET_TYPES
    assert SocketType.STREAM not in zmq.constants.DRAFT_SOCKET_TYPES
    assert SocketOption.HELLO_MSG in zmq.constants.DRAFT_SOCKET_OPTIONS
    assert SocketOption.BINDTODEVICE not in zmq.constants.DRAFT_SOCKET_OPTIONS


def test_versions_of_options():
    assert zmq.constants.DRAFT_SOCKET_OPTIONS.issubset(zmq.constants.OPTION_SINCE)
    for option, since in zmq.constants.OPTION_SINCE.items():
        assert isinstance(option, SocketOption)
        assert since > (4, 2, 0)
        assert since <= (4, 3, 5)


# -- combining flags -----------------------------------------------------------------------------


@pytest.mark.parametrize("cls", FLAGS)
@pytest.mark.parametrize("combine", OPERATORS)
def test_combinations_are_those_of_the_enum_module(cls, combine):
    twin = enum.IntFlag(cls.__name__, {name: m.value for name, m in cls.__members__.items()})
    numbers = [*range(-3, 20), 1 << 40, True, *map(int, cls)]
    for value in map(int, cls):
        for number in numbers:
            check_same(combine(cls(value), number), combine(twin(value), number), cls, twin)
            check_same(combine(number, cls(value)), combine(number, twin(value)), cls, twin)
            check_same(
                combine(cls(value), cls(number)), combine(twin(value), twin(number)), cls, twin
            )


def check_same(mine, other, cls, twin):
    assert (type(mine) is cls) == (type(other) is twin)
    assert (mine, repr(mine), str(mine)) == (other, repr(other), str(other))
    assert pickle.loads(pickle.dumps(mine)) == mine
    if type(mine) is cls:
        assert mine.name == other.name


@pytest.mark.parametrize("cls", FLAGS)
@pytest.mark.parametrize("combine", OPERATORS)
@pytest.mark.parametrize("stranger", [None, 1.0, "x", [], object()])
def test_no_combination_with_what_is_no_int(cls, combine, stranger):
    member = next(iter(cls))
    with pytest.raises(TypeError):
        combine(member, stranger)
    with pytest.raises(TypeError):
        combine(stranger, member)


def test_mixed_flags_have_the_type_of_the_first():
    assert type(Flag.SNDMORE | PollEvent.POLLERR) is Flag
    assert type(PollEvent.POLLERR | Flag.SNDMORE) is PollEvent
    assert type(SocketType.REP | Flag.SNDMORE) is int or isinstance(
        SocketType.REP | Flag.SNDMORE, Flag
    )


def test_inverting_and_membership():
    assert Flag.SNDMORE & ~Flag.SNDMORE == 0
    assert PollEvent.POLLIN in (PollEvent.POLLIN | PollEvent.POLLOUT)
    assert Event.CONNECTED in Event.ALL
    assert Event.PIPES_STATS not in Event.ALL
    assert not Flag.DONTWAIT & Flag.SNDMORE


@pytest.mark.parametrize(
    ("left", "right"),
    [(zmq.NOBLOCK, zmq.SNDMORE), (zmq.POLLIN, 3), (3, zmq.POLLOUT), (zmq.EVENT_CLOSED, 1)],
)
@pytest.mark.parametrize("combine", OPERATORS)
def test_a_repeated_combination_is_one_call(left, right, combine):
    combine(left, right)
    calls = []
    sys.setprofile(lambda frame, event, arg: calls.append(event) if event == "call" else None)
    try:
        combine(left, right)
    finally:
        sys.setprofile(None)
    assert calls == ["call"]


def test_strange_numbers_do_not_fill_the_memory():
    table = Flag.__or__.__defaults__[0]
    for number in range(3000):
        assert Flag.SNDMORE | (number << 2) == 2 + (number << 2)
    assert len(table) < 1000
    assert Flag.SNDMORE | Flag.DONTWAIT == 3
    assert 3 in table


# -- the module and its stub ---------------------------------------------------------------------


def run_python(*args):
    return subprocess.run(
        [sys.executable, *map(os.fspath, args)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_stub_is_up_to_date():
    result = run_python(GENERATOR, "--check")
    assert (result.returncode, result.stderr) == (0, "")


def test_stale_stub_is_noticed(tmp_path):
    stub = tmp_path / "constants.pyi"
    missing = run_python(GENERATOR, "--check", "--stub", stub)
    assert missing.returncode == 1
    assert "stale" in missing.stderr
    assert not stub.exists()
    assert run_python(GENERATOR, "--stub", stub).returncode == 0
    assert run_python(GENERATOR, "--check", "--stub", stub).returncode == 0
    stub.write_text(stub.read_text().replace("PUB = 1", "PUB = 2"))
    assert run_python(GENERATOR, "--check", "--stub", stub).returncode == 1


def test_stub_names_everything():
    text = SOURCE.with_suffix(".pyi").read_text()
    namespace = {}
    lazily = __future__.annotations.compiler_flag
    exec(compile(text.replace("...", "0"), "constants.pyi", "exec", lazily), namespace)
    assert sorted(namespace["__all__"]) == sorted(zmq.constants.__all__)
    for name in zmq.constants.__all__:
        value = getattr(zmq.constants, name)
        if isinstance(value, enum.Enum) and not isinstance(value, Errno):
            assert namespace[name] == value


def test_importing_is_light():
    code = (
        "import sys\nbefore = set(sys.modules)\n"
        "import importlib.util\nused = set(sys.modules)\n"
        f"spec = importlib.util.spec_from_file_location('constants', {os.fspath(SOURCE)!r})\n"
        "spec.loader.exec_module(importlib.util.module_from_spec(spec))\n"
        "print(*sorted(set(sys.modules) - used))"
    )
    result = run_python("-S", "-c", code)
    assert result.returncode == 0, result.stderr
    loaded = set(result.stdout.split())
    assert not loaded & {"re", "typing", "dataclasses", "inspect", "json", "platform", "ctypes"}
