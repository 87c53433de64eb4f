# SPDX-License-Identifier: BSD-3-Clause
# Utilities of libzmq: versions, capabilities, CURVE keys, Z85.  Uses errors.

cdef extern from "native.h":
    const char *FACT_LINKAGE "ZMQ_CORE_LINKAGE"
    const char *FACT_ORIGIN "ZMQ_CORE_ORIGIN"
    const char *FACT_CFLAGS "ZMQ_CORE_CFLAGS"
    const char *FACT_VERSION "ZMQ_CORE_VERSION"
    const char *FACT_CYTHON "ZMQ_CORE_CYTHON"
    const char *FACT_SODIUM "ZMQ_CORE_SODIUM_VERSION"
    bint DRAFT_API "ZMQ_CORE_DRAFT_API"

IPC_PATH_MAX_LEN = IPC_PATH_MAX
PYZMQ_DRAFT_API = bool(DRAFT_API) and bool(zmq_has(b"draft"))


def build_facts():
    """What is known of how this module was built.

    Returns
    -------
    dict
    """
    return {
        "version": FACT_VERSION.decode(),
        "libzmq": ".".join(map(str, zmq_version_info())),
        "libzmq_linked": FACT_LINKAGE.decode(),
        "libzmq_origin": FACT_ORIGIN.decode(),
        "libsodium": FACT_SODIUM.decode(),
        "drafts": PYZMQ_DRAFT_API,
        "curve": bool(zmq_has(b"curve")),
        "cflags": FACT_CFLAGS.decode(),
        "cython": FACT_CYTHON.decode(),
    }


def zmq_version_info():
    """The version of the linked libzmq (`zmq_version`).

    Returns
    -------
    (int, int, int)
    """
    cdef int major, minor, patch
    zmq_version(&major, &minor, &patch)
    return (major, minor, patch)


def zmq_errno():
    """The errno of this thread's last libzmq call (`zmq_errno`).

    Returns
    -------
    int
    """
    return c_errno()


def strerror(int errno):
    """What an errno means (`zmq_strerror`).

    Parameters
    ----------
    errno : int

    Returns
    -------
    str
    """
    return describe(errno)


def has(capability):
    """Whether the linked libzmq can do something (`zmq_has`).

    Parameters
    ----------
    capability : str
        For instance "ipc", "curve", "gssapi", "draft".

    Returns
    -------
    bool
    """
    if not isinstance(capability, str):
        raise TypeError(f"a capability is a str like 'curve', not {capability!r}")
    cdef bytes name = (<str> capability).encode()
    return bool(zmq_has(name))


def curve_keypair():
    """A new pair of CURVE keys (`zmq_curve_keypair`).

    Returns
    -------
    (bytes, bytes)
        The public and the secret key, each 40 characters of Z85.

    Raises
    ------
    ZMQError
        ENOTSUP when libzmq was built without CURVE.
    """
    cdef char public_key[41]
    cdef char secret_key[41]
    if zmq_curve_keypair(public_key, secret_key) < 0:
        raise_curve(c_errno())
    return PyBytes_FromStringAndSize(public_key, 40), PyBytes_FromStringAndSize(secret_key, 40)


def curve_public(secret_key):
    """The public CURVE key that belongs to a secret one (`zmq_curve_public`).

    Parameters
    ----------
    secret_key : bytes or str
        40 characters of Z85.

    Returns
    -------
    bytes
        40 characters of Z85.

    Raises
    ------
    ValueError
        When the key is not 40 characters of Z85.
    ZMQError
        ENOTSUP when libzmq was built without CURVE.
    """
    cdef char public_key[41]
    cdef bytes secret
    if isinstance(secret_key, str):
        secret_key = secret_key.encode("utf-8")
    if not isinstance(secret_key, (bytes, bytearray)):
        raise TypeError(f"a secret key is bytes, not {type(secret_key).__name__}")
    secret = bytes(secret_key)
    if len(secret) != 40:
        raise ValueError(f"a secret key has 40 characters of Z85, not {len(secret)}")
    z85_decode(secret)
    if zmq_curve_public(public_key, secret) < 0:
        raise_curve(c_errno())
    return PyBytes_FromStringAndSize(public_key, 40)


cdef int raise_curve(int number) except -1:
    if number == ENOTSUP:
        return raise_errno(number, "this libzmq was built without CURVE: it needs libsodium")
    return raise_errno(number)


