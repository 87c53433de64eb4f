# SPDX-License-Identifier: BSD-3-Clause
"""ResourceWarning for what was not closed, with the place where it was made."""

import gc
import warnings
import weakref

import pytest

import zmq


def test_dropped_socket_warns(context):
    s = context.socket(zmq.PUSH)
    text = repr(s)
    with pytest.warns(ResourceWarning) as caught:
        del s
        gc.collect()
    assert text in str(caught[0].message)


def test_dropped_context_warns(collected, wait_for):
    context = zmq.Context()
    context.socket(zmq.PUSH).close()
    with pytest.warns(ResourceWarning, match="Context") as caught:
        del context
        gc.collect()
        wait_for(lambda: collected() and len(caught))


def test_closed_things_do_not_warn(gone):
    gc.collect()  # what others have dropped may warn
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        context = zmq.Context()
        s = context.socket(zmq.PUSH)
        s.close()
        context.term()
        watches = weakref.ref(s), weakref.ref(context)
        del s, context
        gc.collect()
        gone(*watches)


def test_shadows_do_not_warn(socket, context):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shadows = [zmq.Socket(socket(zmq.PUSH)), zmq.Context(context)]
        del shadows
        gc.collect()


CARELESS = """
import runpy, sys
with open(sys.argv[1], "w") as f:
    f.write(
        "import zmq\\n"
        "def careless():\\n"
        "    ctx = zmq.Context()\\n"
        "    s = ctx.socket(zmq.PUSH)\\n"
        "careless()\\n"
    )
runpy.run_path(sys.argv[1])
"""


def test_the_warning_says_where_it_was_made_under_tracemalloc(run, folder):
    options = ("-W", "default", "-X", "tracemalloc=5")
    end = run(CARELESS, folder / "careless.py", options=options, deadline=8)
    assert end.returncode == 0
    assert end.stderr.count("ResourceWarning") == 2
    # they are dropped by the line `careless()`: these two lines are where they were made
    assert "s = ctx.socket(zmq.PUSH)" in end.stderr
    assert "ctx = zmq.Context()" in end.stderr


def test_warnings_as_errors_break_nothing(run):
    end = run(
        """
        import gc, zmq
        ctx = zmq.Context()
        for _ in range(3):
            s = ctx.socket(zmq.PUSH)
        del s
        gc.collect()
        ctx.term()
        print(ctx.closed)
        """,
        options=("-W", "error"),
        deadline=8,
    )
    assert (end.returncode, end.stdout) == (0, "True\n")
    assert end.stderr.count("ResourceWarning") >= 3


def test_by_default_python_shows_none(run):
    end = run("import zmq\nzmq.Context().socket(zmq.PUSH)", options=(), deadline=8)
    assert (end.returncode, end.stderr) == (0, "")
