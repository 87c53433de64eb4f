# SPDX-License-Identifier: BSD-3-Clause
# Text: strings as messages, encoded and decoded without an object in between.  Uses transfer and socket.

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL


cdef object send_text(Socket s, object text, int flags, bint copy, object encoding, dict options):
    cdef const char *data
    cdef Py_ssize_t size
    if not isinstance(text, str):
        raise TypeError(f"send_string sends str, not {type(text).__name__}: use send for bytes")
    if s.native & NATIVE_SEND and not options and encoding == "utf-8":
        check_open(s)
        data = PyUnicode_AsUTF8AndSize(text, &size)
        send_memory(s, data, size, flags)
        return None
    return s.send((<str> text).encode(encoding), flags=flags, copy=copy, **options)


cdef object receive_text(Socket s, int flags, object encoding, object timeout):
    cdef zmq_msg_t message
    if not (s.native & NATIVE_RECV and s.native & NATIVE_LOAD and encoding == "utf-8" and timeout is None):
        options = {} if timeout is None else {"timeout": timeout}
        return s._deserialize(s.recv(flags, **options), lambda content: content.decode(encoding))
    check_open(s)
    zmq_msg_init(&message)
    receive_message(s, &message, flags)
    try:
        return PyUnicode_DecodeUTF8(<char *> zmq_msg_data(&message), zmq_msg_size(&message), NULL)
    finally:
        zmq_msg_close(&message)