cdef extern from *:
    """
    #ifdef __GLIBC__
    #include <malloc.h>
    static int zmq_core_tune (int bytes)
    {
        return mallopt (M_MMAP_THRESHOLD, bytes) && mallopt (M_TRIM_THRESHOLD, bytes);
    }
    #else
    static int zmq_core_tune (int bytes)
    {
        (void) bytes;
        return 0;
    }
    #endif
    """
    bint tune "zmq_core_tune" (int size) noexcept


def tune_allocator(size=1 << 26):
    """Let the C library keep the memory of large messages instead of giving it back after each.

    glibc takes blocks of 128 KiB and more from the system, and gives them back when they are freed; for messages of
    that size the page faults cost more than the copying.  This raises both limits (`mallopt`: M_MMAP_THRESHOLD,
    M_TRIM_THRESHOLD) for the whole process, which then holds up to so much more memory.  It cannot be undone, so it is
    never done unasked.

    Parameters
    ----------
    size : int
        In bytes: blocks up to this size are kept.  At most 2 GiB - 1 (mallopt takes a C int).

    Returns
    -------
    bool
        Whether this C library can be told.
    """
    number = PyNumber_Index(size)
    if number < 0:
        raise ValueError(f"size must not be negative: {size}")
    if number > 0x7FFFFFFF:
        raise OverflowError(f"size must be below 2 GiB: {size}")
    return bool(tune(number))


# ---- Z85 (RFC 32) ----------------------------------------------------------------------------------------------------

cdef const char *Z85_DIGITS = (
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
)
cdef unsigned char z85_values[256]


cdef void learn_z85() noexcept:
    cdef int i
    for i in range(256):
        z85_values[i] = 255
    for i in range(85):
        z85_values[<unsigned char> Z85_DIGITS[i]] = i

learn_z85()


def z85_encode(rawbytes):
    """Write binary data as Z85 text.

    Parameters
    ----------
    rawbytes : bytes-like
        A multiple of 4 bytes.

    Returns
    -------
    bytes
        5 characters for each 4 bytes.

    Raises
    ------
    ValueError
        For another length.
    """
    cdef Py_buffer view
    cdef const uint8_t *source
    cdef char *target
    cdef Py_ssize_t i
    cdef uint32_t value
    cdef int digit
    get_buffer(rawbytes, &view)
    try:
        if view.len % 4:
            raise ValueError(f"Z85 writes multiples of 4 bytes, not {view.len} bytes")
        text = PyBytes_FromStringAndSize(NULL, view.len // 4 * 5)
        source, target = <const uint8_t *> view.buf, PyBytes_AS_STRING(text)
        for i in range(view.len // 4):
            value = (
                <uint32_t> source[0] << 24 | <uint32_t> source[1] << 16 | <uint32_t> source[2] << 8 | source[3]
            )
            for digit in range(4, -1, -1):
                target[digit] = Z85_DIGITS[value % 85]
                value //= 85
            source += 4
            target += 5
        return text
    finally:
        PyBuffer_Release(&view)


def z85_decode(z85bytes):
    """Read Z85 text.

    Parameters
    ----------
    z85bytes : bytes-like or str
        A multiple of 5 characters.

    Returns
    -------
    bytes
        4 bytes for each 5 characters.

    Raises
    ------
    ValueError
        For another length, a character that Z85 has not, or five characters that are worth more than 32 bits.
    """
    cdef Py_buffer view
    cdef const uint8_t *source
    cdef uint8_t *target
    cdef Py_ssize_t i
    cdef uint64_t value
    cdef int digit
    if isinstance(z85bytes, str):
        z85bytes = z85bytes.encode("utf-8")
    get_buffer(z85bytes, &view)
    try:
        if view.len % 5:
            raise ValueError(f"Z85 text has a multiple of 5 characters, not {view.len}")
        content = PyBytes_FromStringAndSize(NULL, view.len // 5 * 4)
        source, target = <const uint8_t *> view.buf, <uint8_t *> PyBytes_AS_STRING(content)
        for i in range(view.len // 5):
            value = 0
            for digit in range(5):
                if z85_values[source[digit]] == 255:
                    raise ValueError(f"character {i * 5 + digit} is not one of Z85: {chr(source[digit])!r}")
                value = value * 85 + z85_values[source[digit]]
            if value > 0xFFFFFFFFu:
                raise ValueError(f"characters {i * 5} to {i * 5 + 4} are worth more than 32 bits in Z85")
            target[0], target[1], target[2], target[3] = (
                <uint8_t> (value >> 24), <uint8_t> (value >> 16), <uint8_t> (value >> 8), <uint8_t> value
            )
            source += 5
            target += 4
        return content
    finally:
        PyBuffer_Release(&view)
