# SPDX-License-Identifier: BSD-3-Clause
"""The helpers in zmq.utils."""

import asyncio
import ctypes
import json
import os
import random
import signal
import struct
import subprocess
import sys
import threading
from array import array

import pytest

import zmq
from zmq.utils import garbage, interop, jsonapi, monitor, strtypes, win32, z85

# -- reaching them -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jsonapi", "interop"])
def test_module_is_an_attribute_after_a_bare_import(name):
    code = f"import zmq; assert zmq.utils.{name}.__name__ == 'zmq.utils.{name}'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_no_such_module():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = zmq.utils.nonsense


# -- z85 -----------------------------------------------------------------------------------------

#: The example of ZMQ RFC 32.
RAW = bytes([0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B])
TEXT = b"HelloWorld"

#: The server key of ZMQ RFC 32.
RAW_KEY = bytes.fromhex("8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7")
TEXT_KEY = b"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"


@pytest.mark.parametrize(("raw", "text"), [(RAW, TEXT), (RAW_KEY, TEXT_KEY), (b"", b"")])
def test_z85_of_the_rfc(raw, text):
    assert z85.encode(raw) == text
    assert z85.decode(text) == raw
    assert z85.decode(text.decode()) == raw


def test_z85_digits():
    assert len(z85.Z85CHARS) == 85
    assert len(set(z85.Z85CHARS)) == 85
    assert {z85.Z85CHARS[digit]: digit for digit in range(85)} == z85.Z85MAP
    for digit, character in enumerate(z85.Z85CHARS):
        assert z85.encode(digit.to_bytes(4, "big"))[-1] == character


def test_z85_round_trips():
    numbers = random.Random(85)
    for length in range(0, 200, 4):
        raw = bytes(numbers.randrange(256) for _ in range(length))
        text = z85.encode(raw)
        assert len(text) == length // 4 * 5
        assert set(text) <= set(z85.Z85CHARS)
        assert z85.decode(text) == raw


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda b: array("B", b)])
def test_z85_of_any_buffer(kind):
    assert z85.encode(kind(RAW)) == TEXT
    assert z85.decode(kind(TEXT)) == RAW


def test_z85_knows_curve_keys():
    for key in zmq.curve_keypair():
        assert z85.encode(z85.decode(key)) == key


@pytest.mark.parametrize("length", [1, 2, 3, 5, 31])
def test_z85_encodes_multiples_of_4(length):
    with pytest.raises(ValueError, match="4"):
        z85.encode(bytes(length))


@pytest.mark.parametrize("length", [1, 4, 6, 39])
def test_z85_decodes_multiples_of_5(length):
    with pytest.raises(ValueError, match="5"):
        z85.decode(b"0" * length)


@pytest.mark.parametrize(
    "text", [b"0000~", b'0000"', b"0000\x80", b"0000\0", "0000\xe9", b"#####", b"%nSc1"]
)
def test_z85_decodes_nothing_else(text):
    with pytest.raises(ValueError):
        z85.decode(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (b"0000~", "character 4 .*'~'"),
        ("0" * 7 + "\u20ac00", "character 7 .*'\u20ac'"),
        (b"00000#####", "characters 5 to 9 .*32 bits"),
        (b"0000", "5 characters, not 4"),
    ],
)
def test_z85_says_what_is_wrong_where(text, wrong):
    with pytest.raises(ValueError, match=wrong):
        z85.decode(text)


def test_z85_of_text_says_what_to_do():
    with pytest.raises(TypeError, match="encode the text first"):
        z85.encode("text")


def test_z85_decodes_the_largest_number():
    assert z85.decode(b"%nSc0") == b"\xff\xff\xff\xff"


@pytest.mark.parametrize("value", ["text", 5, None])
def test_z85_encodes_only_bytes(value):
    with pytest.raises(TypeError):
        z85.encode(value)


# -- interop -------------------------------------------------------------------------------------


def test_address_of_ints():
    class Index:
        def __index__(self):
            return 7

    assert interop.cast_int_addr(5) == 5
    assert interop.cast_int_addr(Index()) == 7
    assert interop.cast_int_addr(2**63 + 1) == 2**63 + 1


