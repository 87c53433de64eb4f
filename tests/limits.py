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
NO_OBJ = (
    CFFI and not PYPY,
    "the obj of a memoryview of an instance of a class of Python is not that instance",
)
NO_CYTHON = (CFFI, "it is the Cython backend that can be cimported")
NO_TRACE = (
    CFFI and (PYPY or sys.version_info >= (3, 11)),
    "tracemalloc loses instances of classes of Python on CPython from 3.11, and is not on PyPy",
)
NO_REFCOUNT = (PYPY, "PyPy has no reference counts: what nobody holds goes at a collection")
NO_PIN = (PYPY, "PyPy lets a bytearray change its size while its memory is exported")
NO_EMPTY = (PYPY, "PyPy's memoryviews of empty ctypes arrays bring the process down")
NO_UVLOOP = (PYPY, "uvloop is for CPython")
OTHER_MODULES = (PYPY, "PyPy's own interpreter loads other modules at its start than CPython's")
OTHER_PAGES = (PYPY, "PyPy keeps the pages of large bytes itself")
MORE_MODULES = (CFFI, "cffi itself loads threading, and takes memory")
SLOW_COLLECTOR = (PYPY, "PyPy's collector takes tens of milliseconds where megabytes come and go")
NO_AUDIT = (PYPY, "PyPy 3.9 has no audit events of os.scandir")
NO_WHEELS = (PYPY, "there are no wheels of tornado, gevent and PyNaCl for PyPy 3.9")
OTHER_IMPORT = (PYPY, "PyPy's __import__ keeps quiet about names in fromlist that are missing")
BACKWARDS = (
    not PYPY and sys.version_info >= (3, 14),
    "from 3.14 on a function that returns drops its last variable first: the socket goes while its"
    " context is held",
)

#: How the names of tests begin, by file, and the limit that they meet.
LIMITS = {
    "anyio/test_life.py": {
        "test_no_cycle_holds_a_socket": NO_REFCOUNT,
    },
    "asyncio/test_closing.py": {
        "test_references_go_at_once": NO_REFCOUNT,
    },
    "asyncio/test_fairness.py": {
        "test_ticker_beside_large_messages": SLOW_COLLECTOR,
    },
    "core/test_array.py": {
        "test_no_copy_on_the_way": NO_EXPORT_TO_C,
        "test_no_copy_from_another_process": NO_EXPORT_TO_C,
        "test_without_numpy_there_are_memoryviews": NO_EMPTY if PYPY else NO_OBJ,
    },
    "core/test_frame_buffer.py": {
        "test_memoryview_is_plain_bytes": NO_EXPORT,
        "test_empty_memoryview": NO_EXPORT,
        "test_several_views_at_a_time": NO_EXPORT,
        "test_the_buffer_protocol_is_enough_for_others": NO_EXPORT_TO_C,
        "test_an_array_over_a_frame_keeps_it": NO_EXPORT_TO_C,
        "test_threshold_decides_when_copy_does_not": NO_PIN,
        "test_default_threshold_of_the_module_is_live": NO_PIN,
    },
    "examples/test_docs.py": {
        "test_the_cython_page_builds_and_runs": NO_CYTHON,
        "test_python_blocks_run[docs/guide/eventloop.md": NO_WHEELS,
        "test_python_blocks_run[docs/guide/green.md": NO_WHEELS,
        "test_every_compatibility_module_has_a_row": NO_WHEELS,
        **{
            f"test_names_exist[docs/{page}.md": NO_WHEELS
            for page in (
                *("architecture", "compatibility"),
                *("guide/eventloop", "guide/green", "guide/ssh"),
            )
        },
    },
    "examples/test_patterns.py": {
        "test_example_ends_well[tunnel": NO_WHEELS,
    },
    "core/test_warnings.py": {
        "test_the_warning_says_where_it_was_made_under_tracemalloc": NO_TRACE,
    },
    "core/test_import.py": {
        "test_only_few_modules_of_others_are_loaded": OTHER_MODULES,
        "test_heavy_modules_are_not_loaded[re]": OTHER_MODULES,
        "test_heavy_modules_are_not_loaded[threading]": MORE_MODULES,
        "test_memory_of_the_import": MORE_MODULES,
        "test_modules_are_reachable_after_a_bare_import[zmq.backend.cython]": NO_CYTHON,
        **{
            f"test_missing_extensions_say_what_to_install[{name}-__import__": OTHER_IMPORT
            for name in ("auth", "devices", "eventloop", "green", "log", "ssh")
        },
    },
    "core/test_exit_delivery.py": {
        "test_a_peer_that_comes_in_time_and_is_slow[locals]": BACKWARDS,
    },
    "core/test_large.py": {
        "test_kept_until_libzmq_lets_go": NO_REFCOUNT,
        "test_kept_until_it_is_sent": NO_REFCOUNT,
        "test_let_go_when": NO_REFCOUNT,
    },
    "auth/test_reload.py": {
        "test_strangers_do_not_keep_the_disk_busy": NO_AUDIT,
    },
    "auth/test_loops.py": {
        "test_uvloop": NO_UVLOOP,
    },
    "core/test_zero_copy.py": {
        "test_bytes_are_kept_and_let_go": NO_REFCOUNT,
        "test_memory_goes_with_the_context": NO_REFCOUNT,
        "test_a_subscriber_more_or_less": NO_REFCOUNT,
        "test_a_received_frame_keeps_the_memory_of_the_sender": NO_PIN,
        "test_a_bytearray_is_pinned_until_it_arrived": NO_PIN,
    },
    "core/test_large_memory.py": {
        "test_nothing_is_tuned_unasked": OTHER_PAGES,
        "test_memory_stays_bounded[inproc-frames": NO_REFCOUNT,
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
