# SPDX-License-Identifier: BSD-3-Clause
# Context: the libzmq context and the list of what is alive, by which a forked child is cut off.  Uses errors.

cdef extern from "Python.h":
    int PyErr_ResourceWarning(object source, Py_ssize_t level, const char *format, ...) except -1

# Living contexts and sockets, linked by borrowed pointers: an object leaves its list before its memory goes.
cdef void *newest_context = NULL
cdef void *newest_socket = NULL
cdef int shadow_count = 0               # living objects whose handle may be shared with another object


cdef void link_context(Context ctx) noexcept:
    global newest_context
    ctx.older = newest_context
    ctx.newer = NULL
    if newest_context != NULL:
        (<Context> newest_context).newer = <void *> ctx
    newest_context = <void *> ctx


cdef void unlink_context(Context ctx) noexcept:
    global newest_context
    if ctx.newer != NULL:
        (<Context> ctx.newer).older = ctx.older
    elif newest_context == <void *> ctx:
        newest_context = ctx.older
    if ctx.older != NULL:
        (<Context> ctx.older).newer = ctx.newer
    ctx.older = ctx.newer = NULL


cdef void *address_of(object source) except? NULL:
    """The libzmq handle that an int, an FFI pointer or an object of ours stands for."""
    if isinstance(source, (Context, Socket)):
        source = source.underlying
    elif not isinstance(source, int) and cast_address is not None:
        source = cast_address(source)
    return <void *> <size_t> source


