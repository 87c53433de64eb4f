# SPDX-License-Identifier: BSD-3-Clause
from zmq.backend.cython cimport libzmq
from zmq.backend.cython._zmq cimport Context, Frame, Socket
