# SPDX-License-Identifier: BSD-3-Clause
"""Options as attributes, for sockets and contexts."""

from zmq.constants import Errno, SocketOption
from zmq.error import ZMQError

#: Options whose lower-case name is a method; assigning to it sets the option all the same.
METHOD_NAMES = ("subscribe", "unsubscribe")


class DeclaredAttributes:
    """Let options be set by any spelling of their names, and refuse attributes that nobody declared.

    Assignment to a name that no class has is a mistyped option far more often than a new attribute.  Subclasses
    declare attributes of their own at class level.
    """

    __slots__ = ()

    def __setattr__(self, key, value):
        if key in METHOD_NAMES and isinstance(value, (bytes, str)):
            getattr(self, key)(value)
        elif hasattr(type(self), key) or _is_annotated(type(self), key) or key in getattr(self, "__dict__", ()):
            object.__setattr__(self, key, value)
        else:
            self._set_attr_opt(key, self._find_option(key), value)

    def _find_option(self, key):
        option = SocketOption.__members__.get(key.upper())
        if option is None:
            raise AttributeError(f"{type(self).__name__} has no attribute or option {key!r}")
        return option

    def _set_attr_opt(self, name, option, value):
        self.set(option, value)


class AttributeSetter(DeclaredAttributes):
    """Resolve any spelling of an option's name, for reading too.

    A class with `__getattr__` pays about 50 ns for each call of any method, so sockets have descriptors for the
    usual spellings instead: see `spell`.
    """

    __slots__ = ()

    def __getattr__(self, key):
        return self._get_attr_opt(key, self._find_option(key))

    def _get_attr_opt(self, name, option):
        try:
            return self.get(option)
        except ZMQError as exc:
            if exc.errno != Errno.EINVAL:
                raise
            raise AttributeError(f"{name}: {exc.strerror}") from exc

    def get(self, option):
        """Read an option; each kind of object has its own."""
        raise NotImplementedError

    def set(self, option, value):
        """Set an option; each kind of object has its own."""
        raise NotImplementedError


def _is_annotated(cls, key):
    return any(key in vars(base).get("__annotations__", ()) for base in cls.__mro__)


def spell(name):
    """The usual spellings of an option's name: RCVHWM, rcvhwm, Rcvhwm, RcvHwm, rcvHWM, ...

    Parameters
    ----------
    name : str
        In upper case.

    Returns
    -------
    set of str
    """
    found = {name, name.lower(), name.capitalize(), name.title()}
    if name[:3] in ("RCV", "SND"):
        head, tail = name[:3], name[3:]
        found.update(
            start + end
            for start in (head, head.lower(), head.title())
            for end in (tail, tail.lower(), tail.title())
        )
    return found


def add_option_attributes(make_attribute):
    """Decorate a class with attributes for all socket options, in their usual spellings.

    Parameters
    ----------
    make_attribute : callable
        Makes a descriptor from a `SocketOption`.
    """

    def decorate(cls):
        taken = dir(cls)
        for name, option in SocketOption.__members__.items():
            for spelling in spell(name).difference(taken):
                attribute = make_attribute(option)
                attribute.__set_name__(cls, spelling)
                setattr(cls, spelling, attribute)
        return cls

    return decorate
