# SPDX-License-Identifier: BSD-3-Clause
"""Writes zmq_build_facts.h, from which the module knows how it was built."""

import json

from . import msvc


def _matters(flag):
    if flag in (*msvc.FLAGS, *msvc.LTO):
        return True
    return flag.startswith(("-O", "-f", "-g", "-m", "-std=")) and "/" not in flag


def write(directory, version, generators, library, flags):
    """Write the header into `directory`.

    Parameters
    ----------
    version : str
        Of the distribution.
    generators : dict of str to str
        The versions of Cython and cffi, of those that are used.
    library : Library
        The libzmq that is linked.
    flags : list of str
        What the module is compiled with; only those that decide about its code are noted.
    """
    texts = {
        "ZMQ_CORE_LINKAGE": library.linkage,
        "ZMQ_CORE_ORIGIN": library.origin,
        "ZMQ_CORE_CFLAGS": " ".join(filter(_matters, flags)),
        "ZMQ_CORE_VERSION": version,
        "ZMQ_CORE_CYTHON": generators.get("cython", "none"),
        "ZMQ_CORE_CFFI": generators.get("cffi", "none"),
        "ZMQ_CORE_SODIUM_VERSION": library.sodium_version,
    }
    lines = [f"#define {name} {json.dumps(text)}" for name, text in texts.items()]
    lines.append(f"#define ZMQ_CORE_SODIUM {library.sodium}")
    (directory / "zmq_build_facts.h").write_text("\n".join(lines) + "\n", encoding="utf-8")