def test_address_of_ctypes_pointers():
    target = ctypes.c_int(3)
    address = ctypes.addressof(target)
    assert interop.cast_int_addr(ctypes.c_void_p(address)) == address
    assert interop.cast_int_addr(ctypes.pointer(target)) == address
    assert interop.cast_int_addr(ctypes.c_char_p(b"text")) > 0


@pytest.mark.parametrize(
    "null", [ctypes.c_void_p(), ctypes.c_char_p(), ctypes.POINTER(ctypes.c_int)()]
)
def test_no_address_in_a_null_pointer(null):
    with pytest.raises(ValueError, match="null"):
        interop.cast_int_addr(null)


def test_address_of_cffi_pointers():
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    target = ffi.new("int *")
    address = int(ffi.cast("uintptr_t", target))
    assert interop.cast_int_addr(target) == address
    assert interop.cast_int_addr(ffi.cast("void *", target)) == address
    with pytest.raises(ValueError, match="null"):
        interop.cast_int_addr(ffi.NULL)


@pytest.mark.parametrize("value", [None, "5", b"5", 5.0, [], object()])
def test_no_address(value):
    with pytest.raises(TypeError) as caught:
        interop.cast_int_addr(value)
    assert type(value).__name__ in str(caught.value)


# -- jsonapi -------------------------------------------------------------------------------------


def test_json_is_bytes():
    value = {"a": [1, 2.5, None, True], "ö": "\N{SNOWMAN}"}
    text = jsonapi.dumps(value)
    assert type(text) is bytes
    assert json.loads(text) == value
    assert jsonapi.loads(text) == value
    assert jsonapi.jsonmod is json


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda b: b.decode()])
def test_json_from_anything(kind):
    assert jsonapi.loads(kind('{"a": "ö"}'.encode())) == {"a": "ö"}


