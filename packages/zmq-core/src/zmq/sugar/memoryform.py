# SPDX-License-Identifier: BSD-3-Clause
"""Arrays without numpy: memoryviews, from and to the two parts of a message."""

from __future__ import annotations

import re
import sys

from zmq.backend import Frame
from zmq.sugar.arrayform import check_size
from zmq.sugar.frame import as_buffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Buffer

#: How memoryviews and numpy call the same elements: kind by format, format by kind and size.
_KINDS = {
    **dict.fromkeys("bhilqn", "i"),
    **dict.fromkeys("BHILQN", "u"),
    **dict.fromkeys("efdg", "f"),
}
_KINDS.update({"?": "b", "c": "S", "s": "S", "Zf": "c", "Zd": "c", "Zg": "c", "F": "c", "D": "c"})
_FORMATS = {("b", 1): "?", ("S", 1): "c", ("f", 2): "e", ("f", 4): "f", ("f", 8): "d"}
_FORMATS.update({("c", 8): "F", ("c", 16): "D"})
_FORMATS.update({("i", 1): "b", ("i", 2): "h", ("i", 4): "i", ("i", 8): "q"})
_FORMATS.update({("u", 1): "B", ("u", 2): "H", ("u", 4): "I", ("u", 8): "Q"})
_NAMES = {"i": "int", "u": "uint", "f": "float", "c": "complex"}
_LETTERS = {name: letter for letter, name in _NAMES.items()}

_FORMAT = re.compile(r"(?P<order>[@=<>!]?)\d*(?P<code>Z?[a-zA-Z?])")
_SPELLING = re.compile(
    r"(?P<order>[<>=|]?)(?P<kind>int|uint|float|complex|[iufcbS])(?P<size>\d{1,3})"
)


def dump_memory(array: Any) -> tuple[dict[str, Any], Buffer]:
    """Describe an object and its memory.

    Parameters
    ----------
    array : object with the buffer protocol

    Returns
    -------
    dict, memoryview or bytes
        The header and the memory.

    Raises
    ------
    TypeError
        For what has no buffer, and for elements that cannot be sent.
    """
    try:
        view = memoryview(as_buffer(array) if isinstance(array, Frame) else array)
    except TypeError:
        raise TypeError(
            f"send_array sends what has the buffer protocol, not {type(array).__name__}:"
            " numpy.asarray may make an array of it"
        ) from None
    dtype = _say(view)
    if dtype is None:
        return _dump_by_numpy(array, view.format)
    header = {"dtype": dtype, "shape": list(view.shape or ())}
    if view.c_contiguous:
        return header, view
    if view.f_contiguous:
        return {**header, "order": "F"}, view
    return header, view.tobytes()


def load_memory(
    dtype: object, shape: tuple[int, ...], order: str, content: Any, copy: bool
) -> memoryview:
    """Make a memoryview.

    Parameters
    ----------
    dtype : object
        As it came.
    shape : tuple of int
    order : str
        "C" or "F".
    content : Frame or memoryview
    copy : bool

    Returns
    -------
    memoryview

    Raises
    ------
    ValueError
    """
    code: Any
    code, itemsize = _understand(dtype)
    check_size(dtype, itemsize, shape, content)
    if 0 in shape:
        return _make_empty(code, itemsize, shape)
    memory: Any
    if order == "F" and len(shape) > 1:
        memory = bytearray(_transpose(memoryview(content), itemsize, shape))
    else:
        memory = bytearray(content) if copy else content
    try:
        return memoryview(memory).cast(code, shape)
    except ValueError:  # half-precision and complex numbers, before Python could
        raise _needs_numpy(dtype) from None


def _say(view: memoryview) -> str | None:
    """The dtype of a view as numpy spells it, or None."""
    found: Any = _FORMAT.fullmatch(view.format)
    kind = _KINDS.get(found["code"]) if found else None
    size = view.itemsize or _calculate_size(view.format)
    if kind is None or not size:
        return None
    if kind == "b":
        return "bool"
    if kind == "S":
        return f"|S{size}"
    orders = {"<": "little", ">": "big", "!": "big"}
    if size > 1 and orders.get(found["order"], sys.byteorder) == "big":
        return f">{kind}{size}"
    return f"{_NAMES[kind]}{size * 8}"


def _calculate_size(form: str) -> int:
    """The size of an element where a view says 0, as Python 3.9 does of empty ctypes arrays."""
    from struct import calcsize, error

    try:
        return calcsize(form)
    except error:  # zero-size text, for instance, is of no form that struct knows
        return 0


def _dump_by_numpy(array: Any, form: str) -> tuple[dict[str, Any], Buffer]:
    """For structures and the like, about which numpy knows more."""
    try:
        import numpy

        from zmq.sugar.numpyform import dump_numpy
    except ImportError:
        raise TypeError(f"elements of format {form!r} take numpy to be sent") from None
    try:
        return dump_numpy(numpy.asarray(array))
    except (ValueError, NotImplementedError) as exc:
        raise TypeError(f"elements of format {form!r} cannot be sent: {exc}") from exc


def _understand(said: object) -> tuple[str, int]:
    """The format and size of a dtype's elements."""
    found = _SPELLING.fullmatch("b1" if said == "bool" else said) if isinstance(said, str) else None
    if found is None:
        raise _needs_numpy(said)
    by_name = found["kind"] in _LETTERS
    kind = _LETTERS.get(found["kind"], found["kind"])
    size = int(found["size"]) // (8 if by_name else 1)
    little = found["order"] == "<" or not found["order"]
    wrong_order = size > 1 and found["order"] != "=" and little != (sys.byteorder == "little")
    if wrong_order or (kind, size) not in _FORMATS:
        raise _needs_numpy(said)
    return _FORMATS[kind, size], size


def _needs_numpy(dtype: object) -> ValueError:
    return ValueError(
        f"an array of dtype {str(dtype)[:60]!r} takes numpy to be received, which is not installed"
    )


def _make_empty(code: Any, itemsize: int, shape: tuple[int, ...]) -> memoryview:
    """A view of nothing, which memoryview.cast refuses to make."""
    if len(shape) == 1:
        return memoryview(bytearray(itemsize)).cast(code)[:0]
    if sys.implementation.name == "pypy":
        raise _needs_numpy(code)  # its memoryviews of empty ctypes arrays bring the process down
    import ctypes

    kinds = {"?": ctypes.c_bool, "c": ctypes.c_char, "f": ctypes.c_float, "d": ctypes.c_double}
    integers = {"b": "int8", "h": "int16", "i": "int32", "q": "int64"}
    name = integers.get(code) or f"u{integers.get(code.lower())}"
    kind: Any = kinds.get(code) or getattr(ctypes, f"c_{name}", None)
    if kind is None:
        raise _needs_numpy(code)
    try:
        for length in reversed(shape):
            kind = kind * length
    except OverflowError:
        raise ValueError(f"the shape {shape} is too large") from None
    return memoryview(kind())


def _transpose(view: memoryview, itemsize: int, shape: tuple[int, ...]) -> bytes:
    """Put elements that lie in Fortran order into C order: without numpy there is no other."""
    positions, stride = [0], 1
    strides = []
    for length in shape:
        strides.append(stride * itemsize)
        stride *= length
    for length, step in zip(shape, strides):
        positions = [start + step * i for start in positions for i in range(length)]
    return b"".join([view[start : start + itemsize] for start in positions])
