# SPDX-License-Identifier: BSD-3-Clause
"""Signatures of classes whose constructor is native, for `inspect.signature` and help."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any


class ClassSignature:
    """The `__signature__` of a class and of its generic aliases, made when asked for.

    Parameters
    ----------
    template : callable
        Takes the arguments of the constructor, without self.
    """

    def __init__(self, template: Callable[..., None]) -> None:
        self.template = template
        self.owner: Any = None

    def __set_name__(self, owner: Any, name: str) -> None:
        self.owner = owner

    def __get__(self, instance: object, owner: Any) -> Signature:
        if owner.__init__ is not self.owner.__init__:
            raise AttributeError("__signature__")  # a subclass has a constructor of its own
        from inspect import signature

        return signature(self.template)
