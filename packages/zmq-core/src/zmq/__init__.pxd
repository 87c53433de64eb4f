# SPDX-License-Identifier: BSD-3-Clause
"""`cimport zmq`: the native classes, and libzmq's calls as `zmq.libzmq`.

Compile with `include_dirs=zmq.get_includes()`; nothing has to be linked.
"""

from zmq.backend.cython cimport Context, Frame, Socket, libzmq
