# SPDX-License-Identifier: BSD-3-Clause
"""Collects the docstrings of Cython's sources, so that the CFFI backend says the same."""

import inspect
import re

#: A class or function, its signature over several lines perhaps, and its docstring.
DOCUMENTED = re.compile(
    r"^(?P<indent> *)(?:cdef )?(?P<kind>class|def) (?P<name>\w+)(?:(?!^ *(?:cp?def|def) ).)*?:\n"
    r' +"""(?P<text>.*?)"""',
    re.MULTILINE | re.DOTALL,
)


def collect(paths):
    """Return the docstrings in these files.

    Parameters
    ----------
    paths : iterable of pathlib.Path

    Returns
    -------
    dict of str to str
        "Socket.send", "curve_keypair" and so on, and what is said of them.
    """
    found = {}
    for path in paths:
        owner = ""
        for match in DOCUMENTED.finditer(path.read_text(encoding="utf-8")):
            name = match["name"]
            if match["kind"] == "class":
                owner = name
                found[name] = inspect.cleandoc(match["text"])
            else:
                full_name = f"{owner}.{name}" if match["indent"] else name
                found.setdefault(full_name, inspect.cleandoc(match["text"]))
    return found


def write(found):
    """Return the source of a module that holds docstrings as `DOCSTRINGS`."""
    lines = [
        "# SPDX-License-Identifier: BSD-3-Clause",
        '"""What the classes and functions of the backends do; made when this was built."""',
        "",
        "DOCSTRINGS = {",
        *(f"    {name!r}: {text!r}," for name, text in sorted(found.items())),
        "}",
        "",
    ]
    return "\n".join(lines)