def test_json_keywords():
    text = jsonapi.dumps(
        {"b": "ö", "a": 1}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    assert text == '{"a":1,"b":"ö"}'.encode()
    assert jsonapi.loads(b"[1.5]", parse_float=str) == ["1.5"]


def test_json_errors():
    with pytest.raises(TypeError):
        jsonapi.dumps(b"bytes")
    with pytest.raises(ValueError):
        jsonapi.loads(b"{")
    with pytest.raises(UnicodeDecodeError):
        jsonapi.loads(b'"\xff"')


# -- strtypes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["asbytes", "b", "cast_bytes"])
def test_text_to_bytes(name):
    function = getattr(strtypes, name)
    with pytest.deprecated_call():
        assert function("ö") == "ö".encode()
        assert function("ö", "latin-1") == b"\xf6"
        assert function("ö", encoding="ascii", errors="ignore") == b""
        assert function(b"\xff") == b"\xff"


@pytest.mark.parametrize("name", ["u", "cast_unicode"])
def test_bytes_to_text(name):
    function = getattr(strtypes, name)
    with pytest.deprecated_call():
        assert function("ö".encode()) == "ö"
        assert function(b"\xf6", "latin-1") == "ö"
        assert function(b"\xff", errors="replace") == "\ufffd"
        assert function("ö") == "ö"


@pytest.mark.parametrize("name", ["asbytes", "b", "cast_bytes", "u", "cast_unicode"])
def test_neither_text_nor_bytes(name):
    with pytest.deprecated_call(), pytest.raises(TypeError, match="int"):
        getattr(strtypes, name)(5)


def test_deprecation_points_at_the_caller():
    with pytest.warns(DeprecationWarning) as caught:
        strtypes.asbytes("text")
    assert caught[0].filename == __file__


def test_names_of_types():
    assert strtypes.bytes is bytes
    assert strtypes.unicode is str
    assert isinstance("text", strtypes.basestring)
    assert set(strtypes.__all__) <= set(vars(strtypes))


# -- garbage -------------------------------------------------------------------------------------


def test_collector_starts_nothing():
    threads = threading.active_count()
    garbage.gc.start()
    assert threading.active_count() == threads
    assert garbage.gc.is_alive() is False
    assert garbage.gc.thread is None
    assert garbage.gc.context is None
    assert garbage.gc.pid == os.getpid()
    assert garbage.gc.url == ""
    garbage.gc.stop()


def test_collector_keeps_what_it_is_given():
    collector = garbage.GarbageCollector(context="mine")
    assert collector.context == "mine"
    event = threading.Event()
    one, two = object(), object()
    key = collector.store(one, event)
    other = collector.store(two)
    assert key != other
    assert collector.refs[key].obj is one
    assert collector.refs[key].event is event
    assert collector.refs[other].event is None
    collector.stop()
    assert collector.refs == {}
    assert event.is_set()


# -- monitor -------------------------------------------------------------------------------------


def encode_event(number, value, endpoint=b"tcp://127.0.0.1:1"):
    return [struct.pack("=Hi", number, value), endpoint]


def test_parse_event():
    parsed = monitor.parse_monitor_message(encode_event(zmq.EVENT_CLOSED, 7))
    assert parsed == {"event": 128, "value": 7, "endpoint": b"tcp://127.0.0.1:1"}
    assert parsed["event"] is zmq.Event.CLOSED
    assert type(parsed["value"]) is int


def test_parse_negative_value():
    parsed = monitor.parse_monitor_message(encode_event(zmq.EVENT_CONNECT_RETRIED, -1))
    assert parsed["value"] == -1


def test_parse_protocol_error():
    parsed = monitor.parse_monitor_message(
        encode_event(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
    )
    assert parsed["value"] is zmq.Event.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC


def test_parse_event_of_the_future():
    parsed = monitor.parse_monitor_message(encode_event(0x8000, 0))
    assert parsed["event"] == 0x8000
    assert isinstance(parsed["event"], zmq.Event)


@pytest.mark.parametrize("msg", [[], [b"123456"], [b"12345", b"x"], [b"123456", b"x", b"y"]])
def test_parse_something_else(msg):
    with pytest.raises(RuntimeError, match="monitor"):
        monitor.parse_monitor_message(msg)


def receive_until(wanted, receive):
    """Call `receive` until it returns one of the wanted events; its socket gives up by itself."""
    while True:
        event = receive()
        if event["event"] == wanted:
            return event


@pytest.fixture
def monitored():
    """A socket and the monitor socket that watches it, with a time-out of 5 seconds."""
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        watcher = socket.get_monitor_socket()
        watcher.rcvtimeo = 5000
        yield socket, watcher
        socket.disable_monitor()
        watcher.close()


def test_receive_event(monitored):
    socket, watcher = monitored
    with pytest.raises(zmq.Again):
        monitor.recv_monitor_message(watcher, zmq.NOBLOCK)
    socket.bind("tcp://127.0.0.1:0")
    event = receive_until(zmq.EVENT_LISTENING, lambda: monitor.recv_monitor_message(watcher))
    assert event["endpoint"].rstrip(b"\0") == socket.last_endpoint.rstrip(b"\0")
    assert event["value"] > 0


def test_receive_event_from_an_asynchronous_socket(monitored):
    """Anything awaitable will do, whatever library it is of."""
    socket, watcher = monitored

    class AsyncSocket(zmq.Socket):
        async def recv_multipart(self, flags=0, copy=True, track=False):
            return super().recv_multipart(flags, copy, track)

    socket.bind("tcp://127.0.0.1:0")
    received = monitor.recv_monitor_message(AsyncSocket(shadow=watcher.underlying))

    async def wait():
        return await received

    assert asyncio.run(wait())["event"] == zmq.EVENT_LISTENING


def test_monitor_does_not_import_asyncio():
    code = "import sys, zmq.utils.monitor; assert 'asyncio' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# -- win32 ---------------------------------------------------------------------------------------


def test_allow_interrupt_does_nothing_here():
    calls = []
    with win32.allow_interrupt(lambda: calls.append("called")) as manager:
        assert isinstance(manager, win32.allow_interrupt)
        if sys.platform != "win32":
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
                signal.pthread_kill(threading.get_ident(), 0)
    assert calls == []


def test_allow_interrupt_without_action():
    with win32.allow_interrupt():
        pass
    with pytest.raises(ZeroDivisionError), win32.allow_interrupt(action=None):
        1 / 0  # noqa: B018
