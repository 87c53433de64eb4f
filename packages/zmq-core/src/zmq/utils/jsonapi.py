# SPDX-License-Identifier: BSD-3-Clause
"""JSON as bytes.

.. deprecated:: 22.2
    Use the module `json`, or `Socket.send_json` and `Socket.recv_json`.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The module that does the work.
jsonmod = json


def dumps(o: Any, **kwargs: Any) -> bytes:
    """Return an object as JSON.

    Parameters
    ----------
    o : object
        Anything `json.dumps` takes.
    **kwargs
        Passed on to `json.dumps`.

    Returns
    -------
    bytes
        The JSON text in utf-8.
    """
    return jsonmod.dumps(o, **kwargs).encode("utf-8")


def loads(s: str | bytes | bytearray | memoryview, **kwargs: Any) -> Any:
    """Return the object that a JSON text stands for.

    Parameters
    ----------
    s : bytes, bytearray, memoryview or str
        The JSON text, in utf-8 unless it is a str.
    **kwargs
        Passed on to `json.loads`.

    Returns
    -------
    dict, list, str, int, float, bool or None
        The object.
    """
    return jsonmod.loads(s if isinstance(s, str) else str(s, "utf-8"), **kwargs)


__all__ = ["dumps", "jsonmod", "loads"]
