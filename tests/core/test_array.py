# SPDX-License-Identifier: BSD-3-Clause
"""Arrays: they arrive as they were, and headers that lie are caught."""

import array
import ctypes
import json

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import zmq

pytestmark = pytest.mark.every_flavour

TYPES = [
    *("?", "i1", "u1", "<i2", ">i2", "<u4", ">u4", "i8", "u8", "f2", "f4", "f8", ">f8", "g"),
    *("c8", ">c16", "S3", "<U5", ">U5", "V8", "M8[ns]", ">M8[25s]", "m8[D]", "m8"),
]
STRUCTURES = [
    [("a", "f8"), ("b", ">i4")],
    [("a", "u1"), ("b", "i4", (2, 3)), ("c", "S3", 2)],
    [("é", "u1"), ("b", [("c", "M8[us]"), ("d", "f8", (1,))], (2,))],
    numpy.dtype([("a", "i1"), ("b", "f8")], align=True),
    numpy.dtype({"names": ["x", "y"], "formats": ["i4", ">i2"], "offsets": [4, 0], "itemsize": 12}),
]
SHAPES = [(), (1,), (5,), (2, 3), (2, 3, 4), (0,), (0, 3), (3, 0), (1, 1, 1)]


@pytest.fixture
def ends(pair):
    return pair(zmq.PUSH, zmq.PULL)


def fill(dtype, shape, order="C"):
    """An array whose every byte is 0 or 1, which all types can be made of."""
    made = numpy.empty(shape, dtype, order)
    memory = (made.T if order == "F" else made).reshape(-1).view("u1")
    memory[:] = numpy.resize([1, 0, 0, 0, 0, 1, 0], memory.size)
    return made


def same(one, other):
    return (
        type(one) is type(other) is numpy.ndarray
        and (one.dtype, one.shape) == (other.dtype, other.shape)
        and one.dtype.byteorder == other.dtype.byteorder
        and one.flags.c_contiguous == other.flags.c_contiguous
        and one.flags.f_contiguous == other.flags.f_contiguous
        and one.tobytes("A") == other.tobytes("A")
    )


def has_titles(dtype):
    fields = (dtype.fields or {}).values()
    return any(len(field) > 2 or has_titles(field[0].base) for field in fields)


# -- there and back ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [*TYPES, *STRUCTURES], ids=str)
def test_type_shape_and_order_are_kept(ends, dtype):
    a, b = ends
    for shape in SHAPES:
        for order in "CF":
            for copy in (True, False):
                sent = fill(numpy.dtype(dtype), shape, order)
                a.send_array(sent, copy=copy)
                assert same(b.recv_array(copy=copy), sent), (shape, order, copy)


@pytest.mark.parametrize("copy", [True, False])
def test_over_every_transport(pair, transport, copy):
    a, b = pair(zmq.PUSH, zmq.PULL, transport)
    sent = numpy.arange(300_000.0).reshape(300, 1000)
    for _ in range(3):
        a.send_array(sent, copy=copy)
        assert same(b.recv_array(copy=copy), sent)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_array(ends, data):
    a, b = ends
    dtypes = st.one_of(arrays.scalar_dtypes(), arrays.array_dtypes(allow_subarrays=True))
    dtype = data.draw(dtypes.filter(lambda dtype: not has_titles(dtype)))
    sent = fill(dtype, data.draw(arrays.array_shapes(min_dims=0, max_dims=5, min_side=0)))
    if sent.ndim:
        sent = sent[data.draw(arrays.basic_indices(sent.shape, allow_newaxis=True))]
    a.send_array(sent)
    received = b.recv_array()
    assert (received.dtype, received.shape) == (sent.dtype, sent.shape)
    assert received.tobytes() == sent.tobytes()


def test_memory_that_is_not_contiguous(ends):
    a, b = ends
    whole = numpy.arange(24).reshape(2, 3, 4)
    for sent in (
        whole[:, ::2],
        whole[::-1],
        whole.transpose(1, 0, 2),
        whole[..., 1],
        whole[1, 2, 3:],
    ):
        for copy in (True, False):
            a.send_array(sent, copy=copy)
            received = b.recv_array(copy=copy)
            assert received.flags.c_contiguous
            assert (received.dtype, received.tolist()) == (sent.dtype, sent.tolist())
    a.send_array(numpy.broadcast_to(numpy.float64(7), (2, 2)))
    assert b.recv_array().tolist() == [[7, 7], [7, 7]]


