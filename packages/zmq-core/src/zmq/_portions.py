# SPDX-License-Identifier: BSD-3-Clause
"""Where else on `sys.path` parts of the package `zmq` lie.

Does for one name what `pkgutil.extend_path` does, without loading the 15 modules that come with
`pkgutil`, which took as long as all of `import zmq`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def find_portions(path: Iterable[str], name: str) -> list[str]:
    """Extend a package's search path by the directories of that name on `sys.path`.

    Parameters
    ----------
    path : list of str
        The package's `__path__`.
    name : str
        The package's name.

    Returns
    -------
    list of str
        The path, and the directories that other distributions have added.
    """
    found = list(path)
    for entry in sys.path:
        portion = os.path.join(entry, name)
        if portion not in found and os.path.isdir(portion):
            found.append(portion)
    return found
