# SPDX-License-Identifier: BSD-3-Clause
"""Where else on `sys.path` parts of the package `zmq` lie, and whether pyzmq lies among them.

Does for one name what `pkgutil.extend_path` does, without loading the 15 modules that come with
`pkgutil`, which took as long as all of `import zmq`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: A file that all releases of pyzmq have, and none of our distributions.
MARK_OF_PYZMQ = os.path.join("utils", "zmq_compat.h")


def find_portions(path: Iterable[str], name: str) -> list[str]:
    """Extend a package's search path by the directories of that name on `sys.path`.

    Those of pyzmq are left out: its extensions do not fit to this core.

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
    if is_pyzmq(found[0]):
        warn_of_pyzmq(found[0])
    for entry in sys.path:
        portion = os.path.join(entry, name)
        if portion not in found and os.path.isdir(portion) and not is_pyzmq(portion):
            found.append(portion)
    return found


def is_pyzmq(directory: str) -> bool:
    """Whether pyzmq has been installed into a directory.

    Parameters
    ----------
    directory : str

    Returns
    -------
    bool
    """
    return os.path.exists(os.path.join(directory, MARK_OF_PYZMQ))


def describe_conflict(directory: str) -> str:
    """What is wrong with a directory that pyzmq has been installed into, and how to repair it.

    Parameters
    ----------
    directory : str

    Returns
    -------
    str
    """
    return (
        f"zmq-core and pyzmq have both been installed into {directory}, and have overwritten files "
        "of each other. To repair it: pip uninstall --yes pyzmq, then pip install "
        "--force-reinstall --no-deps zmq-core and the other zmq-... distributions that you use. "
        "For programs that ask for a distribution of the name pyzmq see docs/guide/replacing.md"
    )


def warn_of_pyzmq(directory: str) -> None:
    """Warn that files of two distributions are mixed.

    Parameters
    ----------
    directory : str
    """
    import warnings

    warnings.warn(describe_conflict(directory), RuntimeWarning, stacklevel=4)
