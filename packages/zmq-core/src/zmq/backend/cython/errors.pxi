# SPDX-License-Identifier: BSD-3-Clause
# Errors: from a libzmq return code to nothing, a retry, or an exception.  Uses zmq.error only.

cdef extern from "native.h" nogil:
    bint alone "zmq_core_alone" () noexcept
    int IPC_PATH_MAX "ZMQ_CORE_IPC_PATH_MAX"
    void *interpreter "zmq_core_interpreter"

cdef extern from "Python.h":
    # Typed with plain pointers, so that a NULL keyword dict can be passed.
    object _new_exception "PyBaseException_new_via_type" (object cls)

cdef extern from *:
    """
    #include <time.h>
    /* An instance without __init__: what Again and its kin need lies in the class. */
    static PyObject *PyBaseException_new_via_type (PyObject *cls)
    {
        static PyObject *nothing = NULL;
        if (!nothing && !(nothing = PyTuple_New (0)))
            return NULL;
        return ((PyTypeObject *) PyExc_BaseException)->tp_new ((PyTypeObject *) cls, nothing, NULL);
    }
    /* Set the error of a class like Again.  From C, because each Cython function that an error passes through adds a
     * line to its traceback, at the price of two sends. */
    static void zmq_core_set_error (PyObject *cls)
    {
        PyObject *error = PyBaseException_new_via_type (cls);
        if (error) {
            PyErr_SetObject (cls, error);
            Py_DECREF (error);
        }
    }
    /* Milliseconds of a clock that never goes back. */
    static int64_t zmq_core_now (void)
    {
    #ifdef _WIN32
        return (int64_t) GetTickCount64 ();
    #else
        struct timespec t;
        clock_gettime (CLOCK_MONOTONIC, &t);
        return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
    #endif
    }
    """
    int64_t now "zmq_core_now" () noexcept nogil
    void set_error "zmq_core_set_error" (object cls) noexcept

cdef extern from "Python.h":
    void *PyInterpreterState_Get() noexcept

interpreter = PyInterpreterState_Get()

cdef object Again = error.Again
cdef object TimeoutExpired = error.TimeoutExpired
cdef object ContextTerminated = error.ContextTerminated
cdef object ZMQError = error.ZMQError
cdef object ZMQVersionError = error.ZMQVersionError
cdef object ZMQThreadError = error.ZMQThreadError
cdef dict error_classes = error.ERROR_CLASSES


cdef int raise_errno(int number, object text=None) except -1:
    """Raise what stands for this errno; `text` replaces libzmq's description."""
    if number == EAGAIN and text is None:
        PyErr_SetObject(Again, _new_exception(Again))
        return -1
    cls = error_classes.get(number, ZMQError)
    if cls is ZMQError:
        raise ZMQError(number, text)
    exc = _new_exception(cls)
    if text is not None:
        exc.strerror = text
    PyErr_SetObject(cls, exc)
    return -1


cdef str describe(int number):
    return (<bytes> zmq_strerror(number)).decode("utf-8", "replace")


cdef int interrupted(int number) except -1:
    """1 when the call was interrupted by a signal and is to be made again; signal handlers have run, and may raise."""
    if number != EINTR:
        return 0
    PyErr_CheckSignals()
    return 1


# What is said and checked in plain Python is imported when it is needed first: that keeps `import zmq` short.

cdef object wording():
    import zmq.backend.wording as found
    return found


cdef object checking():
    import zmq.backend.checking as found
    return found


cdef int raise_without_drafts(str what) except -1:
    """Raise the error for a draft feature that this build has not."""
    raise ZMQVersionError(None, wording().of_missing_drafts(what))
