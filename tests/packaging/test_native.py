# SPDX-License-Identifier: BSD-3-Clause
"""The C that all backends share: it stands alone, without Python, in strict C."""

from pathlib import Path

import pytest

NATIVE = Path(__file__).parents[2] / "packages" / "zmq-core" / "src" / "zmq" / "backend" / "native"
HEADERS = sorted(NATIVE.glob("*.h"))
#: Each function of the interface, so that none is unused, and what cffi would refer to.
PROGRAM = """
#include "relay.h"
#include <stdio.h>
int main (void)
{
    void *context = zmq_ctx_new (), *sockets[5] = {0};
    int kinds[4] = {ZMQ_PULL, ZMQ_PUSH, ZMQ_PUB, ZMQ_PAIR}, i;
    uint64_t values[ZMQ_CORE_RELAY_COUNTERS];
    void *steersman = zmq_socket (context, ZMQ_PAIR), *left = zmq_socket (context, ZMQ_PUSH);
    void *right = zmq_socket (context, ZMQ_PULL);
    const char *ends[4] = {"inproc://front", "inproc://back", "inproc://log", "inproc://control"};
    zmq_core_relay *relay = zmq_core_relay_new ();
    for (i = 0; i < 4; i++) {
        sockets[i] = zmq_socket (context, kinds[i]);
        if (zmq_bind (sockets[i], ends[i]) || zmq_core_relay_place (relay, i, sockets[i]))
            return 2;
    }
    if (zmq_core_relay_place (relay, 0, sockets[1]) != -1 || zmq_core_relay_error (relay))
        return 3;
    zmq_core_relay_lay (relay, ZMQ_CORE_LANE_FRONT, 0, 1, ZMQ_CORE_LANE_USABLE);
    zmq_core_relay_lay (relay, ZMQ_CORE_LANE_CONTROL, 3, 3, ZMQ_CORE_LANE_USABLE);
    zmq_core_relay_prefix (relay, ZMQ_CORE_LANE_FRONT, "in", 2);
    zmq_connect (steersman, ends[3]);
    zmq_connect (left, ends[0]);
    zmq_connect (right, ends[1]);
    zmq_send (left, "message", 7, 0);
    zmq_send (steersman, "RESUME", 6, 0);
    zmq_send (steersman, "nonsense", 8, 0);
    if (zmq_core_relay_run (relay, 0) != ZMQ_CORE_RELAY_UNKNOWN)
        return 4;
    printf ("%.*s ", (int) zmq_core_relay_quoted (relay), zmq_core_relay_quote (relay));
    zmq_send (steersman, "TERMINATE", 9, 0);
    if (zmq_core_relay_run (relay, 1) != ZMQ_CORE_RELAY_ENDED)
        return 5;
    zmq_core_relay_count (relay, values);
    printf ("%d %d", (int) values[1], (int) values[7]);
    zmq_core_relay_free (relay);
    for (i = 0; i < 4; i++)
        zmq_close (sockets[i]);
    zmq_close (steersman);
    zmq_close (left);
    zmq_close (right);
    zmq_ctx_term (context);
    return 0;
}
"""


@pytest.mark.parametrize("standard", ["c99", "c11", "c17"])
def test_compiles_without_python_and_runs(standard, tmp_path, run):
    source = tmp_path / "program.c"
    source.write_text(PROGRAM)
    checks = ("-Wall", "-Wextra", "-Wconversion", "-Wvla", "-pedantic", "-Werror")
    flags = run("pkg-config", "--cflags", "--libs", "libzmq").split()
    macros = ("-D_POSIX_C_SOURCE=200809L", f"-I{NATIVE}")
    program = tmp_path / "program"
    run("gcc", f"-std={standard}", *checks, *macros, source, "-o", program, *flags)
    assert run(program) == "nonsense 7 7"


def test_nothing_names_python():
    assert HEADERS
    assert not [path.name for path in HEADERS if "Python.h" in path.read_text()]
