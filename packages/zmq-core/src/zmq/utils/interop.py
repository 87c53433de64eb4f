# SPDX-License-Identifier: BSD-3-Clause
"""Addresses of libzmq objects that come from other bindings."""

from __future__ import annotations

import operator
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def cast_int_addr(n: Any) -> int:
    """Return an address as an int.

    Parameters
    ----------
    n : int, cffi pointer or ctypes pointer
        The address, in any form another binding may have it in; `ctypes.c_void_p` included.

    Returns
    -------
    int
        The address.

    Raises
    ------
    TypeError
        If `n` is nothing that holds an address, such as None.
    ValueError
        If `n` is a null pointer of ctypes or cffi.
    """
    try:
        return operator.index(n)
    except TypeError:
        pass
    for read_pointer in (_read_ctypes_pointer, _read_cffi_pointer):
        address = read_pointer(n)
        if address is not None:
            break
    else:
        raise TypeError(
            f"an address is an int, or a pointer of cffi or ctypes, not {n!r} ({type(n).__name__})"
        )
    if address == 0:
        raise ValueError(f"{n!r} is a null pointer: there is no object behind it")
    return address


# Whoever holds a pointer of ctypes or cffi has imported it already; nobody else should pay for it.


def _read_ctypes_pointer(n: Any) -> int | None:
    ctypes = sys.modules.get("ctypes")
    if ctypes is None or not isinstance(n, (ctypes.c_void_p, ctypes.c_char_p, ctypes._Pointer)):
        return None
    return ctypes.cast(n, ctypes.c_void_p).value or 0


def _read_cffi_pointer(n: Any) -> int | None:
    cffi = sys.modules.get("_cffi_backend")
    if cffi is None or not isinstance(n, cffi._CDataBase):
        return None
    ffi = cffi.FFI()
    return int(ffi.cast("uintptr_t", n))


__all__ = ["cast_int_addr"]