@pytest.mark.parametrize(
    ("sent", "dtype", "value"),
    [
        (b"abc", "uint8", [97, 98, 99]),
        (bytearray(b"a"), "uint8", [97]),
        (array.array("d", [1, 2]), "float64", [1, 2]),
        (array.array("i"), "int32", []),
        (memoryview(bytes(range(6))).cast("B", (3, 2)), "uint8", [[0, 1], [2, 3], [4, 5]]),
        (memoryview(b"abcdef")[::2], "uint8", [97, 99, 101]),
        (memoryview(b"\1\0\0\0").cast("I", ()), "uint32", 1),
        (memoryview(b"\1\0").cast("?"), "bool", [True, False]),
        (memoryview(b"ab").cast("c"), "|S1", [b"a", b"b"]),
        ((ctypes.c_int16 * 2 * 2)((1, 2), (3, 4)), "int16", [[1, 2], [3, 4]]),
        ((ctypes.c_int16.__ctype_be__ * 2)(1, 2), ">i2", [1, 2]),
        (ctypes.c_double(1.5), "float64", 1.5),
        (numpy.float32(1.5), "float32", 1.5),
        (numpy.datetime64("2020-01-01", "D"), "datetime64[D]", numpy.datetime64("2020").item()),
        (zmq.Frame(b"abc"), "uint8", [97, 98, 99]),
    ],
    ids=repr,
)
def test_whatever_has_memory(ends, sent, dtype, value):
    a, b = ends
    a.send_array(sent)
    parts = b.recv_multipart()
    assert json.loads(parts[0])["dtype"] == dtype
    a.send_multipart(parts)
    received = b.recv_array()
    assert type(received) is numpy.ndarray
    assert (received.dtype, received.tolist()) == (numpy.dtype(dtype), value)


def test_structures_of_others(ends):
    class Point(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int32), ("y", ctypes.c_float)]

    a, b = ends
    a.send_array((Point * 2)((1, 2), (3, 4)))
    received = b.recv_array()
    assert received["x"].tolist() == [1, 3]
    assert received["y"].tolist() == [2, 4]


# -- the wire ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "header"),
    [
        (numpy.zeros((2, 3)), {"dtype": "float64", "shape": [2, 3]}),
        (numpy.zeros((2, 3), ">f8"), {"dtype": ">f8", "shape": [2, 3]}),
        (numpy.zeros((2, 3), order="F"), {"dtype": "float64", "shape": [2, 3], "order": "F"}),
        (numpy.zeros((1, 3), order="F"), {"dtype": "float64", "shape": [1, 3]}),
        (numpy.zeros(4, "M8[ns]"), {"dtype": "datetime64[ns]", "shape": [4]}),
        (numpy.uint8(5), {"dtype": "uint8", "shape": []}),
    ],
)
def test_the_header_says_no_more_than_needed(ends, sent, header):
    a, b = ends
    a.send_array(sent)
    first, second = b.recv_multipart()
    assert json.loads(first) == header
    assert second == sent.tobytes("A")


@pytest.mark.parametrize(
    "dtype", ["f8", ">i2", "?", "c16", "S3", "U2", STRUCTURES[0], STRUCTURES[4]]
)
def test_programs_that_do_it_by_hand_understand(ends, dtype):
    a, b = ends
    sent = fill(dtype, (3, 2))
    a.send_array(sent)
    header = b.recv_json()
    received = numpy.frombuffer(b.recv(), dtype=header["dtype"]).reshape(header["shape"])
    assert not b.rcvmore
    assert same(received, sent)


@pytest.mark.parametrize("dtype", ["f8", ">i2", "?", "c16", "S3", "U2", "M8[ms]"])
def test_programs_that_do_it_by_hand_are_understood(ends, dtype):
    a, b = ends
    sent = fill(dtype, (3, 2))
    for name in (str(sent.dtype), sent.dtype.str):
        a.send_json({"dtype": name, "shape": sent.shape, "name": "and more"}, zmq.SNDMORE)
        a.send(sent.tobytes())
        assert same(b.recv_array(), sent)


def test_behind_other_parts(pair):
    pub, sub = pair(zmq.XPUB, zmq.SUB)
    sub.subscribe(b"")
    assert pub.recv() == b"\1"
    pub.send(b"topic", zmq.SNDMORE)
    pub.send_array(numpy.arange(3))
    assert sub.recv() == b"topic"
    assert sub.recv_array().tolist() == [0, 1, 2]


