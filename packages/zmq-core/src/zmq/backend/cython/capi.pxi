# SPDX-License-Identifier: BSD-3-Clause
# The table of libzmq's calls for other extension modules: see zmq_capi.h.

from cpython.pycapsule cimport PyCapsule_New

cdef extern from "native.h":
    void *c_table "&zmq_core_table"

_C_API = PyCapsule_New(c_table, "zmq.backend.cython._zmq._C_API", NULL)

error._install(zmq_errno, strerror, zmq_version_info)
