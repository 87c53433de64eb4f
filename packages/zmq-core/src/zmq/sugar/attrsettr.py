# SPDX-License-Identifier: BSD-3-Clause
"""Options as attributes, for sockets and contexts."""

from __future__ import annotations

import sys
from itertools import product

from zmq._typing import SocketOptions
from zmq.constants import Errno, SocketOption
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

#: Options whose lower-case name is a method; assigning to it sets the option all the same.
METHOD_NAMES = ("subscribe", "unsubscribe")

#: Names up to this length are attributes in every mixture of cases.
LONGEST_SPELLED_OUT = 6


class AttributeSetter(SocketOptions):
    """Set options by any spelling of their names, and refuse attributes that nobody declared.

    Assignment to a name that no class has is a mistyped option far more often than a new attribute.
    Subclasses declare attributes of their own at class level.
    """

    __slots__ = ()

    def _set_attribute(self, key: str, value: Any) -> None:
        if key in METHOD_NAMES and isinstance(value, (bytes, str)):
            content = value.encode("utf-8") if isinstance(value, str) else value
            self._set_attr_opt(key, self._find_option(key), content)
        elif (
            hasattr(type(self), key)
            or _is_annotated(type(self), key)
            or key in getattr(self, "__dict__", ())
        ):
            object.__setattr__(self, key, value)
        else:
            option = self._find_option(key)
            self._set_attr_opt(key, option, value)
            self._learn_spelling(key, option)

    if not TYPE_CHECKING:  # who see only what is declared
        __setattr__ = _set_attribute

    def _learn_spelling(self, key: str, option: Any) -> None:
        """Note a spelling that was not an attribute before."""

    def _find_option(self, key: str) -> Any:
        option = SocketOption.__members__.get(key.upper())
        if option is None:
            raise AttributeError(f"{type(self).__name__} has no attribute or option {key!r}")
        return option

    def _get_attr_opt(self, name: str, option: Any) -> Any:
        try:
            return self.get(option)
        except ZMQError as exc:
            if exc.errno != Errno.EINVAL:
                raise
            raise AttributeError(f"{name}: {exc.strerror}") from exc

    def _set_attr_opt(self, name: str, option: Any, value: Any) -> None:
        self.set(option, value)

    def get(self, option: int) -> Any:
        """Read an option; each kind of object has its own."""
        raise NotImplementedError

    def set(self, option: int, value: Any) -> None:
        """Set an option; each kind of object has its own."""
        raise NotImplementedError


class AnySpelling(AttributeSetter):
    """Resolve any spelling of an option's name for reading, too.

    A class with `__getattr__` pays about 50 ns for each call of any method, so sockets have
    descriptors instead: for the usual spellings (see `spell`), and for each other one from its
    first use on the left side on.
    """

    __slots__ = ()

    def _get_attribute(self, key: str) -> Any:
        return self._get_attr_opt(key, self._find_option(key))

    if not TYPE_CHECKING:
        __getattr__ = _get_attribute


def _is_annotated(cls: type, key: str) -> bool:
    return any(key in _list_annotated(base) for base in cls.__mro__)


def _list_annotated(cls: type) -> Iterable[str]:
    """The names that a class annotates, without those of its bases."""
    names: Iterable[str] = vars(cls).get("__annotations__", ())
    if not names and sys.version_info >= (3, 14) and getattr(cls, "__annotate__", None):
        # They are evaluated when somebody asks, and may name what does not exist.
        from annotationlib import Format, get_annotations

        names = get_annotations(cls, format=Format.STRING)
    return names


def spell(name: str) -> set[str]:
    """The spellings of an option's name that are attributes of sockets.

    All there are for a short name such as LINGER; lower, upper and title case for a long one.

    Parameters
    ----------
    name : str
        In upper case.

    Returns
    -------
    set of str
    """
    found = {name, name.lower(), name.capitalize(), name.title()}
    if len(name) <= LONGEST_SPELLED_OUT:
        found.update(map("".join, product(*((letter, letter.lower()) for letter in name))))
    elif name[:3] in ("RCV", "SND"):
        cases = (str.upper, str.lower, str.title)
        found.update(head(name[:3]) + tail(name[3:]) for head in cases for tail in cases)
    return found


def make_option_attributes(make_attribute: Callable[[SocketOption], Any]) -> dict[str, Any]:
    """Attributes for all socket options, in all their spellings.

    Parameters
    ----------
    make_attribute : callable
        Makes a descriptor from a `SocketOption`.

    Returns
    -------
    dict
        To be made part of a class's body.
    """
    return {
        spelling: make_attribute(option)
        for name, option in SocketOption.__members__.items()
        for spelling in spell(name)
    }
