/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What Cython cannot say: atomic operations, the question whether this is the interpreter's only thread, build facts.
 */
#ifndef ZMQ_CORE_NATIVE_H
#define ZMQ_CORE_NATIVE_H

#include <Python.h>
#include <frameobject.h>
#include "drafts.h"
#include "facts.h"

#ifdef _WIN32
#include <winsock2.h>
#define ZMQ_CORE_IPC_PATH_MAX 107
#else
#include <sys/un.h>
#define ZMQ_CORE_IPC_PATH_MAX ((int) sizeof (((struct sockaddr_un *) 0)->sun_path) - 1)
#endif

/* Whether no other Python thread exists.  Then calls may keep the GIL, for nobody waits for it.  With other threads
 * every call lets go of it: to let go only now and then starves them, because each miss restarts their 5 ms timer.
 * The caller has a thread state, so the newest one being the only one says it all. */
static PyInterpreterState *zmq_core_interpreter;

static inline int zmq_core_alone (void)
{
    return PyThreadState_Next (PyInterpreterState_ThreadHead (zmq_core_interpreter)) == NULL;
}

static inline unsigned int zmq_core_type_tag (PyObject *type)
{
    return ((PyTypeObject *) type)->tp_version_tag;
}

/* (code, line) of the innermost frame that is not below `home`, the folder of this package. */
static PyObject *zmq_core_caller (PyObject *home)
{
    PyFrameObject *frame = PyEval_GetFrame ();
    PyObject *found = NULL;
    Py_XINCREF (frame);
    while (frame) {
        PyCodeObject *code = PyFrame_GetCode (frame);
        PyFrameObject *back;
        if (home == Py_None || PyUnicode_Tailmatch (code->co_filename, home, 0, PY_SSIZE_T_MAX, -1) != 1) {
            found = Py_BuildValue ("(Ni)", code, PyFrame_GetLineNumber (frame));
            Py_DECREF (frame);
            return found;
        }
        Py_DECREF (code);
        back = PyFrame_GetBack (frame);
        Py_DECREF (frame);
        frame = back;
    }
    Py_RETURN_NONE;
}

#ifdef _MSC_VER
#include <intrin.h>
static inline void *zmq_core_load (void *volatile *p)
{
    return *p;
}
static inline void *zmq_core_swap (void *volatile *p, void *value)
{
    return _InterlockedExchangePointer (p, value);
}
static inline int zmq_core_cas (void *volatile *p, void *expected, void *value)
{
    return _InterlockedCompareExchangePointer (p, value, expected) == expected;
}
static inline int zmq_core_add (volatile int *p, int value)
{
    return _InterlockedExchangeAdd ((volatile long *) p, value) + value;
}
#else
static inline void *zmq_core_load (void *volatile *p)
{
    return __atomic_load_n (p, __ATOMIC_RELAXED);
}
static inline void *zmq_core_swap (void *volatile *p, void *value)
{
    return __atomic_exchange_n (p, value, __ATOMIC_ACQ_REL);
}
static inline int zmq_core_cas (void *volatile *p, void *expected, void *value)
{
    return __atomic_compare_exchange_n (p, &expected, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
/* The new value. */
static inline int zmq_core_add (volatile int *p, int value)
{
    return __atomic_add_fetch (p, value, __ATOMIC_ACQ_REL);
}
#endif

/* The table behind zmq_capi.h. */
static zmq_capi_t zmq_core_table = {
    ZMQ_CAPI_VERSION,
    sizeof (zmq_capi_t),
    ZMQ_CORE_DRAFT_API,
#define ZMQ_CORE_ENTRY(result, name, args) name,
    ZMQ_CAPI_CALLS (ZMQ_CORE_ENTRY)
#undef ZMQ_CORE_ENTRY
};

#endif
