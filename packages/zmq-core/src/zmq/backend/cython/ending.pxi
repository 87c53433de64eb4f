# SPDX-License-Identifier: BSD-3-Clause
# Ending: terminating a context in a thread that is not Python's, so that whoever waits can stop waiting.  Uses release.

cdef extern from *:
    """
    #ifndef _WIN32
    #include <signal.h>
    #endif
    /* Signals are for the threads of Python. */
    static void zmq_core_block_signals (void)
    {
    #ifndef _WIN32
        sigset_t all;
        sigfillset (&all);
        pthread_sigmask (SIG_BLOCK, &all, NULL);
    #endif
    }
    """
    void block_signals "zmq_core_block_signals" () noexcept nogil

cdef extern from "pythread.h":
    ctypedef void (*thread_function "void (*)(void *)")(void *)
    unsigned long PyThread_start_new_thread(thread_function function, void *arg) noexcept
    unsigned long THREAD_FAILED "PYTHREAD_INVALID_THREAD_ID"

cdef struct Ending:
    void *handle
    PyThread_type_lock lock         # held until zmq_ctx_term has returned
    int refs

#: What closes sockets, and ends contexts, that nobody holds any more; handed down by the layer above.
cdef object close_dropped = None
cdef object end_dropped = None


cdef void run_ending(void *arg) noexcept nogil:
    cdef Ending *ending = <Ending *> arg
    block_signals()
    while zmq_ctx_term(ending.handle) < 0 and c_errno() == EINTR:
        pass
    PyThread_release_lock(ending.lock)
    forget_ending(ending)


cdef void forget_ending(Ending *ending) noexcept nogil:
    if add(&ending.refs, -1) == 0:
        PyThread_free_lock(ending.lock)
        free(ending)


cdef Ending *start_ending(void *handle) except NULL:
    cdef Ending *ending = <Ending *> malloc(sizeof(Ending))
    if ending == NULL:
        raise MemoryError()
    ending.lock = PyThread_allocate_lock()
    if ending.lock == NULL:
        free(ending)
        raise MemoryError()
    PyThread_acquire_lock(ending.lock, 1)
    ending.handle = handle
    ending.refs = 2
    if PyThread_start_new_thread(<thread_function> <void *> run_ending, ending) == THREAD_FAILED:
        PyThread_free_lock(ending.lock)
        free(ending)
        raise RuntimeError("no thread can be started to terminate the context in")
    return ending


cdef bint wait_ending(Context ctx, long long timeout) except -1:
    """Whether the context has been terminated within so many milliseconds; -1 waits for ever."""
    cdef Ending *ending = <Ending *> ctx.ending
    cdef int64_t deadline = now() + timeout
    cdef long long left = timeout * 1000 if timeout >= 0 else -1
    cdef LockStatus outcome
    add(&ending.refs, 1)
    try:
        while True:
            with nogil:
                outcome = PyThread_acquire_lock_timed(ending.lock, left, 1)
            if outcome == PY_LOCK_ACQUIRED:
                PyThread_release_lock(ending.lock)
                return True
            if outcome == PY_LOCK_FAILURE:
                return False
            PyErr_CheckSignals()
            if timeout >= 0:
                left = max(<long long> 0, (deadline - now()) * 1000)
    finally:
        forget_ending(ending)
