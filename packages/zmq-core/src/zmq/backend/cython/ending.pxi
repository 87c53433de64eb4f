# SPDX-License-Identifier: BSD-3-Clause
# Ending: how a context is terminated, once, and waited for by all who want to: by the thread that began, or by one that
# is not Python's, so that whoever waits can stop waiting.  Uses release.

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

cdef enum EndingState:
    RUNNING
    DONE
    ABANDONED           # by a signal handler that raised: somebody else may begin again

cdef struct Ending:
    void *handle
    PyThread_type_lock lock         # held while RUNNING
    EndingState state
    int refs

cdef enum:
    MANY_UNMET = 200    # closed sockets; libzmq has room for some 500

#: What closes sockets, and ends contexts, that nobody holds any more; handed down by the layer above.
cdef object close_dropped = None
cdef object end_dropped = None


cdef void run_ending(void *arg) noexcept nogil:
    cdef Ending *ending = <Ending *> arg
    block_signals()
    while zmq_ctx_term(ending.handle) < 0 and c_errno() == EINTR:
        pass
    ending.state = DONE
    PyThread_release_lock(ending.lock)
    forget_ending(ending)


cdef void forget_ending(Ending *ending) noexcept nogil:
    if add(&ending.refs, -1) == 0:
        PyThread_free_lock(ending.lock)
        free(ending)


cdef Ending *new_ending(void *handle) except NULL:
    """What stands for the end that begins now, at all contexts with this handle."""
    cdef Ending *ending = <Ending *> malloc(sizeof(Ending))
    cdef void *p = newest_context
    if ending == NULL:
        raise MemoryError()
    ending.lock = PyThread_allocate_lock()
    if ending.lock == NULL:
        free(ending)
        raise MemoryError()
    PyThread_acquire_lock(ending.lock, 1)
    ending.handle = handle
    ending.state = RUNNING
    ending.refs = 1
    while p != NULL:
        if (<Context> p).handle == handle:
            (<Context> p).ending = ending
            ending.refs += 1
        p = (<Context> p).older
    return ending


cdef void settle(Ending *ending) noexcept:
    """Let go of an end that is over, at all contexts; when it is done they are closed."""
    cdef void *p = newest_context
    while p != NULL:
        if (<Context> p).ending == ending:
            (<Context> p).ending = NULL
            if ending.state == DONE:
                (<Context> p).handle = NULL
            forget_ending(ending)
        p = (<Context> p).older
    drain_released()


cdef int meet(Context ctx) except -1:
    """Give a peer to closed sockets that are connected to inproc endpoints which nobody has bound.

    libzmq would make a socket for each of them when the context ends, and abort the program when it has no place for so
    many.  One for each endpoint is enough.
    """
    cdef int64_t deadline = 0
    cdef void *handle
    cdef int number
    if ctx.unmet_count < MANY_UNMET:
        return 0
    for endpoint in list(ctx.unmet):
        handle = zmq_socket(ctx.handle, ZMQ_PAIR)
        while handle == NULL:
            number = c_errno()
            if number == ETERM or ctx.handle == NULL or ctx.ending != NULL:
                return 0        # somebody else has begun to end it
            if not is_place_coming(ctx, number, &deadline):
                raise_errno(number, wording().of_unmet(endpoint))
            handle = zmq_socket(ctx.handle, ZMQ_PAIR)
        zmq_bind(handle, <const char *> endpoint)
        zmq_close(handle)
    ctx.unmet, ctx.unmet_count = None, 0
    return 0


cdef void shut_down(Context ctx) noexcept:
    """Let no call of the context's sockets begin any more, before it is terminated.

    libzmq first gives a peer to whoever is connected to an inproc endpoint that nobody has bound.  Who connects right
    after that would never get one, and the end would wait for it for ever.
    """
    zmq_ctx_shutdown(ctx.handle)


cdef int end_here(Context ctx) except -1:
    """Terminate the context in this thread."""
    cdef Ending *ending
    cdef int rc
    meet(ctx)
    if ctx.handle == NULL or ctx.ending != NULL:
        return 0        # somebody else has begun meanwhile
    ending = new_ending(ctx.handle)
    shut_down(ctx)
    try:
        while ending.state == RUNNING:
            with nogil:
                rc = zmq_ctx_term(ending.handle)
            if rc == 0 or not interrupted(c_errno()):
                ending.state = DONE
    finally:
        if ending.state == RUNNING:
            ending.state = ABANDONED
        PyThread_release_lock(ending.lock)
        settle(ending)
        forget_ending(ending)
    return 0


cdef int end_in_background(Context ctx) except -1:
    """Terminate the context in a thread of its own."""
    cdef Ending *ending
    meet(ctx)
    if ctx.handle == NULL or ctx.ending != NULL:
        return 0
    ending = new_ending(ctx.handle)
    shut_down(ctx)
    if PyThread_start_new_thread(<thread_function> <void *> run_ending, ending) == THREAD_FAILED:
        ending.state = ABANDONED
        PyThread_release_lock(ending.lock)
        settle(ending)
        forget_ending(ending)
        raise RuntimeError("no thread can be started to terminate the context in")
    return 0


cdef bint wait_ending(Context ctx, long timeout) except -1:
    """Wait until the end that is going on is over, done or abandoned; milliseconds, -1 for ever."""
    cdef Ending *ending = <Ending *> ctx.ending
    cdef int64_t deadline = now() + timeout
    cdef long long left = <long long> timeout * 1000 if timeout >= 0 else -1
    cdef LockStatus outcome
    if ending == NULL:
        return True
    add(&ending.refs, 1)
    try:
        while True:
            with nogil:
                outcome = PyThread_acquire_lock_timed(ending.lock, left, 1)
            if outcome == PY_LOCK_ACQUIRED:
                PyThread_release_lock(ending.lock)
                settle(ending)
                return True
            if outcome == PY_LOCK_FAILURE:
                return False
            PyErr_CheckSignals()
            if timeout >= 0:
                left = max(<long long> 0, <long long> (deadline - now()) * 1000)
    finally:
        forget_ending(ending)
