# SPDX-License-Identifier: BSD-3-Clause
"""Unpatched: threads and locks of the system, also where gevent has put greenlets in their place.

What runs in a thread here waits inside libzmq: as a greenlet it would keep all others from running.
"""

from __future__ import annotations

import _thread
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def find_original(name: str) -> Any:
    """Return a function of `_thread` as it is without `gevent.monkey`.

    Parameters
    ----------
    name : str

    Returns
    -------
    callable
    """
    monkey = sys.modules.get("gevent.monkey")
    return getattr(_thread, name) if monkey is None else monkey.get_original("_thread", name)
