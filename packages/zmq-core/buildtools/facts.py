# SPDX-License-Identifier: BSD-3-Clause
"""Writes zmq_build_facts.h, from which the module knows how it was built."""

import json


def write(directory, version, cython, library, flags):
    """Write the header into `directory`.

    Parameters
    ----------
    version : str
        Of the distribution.
    cython : str
        Cython's version.
    library : Library
        The libzmq that is linked.
    flags : list of str
        What the module is compiled with; those with paths are left out.
    """
    texts = {
        "ZMQ_CORE_LINKAGE": library.linkage,
        "ZMQ_CORE_ORIGIN": library.origin,
        "ZMQ_CORE_CFLAGS": " ".join(flag for flag in flags if "/" not in flag),
        "ZMQ_CORE_VERSION": version,
        "ZMQ_CORE_CYTHON": cython,
    }
    lines = [f"#define {name} {json.dumps(text)}" for name, text in texts.items()]
    lines.append(f"#define ZMQ_CORE_SODIUM {library.sodium}")
    (directory / "zmq_build_facts.h").write_text("\n".join(lines) + "\n", encoding="utf-8")