cdef class Context:
    """The native part of `zmq.Context`."""

    def __cinit__(self):
        link_context(self)

    def __init__(self, io_threads=1, shadow=0):
        global shadow_count
        if self.handle != NULL:
            raise RuntimeError("a Context cannot be made twice")
        if isinstance(io_threads, Context):
            io_threads, shadow = 1, io_threads
        if not isinstance(shadow, int) or shadow != 0:
            self.handle = address_of(shadow)
            if self.handle == NULL:
                raise_errno(EFAULT, f"there is no context to shadow at {shadow!r}")
            self._shadow = True
            self._shadow_obj = shadow
            shadow_count += 1
            return
        self.handle = zmq_ctx_new()
        if self.handle == NULL:
            raise_errno(c_errno())
        if io_threads != 1:
            try:
                self.set(ZMQ_IO_THREADS, io_threads)
            except BaseException:
                zmq_ctx_term(self.handle)
                self.handle = NULL
                raise

    def __del__(self):
        if self.handle == NULL or self._shadow or exiting:
            return
        warn_unclosed(self)
        # Every socket holds its context: if any are open, they go with it.  This waits for what lingers.
        if end_dropped is None:
            Context.term(self)
        else:
            end_dropped(self)

    def __dealloc__(self):
        global shadow_count
        unlink_context(self)
        if self.ending != NULL:
            forget_ending(<Ending *> self.ending)
        if self._shadow:
            shadow_count -= 1

    @property
    def underlying(self):
        """The address of the libzmq context, as an int."""
        return <size_t> self.handle

    @property
    def closed(self):
        """Whether the context has been terminated."""
        if self.ending != NULL and (<Ending *> self.ending).state == DONE:
            settle(<Ending *> self.ending)
        return self.handle == NULL

    @property
    def _open_sockets(self):
        """How many sockets of this context are open."""
        return self.socket_count

    @staticmethod
    def _list_contexts():
        """The living contexts that are not terminated and no shadows."""
        cdef list found = []
        cdef void *p = newest_context
        while p != NULL:
            if Py_REFCNT(<Context> p) > 0 and (<Context> p).handle != NULL and not (<Context> p)._shadow:
                found.append(<Context> p)
            p = (<Context> p).older
        return found

    def _list_sockets(self):
        """The open sockets of this context, oldest first."""
        cdef list found = []
        cdef void *p = newest_socket
        while p != NULL:
            # One that is being deallocated has no references any more, and must not get one.
            if Py_REFCNT(<Socket> p) > 0 and (<Socket> p)._context is self and (<Socket> p).handle != NULL:
                found.append(<Socket> p)
            p = (<Socket> p).older
        found.reverse()
        return found

    def get(self, option):
        """Read an option of the context (`zmq_ctx_get`).

        Parameters
        ----------
        option : ContextOption or int
            For instance `zmq.IO_THREADS` or `zmq.MAX_SOCKETS`.

        Returns
        -------
        int

        Raises
        ------
        ZMQError
            EINVAL for an unknown option, EFAULT when the context is terminated.
        """
        cdef int number = as_number(option)
        cdef int value
        check_context(self)
        value = zmq_ctx_get(self.handle, number)
        if value == -1 and c_errno() == EINVAL and number != constants.THREAD_PRIORITY:
            raise_errno(EINVAL, f"a context has no readable option {option!r}")
        return value

    def set(self, option, optval):
        """Set an option of the context (`zmq_ctx_set`), before its first socket is made.

        Parameters
        ----------
        option : ContextOption or int
        optval : int

        Raises
        ------
        ZMQError
            EINVAL for an unknown option or a value that it cannot have.
        """
        cdef int number = as_number(option)
        cdef int value = as_int(option, optval)
        check_context(self)
        if zmq_ctx_set(self.handle, number, value) < 0:
            raise_errno(c_errno(), f"{describe(c_errno())}: context option {option!r} cannot be {optval!r}")

    def term(self):
        """Terminate the context (`zmq_ctx_term`): wait until its sockets are closed and their messages sent.

        Blocked calls of its sockets raise `ContextTerminated`.  Waits for messages as long as the LINGER of each
        closed socket says; see `destroy` to close the sockets first.  May be called again, also after a signal
        handler that raised has interrupted it.
        """
        while self.handle != NULL:
            if self.ending == NULL:
                end_here(self)
            else:
                wait_ending(self, -1)

    @property
    def _is_ending(self):
        """Whether the context is being terminated."""
        return self.ending != NULL

    def _begin_term(self):
        """Terminate the context in a thread of its own, unless that is going on; `_finish_term` waits for it."""
        if self.handle != NULL and self.ending == NULL:
            end_in_background(self)

    def _finish_term(self, timeout):
        """Wait until the context is terminated; whether it is, after so many milliseconds, -1 for ever."""
        cdef long wait = as_milliseconds(timeout)
        cdef int64_t deadline = now() + wait
        while self.handle != NULL:
            self._begin_term()
            if not wait_ending(self, wait if wait < 0 else max(<long> 0, <long> (deadline - now()))):
                return False
        return True

    @staticmethod
    def _check_timeout(timeout):
        """A time-out in whole milliseconds, -1 for ever; refuses what is none."""
        return as_milliseconds(timeout)

    def _shutdown(self):
        """Make blocked and later calls of the context's sockets fail with ETERM (`zmq_ctx_shutdown`)."""
        if self.handle != NULL and self.ending == NULL:
            meet(self)
            zmq_ctx_shutdown(self.handle)

    def __reduce__(self):
        raise TypeError("a zmq.Context cannot be pickled: make one in each process")


cdef int check_context(Context ctx) except -1:
    if ctx.handle == NULL:
        raise_errno(EFAULT, "this context has been terminated")
    if ctx.ending != NULL:
        raise_errno(ETERM)
    return 0


cdef void warn_unclosed(object thing) noexcept:
    """Say that an object was dropped without being closed; tracemalloc adds where it was made."""
    PyErr_ResourceWarning(thing, 1, b"unclosed %R", <PyObject *> thing)


def _cut_off():
    """In a forked child: what was inherited belongs to the parent, whose I/O threads do not exist here."""
    cdef void *p = newest_context
    while p != NULL:
        (<Context> p).handle = NULL
        (<Context> p).ending = NULL
        p = (<Context> p).older
    p = newest_socket
    while p != NULL:
        (<Socket> p).handle = NULL
        (<Socket> p).user = 0
        (<Socket> p).draft_poller = NULL
        p = (<Socket> p).older


def _finish_imports():
    """Before a fork: another thread may be importing these, and the child would wait for it for ever."""
    checking()
    wording()


import os
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_finish_imports, after_in_child=_cut_off)
del os
