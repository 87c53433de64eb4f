# SPDX-License-Identifier: BSD-3-Clause
"""Options as attributes, for sockets and contexts."""

from zmq.constants import Errno, SocketOption
from zmq.error import ZMQError

#: Names that are no attributes of their own: methods of the same name, or `hwm`, do their work.
METHOD_NAMES = ("SUBSCRIBE", "UNSUBSCRIBE")


class AttributeSetter:
    """Resolve the odd spellings of option names, and refuse attributes that nobody declared.

    The lower- and upper-case names of options are descriptors of the class.  Here is what is left: other
    spellings, and assignment to a name that no class has, which is a mistyped option far more often than a new
    attribute.  Subclasses declare attributes of their own at class level.
    """

    __slots__ = ()

    def __setattr__(self, key, value):
        if hasattr(type(self), key) and key not in ("subscribe", "unsubscribe"):
            object.__setattr__(self, key, value)
            return
        for cls in type(self).__mro__:
            if key in getattr(cls, "__annotations__", ()):
                object.__setattr__(self, key, value)
                return
        if key in getattr(self, "__dict__", ()):
            self.__dict__[key] = value
            return
        self._set_attr_opt(key, self._find_option(key), value)

    def __getattr__(self, key):
        return self._get_attr_opt(key, self._find_option(key))

    def _find_option(self, key):
        option = SocketOption.__members__.get(key.upper())
        if option is None:
            raise AttributeError(f"{type(self).__name__} has no attribute or option {key!r}")
        return option

    def _get_attr_opt(self, name, option):
        try:
            return self.get(option)
        except ZMQError as exc:
            if exc.errno != Errno.EINVAL:
                raise
            raise AttributeError(f"{name}: {exc.strerror}") from exc

    def _set_attr_opt(self, name, option, value):
        self.set(option, value)

    def get(self, option):
        """Read an option; each kind of object has its own."""
        raise NotImplementedError

    def set(self, option, value):
        """Set an option; each kind of object has its own."""
        raise NotImplementedError


def add_option_attributes(make_attribute):
    """Decorate a class with one attribute for each socket option, in lower and in upper case.

    Parameters
    ----------
    make_attribute : callable
        Makes a descriptor from a `SocketOption`.
    """

    def decorate(cls):
        for name, option in SocketOption.__members__.items():
            for spelling in (name.lower(), name):
                if spelling not in vars(cls) and (name not in METHOD_NAMES or spelling == name):
                    attribute = make_attribute(option)
                    attribute.__set_name__(cls, spelling)
                    setattr(cls, spelling, attribute)
        return cls

    return decorate
