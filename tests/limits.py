# SPDX-License-Identifier: BSD-3-Clause
"""Tests that cannot pass on every interpreter or backend, and the limit that each of them meets."""

import os
import sys

PYPY = sys.implementation.name == "pypy"
CFFI = PYPY or os.environ.get("PYZMQ_BACKEND") == "cffi"

#: Limits: whether they hold here, and what they are.
NO_EXPORT = (
    CFFI and not PYPY and sys.version_info < (3, 12),
    "classes of Python cannot export a buffer on CPython before 3.12: frame.buffer serves",
)
NO_EXPORT_TO_C = (
    PYPY or NO_EXPORT[0],
    "classes of Python cannot export a buffer to C on PyPy, nor on CPython before 3.12",
)
NO_CYTHON = (CFFI, "it is the Cython backend that can be cimported")
NO_TRACE = (
    CFFI and (PYPY or sys.version_info >= (3, 11)),
    "tracemalloc loses instances of classes of Python on CPython from 3.11, and is not on PyPy",
)
NO_REFCOUNT = (PYPY, "PyPy has no reference counts: what nobody holds goes at a collection")
NO_CLOCK = (PYPY, "PyPy 3.9 has no time.pthread_getcpuclockid")
OTHER_MODULES = (PYPY, "PyPy's own interpreter loads other modules at its start than CPython's")
OTHER_IMPORT = (PYPY, "PyPy's __import__ keeps quiet about names in fromlist that are missing")

#: How the names of tests begin, by file, and the limit that they meet.
LIMITS = {
    "core/test_array.py": {
        "test_no_copy_on_the_way": NO_EXPORT,
        "test_no_copy_from_another_process": NO_EXPORT,
        "test_without_numpy_there_are_memoryviews": NO_EXPORT,
        "test_whatever_has_memory[sync-<zmq.Frame": NO_EXPORT,
    },
    "core/test_frame_buffer.py": {
        "test_memoryview_is_plain_bytes": NO_EXPORT,
        "test_empty_memoryview": NO_EXPORT,
        "test_several_views_at_a_time": NO_EXPORT,
        "test_the_buffer_protocol_is_enough_for_others": NO_EXPORT,
        "test_an_array_over_a_frame_keeps_it": NO_EXPORT,
    },
    "examples/test_docs.py": {
        "test_the_cython_page_builds_and_runs": NO_CYTHON,
    },
    "core/test_warnings.py": {
        "test_the_warning_says_where_it_was_made_under_tracemalloc": NO_TRACE,
    },
    "core/test_import.py": {
        "test_only_few_modules_of_others_are_loaded": OTHER_MODULES,
        "test_heavy_modules_are_not_loaded": OTHER_MODULES,
        "test_memory_of_the_import": OTHER_MODULES,
        "test_modules_are_reachable_after_a_bare_import[zmq.backend.cython]": NO_CYTHON,
        **{
            f"test_missing_extensions_say_what_to_install[{name}-__import__": OTHER_IMPORT
            for name in ("auth", "devices", "eventloop", "green", "log", "ssh")
        },
    },
    "core/test_large.py": {
        "test_kept_until_libzmq_lets_go": NO_REFCOUNT,
        "test_kept_until_it_is_sent": NO_REFCOUNT,
        "test_let_go_when": NO_REFCOUNT,
    },
    "core/test_large_memory.py": {
        "test_memory_stays_bounded": NO_REFCOUNT,
        "test_memory_of_the_tuned_allocator_stays_bounded": NO_REFCOUNT,
    },
    "core/test_proxy_engine.py": {
        "test_waiting_costs_no_processor_time": NO_CLOCK,
    },
    "core/test_frame.py": {
        "test_a_dropped_frame_lets_go_of_bytes": NO_REFCOUNT,
        "test_buffer_makes_no_reference_cycle": NO_REFCOUNT,
    },
}


def find_limit(path, name):
    """Return why a test cannot pass here, or None.

    Parameters
    ----------
    path : pathlib.Path
        The test's file.
    name : str
        Its own name, with its parameters.
    """
    for known, (holds, reason) in LIMITS.get(f"{path.parent.name}/{path.name}", {}).items():
        if holds and name.startswith(known):
            return reason
    return None