def test_flags_and_time_out(ends):
    a, b = ends
    with pytest.raises(zmq.Again):
        b.recv_array(zmq.NOBLOCK)
    with pytest.raises(zmq.TimeoutExpired):
        b.recv_array(timeout=1)
    a.send_array(b"x", zmq.NOBLOCK, timeout=1000)
    assert b.recv_array(timeout=1000).tolist() == [120]


# -- copies, and none ----------------------------------------------------------------------------


def test_a_copy_is_the_receivers_own(ends):
    a, b = ends
    for sent in (numpy.arange(6.0).reshape(2, 3), numpy.arange(6.0).reshape(2, 3).T):
        a.send_array(sent, copy=False)
        received = b.recv_array()
        assert received.flags.owndata
        assert received.flags.writeable
        received += 1
        assert sent.sum() == 15


def test_no_copy_on_the_way(ends):
    """Within the process the receiver looks at the very memory that was sent."""
    a, b = ends
    for order in "CF":
        sent = numpy.zeros((1000, 1000), order=order)
        tracker = a.send_array(sent, copy=False, track=True)
        received = b.recv_array(copy=False)
        assert numpy.shares_memory(received, sent)
        assert isinstance(received.base, zmq.Frame)
        assert not received.flags.writeable
        assert not tracker.done
        del received
        tracker.wait(5)


def test_no_copy_from_another_process(socket, bind, start):
    b = socket(zmq.PULL)
    script = """
        import sys, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as s:
            s.connect(sys.argv[1])
            memory = memoryview(bytearray(range(200)) * 1000)
            s.send_array(memory.cast("H", (100, 1000)), copy=False)
    """
    sender = start(script, bind(b, "tcp"))
    received = b.recv_array(copy=False, track=True)
    sender.done()
    tracker = received.base.tracker
    assert (received.shape, received.dtype, received[0, 1]) == ((100, 1000), "uint16", 0x0302)
    received += 1  # nobody else sees it
    assert not tracker.done
    del received
    tracker.wait(5)


def test_tracking(ends):
    a, b = ends
    tracker = a.send_array(numpy.zeros(10), copy=False, track=True)
    assert isinstance(tracker, zmq.MessageTracker)
    assert b.recv_array(track=True).base is None
    tracker.wait(5)
    assert a.send_array(numpy.zeros(10)) is None


# -- what cannot be sent -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("text", "str"),
        ([1, 2], "list.*numpy.asarray"),
        (None, "NoneType"),
        (numpy.array([None]), "astype"),
        (numpy.zeros(2, [("a", "i4"), ("b", "O")]), "astype"),
        (numpy.zeros(2, numpy.dtype([(("title", "a"), "i4")])), "titles"),
        (numpy.zeros(2, "V0"), "without pickle"),
        (numpy.ma.array([1, 2], mask=[0, 1]), "mask"),
        ((ctypes.py_object * 2)(), "object"),
        (numpy.zeros(1, [(f"field{i}" * 10, "i1") for i in range(2000)]), "65536"),
    ],
    ids=lambda value: str(type(value)),
)
def test_what_is_no_array_is_refused(ends, wrong, hint):
    a, b = ends
    with pytest.raises(TypeError, match=hint):
        a.send_array(wrong)
    a.send(b"next")
    assert b.recv() == b"next"


# -- what is not believed ------------------------------------------------------------------------

