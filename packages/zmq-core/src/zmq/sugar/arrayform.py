# SPDX-License-Identifier: BSD-3-Clause
"""The two parts of an array's message: a header that says what it is, and its memory."""

from __future__ import annotations

import json
import math
import sys

from zmq.sugar.frame import as_buffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from typing_extensions import Buffer

    from zmq.backend import Frame

#: Bytes that a header has at most.
HEADER_LIMIT = 65536
#: Dimensions that an array has at most.
MOST_DIMENSIONS = 64


def dump_array(array: Any) -> list[Buffer]:
    """The parts of an array.

    Parameters
    ----------
    array : object with the buffer protocol

    Returns
    -------
    list
        The header as bytes, and the memory as something contiguous.

    Raises
    ------
    TypeError
        For what cannot be sent as an array.
    """
    numpy = sys.modules.get("numpy")  # whoever has an array of numpy's has loaded it
    if numpy is not None and isinstance(array, (numpy.ndarray, numpy.generic)):
        from zmq.sugar.numpyform import dump_numpy as dump
    else:
        from zmq.sugar.memoryform import dump_memory as dump

    header, content = dump(array)
    encoded = json.dumps(header).encode()
    if len(encoded) > HEADER_LIMIT:
        raise TypeError(f"the description of this array has more than {HEADER_LIMIT} bytes")
    return [encoded, content]


def load_array(parts: Sequence[Frame], copy: bool) -> Any:
    """The array of a message.

    Parameters
    ----------
    parts : list of Frame
    copy : bool
        Whether the array has memory of its own, or that of the last frame.

    Returns
    -------
    numpy.ndarray or memoryview

    Raises
    ------
    ValueError
        For everything that is not an array.
    """
    if len(parts) != 2:
        raise ValueError(f"an array has two parts, a header and its memory; here are {len(parts)}")
    dtype, shape, order = _read_header(parts[0].bytes)
    try:
        from zmq.sugar.numpyform import load_numpy as load
    except ImportError:
        from zmq.sugar.memoryform import load_memory as load

    return load(dtype, shape, order, as_buffer(parts[1]), copy)


def check_size(dtype: object, itemsize: int, shape: tuple[int, ...], content: Any) -> None:
    """Compare what a header says with what there is, before anything is made of it.

    Parameters
    ----------
    dtype : object
        For the error.
    itemsize : int
        Bytes of an element.
    shape : tuple of int
    content : Frame or memoryview

    Raises
    ------
    ValueError
    """
    expected = math.prod(shape) * itemsize
    if expected != len(content):
        raise ValueError(
            f"the header of an array announces {expected} bytes (shape {shape}, dtype {dtype}),"
            f" but {len(content)} came"
        )


def _read_header(content: bytes) -> tuple[Any, tuple[int, ...], Any]:
    """The dtype (still anything JSON can say), shape and order of a header."""
    try:
        if len(content) > HEADER_LIMIT:
            raise ValueError(f"longer than {HEADER_LIMIT} bytes")
        header = json.loads(content)
        shape = header["shape"]
        if not isinstance(shape, list) or not all(map(_is_dimension, shape)):
            raise ValueError("impossible shape")
        if len(shape) > MOST_DIMENSIONS:
            raise ValueError(f"{len(shape)} dimensions")
        order = header.get("order", "C")
        if order not in ("C", "F"):
            raise ValueError("impossible order")
        return header["dtype"], tuple(shape), order
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        text = f"{content[:60]!r}{'...' if len(content) > 60 else ''}"
        raise ValueError(f"{text} is not the header of an array: {exc!r}") from exc


def _is_dimension(number: object) -> bool:
    return type(number) is int and 0 <= number <= sys.maxsize
