# SPDX-License-Identifier: BSD-3-Clause
"""Arrays of numpy's, from and to the two parts of a message."""

from __future__ import annotations

import re
import sys

import numpy

from zmq.sugar.arrayform import check_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


#: What a dtype may look like: a shape, a byte order, a name, a unit.  No list, and nothing to run.
_SPELLING = re.compile(r"(?:\([\d, ]+\))?(?P<order>[<>=|])?[A-Za-z?]\w*(?:\[\w+\])?", re.ASCII)
_STRUCTURE = {"names", "formats", "offsets", "itemsize"}
_SUBARRAY = {"base", "shape"}


def dump_numpy(array: Any) -> tuple[dict[str, Any], Any]:
    """Describe an array and its memory.

    Parameters
    ----------
    array : numpy.ndarray or numpy.generic

    Returns
    -------
    dict, numpy.ndarray
        The header, and the memory as a vector of bytes.

    Raises
    ------
    TypeError
        For masks, and for elements that cannot be sent.
    """
    masked = sys.modules.get("numpy.ma")
    if masked is not None and isinstance(array, masked.MaskedArray):
        raise TypeError("a masked array would lose its mask: send its data and its mask")
    array = numpy.asarray(array)
    header = {"dtype": _say_all(array.dtype), "shape": list(array.shape)}
    if array.flags.c_contiguous:
        memory = array
    elif array.flags.f_contiguous:
        header["order"] = "F"
        memory = array.T
    else:
        memory = numpy.ascontiguousarray(array)
    # As bytes, because some types, such as datetime64, do not give away their memory.
    return header, memory.reshape(-1).view(numpy.uint8)


def load_numpy(dtype: Any, shape: tuple[int, ...], order: Any, content: Any, copy: bool) -> Any:
    """Make an array.

    Parameters
    ----------
    dtype : object
        As it came.
    shape : tuple of int
    order : str
        "C" or "F".
    content : Frame
    copy : bool

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ValueError
    """
    try:
        found = _understand(dtype)
        if found.subdtype is not None:
            raise ValueError("an array of arrays")
    except Exception as exc:  # numpy has many for what it does not understand
        raise ValueError(f"{str(dtype)[:60]!r} is not a dtype of an array: {exc!r}") from exc
    check_size(found, found.itemsize, shape, content)
    if not copy or not len(content):
        return _lay_over(content, shape, found, order)
    array = numpy.empty(shape, found, order)
    flat = (array.T if order == "F" else array).reshape(-1)
    flat.view(numpy.uint8)[:] = _lay_over(content, (len(content),), numpy.dtype("u1"), "C")
    return array


def _lay_over(content: Any, shape: tuple[int, ...], dtype: Any, order: Any) -> Any:
    """An array over the memory of a frame."""
    if sys.implementation.name != "pypy":
        return numpy.ndarray(shape, dtype, content, order=order)
    # PyPy never lets go of a memoryview that numpy has seen, but of what it is a view of.
    array = numpy.ndarray(shape, dtype, content.obj, order=order)
    array.flags.writeable = not content.readonly
    return array


def _say_all(dtype: Any) -> Any:
    """Describe a dtype, or refuse it."""
    said = _say(dtype)
    try:
        is_said = _understand(said) == dtype
    except Exception:
        is_said = False
    if not is_said:
        raise TypeError(f"elements of dtype {dtype!r} cannot be sent without pickle")
    return said


def _say(dtype: Any) -> Any:
    if dtype.hasobject:
        raise TypeError(
            f"elements of dtype {dtype} are Python objects: convert them with astype, or use"
            " send_signed"
        )
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        said = _say(base)
        return f"{shape}{said}" if isinstance(said, str) else {"base": said, "shape": list(shape)}
    if dtype.names is None:
        # Names without a byte order stand for little-endian elements.
        return dtype.str if (dtype.byteorder, sys.byteorder) == ("=", "big") else str(dtype)
    fields = [dtype.fields[name] for name in dtype.names]
    if any(len(field) > 2 for field in fields):
        raise TypeError(f"the fields of {dtype} have titles, which cannot be sent")
    return {
        "names": list(dtype.names),
        "formats": [_say(field[0]) for field in fields],
        "offsets": [field[1] for field in fields],
        "itemsize": dtype.itemsize,
    }


def _understand(said: Any) -> Any:
    """The dtype that was described; any exception for what is not one."""
    if isinstance(said, str):
        spelling = _SPELLING.fullmatch(said)
        if spelling is None:
            raise ValueError("impossible spelling")
        dtype = numpy.dtype(said)
        if sys.byteorder == "big" and not spelling["order"]:
            dtype = dtype.newbyteorder("<")
    elif said.keys() == _STRUCTURE:
        fields: Any = {**said, "formats": [_understand(part) for part in said["formats"]]}
        dtype = numpy.dtype(fields)
    elif said.keys() == _SUBARRAY:
        dtype = numpy.dtype((_understand(said["base"]), tuple(said["shape"])))
    else:
        raise ValueError("impossible structure")
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError("elements that are objects, or nothing")
    return dtype
