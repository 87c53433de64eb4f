# SPDX-License-Identifier: BSD-3-Clause
"""What stands in for the names of our own backends that one from outside need not have."""


def configure(**handed_down):
    """Accept what our native classes need from above; others do without."""


def build_facts():
    """Nothing is known of how an outside backend was built.

    Returns
    -------
    dict
    """
    return {}


def tune_allocator(size=1 << 26):
    """Change nothing: only a native backend can.

    Returns
    -------
    bool
        False.
    """
    return False


class OptionAttribute:
    """A socket option as an attribute of a class.

    Parameters
    ----------
    option : SocketOption
    """

    def __init__(self, option):
        self.option = option
        self.key = option.name

    def __set_name__(self, owner, name):
        self.key = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        found = vars(instance)
        return (
            found[self.key] if self.key in found else instance._get_attr_opt(self.key, self.option)
        )

    def __set__(self, instance, value):
        found = vars(instance)
        if self.key in found:
            found[self.key] = value
        else:
            instance.set(self.option, value)


def monitored_queue(in_socket, out_socket, mon_socket, in_prefix=b"in", out_prefix=b"out"):
    """Refuse: this loop is native, and the backend has none."""
    raise NotImplementedError("this backend of zmq has no monitored_queue: unset PYZMQ_BACKEND")


def relay(*sockets, in_prefix=None, out_prefix=None):
    """Refuse: as `monitored_queue`."""
    raise NotImplementedError("this backend of zmq has no relay: unset PYZMQ_BACKEND")


def z85_encode(rawbytes):
    """Refuse: this backend has no Z85."""
    raise NotImplementedError("this backend of zmq has no Z85: unset PYZMQ_BACKEND")


z85_decode = z85_encode