HUGE = 2**62
GOOD = {"dtype": "f8", "shape": [1]}
HEADERS = [
    *({**GOOD, "shape": shape} for shape in ([2], [HUGE], [HUGE, HUGE], [-1], [-1, -8], [0])),
    *(
        {**GOOD, "shape": shape}
        for shape in ([1.0], [True], ["1"], [None], [[1]], 1, None, "1", {})
    ),
    *({**GOOD, "shape": shape} for shape in ([1] * 65, [2**63], [2**64 + 1], [10**4000] * 9)),
    *({**GOOD, "dtype": dtype} for dtype in ("O", "|O8", "object", "f4", "", "f", "no_such", "8")),
    *({**GOOD, "dtype": dtype} for dtype in ("f8,", "f4,f4", "(1,)f8", "V0", "S0", "V99999999999")),
    *(
        {**GOOD, "dtype": dtype}
        for dtype in (None, 8, [], [["a", "f8"]], {}, "f8" * 9, "__import__")
    ),
    *({**GOOD, "dtype": dtype} for dtype in ("[('a', 'f8')]", "StringDType()", "T", "M8[eons]")),
    {**GOOD, "dtype": {"names": ["a"], "formats": ["O"], "offsets": [0], "itemsize": 8}},
    {**GOOD, "dtype": {"names": ["a"], "formats": ["f8"], "offsets": [-8], "itemsize": 8}},
    {**GOOD, "dtype": {"names": ["a"], "formats": ["f8"], "offsets": [1], "itemsize": 8}},
    {**GOOD, "dtype": {"names": ["a"], "formats": ["f8"], "offsets": [0], "itemsize": HUGE}},
    {
        **GOOD,
        "dtype": {"names": ["a", "a"], "formats": ["f4"] * 2, "offsets": [0, 4], "itemsize": 8},
    },
    {**GOOD, "dtype": {"names": [], "formats": [], "offsets": [], "itemsize": 8}, "shape": [9]},
    {**GOOD, "dtype": {"names": 1, "formats": 2, "offsets": 3, "itemsize": 4}},
    {**GOOD, "dtype": {"names": ["a"], "formats": ["f8"]}},
    {**GOOD, "dtype": {"base": "f8", "shape": [1]}},
    {**GOOD, "dtype": {"base": "O", "shape": [HUGE]}},
    {**GOOD, "order": "A"},
    {**GOOD, "order": None},
    {"dtype": "f8"},
    {"shape": [1]},
    *([], [1], None, 1, "f8", {}),
]
TEXTS = [
    *(b"", b"{", b"nonsense", b"\xff\xfe\xfd", bytes(8), b"[" * 60_000, b'{"dtype":' * 5000),
    b'{"dtype": "f8", "shape": [NaN]}',
    json.dumps({**GOOD, "padding": "x" * 70_000}).encode(),
]


@pytest.fixture
def refuse(ends):
    """`refuse(*parts)`: send them; see them refused, and all of them gone."""
    a, b = ends

    def refuse(*parts, match=None):
        for copy in (True, False):
            a.send_multipart(parts)
            a.send_array(b"next")
            with pytest.raises(ValueError, match=match) as caught:
                b.recv_array(copy=copy)
            assert len(str(caught.value)) < 1000
            assert bytes(b.recv_array()) == b"next"

    return refuse


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: json.dumps(header)[:60])
def test_headers_that_lie(refuse, header):
    refuse(json.dumps(header).encode(), bytes(8))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:20]))
def test_headers_that_are_none(refuse, text):
    refuse(text, bytes(8), match="header")


@pytest.mark.parametrize("size", [0, 1, 7, 9, 16, 100_000])
def test_memory_of_another_size(refuse, size):
    refuse(json.dumps(GOOD).encode(), bytes(size), match=rf"8 bytes.*{size} came")


@pytest.mark.parametrize("count", [1, 3, 4])
def test_parts_that_are_missing_or_too_many(refuse, count):
    refuse(*[json.dumps(GOOD).encode(), bytes(8), b"", b"more"][:count], match=f"here are {count}")


def test_nothing_is_allocated_by_the_header_alone(output):
    """With little memory to be had, a header may announce what it will."""
    script = """
        import json, resource, numpy, zmq
        with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as a, ctx.socket(zmq.PULL) as b:
            a.bind("inproc://x")
            b.connect("inproc://x")
            a.send_array(numpy.zeros(9))
            b.recv_array()
            with open("/proc/self/statm") as f:
                size = int(f.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + 2**26, size + 2**26))
            many = {"base": "V1", "shape": [2**31 - 1]}
            structure = {"names": ["a"], "formats": [many], "offsets": [0], "itemsize": 2**31 - 1}
            for dtype in ("f8", "V2147483647", "U500000000", structure):
                for shape in ([2**40], [2**31], [2**31, 0], [0], [1]):
                    a.send_json({"dtype": dtype, "shape": shape}, zmq.SNDMORE)
                    a.send(b"")
                    try:
                        assert b.recv_array().nbytes == 0
                    except ValueError:
                        pass
        print("survived")
    """
    assert output(script) == "survived\n"


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=20) | st.text("<>=|bBhHiIlLqQfdgcSUVmM?O0123456789,()[]ns ", max_size=12))
def test_any_dtype_is_an_array_or_a_value_error(ends, dtype):
    a, b = ends
    a.send_multipart([json.dumps({"dtype": dtype, "shape": [1]}).encode(), bytes(8)])
    try:
        received = b.recv_array()
    except ValueError:
        return
    assert (received.nbytes, received.shape, received.dtype.hasobject) == (8, (1,), False)


# -- without numpy -------------------------------------------------------------------------------

WITHOUT_NUMPY = """
    import sys
    sys.modules["numpy"] = None  # what `import numpy` finds where it is not installed
    import array, ctypes, json, zmq
    ctx = zmq.Context()
    a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
    a.bind("inproc://x")
    b.connect("inproc://x")
    a.linger, b.rcvtimeo = 0, 5000
    def by_hand(content, **header):
        a.send_json(header, zmq.SNDMORE)
        a.send(content)
"""


@pytest.fixture
def without_numpy(output):
    """`without_numpy(script)`: what it prints, where there is no numpy."""
    ends = "\n    a.close(), b.close(), ctx.term()\n"
    return lambda script: output(WITHOUT_NUMPY + script + ends)


def test_without_numpy_there_are_memoryviews(without_numpy):
    printed = without_numpy("""
    for sent in (
        array.array("d", [1, 2]),
        memoryview(bytes(range(12))).cast("h", (2, 3)),
        memoryview(bytes(8)).cast("q", ()),
        memoryview(b"ab").cast("c"),
        memoryview(b"\\1\\0").cast("?", (2, 1)),
        b"bytes",
        array.array("f"),
        (ctypes.c_uint16 * 0 * 3)(),
        (ctypes.c_double * 3 * 0)(),
    ):
        sent = memoryview(sent)
        for copy in (True, False):
            a.send_array(sent, copy=copy)
            view = b.recv_array(copy=copy)
            assert type(view) is memoryview
            assert (view.shape, view.ndim, view.itemsize) == (sent.shape, sent.ndim, sent.itemsize)
            assert view.tobytes() == sent.tobytes()
            assert view.format.strip("<") == sent.format.strip("<"), view.format
            if view.nbytes:
                assert view.tolist() == sent.tolist()
                assert not view.readonly
                assert isinstance(view.obj, bytearray if copy else zmq.Frame)
    print("ok", "numpy" in sys.modules and sys.modules["numpy"])
    """)
    assert printed == "ok None\n"


def test_without_numpy_fortran_order_becomes_c_order(without_numpy):
    sent = numpy.arange(24, dtype="<i2").reshape(2, 3, 4, order="F")
    printed = without_numpy(f"""
    by_hand({sent.tobytes("F")!r}, dtype="int16", shape=[2, 3, 4], order="F")
    print(b.recv_array().tolist())
    by_hand(bytes([1, 2, 3]), dtype="u1", shape=[3], order="F")
    print(b.recv_array(copy=False).tolist())
    """)
    assert printed.splitlines() == [str(sent.tolist()), "[1, 2, 3]"]


def test_without_numpy_lies_are_caught_too(without_numpy):
    printed = without_numpy("""
    for dtype, shape in (
        ("f8", [2]), ("f8", [2**62]), ("f8", [2**62, 2**62]), ("f8", [-1]), ("u1", []), ("O", [1]),
        ("f8", [2**40, 0]), ("f8", [2**62, 2**62, 0]), (None, [1]), ("i3", [1]), ("int7", [1]),
    ):
        size = 0 if 0 in shape else 8
        by_hand(bytes(size), dtype=dtype, shape=shape)
        a.send_array(b"next")
        try:
            assert b.recv_array().nbytes == size == 0
        except ValueError as exc:
            pass
        assert bytes(b.recv_array()) == b"next"
    print("ok")
    """)
    assert printed == "ok\n"


def test_without_numpy_some_types_say_what_they_need(without_numpy):
    printed = without_numpy("""
    for dtype in (">f8", "datetime64[ns]", "<U2", "|V8", {"names": ["a"]}):
        by_hand(bytes(8), dtype=dtype, shape=[1])
        try:
            b.recv_array()
        except ValueError as exc:
            print("takes numpy" in str(exc))
    class Pair(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_int)]
    try:
        a.send_array(Pair(1, 2))
    except TypeError as exc:
        print("take numpy" in str(exc))
    """)
    assert printed.split() == ["True"] * 6
